// Congestion control towards one receiver, on the sending side (draft-ietf-rmcat-gcc-02 with transport-wide feedback).

public import Basics

/// How much may be sent to one transport. One per subscriber; pure over time; allocates nothing per packet once warm.
///
/// How to use it:
/// - Give each outgoing packet the number that `packetSent` returns, at the moment it leaves (after the pacer).
/// - Give it each transport-wide feedback (`receive(_:in:at:)`), receiver report and REMB.
/// - Set `desiredBitrateBitsPerSecond` to what all wished layers would need whenever the wishes change, and spend
///   `targetBitrateBitsPerSecond` on layers after each feedback. Both count bytes on the wire (IP, UDP, SRTP).
/// - Call `advance(to:)` at `nextDeadline`. While `nextProbe(at:)` gives a plan, everything sent belongs to the probe; send
///   media first and fill up with `probeByteCountDue(at:)` bytes of retransmissions or padding, again at `nextDeadline`.
public struct SendSideEstimator: ~Copyable {
    let configuration: SendSideConfiguration
    let origin: MonotonicTime

    var history: SentPacketHistory
    var clock = FeedbackClock()
    var clockOffset: Double?
    var groups = PacketGroups()
    var trend = TrendlineDetector()
    var queue = QueueDelayEstimator()
    var judge = CongestionJudge()
    var longerPath = LongerPath()
    var narrowedLink = NarrowedLink()
    /// Of the last feedback.
    var narrowing: NarrowedLink.Sighting?
    var throughput = ThroughputEstimator()
    var delayBased: DelayBasedRate
    var lossBased = LossBasedRate()
    var reportBased: ReportBasedRate
    var applicationLimit: ApplicationLimit
    var probes = ProbeController()
    var watchdog = FeedbackWatchdog()
    var roundTrips = RoundTripEstimator()

    /// The extended number up to which feedback has told.
    var toldThrough: Int64?
    var lastFeedback: MonotonicTime?
    var lastSent: MonotonicTime?
    var lastTick: MonotonicTime
    var verdict = CongestionJudge.Verdict.normal
    /// A queue made by a probe is no overuse until then.
    var probeShadow: MonotonicTime
    /// The rate before the queue became another's.
    var beforeForeignQueue: Double?
    /// The rate before feedback failed.
    var beforeSilence: Double?
    /// The receiver's own estimate, while it is fresh.
    var receiverLimit: Double?

    public internal(set) var statistics = SendSideStatistics()

    /// What all wished streams would need, in bits per second on the wire. The estimate is never probed far beyond. 0 (no
    /// wishes): no probes.
    public var desiredBitrateBitsPerSecond: Int64 = 0
    /// What the next step up would need, in bits per second on the wire: a probe that finds less is of no use. 0 where it
    /// is not known.
    public var neededBitrateBitsPerSecond: Int64 = 0

    public init(configuration: SendSideConfiguration = SendSideConfiguration(), at now: MonotonicTime) {
        self.configuration = configuration
        let bounds = configuration.bounds
        let start = max(bounds.lowerBound, min(bounds.upperBound, Double(configuration.startBitrateBitsPerSecond)))
        origin = now
        history = SentPacketHistory(first: 1)
        delayBased = DelayBasedRate(start, within: bounds, at: now)
        reportBased = ReportBasedRate(start, within: bounds)
        applicationLimit = ApplicationLimit(at: now)
        lastTick = now
        probeShadow = now
    }

    // MARK: What the caller asks

    /// What may be spent, in bits per second on the wire, retransmissions and audio included.
    public var targetBitrateBitsPerSecond: Int64 { Int64(target) }

    /// Smoothed; nil before the first measurement.
    public var roundTrip: Interval? { roundTrips.smoothed }

    /// Share of the packets of about the last two seconds that were lost, 0…1.
    public var lossFraction: Double {
        lastFeedback == nil ? reportBased.loss : lossBased.recentLoss
    }

    /// The queue on the path grows or stands too long now.
    public var isOverusing: Bool { verdict == .overusing }

    /// Less is sent than allowed.
    public var isApplicationLimited: Bool { applicationLimit.isLimited }

    /// Somebody else keeps the path's queue full, as a download does: delays are not ours to avoid, only losses count.
    public var isBesideDownload: Bool { judge.queueIsForeign }

    /// Time that packets stand in the path's queue; nil while unknown.
    public var queueDelay: Interval? {
        queue.milliseconds.map { Interval.seconds($0 / 1_000) }
    }

    /// What arrived in the last half second, in bits per second; nil while unknown.
    public var throughputBitsPerSecond: Int64? { throughput.bitsPerSecond(over: 500).map { Int64($0) } }

    /// When `advance(to:)` has something to do.
    public var nextDeadline: MonotonicTime {
        if let due = probes.nextSendTime { return due }
        if watchdog.isWaiting || Double(desiredBitrateBitsPerSecond) > target {
            return lastTick + SendSideLimits.tick
        }
        return .distantFuture
    }

    var target: Double {
        var rate = reportBased.bitsPerSecond
        if configuration.usesTransportFeedback {
            rate = min(delayBased.bitsPerSecond, lossBased.bitsPerSecond ?? .infinity)
        }
        let bounds = configuration.bounds
        return max(bounds.lowerBound, min(rate, receiverLimit ?? .infinity, bounds.upperBound))
    }

    // MARK: Sending

    /// Notes a packet that leaves now.
    ///
    /// - Parameter byteCount: on the wire, with IP and UDP headers
    /// - Returns: its transport-wide sequence number
    public mutating func packetSent(byteCount: Int, kind: SentPacketKind, at now: MonotonicTime) -> UInt16 {
        let size = UInt16(clamping: byteCount)
        let cluster = probes.cluster
        if cluster != 0 {
            probes.noteSent(history.next, byteCount: Int(size), at: now, roundTrip: roundTrips.smoothed ?? .zero)
        }
        if let lastSent, now - lastSent > SendSideLimits.freshFeedback {
            // Losses of a path that nothing went through since say nothing of it now; what they left of the rate stays.
            delayBased.set(target)
            lossBased = LossBasedRate()
        }
        lastSent = now
        // What fills a probe up is not what the application has to send.
        if kind != .padding, cluster == 0 || kind != .retransmission {
            applicationLimit.noteSent(byteCount: Int(size))
        }
        watchdog.noteSent(at: now)
        return history.append(
            SentPacket(sendTime: now, byteCount: size, kind: kind, state: .inFlight, probe: cluster))
    }

    // MARK: Probing

    /// The probe that is to be sent now, from its beginning to its end; nil when there is none.
    public mutating func nextProbe(at now: MonotonicTime) -> ProbePlan? {
        guard configuration.usesTransportFeedback else { return nil }
        let wasActive = probes.isActive
        let context = ProbeController.Context(
            targetBitsPerSecond: target, desiredBitsPerSecond: Double(desiredBitrateBitsPerSecond),
            neededBitsPerSecond: Double(neededBitrateBitsPerSecond),
            maximumBitsPerSecond: Double(configuration.maximumBitrateBitsPerSecond),
            isApplicationLimited: applicationLimit.isLimited, isPathClear: isPathClear(at: now),
            roundTrip: roundTrips.smoothed ?? .zero, jitterMilliseconds: groups.jitterMilliseconds)
        let plan = probes.plan(context, at: now)
        if plan != nil, !wasActive { statistics.probes += 1 }
        return plan
    }

    /// Bytes of the running probe that should have left by now and have not: to be sent at once, as retransmissions of
    /// real packets or as padding. 0 without a probe.
    public func probeByteCountDue(at now: MonotonicTime) -> Int { probes.byteCountDue(at: now) }

    private func isPathClear(at now: MonotonicTime) -> Bool {
        // Nothing went for a while (all pictures are paused): what was seen before says nothing of now.
        if let lastSent, now - lastSent > SendSideLimits.freshFeedback { return true }
        guard verdict != .overusing, !delayBased.isDraining, lossBased.recentLoss < SendSideLimits.lossThatForbidsProbes
        else { return false }
        if let milliseconds = queue.milliseconds, milliseconds > SendSideLimits.queueThatForbidsProbes { return false }
        // The first probe goes before the first feedback.
        guard let lastFeedback else { return statistics.probes == 0 }
        return now - lastFeedback < SendSideLimits.freshFeedback || !watchdog.isWaiting
    }

    // MARK: Time

    /// Feedback that does not come, and how much is sent.
    public mutating func advance(to now: MonotonicTime) {
        lastTick = max(lastTick, now)
        receiverLimit = reportBased.limit(at: now)
        applicationLimit.update(target: target, at: now)
        guard lastFeedback != nil, configuration.usesTransportFeedback else { return }
        if let factor = watchdog.advance(to: now, roundTrip: roundTrips.smoothed ?? .zero) {
            statistics.feedbackTimeouts += 1
            if beforeSilence == nil { beforeSilence = delayBased.bitsPerSecond }
            probes.cancel()
            delayBased.set(min(delayBased.bitsPerSecond, target) * factor)
        }
    }
}
