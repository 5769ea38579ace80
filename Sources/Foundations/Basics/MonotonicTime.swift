// Time as a value: the media planes never read a clock, they are told the time.

/// A point on a monotonic clock, in nanoseconds since an arbitrary origin.
public struct MonotonicTime: Hashable, Comparable, Sendable {
    public var nanoseconds: Int64

    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The origin: earlier than every time that a clock of this process gives.
    public static let zero = MonotonicTime(nanoseconds: 0)
    /// Later than every time that a clock gives; "never" for deadlines.
    public static let distantFuture = MonotonicTime(nanoseconds: .max)

    @inlinable public static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }
    @inlinable public static func + (a: Self, b: Interval) -> Self {
        let (sum, overflow) = a.nanoseconds.addingReportingOverflow(b.nanoseconds)
        return Self(nanoseconds: overflow ? (b.nanoseconds < 0 ? .min : .max) : sum)
    }
    @inlinable public static func - (a: Self, b: Interval) -> Self {
        Self(nanoseconds: a.nanoseconds &- b.nanoseconds)
    }
    @inlinable public static func - (a: Self, b: Self) -> Interval {
        Interval(nanoseconds: a.nanoseconds &- b.nanoseconds)
    }
    @inlinable public static func += (a: inout Self, b: Interval) { a = a + b }
}

/// A length of time in nanoseconds (one machine word, unlike `Duration`, which is two).
public struct Interval: Hashable, Comparable, Sendable {
    public var nanoseconds: Int64

    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    @inlinable public static func seconds(_ count: Int) -> Self { Self(nanoseconds: Int64(count) &* 1_000_000_000) }
    @inlinable public static func seconds(_ count: Double) -> Self {
        Self(nanoseconds: Int64(saturating: count * 1_000_000_000))
    }
    @inlinable public static func milliseconds(_ count: Int) -> Self { Self(nanoseconds: Int64(count) &* 1_000_000) }
    @inlinable public static func microseconds(_ count: Int) -> Self { Self(nanoseconds: Int64(count) &* 1_000) }
    public static let zero = Interval(nanoseconds: 0)

    @inlinable public var seconds: Double { Double(nanoseconds) / 1_000_000_000 }
    @inlinable public var milliseconds: Double { Double(nanoseconds) / 1_000_000 }
    /// Whole microseconds, rounded towards zero.
    @inlinable public var wholeMicroseconds: Int64 { nanoseconds / 1_000 }
    /// Whole milliseconds, rounded towards zero.
    @inlinable public var wholeMilliseconds: Int64 { nanoseconds / 1_000_000 }

    @inlinable public static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }
    @inlinable public static func + (a: Self, b: Self) -> Self { Self(nanoseconds: a.nanoseconds &+ b.nanoseconds) }
    @inlinable public static func - (a: Self, b: Self) -> Self { Self(nanoseconds: a.nanoseconds &- b.nanoseconds) }
    @inlinable public static func * (a: Self, b: Int) -> Self { Self(nanoseconds: a.nanoseconds &* Int64(b)) }
    @inlinable public static func / (a: Self, b: Int) -> Self { Self(nanoseconds: a.nanoseconds / Int64(b)) }
}

extension Int64 {
    /// The nearest integer to `value`; infinities and values out of range become the nearest bound, NaN becomes 0.
    @inlinable public init(saturating value: Double) {
        if value.isNaN {
            self = 0
        } else if value >= 9.2e18 {
            self = .max
        } else if value <= -9.2e18 {
            self = .min
        } else {
            self = Int64(value)
        }
    }
}
