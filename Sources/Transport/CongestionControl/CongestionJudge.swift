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
    /// A queue of this length that stays is too long even when it does not grow.
    private static let standingQueue = 60.0
    private static let standingPatience = Interval.milliseconds(200)
    /// A queue that outlives our own decrease by this time is fed by somebody else.
    private static let foreignPatience = Interval.seconds(3)
    private static let foreignEnd = Interval.seconds(2)
    /// A queue that moves less than this all the time is no queue: the path has become longer.
    private static let flatQueue = 6.0

    private var standingSince: MonotonicTime?
    private var lowest = 0.0
    private var highest = 0.0
    private var shortSince: MonotonicTime?

    /// Somebody else keeps the queue full (a download): its length says nothing about us, only its growth does.
    private(set) var queueIsForeign = false
    /// The path has become longer: the base of the queue's estimate is to be taken anew.
    private(set) var wantsRebase = false

    mutating func judge(
        trend: BandwidthUsage, queueMilliseconds: Double?, isApplicationLimited: Bool, at now: MonotonicTime
    ) -> Verdict {
        wantsRebase = false
        guard let queue = queueMilliseconds else { return trend == .underusing ? .hold : .normal }
        watch(queue, at: now)
        let gate = isApplicationLimited ? Self.smallestQueueWhenLimited : Self.smallestQueue
        if trend == .overusing { return queue > gate ? .overusing : .hold }
        if !queueIsForeign, let standingSince, now - standingSince >= Self.standingPatience,
            trend != .underusing
        {
            return .overusing
        }
        return trend == .underusing ? .hold : .normal
    }

    private mutating func watch(_ queue: Double, at now: MonotonicTime) {
        if queue < Self.standingQueue / 2 {
            standingSince = nil
            if shortSince == nil { shortSince = now }
            if queueIsForeign, now - shortSince! >= Self.foreignEnd { queueIsForeign = false }
            return
        }
        shortSince = nil
        guard let since = standingSince else {
            if queue >= Self.standingQueue {
                standingSince = now
                lowest = queue
                highest = queue
            }
            return
        }
        lowest = min(lowest, queue)
        highest = max(highest, queue)
        guard !queueIsForeign, now - since >= Self.foreignPatience else { return }
        if highest - lowest < Self.flatQueue {
            wantsRebase = true
            standingSince = nil
        } else {
            queueIsForeign = true
        }
    }
}
