// How much a client may send: one token bucket of messages and one of bytes, emptied by messages and refilled by time.

/// Nothing is refused: a client over its allowance is read more slowly, and TCP makes it wait.
struct MessageAllowance: Sendable {
    private var messages: Bucket
    private var bytes: Bucket
    private var lastRefill: ContinuousClock.Instant

    private struct Bucket: Sendable {
        let burst: Double
        let perSecond: Double
        var available: Double

        init(burst: Int, perSecond: Int) {
            self.burst = Double(burst)
            self.perSecond = Double(perSecond)
            available = self.burst
        }

        /// Until the bucket is no longer overdrawn.
        mutating func take(_ amount: Int, after elapsed: Duration) -> Duration {
            available = min(burst, available + elapsed / .seconds(1) * perSecond) - Double(amount)
            return available >= 0 ? .zero : .seconds(-available / perSecond)
        }
    }

    init(
        burst: Int, perSecond: Int, bytesBurst: Int, bytesPerSecond: Int, at now: ContinuousClock.Instant
    ) {
        messages = Bucket(burst: burst, perSecond: perSecond)
        bytes = Bucket(burst: bytesBurst, perSecond: bytesPerSecond)
        lastRefill = now
    }

    /// Takes one message of so many bytes off the allowance.
    /// - Returns: How long to wait before reading it, zero within the allowance.
    mutating func take(_ byteCount: Int, at now: ContinuousClock.Instant) -> Duration {
        let elapsed = now - lastRefill
        lastRefill = now
        return max(messages.take(1, after: elapsed), bytes.take(byteCount, after: elapsed))
    }
}
