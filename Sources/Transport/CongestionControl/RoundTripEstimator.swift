// Round-trip time from report blocks (RFC 3550 section 6.4.1, figure 2) and from DLRR (RFC 3611 section 4.5).

public import Basics

/// Latest, smoothed and smallest round-trip time of one path.
public struct RoundTripEstimator: Sendable {
    /// Longer is a mistake of the peer's clock, not a path.
    public static let maximum = Interval.seconds(30)

    public private(set) var latest: Interval?
    /// Moves by an eighth of the difference (as RFC 6298 section 2).
    public private(set) var smoothed: Interval?
    public private(set) var smallest: Interval?

    public init() {}

    /// Takes a report about what this side sent.
    ///
    /// - Parameters:
    ///   - lastReport: LSR (or LRR), middle 32 bits of this side's NTP time; 0 when the peer has had no report
    ///   - delay: DLSR (or DLRR), in 1/65536 s
    ///   - now: the same NTP clock that the sender reports are stamped with
    /// - Returns: the new measurement; nil when there is none in the report or it is impossible
    @discardableResult public mutating func note(lastReport: UInt32, delay: UInt32, at now: NTPTime) -> Interval? {
        guard lastReport != 0 else { return nil }
        let units = Int64(Int32(bitPattern: now.compact &- lastReport &- delay))
        // The compact clock ticks every 15 µs: a round trip of a tick less than nothing is none.
        guard units >= -2 else { return nil }
        let measured = Interval(nanoseconds: max(0, units) * 1_000_000_000 / 65_536)
        return note(measured) ? measured : nil
    }

    /// Takes a measurement made in another way; false when it is impossible.
    @discardableResult public mutating func note(_ measured: Interval) -> Bool {
        guard measured >= .zero, measured <= Self.maximum else { return false }
        latest = measured
        smoothed = smoothed.map { $0 + (measured - $0) / 8 } ?? measured
        smallest = min(smallest ?? measured, measured)
        return true
    }
}
