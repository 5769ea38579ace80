// NTP timestamps as RTCP uses them (RFC 3550 section 4, RFC 5905 section 6).

/// Seconds since 1900 as 32.32 fixed point.
public struct NTPTime: Hashable, Sendable {
    public var rawValue: UInt64

    @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The NTP time of `nanoseconds` since the Unix epoch.
    @inlinable public init(unixNanoseconds nanoseconds: Int64) {
        let unixEpoch: UInt64 = 2_208_988_800
        let whole = UInt64(max(0, nanoseconds))
        let seconds = whole / 1_000_000_000 &+ unixEpoch
        let fraction = ((whole % 1_000_000_000) << 32) / 1_000_000_000
        rawValue = seconds << 32 | fraction
    }

    /// Middle 32 bits: the "compact" form of LSR and DLSR (units of 1/65536 s).
    @inlinable public var compact: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 16) }

    /// Signed distance `a - b` on the wrapping 64-bit clock.
    @inlinable public static func - (a: Self, b: Self) -> Interval {
        let difference = Int64(bitPattern: a.rawValue &- b.rawValue)
        return Interval(nanoseconds: Int64(saturating: Double(difference) / 4_294_967_296 * 1_000_000_000))
    }
}

/// Ties the monotonic clock to the wall clock once, so that NTP times advance evenly whatever the wall clock does later.
public struct NTPClock: Sendable {
    private let unixNanosecondsAtZero: Int64

    /// - Parameters:
    ///   - unixNanoseconds: the wall clock, nanoseconds since the Unix epoch, read together with `now`
    ///   - now: the monotonic clock
    public init(unixNanoseconds: Int64, at now: MonotonicTime) {
        unixNanosecondsAtZero = unixNanoseconds &- now.nanoseconds
    }

    public func time(at now: MonotonicTime) -> NTPTime {
        NTPTime(unixNanoseconds: unixNanosecondsAtZero &+ now.nanoseconds)
    }
}
