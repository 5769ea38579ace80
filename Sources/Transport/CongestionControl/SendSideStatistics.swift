// Counters of what peers say that does not fit to what was sent.

/// Counted, never trusted.
public struct SendSideStatistics: Hashable, Sendable {
    public var feedbacks = 0
    /// Statuses about numbers that were never given out.
    public var neverSent = 0
    /// Statuses about packets older than the history.
    public var forgotten = 0
    public var packetsReceived = 0
    public var packetsLost = 0
    /// Told lost (or not told of) and later received.
    public var packetsLate = 0
    /// Numbers whose feedback never came.
    public var bytesAssumed = 0
    /// The receiver's clock jumped.
    public var clockJumps = 0
    public var feedbackTimeouts = 0
    public var overuses = 0
    public var probes = 0
    public var probeResults = 0

    public init() {}
}
