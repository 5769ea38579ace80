// When to probe and how high.

import Basics

/// One probe at a time: planned, sent, awaited. Growth by doubling while the path shows no limit, then again each few
/// seconds for as long as more is wanted than the estimate allows.
struct ProbeController: Sendable {
    struct Context: Sendable {
        var targetBitsPerSecond: Double
        /// What all wished streams need, with overhead.
        var desiredBitsPerSecond: Double
        var maximumBitsPerSecond: Double
        var isApplicationLimited: Bool
        /// No probe into a queue, into heavy loss or into a path that does not answer.
        var isPathClear: Bool
        var roundTrip: Interval
    }

    private static let firstGain = 3.0
    private static let nextGain = 2.0
    /// Into a path that is in use up to the target: small, the path may be full.
    private static let carefulGain = 1.5
    /// Once a probe has found the limit, the next ones only ask whether it is still there.
    private static let afterLimitGain = 1.5
    /// More than wanted by this, as a probe that meets no limit measures a little less than it sent.
    private static let desiredMargin = 1.2
    private static let interval = Interval.seconds(4)
    private static let shortestInterval = Interval.seconds(1)
    private static let retryInterval = Interval.milliseconds(500)
    private static let duration = Interval.milliseconds(25)
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
    private var foundLimit = false
    private var lastDesired = 0.0
    private var desiredHasGrown = false
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
        let bits = bitrate * Self.duration.seconds
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
        measurement.noteSent(number, byteCount: byteCount, at: now)
        let isComplete =
            measurement.sentBytes >= plan.byteCount + byteCount && measurement.sentCount >= plan.packetCount
        phase =
            isComplete
            ? .waiting(measurement, until: now + roundTrip + Self.longestWait) : .sending(plan, measurement)
    }

    mutating func noteArrival(cluster: UInt32, byteCount: Int, at arrival: Double) {
        switch phase {
        case .idle: break
        case .sending(let plan, var measurement):
            guard measurement.cluster == cluster else { return }
            measurement.noteArrival(byteCount: byteCount, at: arrival)
            phase = .sending(plan, measurement)
        case .waiting(var measurement, let until):
            guard measurement.cluster == cluster else { return }
            measurement.noteArrival(byteCount: byteCount, at: arrival)
            phase = .waiting(measurement, until: until)
        }
    }

    /// A feedback has told of all numbers up to this one.
    mutating func finish(through number: Int64) -> ProbeResult? {
        guard case .waiting(let measurement, _) = phase, number >= measurement.lastNumber else { return nil }
        phase = .idle
        guard let result = measurement.result() else { return nil }
        foundLimit = result.isSaturated
        following = result.isSaturated ? nil : result.bitsPerSecond * Self.nextGain
        return result
    }

    /// The target fell.
    mutating func noteDrop(from before: Double, to after: Double, at now: MonotonicTime) {
        following = nil
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

    private mutating func nextBitrate(_ context: Context, at now: MonotonicTime) -> Double? {
        let desired = context.desiredBitsPerSecond
        if desired > lastDesired * 1.1 { desiredHasGrown = true }
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
        if let following, elapsed < .seconds(3), following > target * 1.05 { return min(highest, following) }
        if let drop = beforeDrop {
            if now - drop.time > Self.dropMemory {
                beforeDrop = nil
            } else if elapsed >= Self.shortestInterval {
                beforeDrop = nil
                let goal = min(highest, drop.bitsPerSecond * Self.shareAfterDrop)
                if goal > target * 1.1 { return goal }
            }
        }
        if desiredHasGrown, context.isApplicationLimited, elapsed >= Self.shortestInterval {
            return min(highest, target * Self.firstGain)
        }
        guard elapsed >= Self.interval else { return nil }
        let gain =
            !context.isApplicationLimited ? Self.carefulGain : foundLimit ? Self.afterLimitGain : Self.nextGain
        return min(highest, target * gain)
    }
}
