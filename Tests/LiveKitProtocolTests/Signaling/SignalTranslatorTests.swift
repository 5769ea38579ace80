import Conference
import LiveKitWire
import SwiftProtobuf
import Testing

@testable import LiveKitProtocol

@Suite struct SignalTranslatorTests {
    private let notification = ParticipantNotification.trackUnpublished(TrackSID("TR_a")!)

    @Test func followsTheClientsEncoding() throws {
        var translator = SignalTranslator(mapping: Samples.mapping)
        #expect(
            translator.frame(for: notification, atMilliseconds: 0)
                == .binary([0x8a, 0x01, 0x06, 0x0a, 0x04, 0x54, 0x52, 0x5f, 0x61]))
        let received = try translator.receive(.text(#"{"ping":"1"}"#), atMilliseconds: 9)
        #expect(received.request == nil && received.answers == [.text(#"{"pong":"9"}"#)])
        #expect(
            translator.frame(for: notification, atMilliseconds: 0)
                == .text(#"{"trackUnpublished":{"trackSid":"TR_a"}}"#))
        _ = try translator.receive(.binary([0x70, 0x01]), atMilliseconds: 9)
        #expect(translator.encoding == .binary)
    }

    @Test func passesRequestsOn() throws {
        var translator = SignalTranslator(mapping: Samples.mapping)
        let received = try translator.receive(.text(#"{"leave":{"reason":"CLIENT_INITIATED"}}"#), atMilliseconds: 0)
        #expect(received.request == .leave(.clientInitiated) && received.answers.isEmpty)
        let ignored = try translator.receive(.text("{}"), atMilliseconds: 0)
        #expect(ignored.request == nil && ignored.answers.isEmpty)
    }

    @Test func garbageChangesNothing() {
        var translator = SignalTranslator(mapping: Samples.mapping)
        #expect(throws: SignalFrameError.malformed(.text)) {
            try translator.receive(.text("garbage"), atMilliseconds: 0)
        }
        #expect(translator.encoding == .binary)
    }
}
