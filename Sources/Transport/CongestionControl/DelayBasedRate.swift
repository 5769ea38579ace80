// The rate that the delays allow: additive increase, multiplicative decrease (draft-ietf-rmcat-gcc-02 section 5.5).

import Basics

struct DelayBasedRate: Sendable {
    struct Input: Sendable {
        var verdict: CongestionJudge.Verdict
        /// Arrived bits per second over the last half second, and over the last moment.
        var throughput: Double?
        var recentThroughput: Double?
        var queueMilliseconds: Double?
        var roundTrip: Interval
        /// Less is sent than allowed: what arrives says nothing about what could.
        var isApplicationLimited: Bool
    }

    private static let beta = 0.85
    /// A long queue is drained by sending still less for a moment.
    private static let deepestBeta = 0.5
    private static let longQueue = 60.0
    private static let longestQueue = 300.0
    /// The queue counts as drained below this many milliseconds.
    private static let drained = 8.0
    private static let longestDrain = Interval.seconds(1)
    /// One decrease at most per round trip and this, unless far less arrives than is sent.
    private static let decreaseMargin = Interval.milliseconds(100)
    private static let shortestDecreaseInterval = Interval.milliseconds(150)
    /// What a decrease leaves at least when little was sent and little could be measured.
    private static let smallestStepWhenLimited = 0.7
    private static let smallestStepWhenUnknown = 0.5
    /// Near the known capacity: bits per second per second, and of the rate.
    private static let additive = 50_000.0
    private static let additiveShare = 0.02
    /// Far from it: of the rate per second, rising with the time since the last decrease.
    private static let multiplicative = 0.08
    private static let fastMultiplicative = 0.2
    private static let fastAfter = Interval.seconds(5)
    /// The rate rises no further above what arrives.
    private static let headroom = 1.5
    private static let headroomBits = 10_000.0

    private(set) var bitsPerSecond: Double
    private var capacity = LinkCapacity()
    private var lastUpdate: MonotonicTime
    private var lastDecrease: MonotonicTime?
    /// Until the queue has drained; then the rate goes to this.
    private var rateAfterDrain: Double?
    private let bounds: ClosedRange<Double>

    init(_ bitsPerSecond: Double, within bounds: ClosedRange<Double>, at now: MonotonicTime) {
        self.bitsPerSecond = bitsPerSecond
        self.bounds = bounds
        lastUpdate = now
    }

    var isDraining: Bool { rateAfterDrain != nil }

    /// - Returns: true when the rate was decreased
    @discardableResult mutating func update(_ input: Input, at now: MonotonicTime) -> Bool {
        defer { lastUpdate = now }
        switch input.verdict {
        case .overusing: return decrease(input, at: now)
        case .hold: endDrain(input, at: now)
        case .normal:
            endDrain(input, at: now)
            if !isDraining { increase(input, at: now) }
        }
        return false
    }

    /// A probe has shown what the path carries.
    mutating func apply(_ result: ProbeResult, isApplicationLimited: Bool, at now: MonotonicTime) {
        if result.isSaturated {
            capacity.noteProbe(result.bitsPerSecond)
        } else if let range = capacity.range, result.bitsPerSecond > range.upperBound {
            capacity.forget()
        }
        if result.bitsPerSecond > bitsPerSecond || isApplicationLimited {
            set(result.bitsPerSecond)
            rateAfterDrain = nil
            lastUpdate = now
        }
    }

    /// Sets the rate from outside (feedback has failed, another clock).
    mutating func set(_ value: Double) {
        bitsPerSecond = max(bounds.lowerBound, min(bounds.upperBound, value))
    }

    private mutating func decrease(_ input: Input, at now: MonotonicTime) -> Bool {
        let measured = input.recentThroughput ?? input.throughput
        let interval = max(Self.shortestDecreaseInterval, input.roundTrip + Self.decreaseMargin)
        if let lastDecrease, now - lastDecrease < interval {
            guard let measured, measured < bitsPerSecond / 2 else { return false }
            guard now - lastDecrease >= Self.shortestDecreaseInterval else { return false }
        }
        lastDecrease = now
        let before = bitsPerSecond
        guard let measured else {
            set(bitsPerSecond * Self.smallestStepWhenUnknown)
            return true
        }
        let queue = input.queueMilliseconds ?? 0
        let depth = max(0, min(1, (queue - Self.longQueue) / (Self.longestQueue - Self.longQueue)))
        let factor = Self.beta - (Self.beta - Self.deepestBeta) * depth
        var next = measured * factor
        if input.isApplicationLimited { next = max(next, bitsPerSecond * Self.smallestStepWhenLimited) }
        if let range = capacity.range, measured < range.lowerBound { capacity.forget() }
        capacity.noteOveruse(measured)
        set(min(next, bitsPerSecond))
        rateAfterDrain = min(before, measured * Self.beta)
        return bitsPerSecond < before
    }

    private mutating func endDrain(_ input: Input, at now: MonotonicTime) {
        guard let goal = rateAfterDrain else { return }
        let isDrained = (input.queueMilliseconds ?? 0) < Self.drained
        guard isDrained || now - (lastDecrease ?? now) >= Self.longestDrain else { return }
        if isDrained { set(max(bitsPerSecond, goal)) }
        rateAfterDrain = nil
    }

    private mutating func increase(_ input: Input, at now: MonotonicTime) {
        guard !input.isApplicationLimited else { return }
        if let range = capacity.range, let throughput = input.throughput, throughput > range.upperBound {
            capacity.forget()
        }
        let seconds = max(0, min((now - lastUpdate).seconds, 1))
        var next = bitsPerSecond
        if capacity.kilobitsPerSecond != nil {
            next += (Self.additive + Self.additiveShare * bitsPerSecond) * seconds
        } else {
            let isFast = lastDecrease.map { now - $0 >= Self.fastAfter } ?? true
            next += bitsPerSecond * (isFast ? Self.fastMultiplicative : Self.multiplicative) * seconds
        }
        if let throughput = input.throughput {
            next = min(next, max(bitsPerSecond, throughput * Self.headroom + Self.headroomBits))
        }
        set(next)
    }
}
