// How much redundancy a subscriber's speech gets: by the loss that is reported, with hysteresis.

import Basics

/// Takes the worst of three witnesses: receiver reports, the numbers that the subscriber asks for again, and what the
/// caller knows of the transport. More redundancy at once, less one step at a time.
struct RedundancyControl: Sendable {
    /// Numbers asked for and sent, in a window that is half renewed every second.
    private struct Window {
        var sent = 0
        var missing = 0
    }
    private struct Witness {
        var loss: Float = 0
        var until = MonotonicTime.zero

        func loss(at now: MonotonicTime) -> Float { now < until ? loss : 0 }
    }

    private var report = Witness()
    private var transport = Witness()
    private var current = Window()
    private var last = Window()
    private var windowEnds: MonotonicTime?
    /// The newest number that was missing, and how many before it were missing in a row.
    private var newestMissing = Int64.min / 2
    private var run = 0
    /// Mean length of a row of losses; 1 until there are enough to tell.
    private var meanRun: Float = 1
    private var runs = 0

    /// How much the subscriber needs, 0...4: earlier frames per packet, the fourth only where losses come in bursts.
    private(set) var depth = RedundancyLimits.initialDepth
    private(set) var spread = LossSpread.scattered
    /// Bytes of redundancy that the path has room for in each packet.
    private var room = Int.max
    /// The choice stays at least until then.
    private var holdsUntil: MonotonicTime?

    init() {}

    /// A receiver report of the subscriber; `fractionLost` in 1/256.
    mutating func noteReport(fractionLost: UInt8, at now: MonotonicTime) {
        report = Witness(loss: Float(fractionLost) / 256, until: now + RedundancyLimits.reportAge)
        evaluate(at: now)
    }

    /// What the transport loses, and has room for.
    mutating func follow(_ path: PathState, at now: MonotonicTime) {
        room = path.redundancyByteCount
        guard path.loss >= 0 else { return }
        transport = Witness(loss: min(path.loss, 1), until: now + RedundancyLimits.reportAge)
        evaluate(at: now)
    }

    /// A packet goes out.
    mutating func noteSent(at now: MonotonicTime) {
        guard let ends = windowEnds else {
            windowEnds = now + RedundancyLimits.window
            holdsUntil = holdsUntil ?? now + RedundancyLimits.holdTime
            current.sent = 1
            return
        }
        if now >= ends {
            last = now - ends < RedundancyLimits.window ? current : Window()
            current = Window()
            windowEnds = now + RedundancyLimits.window
            evaluate(at: now)
        }
        current.sent += 1
    }

    /// The subscriber asks for a packet for the first time; in ascending order, as requests list them.
    mutating func noteMissing(_ outgoing: Int64, at now: MonotonicTime) {
        current.missing += 1
        if outgoing == newestMissing + 1 {
            run += 1
        } else {
            if run > 0 { endRun() }
            run = 1
        }
        newestMissing = max(newestMissing, outgoing)
        evaluate(at: now)
    }

    var pattern: RedundancyPattern { RedundancyPattern(depth: depth, spread) }

    /// What of it the path has room for when frames have this size; one earlier frame always: losses of a path that is full
    /// are repaired by sending less, not more.
    func pattern(frameByteCount: Int) -> RedundancyPattern {
        let fitting = max(1, room / (frameByteCount + RedundancyLimits.blockHeaderBytes))
        return RedundancyPattern(depth: min(depth, fitting), spread)
    }

    private mutating func endRun() {
        runs = min(runs + 1, 24)
        meanRun += (Float(run) - meanRun) / Float(runs)
    }

    private func loss(at now: MonotonicTime) -> Float {
        let sent = current.sent + last.sent
        let missing = min(current.missing + last.missing, sent)
        let isTelling = sent >= RedundancyLimits.leastPackets || missing >= RedundancyLimits.leastMissing
        let asked = isTelling ? Float(missing) / Float(sent) : 0
        return max(report.loss(at: now), transport.loss(at: now), asked)
    }

    private mutating func evaluate(at now: MonotonicTime) {
        let loss = loss(at: now)
        let wished = Self.depth(for: loss, thresholds: RedundancyLimits.raise)
        if wished > depth {
            depth = wished
            holdsUntil = now + RedundancyLimits.holdTime
        } else if Self.depth(for: loss, thresholds: RedundancyLimits.lower) >= depth {
            // Not better yet: the time of waiting begins anew.
            holdsUntil = now + RedundancyLimits.holdTime
        } else if depth > 0, let holdsUntil, now >= holdsUntil {
            depth -= 1
            self.holdsUntil = now + RedundancyLimits.stepTime
        }
        // A row of losses is longer than one even when losses know nothing of each other: 1 / (1 - loss).
        guard runs >= RedundancyLimits.leastRuns else { return }
        let excess = meanRun * (1 - min(loss, 0.9))
        switch spread {
        case .scattered: if excess > 1.25 { spread = excess > 1.65 ? .bursts : .clustered }
        case .clustered: if excess > 1.65 { spread = .bursts } else if excess < 1.05 { spread = .scattered }
        case .bursts: if excess < 1.3 { spread = .clustered }
        }
    }

    private static func depth(for loss: Float, thresholds: (Float, Float, Float, Float)) -> Int {
        if loss >= thresholds.3 { return 4 }
        if loss >= thresholds.2 { return 3 }
        if loss >= thresholds.1 { return 2 }
        return loss >= thresholds.0 ? 1 : 0
    }
}

enum RedundancyLimits {
    /// The first report comes after seconds; until then one lost packet is made good.
    static let initialDepth = 1
    /// Loss from which one, two, three, four earlier frames go. At independent loss each leaves less than half a percent.
    static let raise: (Float, Float, Float, Float) = (0.01, 0.06, 0.13, 0.24)
    /// Loss below which they are no longer needed.
    static let lower: (Float, Float, Float, Float) = (0.005, 0.04, 0.09, 0.16)
    /// Loss comes in waves of some seconds.
    static let holdTime = Interval.seconds(8)
    static let stepTime = Interval.seconds(3)
    /// Browsers report on a stream of sound every 5 s and half as late again.
    static let reportAge = Interval.seconds(12)
    static let window = Interval.seconds(1)
    /// Fewer packets than half a second of speech tell nothing of loss, unless so many are missing already; fewer rows
    /// nothing of their length.
    static let leastPackets = 25
    static let leastMissing = 3
    static let leastRuns = 4
    /// Older frames would come after their time: jitter buffers of browsers seldom hold more. Below 2^14 (RFC 2198).
    static let ageTicks: UInt32 = 9_600
    static let blockHeaderBytes = 4
    /// A block's length has ten bits.
    static let blockBytes = 1_023
    /// Payload with redundancy: below any path's datagram size.
    static let payloadBytes = 1_100
    /// Frames that one packet of the publisher can bring back.
    static let recoveredPerPacket = 8
}
