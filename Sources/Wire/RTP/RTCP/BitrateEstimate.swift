// Receiver estimated maximum bitrate (draft-alvestrand-rmcat-remb-03 section 2).

internal import Basics

/// The bitrate that a receiver believes it can take, over the sources listed.
public struct ReceiverEstimatedMaximumBitrate: Hashable, Sendable {
    public var senderSSRC: UInt32
    public var bitrateBitsPerSecond: UInt64
    public var count: Int
    private var offset: Int

    /// "REMB".
    fileprivate static let name: UInt32 = 0x5245_4d42

    init?(_ packet: RTCPPacket, in datagram: Span<UInt8>) {
        let body = packet.body.lowerBound
        guard packet.body.count >= 16, datagram.uint32(at: body + 8) == Self.name else { return nil }
        senderSSRC = datagram.uint32(at: body)
        count = Int(datagram[body + 12])
        offset = body + 16
        guard packet.body.count >= 16 + count * 4 else { return nil }
        let value = datagram.uint24(at: body + 13)
        let exponent = UInt64(value >> 18)
        let mantissa = UInt64(value & 0x3_ffff)
        // An exponent that shifts the mantissa out of 64 bits means "no limit".
        bitrateBitsPerSecond = mantissa == 0 || mantissa.leadingZeroBitCount >= exponent ? mantissa << exponent : .max
    }

    public func ssrc(_ index: Int, in datagram: Span<UInt8>) -> UInt32 {
        precondition(0 <= index && index < count)
        return datagram.uint32(at: offset + index * 4)
    }
}

extension RTCPWriter {
    /// Appends an estimate for up to 255 sources, rounded down to 18 significant bits; false (and nothing is written)
    /// when it does not fit.
    public mutating func appendBitrateEstimate(
        _ bitrateBitsPerSecond: UInt64, from senderSSRC: UInt32, about sources: Span<UInt32>,
        into buffer: inout MutableSpan<UInt8>
    ) -> Bool {
        guard sources.count <= 255,
            let start = beginFeedback(
                RTCPType.payloadFeedback, format: RTCPFeedbackFormat.applicationLayer, from: senderSSRC, about: 0,
                byteCount: 8 + sources.count * 4, in: &buffer)
        else { return false }
        let exponent = max(0, 46 - bitrateBitsPerSecond.leadingZeroBitCount)
        let mantissa = UInt32(bitrateBitsPerSecond >> UInt64(exponent))
        buffer.put(ReceiverEstimatedMaximumBitrate.name, at: start)
        buffer.put(UInt8(sources.count), at: start + 4)
        buffer.put(uint24: UInt32(exponent) << 18 | mantissa, at: start + 5)
        for index in sources.indices { buffer.put(sources[index], at: start + 8 + index * 4) }
        return true
    }
}
