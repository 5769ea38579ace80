// Weighs the trend of the delays against the queue itself.

import Basics

/// The trend says early that a queue grows; the queue's length says whether it matters and whose it is.
struct CongestionJudge: Sendable {
    enum Verdict: Sendable {
        case normal
        /// Neither more nor less: the queue drains, or the trend has no queue to show for it.
        case hold
        case overusing
    }

    /// Below this the trend is jitter. A transport that sends less than it may hardly makes queues itself.
    private static let smallestQueue = 8.0
    private static let smallestQueueWhenLimited = 25.0
    /// A queue of this length is too long even when it does not grow. All who share it see it at the same time and give
    /// way together, which is what makes their shares equal.
    private static let longQueue = 20.0
    private static let longQueueWhenLimited = 40.0
    private static let longPatience = Interval.milliseconds(100)
    private static let standingQueue = 60.0
    /// A queue that outlives our own decrease by this time is fed by somebody else.
    private static let foreignPatience = Interval.seconds(3)
    private static let foreignEnd = Interval.milliseconds(300)
    /// Then it is to be shown again: several of us could keep each other in this belief.
    private static let longestForeign = Interval.seconds(30)

    private var longSince: MonotonicTime?
    private var standingSince: MonotonicTime?
    private var foreignSince: MonotonicTime?
    private var shortSince: MonotonicTime?

    /// Somebody else keeps the queue full (a download): neither its length nor its growth says anything about us, only
    /// losses do.
    var queueIsForeign: Bool { foreignSince != nil }

    /// The queue has been too long for a moment, or longer.
    var queueIsStanding: Bool { standingSince != nil }

    /// - Parameter hasGivenWay: the rate is far below what it was before the queue
    mutating func judge(
        trend: BandwidthUsage, queueMilliseconds: Double?, isApplicationLimited: Bool, hasGivenWay: Bool,
        at now: MonotonicTime
    ) -> Verdict {
        guard let queue = queueMilliseconds else { return trend == .underusing ? .hold : .normal }
        watch(queue, hasGivenWay: hasGivenWay, at: now)
        let gate = isApplicationLimited ? Self.smallestQueueWhenLimited : Self.smallestQueue
        if trend == .overusing { return queue > gate ? .overusing : .hold }
        if queue < (isApplicationLimited ? Self.longQueueWhenLimited : Self.longQueue) {
            longSince = nil
        } else if let longSince {
            if trend == .normal, now - longSince >= Self.longPatience { return .overusing }
        } else {
            longSince = now
        }
        return trend == .underusing ? .hold : .normal
    }

    private mutating func watch(_ queue: Double, hasGivenWay: Bool, at now: MonotonicTime) {
        if queue < Self.standingQueue / 2 {
            standingSince = nil
            if shortSince == nil { shortSince = now }
            if now - shortSince! >= Self.foreignEnd { foreignSince = nil }
            return
        }
        shortSince = nil
        guard let since = standingSince else {
            if queue >= Self.standingQueue { standingSince = now }
            return
        }
        if let foreignSince {
            if now - foreignSince >= Self.longestForeign {
                self.foreignSince = nil
                standingSince = nil
            }
            return
        }
        if hasGivenWay, now - since >= Self.foreignPatience { foreignSince = now }
    }
}
