import Basics
import Testing

@testable import SDP

@Suite struct SDPWriterTests {
    @Test(arguments: Fixtures.names) func whatIsWrittenReadsTheSame(name: String) throws {
        var first = try SDPSession(parsing: Fixtures.text(name))
        let second = try SDPSession(parsing: first.text)
        first.ignoredLines = second.ignoredLines
        #expect(first == second)
        #expect(second.text == first.text)
    }

    @Test(arguments: Fixtures.names) func everyLineThatIsUnderstoodIsWritten(name: String) throws {
        // The oracle is the client's own text: all its attribute lines but those that we do not know.
        let original = try Fixtures.text(name)
        let written = Set(try SDPSession(parsing: original).text.split(separator: "\r\n"))
        let unknown = ["a=rtcp:", "a=sctp-init:", "c=", "o=", "m=", "a=msid-semantic", "a=ssrc"]
        for line in original.split(separator: "\r\n") where !unknown.contains(where: line.hasPrefix) {
            #expect(written.contains(line), "\(line) is lost")
        }
    }

    @Test func writesTheLinesInTheUsualOrder() {
        var session = SDPSession(sessionID: 7, sessionVersion: 2)
        session.bundle = ["0"]
        session.isICELite = true
        session.mediaStreamSemantics = "WMS *"
        session.transport.fingerprints = [SDPFingerprint(algorithm: "sha-256", digest: [1, 0xab])]
        var section = SDPMediaSection(kind: .video, mid: "0")
        section.codecs = [
            SDPCodec(payloadType: 96, name: "VP8", clockRateHertz: 90_000, feedback: ["nack"]),
            SDPCodec(payloadType: 97, name: "rtx", clockRateHertz: 90_000, parameters: "apt=96"),
        ]
        section.direction = .sendonly
        section.transport.usernameFragment = "u"
        section.transport.setup = .passive
        section.candidates = [
            SDPCandidate(foundation: "1", transport: "udp", priority: 9, address: "192.0.2.1", port: 7_881)
        ]
        section.hasEndOfCandidates = true
        section.mediaStreams = [SDPMediaStreamID(stream: "s", track: "t")]
        section.usesRTCPMux = true
        section.sourceGroups = [SDPSourceGroup(semantics: "FID", sources: [1, 2])]
        section.sources = [SDPSource(ssrc: 1, cname: "c", mediaStream: SDPMediaStreamID(stream: "s", track: "t"))]
        session.sections = [section]
        #expect(
            session.text.split(separator: "\r\n") == [
                "v=0", "o=- 7 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0", "a=msid-semantic: WMS *",
                "a=ice-lite", "a=fingerprint:sha-256 01:AB", "m=video 9 UDP/TLS/RTP/SAVPF 96 97", "c=IN IP4 0.0.0.0",
                "a=candidate:1 1 udp 9 192.0.2.1 7881 typ host", "a=end-of-candidates", "a=ice-ufrag:u",
                "a=setup:passive", "a=mid:0", "a=sendonly", "a=msid:s t", "a=rtcp-mux", "a=rtpmap:96 VP8/90000",
                "a=rtcp-fb:96 nack", "a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96", "a=ssrc-group:FID 1 2",
                "a=ssrc:1 cname:c", "a=ssrc:1 msid:s t",
            ])
    }
}

/// Damaged descriptions are refused or understood in part, and what is understood can be written and read again.
@Suite struct SDPDamageTests {
    private func survives(_ text: String) -> Bool {
        guard let session = try? SDPSession(parsing: text) else { return false }
        guard let again = try? SDPSession(parsing: session.text) else {
            Issue.record("wrote what it cannot read: \(session.text)")
            return false
        }
        #expect(again.sections.count == session.sections.count)
        return true
    }

    @Test(arguments: ["v1-simulcast-offer", "v0-publisher-audio-offer", "v0-subscriber-data-answer"])
    func everyTruncation(name: String) throws {
        let bytes = Array(try Fixtures.text(name).utf8)
        let step = bytes.count > 3_000 ? 97 : 1
        var accepted = 0
        for length in stride(from: 0, through: bytes.count, by: step) {
            if survives(String(decoding: bytes[..<length], as: UTF8.self)) { accepted += 1 }
        }
        #expect(accepted > 0)
    }

    @Test func randomDamage() throws {
        var random = SeededRandom(seed: 0x5d9)
        let original = Array(try Fixtures.text("v0-publisher-simulcast-offer").utf8)
        var accepted = 0
        for _ in 0..<500 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(contentsOf: original[0..<min(40, place)], at: place)
                }
            }
            if survives(String(decoding: bytes, as: UTF8.self)) { accepted += 1 }
        }
        #expect(accepted > 0)
    }

    @Test func pureNoise() {
        var random = SeededRandom(seed: 77)
        for _ in 0..<2_000 {
            let noise = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            _ = survives("v=0\r\n" + String(decoding: noise, as: UTF8.self))
        }
    }
}
