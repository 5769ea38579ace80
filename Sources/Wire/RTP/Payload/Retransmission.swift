// The retransmission payload format (RFC 4588 section 4): the payload behind the original's sequence number.

internal import Basics

public enum Retransmission {
    /// What stands before the original payload.
    public static let prefixByteCount = 2

    /// The original's sequence number; nil when the payload is too short to be a retransmission, as padding that probes
    /// the bandwidth is.
    public static func originalSequenceNumber(of header: RTPHeader, in datagram: Span<UInt8>) -> UInt16? {
        guard header.payloadCount >= prefixByteCount else { return nil }
        return datagram.uint16(at: header.payloadOffset)
    }

    /// Copies a retransmission as the packet that it repeats: same extensions, no padding.
    ///
    /// - Returns: the size of the packet, written to the start of `buffer`; nil when there is no original or it does not
    ///   fit
    public static func unwrap(
        _ datagram: Span<UInt8>, _ header: RTPHeader, payloadType: UInt8, ssrc: UInt32,
        into buffer: inout MutableSpan<UInt8>
    ) -> Int? {
        guard let sequenceNumber = originalSequenceNumber(of: header, in: datagram) else { return nil }
        let payload = header.payloadOffset + prefixByteCount..<header.payload.upperBound
        let total = header.payloadOffset + payload.count
        guard total <= buffer.count else { return nil }
        buffer.put(datagram.extracting(0..<header.payloadOffset), at: 0)
        buffer.put(datagram.extracting(payload), at: header.payloadOffset)
        rewrite(datagram, payloadType: payloadType, sequenceNumber: sequenceNumber, ssrc: ssrc, in: &buffer)
        return total
    }

    /// Copies a packet as a retransmission of itself: same extensions, no padding.
    ///
    /// - Returns: the size of the packet, written to the start of `buffer`; nil when it does not fit
    public static func wrap(
        _ datagram: Span<UInt8>, _ header: RTPHeader, payloadType: UInt8, sequenceNumber: UInt16, ssrc: UInt32,
        into buffer: inout MutableSpan<UInt8>
    ) -> Int? {
        let total = header.payloadOffset + prefixByteCount + header.payloadCount
        guard total <= buffer.count else { return nil }
        buffer.put(datagram.extracting(0..<header.payloadOffset), at: 0)
        buffer.put(header.sequenceNumber, at: header.payloadOffset)
        buffer.put(datagram.extracting(header.payload), at: header.payloadOffset + prefixByteCount)
        rewrite(datagram, payloadType: payloadType, sequenceNumber: sequenceNumber, ssrc: ssrc, in: &buffer)
        return total
    }

    private static func rewrite(
        _ datagram: Span<UInt8>, payloadType: UInt8, sequenceNumber: UInt16, ssrc: UInt32,
        in buffer: inout MutableSpan<UInt8>
    ) {
        buffer.put(datagram[0] & ~0x20, at: 0)
        buffer.put(datagram[1] & 0x80 | payloadType & 0x7f, at: 1)
        buffer.put(sequenceNumber, at: 2)
        buffer.put(ssrc, at: 8)
    }
}
