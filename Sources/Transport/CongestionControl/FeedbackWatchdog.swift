// What to do while no feedback comes: the way there or the way back may be full or gone (RFC 8083 asks for an answer).

import Basics

struct FeedbackWatchdog: Sendable {
    /// Receivers tell at least each 250 ms; twice that and two round trips without a word is a silence.
    private static let patience = Interval.milliseconds(500)
    private static let step = 0.8
    /// Packets that were sent meanwhile and deserved an answer.
    private static let fewestPackets = 5

    private var unansweredSince: MonotonicTime?
    private var unanswered = 0
    private var lastStep: MonotonicTime?

    /// Packets were sent that nobody has spoken of yet.
    var isWaiting: Bool { unansweredSince != nil }

    mutating func noteSent(at now: MonotonicTime) {
        if unansweredSince == nil { unansweredSince = now }
        unanswered += 1
    }

    mutating func noteFeedback() {
        unansweredSince = nil
        unanswered = 0
        lastStep = nil
    }

    /// The factor that the rate is to be multiplied with now; nil while all is well.
    mutating func advance(to now: MonotonicTime, roundTrip: Interval) -> Double? {
        guard unanswered >= Self.fewestPackets, let unansweredSince else { return nil }
        let patience = Self.patience + roundTrip * 2
        guard now - (lastStep ?? unansweredSince) >= patience else { return nil }
        lastStep = now
        return Self.step
    }
}
