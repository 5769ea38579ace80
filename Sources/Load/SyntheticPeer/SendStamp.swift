// The moment of sending inside a synthetic payload: what forwarding latency is measured by.

public import Basics

/// The last eight bytes of a synthetic packet: the sender's monotonic clock in nanoseconds. Both ends must share the clock.
public enum SendStamp {
    public static let byteCount = 8

    /// Writes over the end of an RTP packet in the clear.
    public static func write(_ now: MonotonicTime, into packet: inout [UInt8]) {
        guard packet.count >= byteCount else { return }
        var span = packet.mutableSpan
        span.put(UInt64(bitPattern: now.nanoseconds), at: span.count - byteCount)
    }

    /// Nil when the packet is too short to hold one.
    public static func read(_ packet: Span<UInt8>) -> MonotonicTime? {
        guard packet.count >= byteCount else { return nil }
        return MonotonicTime(nanoseconds: Int64(bitPattern: packet.uint64(at: packet.count - byteCount)))
    }
}
