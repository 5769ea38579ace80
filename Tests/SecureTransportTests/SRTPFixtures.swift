// Packets, keys and array-shaped calls for the SRTP tests.

import Basics
import SecureTransport

func masterKey(_ profile: SRTPProfile, seed: UInt64 = 1) -> SRTPMasterKey {
    var random = SeededRandom(seed: seed)
    return SRTPMasterKey(
        key: random.bytes(16), salt: random.bytes(profile.masterSaltCount))
}

extension SeededRandom {
    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next() >> 33) }
    }
    /// A uniform number in `range`.
    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
}

/// An RTP packet with some CSRCs, perhaps a header extension, and a payload of random length.
func rtpPacket(ssrc: UInt32, sequence: UInt16, payload: Int? = nil, using random: inout SeededRandom) -> [UInt8] {
    let sources = random.number(0...3)
    let extended = random.chance(0.5)
    var packet: [UInt8] = [0x80 | UInt8(sources) | (extended ? 0x10 : 0), 96]
    packet += [UInt8(sequence >> 8), UInt8(truncatingIfNeeded: sequence)] + random.bytes(4)
    packet += (0..<4).map { UInt8(truncatingIfNeeded: ssrc >> (24 - 8 * UInt32($0))) }
    packet += random.bytes(sources * 4)
    if extended {
        let words = random.number(0...4)
        packet += [0xbe, 0xde, 0, UInt8(words)] + random.bytes(words * 4)
    }
    return packet + random.bytes(payload ?? random.number(0...1200))
}

/// An RTCP packet: a sender report's first header and random words behind it.
func rtcpPacket(ssrc: UInt32, using random: inout SeededRandom) -> [UInt8] {
    let words = random.number(0...100)
    var packet: [UInt8] = [0x80, 200, UInt8(words >> 8), UInt8(truncatingIfNeeded: words + 1)]
    packet += (0..<4).map { UInt8(truncatingIfNeeded: ssrc >> (24 - 8 * UInt32($0))) }
    return packet + random.bytes(words * 4)
}

extension SRTPSender {
    mutating func sealed(
        _ packet: [UInt8], index: UInt64? = nil, isRepetition: Bool = false
    ) throws(SRTPError) -> [UInt8] {
        var buffer = packet + [UInt8](repeating: 0xee, count: SRTPProfile.largestOverhead)
        var span = buffer.mutableSpan
        let count = try protectRTP(&span, count: packet.count, index: index, isRepetition: isRepetition)
        return Array(buffer.prefix(count))
    }
    mutating func sealedRTCP(_ packet: [UInt8]) throws(SRTPError) -> [UInt8] {
        var buffer = packet + [UInt8](repeating: 0xee, count: SRTPProfile.largestOverhead)
        var span = buffer.mutableSpan
        let count = try protectRTCP(&span, count: packet.count)
        return Array(buffer.prefix(count))
    }
}

extension SRTPReceiver {
    mutating func opened(_ packet: [UInt8]) throws(SRTPError) -> [UInt8] {
        var buffer = packet
        var span = buffer.mutableSpan
        let count = try unprotectRTP(&span, count: packet.count)
        return Array(buffer.prefix(count))
    }
    mutating func openedRTCP(_ packet: [UInt8]) throws(SRTPError) -> [UInt8] {
        var buffer = packet
        var span = buffer.mutableSpan
        let count = try unprotectRTCP(&span, count: packet.count)
        return Array(buffer.prefix(count))
    }
}

/// Runs `body` and answers the error that it threw.
func refusal(_ body: () throws(SRTPError) -> [UInt8]) -> SRTPError? {
    do {
        _ = try body()
        return nil
    } catch {
        return error
    }
}
