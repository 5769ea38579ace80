// Byte for byte against libsrtp2, in both directions.

import Basics
import SecureTransport
import Testing

@Suite struct SRTPOracleTests {
    /// 25,000 packets of three SSRCs whose sequence numbers wrap several times, with gaps and swapped neighbours.
    @Test(arguments: SRTPProfile.allCases) func rtpIsByteIdenticalToLibsrtp(_ profile: SRTPProfile) throws {
        let master = masterKey(profile)
        var random = SeededRandom(seed: 11)
        var sender = SRTPSender(profile: profile, master: master)
        var receiver = SRTPReceiver(profile: profile, master: master)
        let oracleSender = SRTPOracle(profile: profile, master: master, outbound: true)
        let oracleReceiver = SRTPOracle(profile: profile, master: master, outbound: false)
        let sources: [UInt32] = [0x0000_0001, 0xaabb_ccdd, 0xffff_fffe]
        var positions: [Int] = [0, 30_000, 32_700]
        var waiting: [(source: Int, position: Int)] = []
        var tested = 0
        while tested < 25_000 {
            let source = random.number(0...2)
            positions[source] += random.chance(0.2) ? random.number(2...500) : 1
            waiting.append((source, positions[source]))
            // One packet in ten overtakes the one before it.
            if random.chance(0.1), waiting.count < 3 { continue }
            for (source, position) in waiting.reversed() {
                let packet = rtpPacket(
                    ssrc: sources[source], sequence: UInt16(truncatingIfNeeded: position), using: &random)
                let expected = try #require(oracleSender.protect(packet))
                let sealed = try sender.sealed(packet)
                try #require(sealed == expected, "packet \(tested)")
                try #require(oracleReceiver.unprotect(sealed) == packet, "packet \(tested)")
                let opened = try receiver.opened(expected)
                try #require(opened == packet, "packet \(tested)")
                tested += 1
            }
            waiting.removeAll()
        }
        #expect(positions.allSatisfy { $0 > 4 << 16 })
    }

    @Test(arguments: SRTPProfile.allCases) func rtcpIsByteIdenticalToLibsrtp(_ profile: SRTPProfile) throws {
        let master = masterKey(profile, seed: 2)
        var random = SeededRandom(seed: 12)
        var sender = SRTPSender(profile: profile, master: master)
        var receiver = SRTPReceiver(profile: profile, master: master)
        let oracleSender = SRTPOracle(profile: profile, master: master, outbound: true)
        let oracleReceiver = SRTPOracle(profile: profile, master: master, outbound: false)
        for count in 0..<20_000 {
            let packet = rtcpPacket(ssrc: 0x1234_5678, using: &random)
            let expected = try #require(oracleSender.protectRTCP(packet))
            let sealed = try sender.sealedRTCP(packet)
            try #require(sealed == expected, "packet \(count)")
            try #require(oracleReceiver.unprotectRTCP(sealed) == packet, "packet \(count)")
            let opened = try receiver.openedRTCP(expected)
            try #require(opened == packet, "packet \(count)")
        }
    }

    /// Our sender counts RTCP over all SSRCs, libsrtp for each: both ends must understand both.
    @Test(arguments: SRTPProfile.allCases) func rtcpOfManySourcesIsUnderstood(_ profile: SRTPProfile) throws {
        let master = masterKey(profile, seed: 3)
        var random = SeededRandom(seed: 13)
        var sender = SRTPSender(profile: profile, master: master)
        var receiver = SRTPReceiver(profile: profile, master: master)
        let oracleSender = SRTPOracle(profile: profile, master: master, outbound: true)
        let oracleReceiver = SRTPOracle(profile: profile, master: master, outbound: false)
        for _ in 0..<2_000 {
            let packet = rtcpPacket(ssrc: UInt32(random.number(1...20)), using: &random)
            let sealed = try sender.sealedRTCP(packet)
            try #require(oracleReceiver.unprotectRTCP(sealed) == packet)
            let theirs = try #require(oracleSender.protectRTCP(packet))
            try #require(try receiver.openedRTCP(theirs) == packet)
        }
    }

    /// Replays and single flipped bits, judged by both implementations alike.
    @Test(arguments: SRTPProfile.allCases) func refusesWhatLibsrtpRefuses(_ profile: SRTPProfile) throws {
        let master = masterKey(profile, seed: 4)
        var random = SeededRandom(seed: 14)
        let oracleSender = SRTPOracle(profile: profile, master: master, outbound: true)
        let oracleReceiver = SRTPOracle(profile: profile, master: master, outbound: false)
        var receiver = SRTPReceiver(profile: profile, master: master)
        var sent: [[UInt8]] = []
        var refused = 0
        var accepted = 0
        for position in 0..<20_000 {
            let fresh = rtpPacket(
                ssrc: 7, sequence: UInt16(truncatingIfNeeded: position * 5), payload: 40, using: &random)
            sent.append(try #require(oracleSender.protect(fresh)))
            // A new packet, an old one again, or a damaged one.
            var packet = sent[max(0, sent.count - 1 - (random.chance(0.3) ? random.number(0...600) : 0))]
            if random.chance(0.2) {
                packet[random.number(0...packet.count - 1)] ^= UInt8(1 << random.number(0...7))
            }
            let expected = oracleReceiver.unprotect(packet)
            let opened = try? receiver.opened(packet)
            try #require(opened == expected, "packet \(position)")
            if expected == nil { refused += 1 } else { accepted += 1 }
        }
        #expect(refused > 3_000 && accepted > 10_000)
    }
}
