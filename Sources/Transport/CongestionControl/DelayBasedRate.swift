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
        /// Share of the latest packets that were lost, when somebody else keeps the queue full; nil otherwise.
        var lossInForeignQueue: Double?
        /// Less is sent than allowed: what arrives says nothing about what could.
        var isApplicationLimited: Bool
        /// Bits per second that are sent, smoothed.
        var sending: Double
        /// The link has been seen to carry far less than is allowed.
        var isNarrowed = false
    }

    private static let beta = 0.85
    /// A long queue is drained by sending still less for a moment.
    private static let deepestBeta = 0.5
    private static let longQueue = 60.0
    private static let longestQueue = 300.0
    /// The queue counts as drained below this many milliseconds, and after a while below that many: so long a full packet
    /// takes on a link that has become narrow.
    private static let drained = 8.0
    private static let nearlyDrained = 25.0
    private static let longestDrain = Interval.seconds(1)
    /// One decrease is enough for a queue, for this long, unless far less arrives than is allowed or it goes on growing:
    /// whoever is near would otherwise give way twice before those far away have noticed.
    private static let decreaseInterval = Interval.milliseconds(600)
    private static let shortestDecreaseInterval = Interval.milliseconds(150)
    private static let shareThatArrives = 0.75
    /// Arrivals over a moment are noisy (a frame more or less): within this of the rate they count as the rate.
    private static let noise = 0.85...1.2
    private static let furtherGrowth = 25.0
    /// What a decrease leaves at least when little was sent and all of it arrives: little could be measured then. Less
    /// where the queue is long.
    private static let smallestStepWhenLimited = 0.85
    private static let smallestStepInClearQueue = 0.6
    private static let clearQueue = 80.0
    private static let smallestStepWhenUnknown = 0.5
    /// Beside a download, loss is the signal. The decrease is deep enough to empty a queue that is our own after all.
    private static let foreignLoss = 0.03
    private static let foreignBeta = 0.7
    private static let foreignInterval = Interval.milliseconds(1_500)
    /// Near the known capacity: bits per second per second, and of the rate.
    private static let additive = 50_000.0
    private static let additiveShare = 0.01
    /// Far from it: of the rate per second, rising with the time since the last decrease.
    private static let fastMultiplicative = 0.2
    private static let fastAfter = Interval.seconds(4)
    /// The rate rises no further above what arrives.
    private static let headroom = 1.5
    private static let headroomBits = 10_000.0

    private(set) var bitsPerSecond: Double
    private var capacity = LinkCapacity()
    private var lastUpdate: MonotonicTime
    private var lastDecrease: MonotonicTime?
    private var queueAtDecrease = 0.0
    /// What probes found below the rate, and when: one alone may be jitter.
    private var lowProbe: (bitsPerSecond: Double, time: MonotonicTime)?
    private static let lowProbeMemory = Interval.seconds(10)
    /// Until the queue has drained; then the rate goes to this. And what it was before the queue.
    private var rateAfterDrain: Double?
    private var rateBeforeDrain = 0.0
    private let bounds: ClosedRange<Double>

    init(_ bitsPerSecond: Double, within bounds: ClosedRange<Double>, at now: MonotonicTime) {
        self.bitsPerSecond = bitsPerSecond
        self.bounds = bounds
        lastUpdate = now
    }

    /// The path has shown its limit at least once.
    var hasDecreased: Bool { lastDecrease != nil }
    var isDraining: Bool { rateAfterDrain != nil }

    /// - Returns: true when the rate was decreased
    @discardableResult mutating func update(_ input: Input, at now: MonotonicTime) -> Bool {
        defer { lastUpdate = now }
        if let loss = input.lossInForeignQueue { return updateBesideDownload(input, loss, at: now) }
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
    ///
    /// - Parameter throughput: what passes at present, in bits per second
    mutating func apply(
        _ result: ProbeResult, isApplicationLimited: Bool, throughput: Double?, at now: MonotonicTime
    ) {
        if result.isSaturated {
            capacity.noteProbe(result.bitsPerSecond)
        } else if capacity.isExceeded(by: result.bitsPerSecond) {
            capacity.forget()
        }
        if result.bitsPerSecond > bitsPerSecond {
            set(result.bitsPerSecond)
            lowProbe = nil
            rateAfterDrain = nil
            lastUpdate = now
        } else if isApplicationLimited {
            if let lowProbe, now - lowProbe.time < Self.lowProbeMemory {
                set(min(bitsPerSecond, max(result.bitsPerSecond, lowProbe.bitsPerSecond, throughput ?? 0)))
            }
            lowProbe = (result.bitsPerSecond, now)
        }
    }

    /// Sets the rate from outside (feedback has failed, another clock).
    mutating func set(_ value: Double) {
        bitsPerSecond = max(bounds.lowerBound, min(bounds.upperBound, value))
    }

    private mutating func decrease(_ input: Input, at now: MonotonicTime) -> Bool {
        let measured = input.recentThroughput ?? input.throughput
        let queue = input.queueMilliseconds ?? 0
        if let lastDecrease {
            let elapsed = now - lastDecrease
            guard elapsed >= Self.shortestDecreaseInterval, !drains(queue) else { return false }
            let isGrowing = elapsed >= input.roundTrip && queue > queueAtDecrease + Self.furtherGrowth
            let arrives = (measured ?? bitsPerSecond) >= bitsPerSecond * Self.shareThatArrives
            if elapsed < max(Self.decreaseInterval, input.roundTrip), arrives, !isGrowing { return false }
        }
        lastDecrease = now
        queueAtDecrease = queue
        let before = bitsPerSecond
        guard var measured else {
            set(bitsPerSecond * Self.smallestStepWhenUnknown)
            return true
        }
        if !input.isApplicationLimited, Self.noise.contains(measured / bitsPerSecond) { measured = bitsPerSecond }
        let depth = max(0, min(1, (queue - Self.longQueue) / (Self.longestQueue - Self.longQueue)))
        let factor = Self.beta - (Self.beta - Self.deepestBeta) * depth
        var next = measured * factor
        if input.isApplicationLimited {
            let isClear = input.isNarrowed || queue >= Self.clearQueue
            let arrives = measured >= input.sending * Self.shareThatArrives
            if !isClear || arrives {
                let step = isClear ? Self.smallestStepInClearQueue : Self.smallestStepWhenLimited
                next = max(next, bitsPerSecond * step)
            }
        }
        if capacity.isMissed(by: measured) { capacity.forget() }
        capacity.noteOveruse(measured)
        set(min(next, bitsPerSecond))
        noteDrain(to: measured * Self.beta, from: before, queue: queue)
        return bitsPerSecond < before
    }

    /// The last decrease was enough; what arrives now is less than the path carries.
    private func drains(_ queue: Double) -> Bool { isDraining && queue < queueAtDecrease / 2 }

    /// While the queue is long, what arrives is what the path carries; afterwards it may be only what was sent.
    private mutating func noteDrain(to goal: Double, from before: Double, queue: Double) {
        if rateAfterDrain == nil { rateBeforeDrain = before }
        let known = queue < Self.longQueue ? rateAfterDrain ?? 0 : 0
        rateAfterDrain = min(rateBeforeDrain, max(goal, known))
    }

    private mutating func updateBesideDownload(_ input: Input, _ loss: Double, at now: MonotonicTime) -> Bool {
        rateAfterDrain = nil
        guard loss > Self.foreignLoss else {
            increase(input, at: now)
            return false
        }
        if let lastDecrease, now - lastDecrease < max(Self.foreignInterval, input.roundTrip) { return false }
        lastDecrease = now
        let before = bitsPerSecond
        set(bitsPerSecond * Self.foreignBeta)
        return bitsPerSecond < before
    }

    private mutating func endDrain(_ input: Input, at now: MonotonicTime) {
        guard let goal = rateAfterDrain else { return }
        let queue = input.queueMilliseconds ?? 0
        guard queue < Self.drained || now - (lastDecrease ?? now) >= Self.longestDrain else { return }
        if queue < Self.nearlyDrained { set(max(bitsPerSecond, goal)) }
        rateAfterDrain = nil
    }

    private mutating func increase(_ input: Input, at now: MonotonicTime) {
        guard !input.isApplicationLimited else { return }
        if let throughput = input.throughput, capacity.isExceeded(by: throughput) { capacity.forget() }
        let seconds = max(0, min((now - lastUpdate).seconds, 1))
        var next = bitsPerSecond
        let isFast = lastDecrease.map { now - $0 >= Self.fastAfter } ?? true
        if isFast, capacity.kilobitsPerSecond == nil {
            next += max(bitsPerSecond * Self.fastMultiplicative, Self.additive) * seconds
        } else {
            next += (Self.additive + Self.additiveShare * bitsPerSecond) * seconds
        }
        if let throughput = input.throughput {
            next = min(next, max(bitsPerSecond, throughput * Self.headroom + Self.headroomBits))
        }
        set(next)
    }
}
