// Generic negative acknowledgements (RFC 4585 section 6.2.1).

internal import Basics

/// The sequence numbers that a receiver misses: visited in the order they are written.
public struct GenericNACK: Hashable, Sendable {
    public var senderSSRC: UInt32
    public var mediaSSRC: UInt32
    private var offset: Int
    private let end: Int
    private var packetID: UInt16 = 0
    /// Bits of the current pair that are still to visit; bit n stands for `packetID + n + 1`.
    private var bitmask: UInt16 = 0

    init?(_ packet: RTCPPacket, in datagram: Span<UInt8>) {
        let body = packet.body
        guard body.count >= 12, body.count & 3 == 0 else { return nil }
        senderSSRC = datagram.uint32(at: body.lowerBound)
        mediaSSRC = datagram.uint32(at: body.lowerBound + 4)
        offset = body.lowerBound + 8
        end = body.upperBound
    }

    /// The next missing sequence number, nil at the end.
    public mutating func next(in datagram: Span<UInt8>) -> UInt16? {
        if bitmask != 0 {
            let bit = bitmask.trailingZeroBitCount
            bitmask &= bitmask &- 1
            return packetID &+ UInt16(bit) &+ 1
        }
        guard end - offset >= 4 else { return nil }
        packetID = datagram.uint16(at: offset)
        bitmask = datagram.uint16(at: offset + 2)
        offset += 4
        return packetID
    }
}

extension RTCPWriter {
    /// Appends one NACK.
    ///
    /// - Parameter missing: sequence numbers, oldest first
    /// - Returns: how many of them the packet holds; 0 (and nothing is written) when there is no room for one pair
    public mutating func appendNACK(
        _ missing: Span<UInt16>, from senderSSRC: UInt32, about mediaSSRC: UInt32,
        into buffer: inout MutableSpan<UInt8>
    ) -> Int {
        let room = (buffer.count - count - RTCPPacket.headerByteCount - 8) / 4
        var pairs = 0
        var index = 0
        while index < missing.count, pairs < room {
            index = Self.endOfPair(from: index, of: missing).end
            pairs += 1
        }
        guard pairs > 0,
            let start = beginFeedback(
                RTCPType.transportFeedback, format: RTCPFeedbackFormat.genericNACK, from: senderSSRC, about: mediaSSRC,
                byteCount: pairs * 4, in: &buffer)
        else { return 0 }
        var written = 0
        for pair in 0..<pairs {
            let (end, bitmask) = Self.endOfPair(from: written, of: missing)
            buffer.put(missing[written], at: start + pair * 4)
            buffer.put(bitmask, at: start + pair * 4 + 2)
            written = end
        }
        return written
    }

    /// The pair that begins with `missing[first]`: the index after its last number, and its bits.
    private static func endOfPair(from first: Int, of missing: Span<UInt16>) -> (end: Int, bitmask: UInt16) {
        var end = first + 1
        var bitmask: UInt16 = 0
        while end < missing.count {
            let distance = missing[end] &- missing[first]
            guard 1...16 ~= distance else { break }
            bitmask |= 1 << (distance - 1)
            end += 1
        }
        return (end, bitmask)
    }
}
