// When the next packet may leave (draft-ietf-rmcat-gcc-02 section 4): a leaky bucket in time.

public import Basics

/// Spreads what is sent over time. Holds no packets: the caller asks, sends and charges.
///
/// Audio (and probes) go without asking, but are charged, so that video waits for them.
public struct PacingBudget: Sendable {
    /// Target times this is the usual pacing rate: a frame leaves in the time of less than half of one.
    public static let usualFactor = 2.5
    /// So much may leave at once: timers are no finer, and packets of one destination are cheaper together.
    public static let burst = Interval.milliseconds(5)
    /// What was sent without asking delays others at most this long.
    public static let largestDebt = Interval.milliseconds(500)

    private static let smallestRate: Int64 = 8_000

    private var bitsPerSecond: Int64
    /// Bits sent and not yet paid for by time, at `lastUpdate`.
    private var debtBits: Int64 = 0
    private var lastUpdate: MonotonicTime

    public init(bitrateBitsPerSecond: Int64, at now: MonotonicTime) {
        bitsPerSecond = max(Self.smallestRate, min(bitrateBitsPerSecond, 100_000_000_000))
        lastUpdate = now
    }

    public var bitrateBitsPerSecond: Int64 { bitsPerSecond }

    /// Changes the rate; what is owed stays owed.
    public mutating func setBitrate(_ bitrateBitsPerSecond: Int64, at now: MonotonicTime) {
        pay(until: now)
        bitsPerSecond = max(Self.smallestRate, min(bitrateBitsPerSecond, 100_000_000_000))
        debtBits = min(debtBits, bits(in: Self.largestDebt))
    }

    /// Notes that bytes leave now.
    public mutating func charge(byteCount: Int, at now: MonotonicTime) {
        pay(until: now)
        let (sum, overflow) = debtBits.addingReportingOverflow(Int64(max(0, min(byteCount, 1 << 30))) * 8)
        debtBits = overflow ? .max : sum
        debtBits = min(debtBits, bits(in: Self.largestDebt))
    }

    /// True when a packet may leave now.
    public func canSend(at now: MonotonicTime) -> Bool { nextSendTime <= now }

    /// When a packet may leave; in the past when it may at once.
    public var nextSendTime: MonotonicTime {
        // Rounded up: at that time `canSend` says yes.
        let nanoseconds = Double(debtBits) * 1_000_000_000 / Double(bitsPerSecond)
        let whole = Int64(saturating: nanoseconds)
        return lastUpdate + Interval(nanoseconds: Double(whole) < nanoseconds ? whole + 1 : whole) - Self.burst
    }

    private mutating func pay(until now: MonotonicTime) {
        let elapsed = now - lastUpdate
        guard elapsed > .zero else { return }
        lastUpdate = now
        debtBits = max(0, debtBits - bits(in: elapsed))
    }

    private func bits(in interval: Interval) -> Int64 {
        Int64(saturating: Double(bitsPerSecond) * interval.seconds)
    }
}
