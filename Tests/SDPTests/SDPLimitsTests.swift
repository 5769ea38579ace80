import Testing

@testable import SDP

/// Descriptions made to hurt: each is refused by its own bound, and quickly.
@Suite struct SDPLimitsTests {
    static let head = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n"
    static let section = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n"

    static let bombs: [(SDPLimit, String)] = [
        (.bytes, head + String(repeating: "a=x\r\n", count: 400_001)),
        (.lineLength, head + "a=" + String(repeating: "x", count: 20_000)),
        (.sessionLines, head + String(repeating: "a=ice-options:x\r\n", count: 10_000)),
        (.linesPerSection, head + section + String(repeating: "a=rtcp-fb:96 nack\r\n", count: 10_000)),
        (.sections, head + String(repeating: section, count: 10_000)),
        (.extensions, head + section + (1...10_000).map { "a=extmap:\($0) urn:x\r\n" }.joined()),
        (.rids, head + section + (1...10_000).map { "a=rid:\($0) send\r\n" }.joined()),
        (.rids, head + section + "a=simulcast:send " + (1...1_000).map { "\($0)" }.joined(separator: ";")),
        (.sources, head + section + (1...10_000).map { "a=ssrc:\($0) cname:x\r\n" }.joined()),
        (.sources, head + section + "a=ssrc-group:FID " + (1...1_000).map { "\($0)" }.joined(separator: " ")),
        (.lines, head + String(repeating: section + String(repeating: "\r\n", count: 1_000), count: 200)),
    ]

    @Test(arguments: bombs.indices) func refusesABomb(index: Int) {
        let (limit, text) = Self.bombs[index]
        let start = ContinuousClock.now
        #expect(throws: SDPError.tooLong(limit)) { try SDPSession(parsing: text) }
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    @Test func manyCandidatesAreNotKept() throws {
        let line = "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n"
        let session = try SDPSession(parsing: Self.head + Self.section + String(repeating: line, count: 500))
        #expect(session.sections[0].candidates.count == SDPLimits().candidatesPerSection)
        #expect(session.ignoredLines == 500 - SDPLimits().candidatesPerSection)
    }

    @Test func theLargestHonestOfferTakesLinearTime() throws {
        let section = try String(Fixtures.text("v1-join-offer").split(separator: "m=video")[1])
        func time(sections: Int) throws -> Duration {
            let text = Self.head + String(repeating: "m=video" + section, count: sections)
            var limits = SDPLimits()
            limits.bytes = 10_000_000
            limits.lines = 1_000_000
            return try ContinuousClock().measure { _ = try SDPSession(parsing: text, limits: limits) }
        }
        _ = try time(sections: 20)
        let (few, many) = (try time(sections: 60), try time(sections: 600))
        #expect(many < few * 40, "\(few) for 60 sections, \(many) for 600")
    }
}
