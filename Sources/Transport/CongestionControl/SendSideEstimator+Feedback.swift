// What the receiver tells: transport-wide feedback, receiver reports, its own estimate.

public import Basics
public import RTP

extension SendSideEstimator {
    /// What one feedback brought.
    private struct News {
        var hasArrivals = false
        /// Send time of the newest packet that has arrived.
        var newestSend: MonotonicTime?
        var received = 0
        var lost = 0
    }

    /// Takes transport-wide feedback.
    ///
    /// Peers may lie: unknown numbers, duplicates, clocks that jump are counted in `statistics` and change nothing else
    /// than this subscriber's own rate.
    ///
    /// - Parameter datagram: the one that `feedback` was parsed from
    public mutating func receive(_ feedback: TransportFeedback, in datagram: Span<UInt8>, at now: MonotonicTime) {
        statistics.feedbacks += 1
        let first = history.extended(feedback.baseSequenceNumber)
        beginFeedback(first, at: now)
        var cursor = feedback
        var news = News()
        var extended = first
        while let status = cursor.next(in: datagram) {
            take(status, extended, &news, at: now)
            extended += 1
        }
        guard extended <= history.next else { return }
        toldThrough = max(toldThrough ?? 0, extended - 1)
        finishFeedback(news, at: now)
    }

    /// Takes a report block of a receiver report about one of the transport's streams (RFC 3550 section 6.4.1).
    ///
    /// - Parameters:
    ///   - fractionLost: of 256
    ///   - roundTrip: measured with the same report, if it was
    public mutating func receiveReport(fractionLost: UInt8, roundTrip: Interval?, at now: MonotonicTime) {
        if let roundTrip, lastFeedback == nil { roundTrips.note(roundTrip) }
        applicationLimit.update(target: target, at: now)
        reportBased.noteLoss(
            Double(fractionLost) / 256, roundTrip: roundTrips.smoothed ?? .zero,
            sending: applicationLimit.sendingBitsPerSecond, at: now)
        receiverLimit = reportBased.limit(at: now)
    }

    /// Takes the receiver's own estimate (REMB), in bits per second: the target is never above it.
    public mutating func receiveEstimate(bitrateBitsPerSecond: UInt64, at now: MonotonicTime) {
        reportBased.noteEstimate(Double(bitrateBitsPerSecond), at: now)
        receiverLimit = reportBased.limit(at: now)
    }

    private mutating func beginFeedback(_ first: Int64, at now: MonotonicTime) {
        if let lastFeedback, now - lastFeedback > SendSideLimits.silence { forgetDelays() }
        // A feedback between was lost: what it told of is taken as arrived, so that the throughput does not dip.
        guard let toldThrough, first > toldThrough + 1, first <= history.next else { return }
        let missed = history.assume(toldThrough + 1..<first)
        guard missed > 0 else { return }
        statistics.bytesAssumed += missed
        throughput.credit(byteCount: missed)
    }

    private mutating func take(_ status: PacketStatus, _ extended: Int64, _ news: inout News, at now: MonotonicTime) {
        switch history.note(extended, hasArrived: status.arrivalQuarterMilliseconds != nil) {
        case .received(let packet):
            lossBased.note(packet, isLost: false)
            statistics.packetsReceived += 1
            news.received += 1
            arrive(packet, status, &news, at: now)
        case .late(let packet):
            lossBased.noteLate()
            statistics.packetsLate += 1
            if packet.state == .lost { arrive(packet, status, &news, at: now) }
        case .lost(let packet):
            lossBased.note(packet, isLost: true, isExplained: queueExplainsLosses)
            statistics.packetsLost += 1
            news.lost += 1
        case .known: break
        case .forgotten: statistics.forgotten += 1
        case .neverSent: statistics.neverSent += 1
        }
    }

    /// Our own queue on the path is long: what is lost did not fit.
    private var queueExplainsLosses: Bool {
        !judge.queueIsForeign && queue.milliseconds.map { $0 >= SendSideLimits.queueThatLoses } ?? false
    }

    private mutating func arrive(
        _ packet: SentPacket, _ status: PacketStatus, _ news: inout News, at now: MonotonicTime
    ) {
        guard let quarters = status.arrivalQuarterMilliseconds else { return }
        let arrival = clock.milliseconds(quarters)
        let offset = arrival - (now - origin).milliseconds
        if let clockOffset, abs(offset - clockOffset) > SendSideLimits.largestClockJump.milliseconds {
            statistics.clockJumps += 1
            forgetDelays()
        }
        clockOffset = offset
        let send = (packet.sendTime - origin).milliseconds
        throughput.note(byteCount: Int(packet.byteCount), at: arrival)
        queue.note(send: send, arrival: arrival)
        if packet.probe != 0 {
            probes.noteArrival(
                cluster: packet.probe, byteCount: Int(packet.byteCount), send: send, arrival: arrival)
        }
        if let delta = groups.note(send: send, arrival: arrival) { trend.note(delta) }
        narrowedLink.note(send: send, arrival: arrival, byteCount: Int(packet.byteCount))
        news.hasArrivals = true
        news.newestSend = max(news.newestSend ?? packet.sendTime, packet.sendTime)
    }

    private mutating func finishFeedback(_ news: News, at now: MonotonicTime) {
        guard news.received + news.lost > 0 || news.hasArrivals else { return }
        lastFeedback = now
        watchdog.noteFeedback()
        if let sent = news.newestSend { roundTrips.note(now - sent) }
        applicationLimit.update(target: target, at: now)
        queue.finish(at: (now - origin).milliseconds, keepsBase: judge.queueIsStanding)
        endSilence(news)
        judgeDelays(at: now)
        if let result = probes.finish(through: toldThrough ?? 0, usualLoss: lossBased.recentLoss) {
            apply(result, at: now)
        }
        updateRates(news, at: now)
    }

    private mutating func judgeDelays(at now: MonotonicTime) {
        followPath(at: now)
        verdict = judge.judge(
            trend: trend.usage, queueMilliseconds: queue.milliseconds,
            isApplicationLimited: applicationLimit.isLimited,
            hasGivenWay: beforeForeignQueue.map {
                delayBased.bitsPerSecond <= $0 * SendSideLimits.shareGivenWay
            } ?? false, at: now)
        followForeignQueue()
        if probes.isActive {
            probeShadow = now + SendSideLimits.probeShadow
        } else if let milliseconds = queue.milliseconds, milliseconds < SendSideLimits.queueThatIsNone {
            probeShadow = now
        }
        narrowing = probes.isActive || judge.queueIsForeign ? nil : narrowedLink.sighting(allowed: target)
        if narrowing != nil { verdict = .overusing }
        if verdict == .overusing, now < probeShadow {
            if (queue.milliseconds ?? 0) < SendSideLimits.queueOfProbe {
                verdict = .hold
            } else {
                probes.cancel()
            }
        }
    }

    /// A delay that was the path's and no queue: what was given up for it is taken back.
    private mutating func followPath(at now: MonotonicTime) {
        let input = LongerPath.Input(
            queueMilliseconds: queue.milliseconds, allowed: delayBased.bitsPerSecond,
            sending: applicationLimit.sendingBitsPerSecond, arriving: throughput.bitsPerSecond(over: 500),
            loss: lossBased.recentLoss)
        guard let before = longerPath.note(input, at: now) else { return }
        queue.rebase()
        judge = CongestionJudge()
        delayBased.set(max(delayBased.bitsPerSecond, before * SendSideLimits.shareAfterDetour))
    }

    private mutating func apply(_ result: ProbeResult, at now: MonotonicTime) {
        statistics.probeResults += 1
        guard verdict != .overusing else { return }
        // A probe through a path that is full already measures others' share too: only an unlimited one counts then.
        if result.isSaturated, !applicationLimit.isLimited, delayBased.hasDecreased { return }
        delayBased.apply(
            result, isApplicationLimited: applicationLimit.isLimited, throughput: throughput.bitsPerSecond(over: 500),
            at: now)
    }

    /// A download fills the queue: what was given up before that was clear is taken back by half.
    private mutating func followForeignQueue() {
        if judge.queueIsForeign {
            if let before = beforeForeignQueue {
                delayBased.set(max(delayBased.bitsPerSecond, before / 2))
                beforeForeignQueue = nil
            }
        } else if !judge.queueIsStanding {
            beforeForeignQueue = delayBased.bitsPerSecond
        }
    }

    private mutating func updateRates(_ news: News, at now: MonotonicTime) {
        let before = delayBased.bitsPerSecond
        let arrived = throughput.bitsPerSecond(over: 500)
        let input = DelayBasedRate.Input(
            verdict: verdict, throughput: arrived,
            recentThroughput: narrowing?.bitsPerSecond ?? throughput.bitsPerSecond(over: 200),
            queueMilliseconds: narrowing.map { max($0.queueMilliseconds, queue.milliseconds ?? 0) }
                ?? queue.milliseconds,
            roundTrip: roundTrips.smoothed ?? .zero,
            lossInForeignQueue: judge.queueIsForeign
                ? Double(news.lost) / Double(max(1, news.lost + news.received)) : nil,
            isApplicationLimited: applicationLimit.isLimited, sending: applicationLimit.sendingBitsPerSecond,
            isNarrowed: narrowing != nil)
        if delayBased.update(input, at: now) {
            statistics.overuses += 1
            probes.noteDrop(from: before, to: delayBased.bitsPerSecond, at: now)
        }
        lossBased.update(
            delayBased: delayBased.bitsPerSecond, throughput: applicationLimit.isLimited ? nil : arrived)
    }

    /// The way back was silent, not the way there: the rate was right.
    private mutating func endSilence(_ news: News) {
        guard let before = beforeSilence else { return }
        beforeSilence = nil
        guard news.received > 0, news.lost * 10 <= news.received,
            (queue.milliseconds ?? 0) < SendSideLimits.queueThatForbidsProbes
        else { return }
        delayBased.set(max(delayBased.bitsPerSecond, before * SendSideLimits.shareAfterSilence))
    }

    private mutating func forgetDelays() {
        groups.reset()
        narrowedLink.reset()
        trend = TrendlineDetector()
        queue = QueueDelayEstimator()
        judge = CongestionJudge()
        throughput.reset()
        clockOffset = nil
    }
}
