// For subscribers without transport-wide feedback: their own estimate (draft-alvestrand-rmcat-remb-03) and the loss of
// their receiver reports (draft-ietf-rmcat-gcc-02 section 6).

import Basics

struct ReportBasedRate: Sendable {
    /// Below, the rate rises; above the second, it falls.
    private static let littleLoss = 0.02
    private static let muchLoss = 0.10
    private static let risePerSecond = 0.08
    /// One decrease per round trip and this.
    private static let decreaseMargin = Interval.milliseconds(300)
    /// An estimate that was not renewed for so long binds no more.
    private static let estimateLifetime = Interval.seconds(15)
    private static let headroom = 1.5
    private static let headroomBits = 10_000.0

    private(set) var bitsPerSecond: Double
    private(set) var loss = 0.0
    private var lastReport: MonotonicTime?
    private var lastDecrease: MonotonicTime?
    private var estimate: (bitsPerSecond: Double, time: MonotonicTime)?
    private let bounds: ClosedRange<Double>

    init(_ bitsPerSecond: Double, within bounds: ClosedRange<Double>) {
        self.bitsPerSecond = bitsPerSecond
        self.bounds = bounds
    }

    /// - Parameter sending: bits per second that are sent; the rate rises not far above
    mutating func noteLoss(_ fraction: Double, roundTrip: Interval, sending: Double, at now: MonotonicTime) {
        loss += (fraction - loss) / 2
        let seconds = lastReport.map { max(0, min((now - $0).seconds, 1)) } ?? 0
        lastReport = now
        if fraction < Self.littleLoss {
            let risen = bitsPerSecond * (1 + Self.risePerSecond * seconds)
            let limit = max(bitsPerSecond, sending * Self.headroom + Self.headroomBits)
            set(min(risen, limit))
        } else if fraction > Self.muchLoss {
            if let lastDecrease, now - lastDecrease < roundTrip + Self.decreaseMargin { return }
            lastDecrease = now
            set(bitsPerSecond * (1 - 0.5 * fraction))
        }
    }

    /// A greater estimate of the receiver is the permission to grow, as it has measured it.
    mutating func noteEstimate(_ bitsPerSecond: Double, at now: MonotonicTime) {
        let before = limit(at: now)
        estimate = (bitsPerSecond, now)
        if let before, bitsPerSecond > before, self.bitsPerSecond < bitsPerSecond, loss < Self.littleLoss {
            set(bitsPerSecond)
        }
    }

    /// The receiver's estimate, while it is fresh.
    func limit(at now: MonotonicTime) -> Double? {
        guard let estimate, now - estimate.time < Self.estimateLifetime else { return nil }
        return estimate.bitsPerSecond
    }

    private mutating func set(_ value: Double) {
        bitsPerSecond = max(bounds.lowerBound, min(bounds.upperBound, value))
    }
}
