// What the contexts refuse, what they keep, and that no length makes them trap.

import Basics
import SecureTransport
import Testing

@Suite(.timeLimit(.minutes(2))) struct SRTPContextTests {
    @Test(arguments: SRTPProfile.allCases) func everyTruncationIsRefused(_ profile: SRTPProfile) throws {
        let master = masterKey(profile)
        var random = SeededRandom(seed: 21)
        var sender = SRTPSender(profile: profile, master: master)
        var receiver = SRTPReceiver(profile: profile, master: master)
        for sequence in 0..<20 {
            let packet = try sender.sealed(
                rtpPacket(ssrc: 1, sequence: UInt16(sequence), payload: 100, using: &random))
            let control = try sender.sealedRTCP(rtcpPacket(ssrc: 1, using: &random))
            for length in 0..<packet.count {
                #expect(refusal { () throws(SRTPError) in try receiver.opened(Array(packet.prefix(length))) } != nil)
            }
            for length in 0..<control.count {
                #expect(
                    refusal { () throws(SRTPError) in try receiver.openedRTCP(Array(control.prefix(length))) } != nil)
            }
            _ = try receiver.opened(packet)
            _ = try receiver.openedRTCP(control)
        }
        #expect(receiver.streamCount == 1)
    }

    @Test(arguments: SRTPProfile.allCases) func randomBytesLeaveNothingBehind(_ profile: SRTPProfile) {
        let master = masterKey(profile)
        var random = SeededRandom(seed: 22)
        var receiver = SRTPReceiver(profile: profile, master: master)
        for _ in 0..<20_000 {
            var packet = random.bytes(random.number(0...120))
            if !packet.isEmpty, random.chance(0.8) { packet[0] = 0x80 | packet[0] & 0x1f }
            #expect(refusal { () throws(SRTPError) in try receiver.opened(packet) } != nil)
            #expect(refusal { () throws(SRTPError) in try receiver.openedRTCP(packet) } != nil)
        }
        #expect(receiver.streamCount == 0)
    }

    /// A sender given the same bytes never traps either; what it accepts, a receiver opens.
    @Test(arguments: SRTPProfile.allCases) func randomPlainPackets(_ profile: SRTPProfile) throws {
        let master = masterKey(profile)
        var random = SeededRandom(seed: 23)
        var sender = SRTPSender(profile: profile, master: master)
        var receiver = SRTPReceiver(profile: profile, master: master, streamLimit: 1 << 16)
        var sealedPackets = 0
        for _ in 0..<10_000 {
            let packet = random.bytes(random.number(0...80))
            guard let sealed = try? sender.sealed(packet) else { continue }
            sealedPackets += 1
            #expect(try receiver.opened(sealed) == packet)
        }
        #expect(sealedPackets > 100)
    }

    @Test(arguments: SRTPProfile.allCases) func everyBitIsAuthenticated(_ profile: SRTPProfile) throws {
        let master = masterKey(profile)
        var random = SeededRandom(seed: 24)
        var sender = SRTPSender(profile: profile, master: master)
        var receiver = SRTPReceiver(profile: profile, master: master)
        let packet = try sender.sealed(rtpPacket(ssrc: 9, sequence: 5, payload: 60, using: &random))
        let control = try sender.sealedRTCP(rtcpPacket(ssrc: 9, using: &random))
        for bit in 0..<packet.count * 8 {
            var damaged = packet
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(refusal { () throws(SRTPError) in try receiver.opened(damaged) } != nil, "bit \(bit)")
        }
        for bit in 0..<control.count * 8 {
            var damaged = control
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(refusal { () throws(SRTPError) in try receiver.openedRTCP(damaged) } != nil, "bit \(bit)")
        }
        #expect(receiver.streamCount == 0)
        _ = try receiver.opened(packet)
        _ = try receiver.openedRTCP(control)
    }

    @Test(arguments: SRTPProfile.allCases) func replaysAreRefused(_ profile: SRTPProfile) throws {
        let master = masterKey(profile)
        var random = SeededRandom(seed: 25)
        var sender = SRTPSender(profile: profile, master: master)
        var receiver = SRTPReceiver(profile: profile, master: master)
        var packets: [[UInt8]] = []
        for sequence in 0..<3_000 {
            packets.append(
                try sender.sealed(rtpPacket(ssrc: 3, sequence: UInt16(sequence), payload: 20, using: &random)))
        }
        // Every second one first, then all: the ones in the window that were left out pass once, all others never.
        for packet in stride(from: 1, to: 3_000, by: 2) { _ = try receiver.opened(packets[packet]) }
        for (position, packet) in packets.enumerated() {
            let expected: SRTPError? = position % 2 == 0 && 2_999 - position < 1_024 ? nil : .replayed
            #expect(refusal { () throws(SRTPError) in try receiver.opened(packet) } == expected, "packet \(position)")
        }
        for packet in packets {
            #expect(refusal { () throws(SRTPError) in try receiver.opened(packet) } == .replayed)
        }
        var controls: [[UInt8]] = []
        for _ in 0..<100 { controls.append(try sender.sealedRTCP(rtcpPacket(ssrc: 3, using: &random))) }
        for control in controls.reversed() { _ = try receiver.openedRTCP(control) }
        for control in controls {
            #expect(refusal { () throws(SRTPError) in try receiver.openedRTCP(control) } == .replayed)
        }
    }

    /// No index is sealed twice, whatever the order; late ones inside the window are.
    @Test func aSenderNeverUsesANonceTwice() throws {
        var random = SeededRandom(seed: 26)
        var sender = SRTPSender(profile: .aeadAes128Gcm, master: masterKey(.aeadAes128Gcm))
        func packet(_ sequence: UInt16) -> [UInt8] {
            var random = SeededRandom(seed: UInt64(sequence))
            return rtpPacket(ssrc: 4, sequence: sequence, payload: 10, using: &random)
        }
        var used = Set<Int>()
        var newest = 500
        for _ in 0..<20_000 {
            newest += random.number(0...2)
            let position = max(0, newest - (random.chance(0.5) ? random.number(0...1_500) : 0))
            let sealed = try? sender.sealed(packet(UInt16(truncatingIfNeeded: position)))
            let highest = used.max() ?? 0
            let allowed = !used.contains(position) && (position > highest || highest - position < 1_024)
            if used.isEmpty {
                used.insert(position)
            } else {
                #expect((sealed != nil) == allowed, "position \(position)")
                if allowed { used.insert(position) }
            }
        }
    }

    @Test func indicesGivenByTheCaller() throws {
        var random = SeededRandom(seed: 27)
        let master = masterKey(.aeadAes128Gcm)
        var sender = SRTPSender(profile: .aeadAes128Gcm, master: master)
        var receiver = SRTPReceiver(profile: .aeadAes128Gcm, master: master)
        let packet = rtpPacket(ssrc: 5, sequence: 77, using: &random)
        let sealed = try sender.sealed(packet, index: 77)
        #expect(try receiver.opened(sealed) == packet)
        #expect(refusal { () throws(SRTPError) in try sender.sealed(packet, index: 77) } == .replayed)
        #expect(refusal { () throws(SRTPError) in try sender.sealed(packet, index: 78) } == .malformed)
        #expect(refusal { () throws(SRTPError) in try sender.sealed(packet, index: 1 << 48 | 77) } == .keyExhausted)
        // A round later: the receiver, which saw nothing of the round, cannot know of it.
        let later = try sender.sealed(packet, index: 2 << 16 | 77)
        #expect(refusal { () throws(SRTPError) in try receiver.opened(later) } == .replayed)
    }

    @Test func aNumberFromBeforeTheFirstIsNotSealed() throws {
        var random = SeededRandom(seed: 28)
        var sender = SRTPSender(profile: .aeadAes128Gcm, master: masterKey(.aeadAes128Gcm))
        _ = try sender.sealed(rtpPacket(ssrc: 5, sequence: 2, using: &random))
        let early = rtpPacket(ssrc: 5, sequence: 65_535, using: &random)
        #expect(refusal { () throws(SRTPError) in try sender.sealed(early) } == .replayed)
    }

    @Test func streamsAreBounded() throws {
        let master = masterKey(.aeadAes128Gcm)
        var random = SeededRandom(seed: 29)
        var sender = SRTPSender(profile: .aeadAes128Gcm, master: master, streamLimit: 100)
        var receiver = SRTPReceiver(profile: .aeadAes128Gcm, master: master, streamLimit: 60)
        for ssrc in 0..<100 as Range<UInt32> {
            let sealed = try sender.sealed(
                rtpPacket(ssrc: ssrc &* 0x0100_0193, sequence: 1, payload: 9, using: &random))
            let refused = refusal { () throws(SRTPError) in try receiver.opened(sealed) }
            #expect(refused == (ssrc < 60 ? nil : .tooManyStreams))
        }
        let other = rtpPacket(ssrc: 0xffff_0000, sequence: 1, using: &random)
        #expect(refusal { () throws(SRTPError) in try sender.sealed(other) } == .tooManyStreams)
        receiver.forget(ssrc: 0)
        #expect(receiver.streamCount == 59)
        let again = try sender.sealed(rtpPacket(ssrc: 0, sequence: 2, using: &random))
        _ = try receiver.opened(again)
        sender.retire(ssrc: 0)
        let retired = rtpPacket(ssrc: 0, sequence: 3, using: &random)
        #expect(refusal { () throws(SRTPError) in try sender.sealed(retired) } == .retired)
    }

    @Test(arguments: SRTPProfile.allCases) func roomForTheTagIsChecked(_ profile: SRTPProfile) {
        var random = SeededRandom(seed: 30)
        var sender = SRTPSender(profile: profile, master: masterKey(profile))
        let plain = rtpPacket(ssrc: 1, sequence: 1, payload: 50, using: &random)
        for room in 0..<profile.rtpOverhead {
            var buffer = plain + [UInt8](repeating: 0, count: room)
            var span = buffer.mutableSpan
            #expect(throws: SRTPError.noRoom) { try sender.protectRTP(&span, count: plain.count) }
        }
        var buffer = rtcpPacket(ssrc: 1, using: &random)
        let count = buffer.count
        var span = buffer.mutableSpan
        #expect(throws: SRTPError.noRoom) { try sender.protectRTCP(&span, count: count) }
        #expect(throws: SRTPError.malformed) { try sender.protectRTP(&span, count: count + 1) }
    }

    @Test func plainRTCPIsRefused() throws {
        let master = masterKey(.aes128CmHmacSha1_80)
        var random = SeededRandom(seed: 31)
        var sender = SRTPSender(profile: .aes128CmHmacSha1_80, master: master)
        var receiver = SRTPReceiver(profile: .aes128CmHmacSha1_80, master: master)
        var packet = try sender.sealedRTCP(rtcpPacket(ssrc: 1, using: &random))
        packet[packet.count - 14] &= 0x7f
        #expect(refusal { () throws(SRTPError) in try receiver.openedRTCP(packet) } == .malformed)
    }

    @Test(arguments: SRTPProfile.allCases) func aBatchIsSealedInOneSlab(_ profile: SRTPProfile) throws {
        var random = SeededRandom(seed: 32)
        let first = masterKey(profile, seed: 40)
        let second = masterKey(profile, seed: 41)
        var senderA = SRTPSender(profile: profile, master: first)
        var senderB = SRTPSender(profile: profile, master: second)
        var receiverA = SRTPReceiver(profile: profile, master: first)
        var receiverB = SRTPReceiver(profile: profile, master: second)
        var slab = [UInt8](repeating: 0, count: 64 * 1_500)
        var plain: [[UInt8]] = []
        for position in 0..<64 {
            let packet =
                position % 8 == 7
                ? rtcpPacket(ssrc: 1, using: &random)
                : rtpPacket(ssrc: 1, sequence: UInt16(position), using: &random)
            plain.append(packet)
            slab.replaceSubrange(position * 1_500..<position * 1_500 + packet.count, with: packet)
        }
        var lengths: [Int] = []
        var sealer = PacketSealer()
        do {
            var span = slab.mutableSpan
            for position in 0..<64 {
                let offset = position * 1_500
                let count = plain[position].count
                if position % 8 == 7 {
                    lengths.append(try sealer.sealRTCP(&span, at: offset, count: count, with: &senderA))
                } else if position % 2 == 0 {
                    lengths.append(try sealer.sealRTP(&span, at: offset, count: count, with: &senderA))
                } else {
                    lengths.append(try sealer.sealRTP(&span, at: offset, count: count, with: &senderB))
                }
            }
            sealer.finish(&span)
        }
        #expect(sealer.sealedPackets == 64)
        for position in 0..<64 {
            let packet = Array(slab[position * 1_500..<position * 1_500 + lengths[position]])
            if position % 8 == 7 {
                #expect(try receiverA.openedRTCP(packet) == plain[position])
            } else if position % 2 == 0 {
                #expect(try receiverA.opened(packet) == plain[position])
            } else {
                #expect(try receiverB.opened(packet) == plain[position])
            }
        }
    }
}
