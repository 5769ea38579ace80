// Settings and bounds of the send-side estimator.

import Basics

/// What a transport may choose about its congestion control.
public struct SendSideConfiguration: Sendable {
    /// Spent until the network has answered. A megabit lets the first video start on a middle layer; the first feedback
    /// with a queue in it corrects a wrong guess within a few hundred milliseconds.
    public var startBitrateBitsPerSecond: Int64 = 1_000_000
    /// The target never falls below: a voice with its repair still fits.
    public var minimumBitrateBitsPerSecond: Int64 = 60_000
    public var maximumBitrateBitsPerSecond: Int64 = 50_000_000

    /// The receiver sends transport-wide feedback. Otherwise its receiver reports and its own estimate (REMB) decide, and
    /// nothing is probed.
    public var usesTransportFeedback = true

    public init() {}

    var bounds: ClosedRange<Double> {
        let lowest = max(1_000, min(minimumBitrateBitsPerSecond, 1_000_000_000_000))
        return Double(lowest)...Double(max(lowest, min(maximumBitrateBitsPerSecond, 1_000_000_000_000)))
    }
}

/// Bounds of tables and times of the estimator, with their reasons.
enum SendSideLimits {
    /// Sent packets that a transport remembers at first: a second of audio, or 100 ms of 30 Mbit/s.
    static let smallestHistory = 256
    /// A second at 8,000 packets/s; 16 bytes each.
    static let largestHistory = 8_192
    /// A packet that nobody spoke of for so long is no reason to remember more of them.
    static let memory = Interval.seconds(2)
    /// The receiver's clock may differ that much from ours between two feedbacks before it counts as another clock.
    static let largestClockJump = Interval.seconds(5)
    /// After a silence of this length the delays of before mean nothing.
    static let silence = Interval.seconds(3)
    /// Packets with nothing told about them between two feedbacks that are credited as having arrived.
    static let largestFeedbackGap = 1_024
    /// Between two looks at the time while packets are on their way or more is wanted.
    static let tick = Interval.milliseconds(100)
    /// A probe would make these worse.
    static let lossThatForbidsProbes = 0.25
    static let queueThatForbidsProbes = 40.0
    static let freshFeedback = Interval.seconds(1)
    /// The queue that a probe makes itself: its length, how long it lasts after the feedback about it, and when it is gone.
    static let queueOfProbe = 80.0
    static let probeShadow = Interval.milliseconds(500)
    static let queueThatIsNone = 10.0
    static let queueThatLoses = 60.0
    /// Who has given up so much of the rate and still stands in a queue did not make it.
    static let shareGivenWay = 0.6
    /// What of the rate before the path became longer is right on the longer one.
    static let shareAfterDetour = 0.85
    /// What of the rate before a silence is right after it when nothing was lost.
    static let shareAfterSilence = 0.9
}
