// How a transport fared from one report to the next. Owned by `PeerTransport`.

internal import Basics
internal import MediaInterface

/// Packets of a peer's tracks since their beginning.
struct ReceptionTotals {
    var expected: Int64 = 0
    var lost: Int64 = 0
}

struct QualityMeter {
    private var before = ReceptionTotals()
    private var due: MonotonicTime?

    var nextDeadline: MonotonicTime { due ?? .distantFuture }

    /// The transport stands: the first report comes after one interval.
    mutating func start(at now: MonotonicTime) { due = now + .seconds(PeerQuality.intervalSeconds) }

    /// True once per interval.
    mutating func isDue(at now: MonotonicTime) -> Bool {
        guard let due, due <= now else { return false }
        start(at: now)
        return true
    }

    /// Share of the packets that are missing since the last call; nil when there were none. A track that went makes the
    /// totals smaller: then there is no answer this time.
    mutating func uplinkLoss(_ totals: ReceptionTotals) -> Float? {
        let expected = totals.expected - before.expected
        let lost = totals.lost - before.lost
        before = totals
        guard expected > 0 else { return nil }
        return Float(max(0, min(lost, expected))) / Float(expected)
    }
}
