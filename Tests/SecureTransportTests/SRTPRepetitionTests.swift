// The same packet again under the same index (RFC 3711 section 9.1), judged by libsrtp2.

import Basics
import SecureTransport
import Testing

@Suite struct SRTPRepetitionTests {
    /// Lost packets come again, out of order and over a wrap of the sequence numbers: byte by byte what went before, and
    /// a receiver takes each once.
    @Test(arguments: SRTPProfile.allCases) func repetitionsAreTheSameBytes(_ profile: SRTPProfile) throws {
        let master = masterKey(profile, seed: 21)
        var random = SeededRandom(seed: 22)
        var sender = SRTPSender(profile: profile, master: master)
        let oracle = SRTPOracle(profile: profile, master: master, outbound: false)
        var sent: [(plain: [UInt8], sealed: [UInt8], arrived: Bool)] = []
        var repaired = 0
        for position in 0..<4_000 {
            let sequence = UInt16(truncatingIfNeeded: 32_000 + position * 9)
            let packet = rtpPacket(ssrc: 9, sequence: sequence, using: &random)
            let sealed = try sender.sealed(packet)
            let arrives = !random.chance(0.2)
            if arrives { try #require(oracle.unprotect(sealed) == packet) }
            sent.append((packet, sealed, arrives))
            guard random.chance(0.3) else { continue }
            let index = max(0, sent.count - random.number(1...100))
            let again = try sender.sealed(sent[index].plain, isRepetition: true)
            try #require(again == sent[index].sealed, "packet \(position)")
            // What has arrived is refused as a copy, what was lost is taken.
            let opened = oracle.unprotect(again)
            try #require(opened == (sent[index].arrived ? nil : sent[index].plain))
            if opened != nil { repaired += 1 }
            sent[index].arrived = true
        }
        #expect(repaired > 50)
    }

    @Test(arguments: SRTPProfile.allCases) func onlyWhoPromisesMayRepeat(_ profile: SRTPProfile) throws {
        let master = masterKey(profile, seed: 23)
        var random = SeededRandom(seed: 24)
        var sender = SRTPSender(profile: profile, master: master)
        let first = rtpPacket(ssrc: 9, sequence: 100, using: &random)
        let sealed = try sender.sealed(first)
        #expect(refusal { () throws(SRTPError) in try sender.sealed(first) } == .replayed)
        let again = try sender.sealed(first, isRepetition: true)
        #expect(again == sealed)
        // A repetition of what never went is a first time, and uses the index up.
        let second = rtpPacket(ssrc: 9, sequence: 102, using: &random)
        let other = try sender.sealed(second, isRepetition: true)
        let third = try sender.sealed(second, isRepetition: true)
        #expect(third == other)
        #expect(refusal { () throws(SRTPError) in try sender.sealed(second) } == .replayed)
        // Out of the window nobody knows any more.
        _ = try sender.sealed(rtpPacket(ssrc: 9, sequence: 100 + 1_024, using: &random))
        #expect(refusal { () throws(SRTPError) in try sender.sealed(first, isRepetition: true) } == .replayed)
        let last = try sender.sealed(second, isRepetition: true)
        #expect(last == other)
        sender.retire(ssrc: 9)
        #expect(refusal { () throws(SRTPError) in try sender.sealed(second, isRepetition: true) } == .retired)
    }
}
