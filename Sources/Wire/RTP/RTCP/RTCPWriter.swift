// Writes an RTCP compound packet by packet (RFC 3550 section 6.1). Each packet kind adds its own `append`.

internal import Basics

/// A compound under construction at the start of a caller's buffer. An `append` that does not fit writes nothing and
/// says so, so that the compound can be sent and a new one begun.
public struct RTCPWriter: Sendable {
    /// Bytes written so far.
    public private(set) var count = 0

    public init() {}

    /// Appends a packet's header. Returns where its body goes, nil when header and body do not fit.
    ///
    /// - Parameters:
    ///   - bodyByteCount: a multiple of four
    ///   - isPadded: the body ends with padding whose last byte counts it
    mutating func begin(
        _ type: UInt8, count field: UInt8, bodyByteCount: Int, isPadded: Bool = false,
        in buffer: inout MutableSpan<UInt8>
    ) -> Int? {
        let header = RTCPPacket.headerByteCount
        guard bodyByteCount & 3 == 0, bodyByteCount / 4 <= 0xffff, header + bodyByteCount <= buffer.count - count else {
            return nil
        }
        let body = count + header
        buffer.put(0x80 | (isPadded ? 0x20 : 0) | field & 0x1f, at: count)
        buffer.put(type, at: count + 1)
        buffer.put(UInt16(bodyByteCount / 4), at: count + 2)
        count = body + bodyByteCount
        return body
    }

    /// As `begin` for feedback packets, which start with two SSRCs (RFC 4585 section 6.1). Returns where the feedback
    /// control information goes.
    mutating func beginFeedback(
        _ type: UInt8, format: UInt8, from senderSSRC: UInt32, about mediaSSRC: UInt32, byteCount: Int,
        isPadded: Bool = false, in buffer: inout MutableSpan<UInt8>
    ) -> Int? {
        guard
            let body = begin(type, count: format, bodyByteCount: 8 + byteCount, isPadded: isPadded, in: &buffer)
        else { return nil }
        buffer.put(senderSSRC, at: body)
        buffer.put(mediaSSRC, at: body + 4)
        return body + 8
    }
}
