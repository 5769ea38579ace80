// When to probe and how high.

import Basics

/// One probe at a time: planned, sent, awaited. Growth by doubling while the path shows no limit, then again each few
/// seconds for as long as more is wanted than the estimate allows.
struct ProbeController: Sendable {
    struct Context: Sendable {
        var targetBitsPerSecond: Double
        /// What all wished streams need, with overhead.
        var desiredBitsPerSecond: Double
        /// What the next step up needs, with overhead.
        var neededBitsPerSecond: Double
        var maximumBitsPerSecond: Double
        var isApplicationLimited: Bool
        /// No probe into a queue, into heavy loss or into a path that does not answer.
        var isPathClear: Bool
        var roundTrip: Interval
        /// Mean change of the delay between groups of packets.
        var jitterMilliseconds: Double
    }

    /// A probe measures a little less than it sends.
    private static let neededMargin = 1.15
    private static let firstGain = 3.0
    private static let nextGain = 2.0
    /// Into a path that is in use up to the target, and once a probe has found the limit: the next ones only ask whether
    /// it is still there.
    private static let carefulGain = 1.5
    private static let carefulNextGain = 1.4
    /// More than wanted by this, as a probe that meets no limit measures a little less than it sent.
    private static let desiredMargin = 1.2
    private static let interval = Interval.seconds(3)
    private static let carefulInterval = Interval.seconds(2)
    /// A path in use up to the target shows its limit again and again. When it has not for so many times the usual while,
    /// there may be more.
    private static let quietFactor = 1.5
    private static let quietTimes = 3.0...4.5
    private static let shortestInterval = Interval.seconds(1)
    /// The first time that a limit is found it may have been jitter.
    private static let retryInterval = Interval.milliseconds(700)
    private static let duration = 25.0
    private static let longestDuration = 80.0
    private static let longestCarefulDuration = 60.0
    /// How many times longer than the jitter a probe has to be.
    private static let jitterFactor = 8.0
    private static let packetCount = 5
    private static let longestSending = Interval.milliseconds(300)
    private static let longestWait = Interval.seconds(1)
    /// A decrease below this share is worth a probe once the queue is gone.
    private static let largeDrop = 0.66
    private static let shareAfterDrop = 0.85
    private static let dropMemory = Interval.seconds(5)

    private enum Phase: Sendable {
        case idle
        case sending(ProbePlan, ProbeMeasurement)
        case waiting(ProbeMeasurement, until: MonotonicTime)
    }

    private var phase = Phase.idle
    private var lastCluster: UInt32 = 0
    private var lastStart: MonotonicTime?
    private var isFirst = true
    /// Bits per second of a probe that shall follow at once.
    private var following: Double?
    /// Probes in a row that found the limit, or nothing.
    private var limits = 0
    private var lastDesired = 0.0
    private var desiredHasGrown = false
    private var lastDecrease: MonotonicTime?
    /// Seconds between decreases, smoothed.
    private var decreaseInterval = 2.0
    private var beforeDrop: (bitsPerSecond: Double, time: MonotonicTime)?

    /// The cluster that packets sent now belong to, 0 for none.
    var cluster: UInt32 {
        if case .sending(let plan, _) = phase { return plan.cluster }
        return 0
    }

    var isActive: Bool {
        if case .idle = phase { return false }
        return true
    }

    /// The probe to be sent, from its start to its end.
    mutating func plan(_ context: Context, at now: MonotonicTime) -> ProbePlan? {
        expire(at: now)
        switch phase {
        case .sending(let plan, _): return plan
        case .waiting: return nil
        case .idle: break
        }
        guard context.isPathClear, let bitrate = nextBitrate(context, at: now) else { return nil }
        let longest = context.isApplicationLimited ? Self.longestDuration : Self.longestCarefulDuration
        let milliseconds = min(longest, Self.duration + Self.jitterFactor * context.jitterMilliseconds)
        let bits = bitrate * milliseconds / 1_000
        lastCluster &+= 1
        if lastCluster == 0 { lastCluster = 1 }
        let plan = ProbePlan(
            cluster: lastCluster, bitrateBitsPerSecond: Int64(bitrate), byteCount: Int(bits / 8),
            packetCount: Self.packetCount, start: now, deadline: now + Self.longestSending)
        phase = .sending(plan, ProbeMeasurement(cluster: plan.cluster))
        lastStart = now
        isFirst = false
        following = nil
        desiredHasGrown = false
        return plan
    }

    /// Bytes of the running probe that should be on their way and are not.
    func byteCountDue(at now: MonotonicTime) -> Int {
        guard case .sending(let plan, let measurement) = phase else { return 0 }
        let elapsed = max(0, (now - plan.start).seconds)
        // The last packet closes the interval: it does not count in the rate.
        let due = Int(Double(plan.bitrateBitsPerSecond) / 8 * elapsed) + 1
        return max(0, due - measurement.sentBytes)
    }

    /// When `byteCountDue` is no longer 0; nil while no probe is being sent.
    var nextSendTime: MonotonicTime? {
        guard case .sending(let plan, let measurement) = phase else { return nil }
        let seconds = Double(measurement.sentBytes * 8) / Double(max(1, plan.bitrateBitsPerSecond))
        return plan.start + .seconds(seconds)
    }

    mutating func noteSent(_ number: Int64, byteCount: Int, at now: MonotonicTime, roundTrip: Interval) {
        guard case .sending(let plan, var measurement) = phase else { return }
        measurement.noteSent(number, byteCount: byteCount)
        let isComplete =
            measurement.sentBytes >= plan.byteCount + byteCount && measurement.sentCount >= plan.packetCount
        phase =
            isComplete
            ? .waiting(measurement, until: now + roundTrip + Self.longestWait) : .sending(plan, measurement)
    }

    /// Times in milliseconds, each on its own clock.
    mutating func noteArrival(cluster: UInt32, byteCount: Int, send: Double, arrival: Double) {
        switch phase {
        case .idle: break
        case .sending(let plan, var measurement):
            guard measurement.cluster == cluster else { return }
            measurement.noteArrival(byteCount: byteCount, send: send, arrival: arrival)
            phase = .sending(plan, measurement)
        case .waiting(var measurement, let until):
            guard measurement.cluster == cluster else { return }
            measurement.noteArrival(byteCount: byteCount, send: send, arrival: arrival)
            phase = .waiting(measurement, until: until)
        }
    }

    /// A feedback has told of all numbers up to this one.
    mutating func finish(through number: Int64, usualLoss: Double) -> ProbeResult? {
        guard case .waiting(let measurement, _) = phase, number >= measurement.lastNumber else { return nil }
        phase = .idle
        let result = measurement.result(usualLoss: usualLoss)
        guard let result, !result.isSaturated else {
            limits += 1
            return result
        }
        limits = 0
        following = result.bitsPerSecond
        return result
    }

    /// The target fell.
    mutating func noteDrop(from before: Double, to after: Double, at now: MonotonicTime) {
        following = nil
        if let lastDecrease {
            let seconds = (now - lastDecrease).seconds
            // Decreases of one queue are one.
            if seconds > 1 { decreaseInterval += (min(seconds, 10) - decreaseInterval) / 4 }
        }
        lastDecrease = now
        if after < before * Self.largeDrop, beforeDrop == nil { beforeDrop = (before, now) }
    }

    /// A probe that runs is given up: the path has become full under it.
    mutating func cancel() {
        phase = .idle
        following = nil
    }

    private mutating func expire(at now: MonotonicTime) {
        switch phase {
        case .sending(let plan, _): if now > plan.deadline { cancel() }
        case .waiting(_, let until): if now > until { cancel() }
        case .idle: break
        }
    }

    private func isQuiet(at now: MonotonicTime) -> Bool {
        guard let lastDecrease else { return true }
        let usual = decreaseInterval * Self.quietFactor
        return (now - lastDecrease).seconds >= max(Self.quietTimes.lowerBound, min(Self.quietTimes.upperBound, usual))
    }

    private mutating func nextBitrate(_ context: Context, at now: MonotonicTime) -> Double? {
        let desired = context.desiredBitsPerSecond
        if desired > lastDesired * 1.1 {
            desiredHasGrown = true
            limits = min(limits, 1)
        }
        lastDesired = desired
        let target = context.targetBitsPerSecond
        let highest = min(context.maximumBitsPerSecond, desired * Self.desiredMargin)
        // Enough is allowed already, or as good as.
        guard highest > target * 1.05, desired > target else {
            following = nil
            return nil
        }
        if isFirst { return min(highest, target * Self.firstGain) }
        let elapsed = lastStart.map { now - $0 } ?? Self.interval
        if let following, elapsed < .seconds(3) {
            return min(highest, following * (context.isApplicationLimited ? Self.nextGain : Self.carefulNextGain))
        }
        if let drop = beforeDrop {
            if now - drop.time > Self.dropMemory {
                beforeDrop = nil
            } else if elapsed >= Self.shortestInterval {
                beforeDrop = nil
                let goal = min(highest, target * Self.nextGain, drop.bitsPerSecond * Self.shareAfterDrop)
                if goal > target * 1.1 { return goal }
            }
        }
        if desiredHasGrown, context.isApplicationLimited, elapsed >= Self.shortestInterval {
            return min(highest, target * Self.firstGain)
        }
        let usual = context.isApplicationLimited ? Self.interval : Self.carefulInterval
        guard elapsed >= (1...2 ~= limits ? Self.retryInterval * limits : usual),
            context.isApplicationLimited || isQuiet(at: now)
        else { return nil }
        let isCareful = limits > 0 || !context.isApplicationLimited
        let rate = target * (isCareful ? Self.carefulGain : Self.nextGain)
        guard context.isApplicationLimited else { return min(highest, rate) }
        return min(highest, max(rate, context.neededBitsPerSecond * Self.neededMargin))
    }
}
