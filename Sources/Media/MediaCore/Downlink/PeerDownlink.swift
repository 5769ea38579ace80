// What one client's network carries: estimate, pacing and the share for pictures. Owned by `PeerTransport`.

internal import Basics
internal import CongestionControl
internal import Forwarding
internal import RTP

/// Speech goes at once, pictures when the pacer lets them; both are counted.
struct PeerDownlink: ~Copyable {
    private(set) var estimator: SendSideEstimator
    private var pacer: PacingBudget
    var queue = PacedQueue()
    /// Timed packets that are no picture's first sending: they are paid before the pictures.
    private var others = BitrateMeter()
    private var repairs: RepairBudget
    private let usesTransportFeedback: Bool
    /// The receiver has told an estimate of its own (REMB).
    private var hasEstimate = false
    private var firstSent: MonotonicTime?
    private var hasReport = false

    private(set) var summary = AllocationSummary()
    private var climbBackoff = ClimbBackoff()
    private var allocatedTarget: Int64 = 0
    private var lastTarget: Int64 = 0
    /// When the target began to fall, and when it last did.
    private var fallingSince: MonotonicTime?
    private var lastFall: MonotonicTime?
    private var allocationDue: MonotonicTime

    /// - Parameter usesTransportFeedback: packets carry transport-wide numbers, and the client reports on them
    init(usesTransportFeedback: Bool, at now: MonotonicTime) {
        self.usesTransportFeedback = usesTransportFeedback
        var configuration = SendSideConfiguration()
        configuration.usesTransportFeedback = usesTransportFeedback
        configuration.startBitrateBitsPerSecond = DownlinkLimits.startBitrateBitsPerSecond
        estimator = SendSideEstimator(configuration: configuration, at: now)
        pacer = PacingBudget(bitrateBitsPerSecond: DownlinkLimits.startBitrateBitsPerSecond, at: now)
        allocationDue = now
        repairs = RepairBudget(at: now)
    }

    // MARK: Limits

    /// Whether anything is known of the path. Without feedback pictures go as they come.
    func isLimited(at now: MonotonicTime) -> Bool {
        guard usesTransportFeedback else { return hasEstimate }
        if estimator.statistics.feedbacks > 0 { return true }
        return firstSent.map { now - $0 < DownlinkLimits.feedbackPatience } ?? true
    }

    /// Bits per second for all pictures together, as the layers are measured: without overhead per packet.
    mutating func pictureBudget(at now: MonotonicTime) -> Int {
        guard isLimited(at: now) else { return .max }
        let target = estimator.targetBitrateBitsPerSecond
        // Repairs of what is given up now must not take the room of what comes.
        let taken = min(others.bitrateBitsPerSecond(at: now), target * DownlinkLimits.othersPercent / 100)
        return max(0, Int(target - taken) / 100 * (100 - DownlinkLimits.overheadPercent))
    }

    /// True when a picture's packet may not go at once.
    @inline(__always) func mustWait(at now: MonotonicTime) -> Bool {
        if !queue.isEmpty { return true }
        return !pacer.canSend(at: now) && isLimited(at: now)
    }

    /// True when the first packet of the queue may go. While a probe runs, pictures are the better padding.
    func mayDrain(at now: MonotonicTime) -> Bool {
        !queue.isEmpty
            && (pacer.canSend(at: now) || !isLimited(at: now) || estimator.probeByteCountDue(at: now) > 0)
    }

    var roundTrip: Interval? { estimator.roundTrip }
    /// Share of the packets of about the last two seconds that were lost on the way to the client.
    var lossFraction: Float { Float(estimator.lossFraction) }

    /// As `lossFraction`; nil when the client has told nothing since the last call.
    mutating func takeLoss() -> Float? {
        defer { hasReport = false }
        return hasReport ? lossFraction : nil
    }

    /// More makes the path's queue longer.
    private var isFull: Bool {
        estimator.isOverusing || estimator.queueDelay.map { $0 > DownlinkLimits.fullQueue } ?? false
    }

    /// Bytes that redundancy may add to each packet of speech.
    func redundancyByteCount(at now: MonotonicTime) -> Int {
        guard isLimited(at: now) else { return .max }
        if isFull { return 0 }
        let bitsPerSecond = estimator.targetBitrateBitsPerSecond * DownlinkLimits.redundancyPercent / 100
        return Int(bitsPerSecond / DownlinkLimits.redundantPacketsPerSecond / 8)
    }

    /// Whether a lost packet may go again now; takes its bytes from what repairs may have of the path.
    mutating func mayRepeat(byteCount: Int, at now: MonotonicTime) -> Bool {
        guard isLimited(at: now) else { return true }
        return repairs.take(
            byteCount, targetBitsPerSecond: estimator.targetBitrateBitsPerSecond, isFull: isFull, at: now)
    }

    // MARK: Sending

    /// Notes a packet with a transport-wide number and returns that number.
    @inline(__always) mutating func noteSent(byteCount: Int, kind: SentPacketKind, at now: MonotonicTime) -> UInt16 {
        let onWire = byteCount + DownlinkLimits.overheadBytes
        if firstSent == nil { firstSent = now }
        if kind != .media, kind != .padding { others.note(byteCount: onWire, at: now) }
        pacer.charge(byteCount: onWire, at: now)
        return estimator.packetSent(byteCount: onWire, kind: kind, at: now)
    }

    /// Notes a packet that carries no transport-wide number.
    mutating func noteUntimed(byteCount: Int, at now: MonotonicTime) {
        pacer.charge(byteCount: byteCount + DownlinkLimits.overheadBytes, at: now)
    }

    // MARK: What the client tells

    mutating func receive(_ feedback: TransportFeedback, in compound: Span<UInt8>, at now: MonotonicTime) {
        guard usesTransportFeedback else { return }
        hasReport = true
        estimator.receive(feedback, in: compound, at: now)
        followTarget(at: now)
    }

    mutating func receiveReport(fractionLost: UInt8, roundTrip: Interval?, at now: MonotonicTime) {
        hasReport = true
        estimator.receiveReport(fractionLost: fractionLost, roundTrip: roundTrip, at: now)
        followTarget(at: now)
    }

    mutating func receiveEstimate(bitrateBitsPerSecond: UInt64, at now: MonotonicTime) {
        hasEstimate = true
        estimator.receiveEstimate(bitrateBitsPerSecond: bitrateBitsPerSecond, at: now)
        followTarget(at: now)
    }

    mutating func advance(to now: MonotonicTime) {
        estimator.advance(to: now)
        followTarget(at: now)
    }

    /// What larger pictures than the lowest may take. While the queue of a path that has become narrower drains, a keyframe
    /// of the next smaller picture would keep it full: then one goes down far enough at once.
    ///
    /// - Parameter budget: that of all pictures
    func largerBudget(_ budget: Int, at now: MonotonicTime) -> Int {
        isFull && isFalling(at: now) ? budget / 100 * DownlinkLimits.drainPercent : budget
    }

    private func isFalling(at now: MonotonicTime) -> Bool {
        fallingSince.map { now - $0 < DownlinkLimits.pauseGrace } ?? false
    }

    /// What the lowest layers may take. After a fall the estimate is below the path, so that the queue drains: no picture
    /// is stopped for that moment's sake, nor while what arrives shows that the path carries it.
    ///
    /// - Parameter budget: that of all pictures
    func lowestBudget(_ budget: Int, at now: MonotonicTime) -> Int {
        guard budget < .max else { return budget }
        let arrives = Int(estimator.throughputBitsPerSecond ?? 0) / 100 * (100 - DownlinkLimits.overheadPercent)
        let proven = max(budget, arrives) / 100 * (100 + DownlinkLimits.pauseMarginPercent)
        guard isFalling(at: now) else { return proven }
        return max(budget * 5 / 2, proven)
    }

    private mutating func followTarget(at now: MonotonicTime) {
        let target = estimator.targetBitrateBitsPerSecond
        if target < lastTarget {
            if lastFall.map({ now - $0 > DownlinkLimits.pauseGrace }) ?? true { fallingSince = now }
            lastFall = now
        }
        lastTarget = target
        // Where packets are lost for another reason there is no queue to keep short.
        let factor =
            isTight && lossFraction < DownlinkLimits.noticeableLoss
            ? DownlinkLimits.tightPacingFactor : PacingBudget.usualFactor
        pacer.setBitrate(Int64(Double(target) * factor), at: now)
        let fell = target < allocatedTarget - allocatedTarget * DownlinkLimits.noticeableFallPercent / 100
        let rose = target > allocatedTarget + allocatedTarget * DownlinkLimits.noticeableRisePercent / 100
        // More changes nothing for somebody who has all.
        if fell || (rose && isTight) { allocationDue = min(allocationDue, now) }
    }

    // MARK: Layers

    private var isTight: Bool { summary.reducedPictures + summary.pausedPictures > 0 }

    /// Something about the subscriptions has changed.
    mutating func wantAllocation(at now: MonotonicTime) { allocationDue = min(allocationDue, now) }

    /// What a step up must leave of its rate. Who has lately fallen back climbs only where there is plenty: each try that
    /// fails costs a keyframe and a moment without a picture.
    func climbMarginPercent(at now: MonotonicTime) -> Int {
        climbBackoff.isOpen(at: now) ? AllocationLimits.marginPercent : DownlinkLimits.cautiousMarginPercent
    }

    func allocationIsDue(at now: MonotonicTime) -> Bool { allocationDue <= now }

    mutating func noteAllocation(_ summary: AllocationSummary, at now: MonotonicTime) {
        climbBackoff.note(
            fellBack: summary.givenBitsPerSecond < self.summary.givenBitsPerSecond * 3 / 4
                && summary.reducedPictures + summary.pausedPictures > 0, at: now)
        self.summary = summary
        allocatedTarget = estimator.targetBitrateBitsPerSecond
        allocationDue = now + (isTight ? DownlinkLimits.tightInterval : DownlinkLimits.calmInterval)
        let rest = others.bitrateBitsPerSecond(at: now)
        // Room for the margin of the last step up, and for what the estimate gives away while packets are lost.
        let percent =
            lossFraction > DownlinkLimits.noticeableLoss
            ? DownlinkLimits.lossReservePercent : isTight ? DownlinkLimits.climbReservePercent : 0
        let wished = summary.wishedBitsPerSecond / 100 * (100 + percent)
        estimator.desiredBitrateBitsPerSecond = Self.onWire(wished, with: rest)
        estimator.neededBitrateBitsPerSecond = Self.onWire(summary.nextBitsPerSecond, with: rest)
    }

    /// Bits per second of pictures with their headers, and of everything else.
    private static func onWire(_ pictures: Int, with others: Int64) -> Int64 {
        pictures > 0 ? Int64(pictures) * 100 / Int64(100 - DownlinkLimits.overheadPercent) + others : 0
    }

    // MARK: Probes

    /// Bytes of padding that a running probe needs now; 0 without one.
    mutating func probeByteCount(at now: MonotonicTime) -> Int {
        guard usesTransportFeedback, estimator.nextProbe(at: now) != nil else { return 0 }
        return estimator.probeByteCountDue(at: now)
    }

    /// When there is something to do; `distantFuture` for a client that watches nothing.
    func nextDeadline(watchesPictures: Bool) -> MonotonicTime {
        var earliest = queue.isEmpty ? MonotonicTime.distantFuture : pacer.nextSendTime
        guard watchesPictures else { return earliest }
        earliest = min(earliest, allocationDue)
        return usesTransportFeedback ? min(earliest, estimator.nextDeadline) : earliest
    }
}
