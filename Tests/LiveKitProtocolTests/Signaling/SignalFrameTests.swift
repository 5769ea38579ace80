import Basics
import Conference
import LiveKitWire
import SwiftProtobuf
import Testing

@testable import LiveKitProtocol

@Suite struct SignalFrameTests {
    /// A request with much inside, for the damage below.
    private static let request = WireSignalRequest.with {
        $0.syncState.offer.sdp = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\n"
        $0.syncState.answer.midToTrackID = ["0": "TR_a", "1": "TR_b"]
        $0.syncState.publishTracks = [
            .with {
                $0.cid = "cid"
                $0.track = WireTrackInfo(Samples.track)
            }
        ]
        $0.syncState.subscription.trackSids = ["TR_a"]
    }

    @Test(arguments: [SignalFrame.Encoding.binary, .text]) func readsWhatItWrites(encoding: SignalFrame.Encoding) throws
    {
        #expect(try SignalFrame(Self.request, as: encoding).request() == Self.request)
        for (_, notification) in Samples.notifications {
            let message = Samples.mapping.message(for: notification, atMilliseconds: Samples.nowMilliseconds)
            let frame = SignalFrame(message, as: encoding)
            #expect(frame.encoding == encoding)
            #expect(try frame.response() == message)
        }
    }

    @Test func readsBothSpellingsOfJSON() throws {
        for text in [
            #"{"addTrack":{"cid":"c","simulcastCodecs":[{"codec":"vp8"}],"type":"VIDEO"}}"#,
            #"{"add_track":{"cid":"c","simulcast_codecs":[{"codec":"vp8"}],"type":1}}"#,
            #" {"addTrack":{"cid":"c","new":[{}],"simulcastCodecs":[{"codec":"vp8"}],"type":"VIDEO"},"newer":null} "#,
        ] {
            let request = try SignalFrame.text(text).request()
            #expect(request.addTrack.cid == "c" && request.addTrack.type == .video)
            #expect(request.addTrack.simulcastCodecs.map(\.codec) == ["vp8"])
        }
        for text in [#"{"ping":"1795448258980"}"#, #"{"ping":1795448258980}"#] {
            #expect(try SignalFrame.text(text).request().ping == 1_795_448_258_980)
        }
        #expect(try SignalFrame.text("{}").request().message == nil)
    }

    @Test func writesPongAsClientsKnowIt() {
        #expect(
            SignalFrame(WireSignalResponse.with { $0.pong = 1_795_448_258_980 }, as: .text)
                == .text(#"{"pong":"1795448258980"}"#))
    }

    @Test func keepsUnknownFieldsQuiet() throws {
        // Field 99, a string, behind a ping.
        let request = try SignalFrame.binary([0x70, 0x05, 0x9a, 0x06, 0x01, 0x61]).request()
        #expect(request.ping == 5)
    }

    // MARK: Bad input

    @Test(arguments: [
        "", " ", "null", "[]", "1", #""x""#, "{", #"{"offer":1}"#, #"{"offer":{"id":-1}}"#, #"{"offer":{"sdp":{}}}"#,
        #"{"ping":1.5}"#, #"{"ping":"x"}"#, #"{"addTrack":{"layers":{}}}"#,
        #"{"ping":1,"pingReq":{}}"#, #"{"mute":{"sid":"\ud800"}}"#, "{\"mute\":{\"sid\":\"a\u{0}\"}} x", "\u{feff}{}",
    ])
    func refusesWrongJSON(text: String) {
        #expect(throws: SignalFrameError.malformed(.text)) { try SignalFrame.text(text).request() }
    }

    @Test func deepNestingIsHarmless() throws {
        for count in [100, 100_000] {
            let opening = String(repeating: #"{"unknown":"#, count: count)
            let text = opening + "1" + String(repeating: "}", count: count)
            #expect(throws: SignalFrameError.malformed(.text)) { try SignalFrame.text(text).request() }
            // Lists in unknown fields are skipped without recursion: ignored, whatever their depth.
            let lists = #"{"new":"# + String(repeating: "[", count: count) + String(repeating: "]", count: count)
            #expect(try SignalFrame.text(lists + #","ping":1}"#).request().ping == 1)
            #expect(throws: SignalFrameError.malformed(.text)) { try SignalFrame.text(lists).request() }
        }
        // Groups of an unknown field, opened and never closed.
        for tag: UInt8 in [0x0b, 0xfb] {
            #expect(throws: SignalFrameError.malformed(.binary)) {
                try SignalFrame.binary([UInt8](repeating: tag, count: 200_000)).request()
            }
        }
    }

    @Test func takesNewEnumValuesForAbsent() throws {
        let request = try SignalFrame.text(#"{"addTrack":{"cid":"c","type":"HOLOGRAM"}}"#).request()
        #expect(request.addTrack.cid == "c" && request.addTrack.type == .audio)
    }

    @Test func boundsItsSize() {
        let size = WireLimits.signalMessageBytes + 1
        #expect(throws: SignalFrameError.tooLarge(byteCount: size)) {
            try SignalFrame.binary([UInt8](repeating: 0, count: size)).request()
        }
        #expect(throws: SignalFrameError.tooLarge(byteCount: size)) {
            try SignalFrame.text(String(repeating: " ", count: size)).request()
        }
    }

    @Test func takesHugeStrings() throws {
        let request = WireSignalRequest.with { $0.offer.sdp = String(repeating: "a=x\r\n", count: 800_000) }
        #expect(try SignalFrame(request, as: .binary).request() == request)
    }

    @Test func refusesLyingLengths() {
        for bytes: [UInt8] in [
            [0x0a, 0xff, 0xff, 0xff, 0xff, 0x07], [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            [0x0a, 0x05, 0x12, 0x7f, 0x61], [0x00], [0x07],
            [0x70, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            // A string that is not UTF-8.
            [0x0a, 0x03, 0x12, 0x01, 0xff],
        ] {
            #expect(throws: SignalFrameError.malformed(.binary)) { try SignalFrame.binary(bytes).request() }
        }
    }

    @Test func survivesEveryTruncation() throws {
        let bytes = try #require(SignalFrame(Self.request, as: .binary).bytes)
        let text = try #require(SignalFrame(Self.request, as: .text).characters)
        // The whole is one nested message, so no shorter binary prefix can be sound, but the empty one.
        for count in 1..<bytes.count {
            #expect(throws: SignalFrameError.malformed(.binary)) {
                try SignalFrame.binary(Array(bytes[..<count])).request()
            }
        }
        for count in 0..<text.count {
            #expect(throws: SignalFrameError.malformed(.text)) {
                try SignalFrame.text(String(text.prefix(count))).request()
            }
        }
    }

    @Test func survivesDamage() throws {
        var random = SeededRandom(seed: 11)
        let bytes = try #require(SignalFrame(Self.request, as: .binary).bytes)
        let text = try #require(SignalFrame(Self.request, as: .text).characters)
        var understood = 0
        for _ in 0..<20_000 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if let request = try? SignalFrame.binary(damaged).request() {
                _ = SignalInput(request, atMilliseconds: 0)
                understood += 1
            }
        }
        for _ in 0..<5_000 {
            var damaged = Array(text.utf8)
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(in: 32...126, using: &random)
            }
            if let request = try? SignalFrame.text(String(decoding: damaged, as: UTF8.self)).request() {
                _ = SignalInput(request, atMilliseconds: 0)
                understood += 1
            }
        }
        // Some of it still decodes, so that the mapping behind was reached too.
        #expect(understood > 1_000)
    }

    @Test func survivesRandomBytes() {
        var random = SeededRandom(seed: 12)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0..<64, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if let request = try? SignalFrame.binary(bytes).request() { _ = SignalInput(request, atMilliseconds: 0) }
        }
    }
}

extension SignalFrame {
    fileprivate var bytes: [UInt8]? { if case .binary(let bytes) = self { bytes } else { nil } }
    fileprivate var characters: String? { if case .text(let text) = self { text } else { nil } }
}
