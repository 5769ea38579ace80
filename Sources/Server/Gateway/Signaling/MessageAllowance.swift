// How many messages a client may send: a token bucket, emptied by messages and refilled by time.

/// Nothing is refused: a client over its allowance is read more slowly, and TCP makes it wait.
struct MessageAllowance: Sendable {
    let burst: Double
    let perSecond: Double
    private var available: Double
    private var lastRefill: ContinuousClock.Instant

    init(burst: Int, perSecond: Int, at now: ContinuousClock.Instant) {
        self.burst = Double(burst)
        self.perSecond = Double(perSecond)
        available = self.burst
        lastRefill = now
    }

    /// Takes one message off the allowance.
    /// - Returns: How long to wait before reading it, zero within the allowance.
    mutating func take(at now: ContinuousClock.Instant) -> Duration {
        let elapsed = now - lastRefill
        lastRefill = now
        available = min(burst, available + elapsed / .seconds(1) * perSecond) - 1
        return available >= 0 ? .zero : .seconds(-available / perSecond)
    }
}
