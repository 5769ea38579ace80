// Counters of the sockets of one media thread: what the system took, cut or refused.

/// Totals since the thread started.
public struct SocketStatistics: Hashable, Sendable {
    public var datagramsReceived: UInt64 = 0
    public var bytesReceived: UInt64 = 0
    public var receiveCalls: UInt64 = 0
    /// Received datagrams longer than `RuntimeLimits.datagramBytes`.
    public var truncated: UInt64 = 0
    /// Received datagrams that cannot be answered: port 0 or an unknown address family.
    public var unanswerable: UInt64 = 0
    /// Datagrams that the kernel dropped because the receive buffer was full.
    public var receiveBufferOverflows: UInt64 = 0

    public var datagramsSent: UInt64 = 0
    public var bytesSent: UInt64 = 0
    /// Messages given to the kernel and taken; fewer than datagrams thanks to segmentation.
    public var messagesSent: UInt64 = 0
    public var sendCalls: UInt64 = 0
    /// Datagrams dropped because the send buffer was full.
    public var droppedFull: UInt64 = 0
    /// Datagrams that the kernel refused for their destination (unreachable, not permitted, too long).
    public var droppedRefused: UInt64 = 0
    /// Runs that the kernel did not take as one message and that went one by one.
    public var segmentationRefusals: UInt64 = 0

    public init() {}

    /// Datagrams that were to be sent and were not.
    public var dropped: UInt64 { droppedFull &+ droppedRefused }

    static func + (a: Self, b: Self) -> Self {
        var sum = Self()
        sum.datagramsReceived = a.datagramsReceived &+ b.datagramsReceived
        sum.bytesReceived = a.bytesReceived &+ b.bytesReceived
        sum.receiveCalls = a.receiveCalls &+ b.receiveCalls
        sum.truncated = a.truncated &+ b.truncated
        sum.unanswerable = a.unanswerable &+ b.unanswerable
        sum.receiveBufferOverflows = a.receiveBufferOverflows &+ b.receiveBufferOverflows
        sum.datagramsSent = a.datagramsSent &+ b.datagramsSent
        sum.bytesSent = a.bytesSent &+ b.bytesSent
        sum.messagesSent = a.messagesSent &+ b.messagesSent
        sum.sendCalls = a.sendCalls &+ b.sendCalls
        sum.droppedFull = a.droppedFull &+ b.droppedFull
        sum.droppedRefused = a.droppedRefused &+ b.droppedRefused
        sum.segmentationRefusals = a.segmentationRefusals &+ b.segmentationRefusals
        return sum
    }
}
