// Tells a path that has become longer from a queue.

import Basics

/// Our own queue drains when less is sent, and another's moves as it comes and goes. A delay that does neither is the
/// length of the path: it was no reason to send less. Owned by `SendSideEstimator`.
struct LongerPath: Sendable {
    struct Input: Sendable {
        /// Of the last report; nil while unknown.
        var queueMilliseconds: Double?
        /// Bits per second that are allowed, that are sent, and that arrive (nil while unknown).
        var allowed: Double
        var sending: Double
        var arriving: Double?
        /// Share of the latest packets that were lost.
        var loss: Double
    }

    /// Shorter ones are in nobody's way. A link that has become narrower makes its packets longer on the way by some
    /// milliseconds each: that too is the path.
    private static let shortest = 8.0
    /// A queue that moves less than this for so long is none.
    private static let flat = 6.0
    private static let patience = Interval.milliseconds(1_200)
    /// Where the path jitters, far less has to be allowed first, and the delay may move by this share of itself.
    private static let shareAllowed = 0.6
    private static let jitterShare = 0.5
    /// A longer one that moves may be another's queue. One that stands and loses packets may be a full one: only sending
    /// less than has just arrived tells. A short full one is a matter of its losses.
    private static let long = 60.0
    private static let littleLoss = 0.02
    private static let shareSent = 0.9
    private static let arrivalWindow = Interval.milliseconds(500)

    /// Bits per second that were allowed before the delay rose.
    private var allowedBefore: Double?
    /// The longest delay since.
    private var peak = 0.0
    private var since: MonotonicTime?
    private var lowest = 0.0
    private var highest = 0.0
    /// Bits per second that arrived while the delay was the same.
    private var arrived: Double?

    /// Call with each feedback.
    ///
    /// - Returns: what was allowed before, in bits per second, when the path has become longer: the base of the queue is
    ///   to be taken anew
    mutating func note(_ input: Input, at now: MonotonicTime) -> Double? {
        guard let queue = input.queueMilliseconds, queue >= Self.shortest else {
            if input.queueMilliseconds != nil { begin(input, queue: 0) }
            return nil
        }
        // It was a queue, which has drained: what is left of the delay is judged for itself.
        if queue < peak / 2 { begin(input, queue: queue) }
        peak = max(peak, queue)
        let before = allowedBefore ?? input.allowed
        lowest = min(lowest, queue)
        highest = max(highest, queue)
        guard let since, highest - lowest < spread(hasGivenWay: input.allowed <= before * Self.shareAllowed) else {
            self.since = now
            lowest = queue
            highest = queue
            arrived = nil
            return nil
        }
        if arrived == nil, now - since >= Self.arrivalWindow { arrived = input.arriving }
        guard now - since >= Self.patience, !mayBeFull(input) else { return nil }
        self.since = nil
        return before
    }

    private mutating func begin(_ input: Input, queue: Double) {
        allowedBefore = input.allowed
        peak = queue
        since = nil
    }

    private func spread(hasGivenWay: Bool) -> Double {
        guard hasGivenWay, highest < Self.long else { return Self.flat }
        return max(Self.flat, lowest * Self.jitterShare)
    }

    private func mayBeFull(_ input: Input) -> Bool {
        guard highest >= Self.long, input.loss >= Self.littleLoss else { return false }
        return input.sending > (arrived ?? 0) * Self.shareSent
    }
}
