import Basics
import Conference
import Foundation
import LiveKitWire
import Testing

@testable import LiveKitProtocol

@Suite struct JoinQueryTests {
    /// Made by the Python SDK's own messages: gzip, 40 lines of SDP with the id 7.
    private static let compressed =
        "CAESUx-LCAAAAAAAAgPjkuTgFGI11DPSM5QQUmJzSU3KTMxLYMpiYmQSYuFgFGBUYuNiTBRiTDK6wsjFmp-WllokdIKxzNaAl2sYEBLsAFSFz4gAAQAA"
    /// A resume, not compressed.
    private static let resume = "Egw4AUABSgZQQV9hYmM="
    private let grants = JoinGrants(identity: "i", roomName: "r", expiresAtSeconds: 0)

    private func join(_ wire: WireJoinRequest, mode: PeerConnectionMode = .single) -> JoinRequest {
        JoinRequest(wire, grants: grants, mode: mode, address: "192.0.2.7")
    }

    @Test func readsACompressedJoin() throws {
        let request = join(try WireJoinRequest(wrapped: Self.compressed))
        #expect(
            request.client
                == ClientInfo(
                    sdk: "python", version: "1.2.1", protocolVersion: 18, os: "Debian", address: "192.0.2.7",
                    clientProtocol: 2, capabilities: [1, 2]))
        #expect(request.mode == .single)
        #expect(request.subscribesAutomatically && request.usesAdaptiveStream)
        #expect(request.attributes == ["a": "b"])
        #expect(request.metadata == nil)
        #expect(request.resume == nil && request.syncState == nil && request.addTracks.isEmpty)
        #expect(
            request.publisherOffer
                == SessionDescription(type: .offer, sdp: String(repeating: "v=0\r\n", count: 40), id: 7))
    }

    @Test func readsAResume() throws {
        let request = join(try WireJoinRequest(wrapped: Self.resume))
        #expect(request.resume == JoinRequest.Resume(participant: ParticipantSID("PA_abc")!, reason: 1))
        #expect(request.publisherOffer == nil)
    }

    @Test func aResumeWithoutASessionIsNotANewJoin() {
        for sid in ["", "garbage", "TR_x"] {
            var wire = WireJoinRequest()
            wire.reconnect = true
            wire.participantSid = sid
            #expect(join(wire).resume?.participant == ParticipantSID("PA_")!)
        }
    }

    @Test(arguments: [true, false]) func readsWhatItWraps(compressed: Bool) throws {
        var wire = WireJoinRequest()
        wire.clientInfo.sdk = .js
        wire.publisherOffer.sdp = String(repeating: "a=candidate\r\n", count: 5_000)
        wire.syncState.trackSidsDisabled = ["TR_a"]
        let text = wire.wrapped(compressed: compressed)
        #expect(try WireJoinRequest(wrapped: text) == wire)
        // Padding may be stripped on the way.
        #expect(try WireJoinRequest(wrapped: text.replacing("=", with: "")) == wire)
        #expect(compressed == (text.utf8.count < 10_000))
    }

    // MARK: Bad input

    @Test func refusesNothing() {
        #expect(throws: JoinQueryError.missingJoinRequest) { try WireJoinRequest(wrapped: nil) }
        #expect(throws: JoinQueryError.missingJoinRequest) { try WireJoinRequest(wrapped: "") }
        #expect(JoinQueryError.missingJoinRequest.description == "join_request is required")
    }

    @Test func refusesEveryTruncation() {
        for count in 1..<Self.compressed.count {
            let text = String(Self.compressed.prefix(count))
            // A prefix may end where a field ends and still mean something, but never what was sent.
            let whole = try? WireJoinRequest(wrapped: text)
            #expect(whole?.hasPublisherOffer != true)
        }
    }

    @Test func refusesBombs() throws {
        // 200 MB of zeros would be 200 kB of gzip; 1 MiB and one byte is over the bound as well.
        for size in [WireLimits.joinRequestBytes + 1, 200_000_000] {
            var envelope = WireWrappedJoinRequest()
            envelope.compression = .gzip
            envelope.joinRequest = Data(Gzip.compress([UInt8](repeating: 0, count: size)))
            let text = Base64URL.encode(serialized(envelope))
            #expect(throws: JoinQueryError.self) { try WireJoinRequest(wrapped: text) }
            if text.utf8.count <= WireLimits.joinRequestTextBytes {
                #expect(
                    throws: JoinQueryError.tooLarge(
                        parameter: "join_request", maximumBytes: WireLimits.joinRequestBytes)
                ) { try WireJoinRequest(wrapped: text) }
            }
        }
        #expect(
            throws: JoinQueryError.tooLarge(parameter: "join_request", maximumBytes: WireLimits.joinRequestTextBytes)
        ) { try WireJoinRequest(wrapped: String(repeating: "A", count: WireLimits.joinRequestTextBytes + 1)) }
    }

    @Test func refusesUnknownCompression() {
        var envelope = WireWrappedJoinRequest()
        envelope.compression = .UNRECOGNIZED(9)
        #expect(throws: JoinQueryError.unsupportedCompression) {
            try WireJoinRequest(wrapped: Base64URL.encode(serialized(envelope)))
        }
    }

    @Test func survivesRandomEnvelopes() throws {
        var random = SeededRandom(seed: 2)
        let sound = Base64URL.decode(Self.compressed)!
        var decoded = 0
        for _ in 0..<20_000 {
            var bytes = sound
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if let wire = try? WireJoinRequest(wrapped: Base64URL.encode(bytes)) {
                _ = join(wire)
                decoded += 1
            }
        }
        // gzip's checksum catches what the envelope does not.
        #expect(decoded < 2_000)
    }

    // MARK: Query parameters of /rtc

    @Test func readsParametersAsThePythonSDKSendsThem() throws {
        let wire = try WireJoinRequest(queryParameters: [
            "sdk": "python", "os": "Debian", "os_version": "12.0.0", "device_model": "Unknown", "protocol": "18",
            "client_protocol": "2", "auto_subscribe": "1", "adaptive_stream": "0", "version": "1.2.1",
            "capabilities": "CAP_PACKET_TRAILER,CAP_COMPRESSION_DEFLATE_RAW",
        ])
        let request = join(wire, mode: .dual)
        #expect(
            request.client
                == ClientInfo(
                    sdk: "python", version: "1.2.1", protocolVersion: 18, os: "Debian", osVersion: "12.0.0",
                    deviceModel: "Unknown", address: "192.0.2.7", clientProtocol: 2, capabilities: [1, 2]))
        #expect(request.mode == .dual)
        #expect(request.subscribesAutomatically && !request.usesAdaptiveStream)
        #expect(request.resume == nil)
    }

    @Test func knowsTheDefaults() throws {
        let request = join(try WireJoinRequest(queryParameters: [:]), mode: .dual)
        #expect(request.subscribesAutomatically)
        #expect(!request.usesAdaptiveStream)
        #expect(request.client.sdk == "unknown")
        let declined = try WireJoinRequest(queryParameters: ["auto_subscribe": "0", "adaptive_stream": "TRUE"])
        #expect(!declined.connectionSettings.autoSubscribe && declined.connectionSettings.adaptiveStream)
    }

    @Test func readsAResumeFromParameters() throws {
        let wire = try WireJoinRequest(queryParameters: ["reconnect": "1", "sid": "PA_x", "reconnect_reason": "4"])
        #expect(join(wire).resume == JoinRequest.Resume(participant: ParticipantSID("PA_x")!, reason: 4))
    }

    @Test func readsAttributes() throws {
        let text = Base64URL.encode(#"{"hand":"up","role":null}"#.utf8)
        #expect(try WireJoinRequest(queryParameters: ["attributes": text]).participantAttributes == ["hand": "up"])
        let shapes = ["[]", #"{"a":1}"#, #"{"a":{"b":"c"}}"#, "{", "null"].map { Base64URL.encode($0.utf8) }
        for bad in shapes + ["***", "e"] {
            #expect(throws: JoinQueryError.undecodable(parameter: "attributes")) {
                try WireJoinRequest(queryParameters: ["attributes": bad])
            }
        }
        #expect(throws: JoinQueryError.tooLarge(parameter: "attributes", maximumBytes: WireLimits.attributesTextBytes))
        {
            try WireJoinRequest(queryParameters: ["attributes": String(repeating: "A", count: 70_000)])
        }
    }

    @Test func takesNonsenseForAbsent() throws {
        let wire = try WireJoinRequest(queryParameters: [
            "protocol": "99999999999999999999", "client_protocol": "-", "reconnect_reason": "99999999999999",
            "capabilities": ",,CAP_NEW,\(String(repeating: ",", count: 5_000))", "sdk": "\u{0}", "unknown": "x",
        ])
        #expect(wire.clientInfo.protocol == 0 && wire.clientInfo.capabilities.isEmpty)
        _ = join(wire)
    }

    @Test func refusesASecondConnectionForPublishing() {
        #expect(throws: JoinQueryError.unsupportedParameter("publish")) {
            try WireJoinRequest(queryParameters: ["publish": "screen"])
        }
    }
}
