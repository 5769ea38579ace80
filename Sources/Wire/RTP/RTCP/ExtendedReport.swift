// Extended reports: receiver reference time and its answer (RFC 3611 sections 4.4 and 4.5), by which a receiver that
// sends nothing measures the round-trip time.

public import Basics

/// The blocks of an extended report; visits the two kinds below, skips the others.
public struct ExtendedReport: Hashable, Sendable {
    public enum Block: Hashable, Sendable {
        /// The clock of a receiver.
        case referenceTime(NTPTime)
        /// An answer to one receiver's reference time.
        case delay(DelaySinceReferenceTime)
    }

    public var senderSSRC: UInt32
    private var offset: Int
    private let end: Int
    /// End of the DLRR block whose sub-blocks are being visited.
    private var delaysEnd = 0

    init?(_ packet: RTCPPacket, in datagram: Span<UInt8>) {
        guard packet.body.count >= 4 else { return nil }
        senderSSRC = datagram.uint32(at: packet.body.lowerBound)
        offset = packet.body.lowerBound + 4
        end = packet.body.upperBound
    }

    fileprivate static let referenceTime: UInt8 = 4
    fileprivate static let delays: UInt8 = 5

    /// The next block (or sub-block), nil at the end or where a block runs over it.
    public mutating func next(in datagram: Span<UInt8>) -> Block? {
        while true {
            if offset < delaysEnd {
                let start = offset
                offset += 12
                return .delay(
                    DelaySinceReferenceTime(
                        ssrc: datagram.uint32(at: start), lastReferenceTime: datagram.uint32(at: start + 4),
                        delay: datagram.uint32(at: start + 8)))
            }
            guard end - offset >= 4 else { return nil }
            let type = datagram[offset]
            let count = Int(datagram.uint16(at: offset + 2)) * 4
            let body = offset + 4
            guard count <= end - body else {
                offset = end
                return nil
            }
            switch type {
            case Self.referenceTime where count == 8:
                offset = body + count
                return .referenceTime(NTPTime(rawValue: datagram.uint64(at: body)))
            case Self.delays where count % 12 == 0:
                offset = body
                delaysEnd = body + count
            default:
                offset = body + count
            }
        }
    }
}

/// One sub-block of DLRR.
public struct DelaySinceReferenceTime: Hashable, Sendable {
    /// The receiver that is answered.
    public var ssrc: UInt32
    /// Middle 32 bits of its reference time.
    public var lastReferenceTime: UInt32
    /// Since that came, in 1/65536 s.
    public var delay: UInt32

    @inlinable public init(ssrc: UInt32, lastReferenceTime: UInt32, delay: UInt32) {
        self.ssrc = ssrc
        self.lastReferenceTime = lastReferenceTime
        self.delay = delay
    }
}

extension RTCPWriter {
    /// Appends a receiver reference time report; false (and nothing is written) when it does not fit.
    public mutating func appendReferenceTime(
        _ time: NTPTime, from senderSSRC: UInt32, into buffer: inout MutableSpan<UInt8>
    ) -> Bool {
        guard let body = begin(RTCPType.extendedReport, count: 0, bodyByteCount: 16, in: &buffer) else { return false }
        buffer.put(senderSSRC, at: body)
        buffer.put(UInt32(ExtendedReport.referenceTime) << 24 | 2, at: body + 4)
        buffer.put(time.rawValue, at: body + 8)
        return true
    }

    /// Appends the answers to reference times; false (and nothing is written) when they do not fit.
    public mutating func appendDelays(
        _ delays: Span<DelaySinceReferenceTime>, from senderSSRC: UInt32, into buffer: inout MutableSpan<UInt8>
    ) -> Bool {
        let byteCount = 8 + delays.count * 12
        guard let body = begin(RTCPType.extendedReport, count: 0, bodyByteCount: byteCount, in: &buffer) else {
            return false
        }
        buffer.put(senderSSRC, at: body)
        buffer.put(UInt32(ExtendedReport.delays) << 24 | UInt32(delays.count * 3), at: body + 4)
        for index in delays.indices {
            buffer.put(delays[index].ssrc, at: body + 8 + index * 12)
            buffer.put(delays[index].lastReferenceTime, at: body + 12 + index * 12)
            buffer.put(delays[index].delay, at: body + 16 + index * 12)
        }
        return true
    }
}
