// Sees within one report that a link has become far too narrow.

import Basics

/// Packets that left as a burst and arrive one by one, each later than the one before, stand in a queue that the burst
/// itself has made: they arrive at the rate of the link. Trends over several frames would see it a tenth of a second
/// later, when the queue is full. Owned by `SendSideEstimator`.
struct NarrowedLink: Sendable {
    private struct Arrival: Sendable {
        var send = 0.0
        var arrival = 0.0
        var byteCount = 0

        var delay: Double { arrival - send }
    }

    /// What a narrowed link has been seen to carry, and how long packets stand before it.
    struct Sighting: Sendable {
        var bitsPerSecond: Double
        var queueMilliseconds: Double
    }

    /// So many arrivals in a row, each as late as the one before or later.
    private static let count = 6
    private static let tolerance = 1.0
    /// They left within this time. Over a longer one the path may have become another.
    private static let burstMilliseconds = 30.0
    /// By so much the last of them is later than the first.
    private static let growthMilliseconds = 40.0
    /// A link that carries more of what is allowed than this is a matter of the trend.
    private static let share = 0.6

    private var arrivals = InlineArray<6, Arrival>(repeating: Arrival())
    private var next = 0
    private var known = 0

    /// Takes one arrival, in the order of sending; times in milliseconds, each on its own clock.
    mutating func note(send: Double, arrival: Double, byteCount: Int) {
        if known > 0 {
            let newest = arrivals.span[(next + Self.count - 1) % Self.count]
            // Only an unbroken rise tells.
            if arrival - send < newest.delay - Self.tolerance || send < newest.send { known = 0 }
        }
        arrivals[next] = Arrival(send: send, arrival: arrival, byteCount: byteCount)
        next = (next + 1) % Self.count
        known = min(known + 1, Self.count)
    }

    /// Call at the end of a report.
    ///
    /// - Parameter allowed: bits per second
    func sighting(allowed: Double) -> Sighting? {
        guard known == Self.count else { return nil }
        let arrivals = arrivals.span
        let first = arrivals[next]
        let last = arrivals[(next + Self.count - 1) % Self.count]
        let growth = last.delay - first.delay
        guard growth >= Self.growthMilliseconds, last.send - first.send <= Self.burstMilliseconds,
            last.arrival > first.arrival
        else { return nil }
        var bytes = -first.byteCount
        for index in 0..<Self.count { bytes += arrivals[index].byteCount }
        let rate = Double(bytes * 8) * 1_000 / (last.arrival - first.arrival)
        guard rate < allowed * Self.share else { return nil }
        return Sighting(bitsPerSecond: rate, queueMilliseconds: growth)
    }

    mutating func reset() { known = 0 }
}
