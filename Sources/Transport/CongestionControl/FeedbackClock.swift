// The receiver's clock as transport-wide feedback tells it (draft-holmer-rmcat-transport-wide-cc-extensions-01
// section 3.1): 24 bits of 64 ms, so it wraps after 12 days; its origin is unknown.

import Basics

/// Arrival times on one line, in milliseconds since the first one.
struct FeedbackClock: Sendable {
    private var lastRaw: Int64?
    private var lastUnits: Int64 = 0

    static let millisecondsPerUnit = Double(TransportFeedbackClockUnit.nanoseconds) / 1_000_000

    /// - Parameter quarterMilliseconds: as a status tells it, wrapping after 2^32
    /// - Returns: milliseconds since the first arrival; times may go backwards
    mutating func milliseconds(_ quarterMilliseconds: Int64) -> Double {
        guard let lastRaw else {
            lastRaw = quarterMilliseconds
            return 0
        }
        let delta = Int32(truncatingIfNeeded: quarterMilliseconds &- lastRaw)
        lastUnits &+= Int64(delta)
        self.lastRaw = quarterMilliseconds
        return Double(lastUnits) * Self.millisecondsPerUnit
    }
}

enum TransportFeedbackClockUnit {
    /// A quarter of a millisecond.
    static let nanoseconds: Int64 = 250_000
}
