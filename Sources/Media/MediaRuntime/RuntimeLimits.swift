// Bounds of the runtime, each with its reason. Bounds of the seam itself are in `MediaLimits`.

public import Basics

public enum RuntimeLimits {
    /// Largest datagram that is received whole: a jumbo RTP packet never comes over the Internet, DTLS and SCTP stay
    /// below 1,500 bytes. Longer ones are dropped and counted.
    public static let datagramBytes = 2_048
    /// Datagrams of one recvmmsg call: enough for the gain of batching, small enough for the cache (128 KiB).
    public static let receiveBatch = 64
    /// recvmmsg calls of one turn of the loop, so that commands and timers are never starved by a flood.
    public static let receiveBatchesPerTurn = 16
    /// Messages (single datagrams or runs) of one sendmmsg call.
    public static let sendBatch = 256
    /// Datagrams of one sendmmsg call, over all its messages.
    public static let sendSegments = 1_024
    /// Segments of one message. Kernels before 6.8 take 64 at most.
    public static let segmentsPerMessage = 64
    /// Bytes of one message: below the 65,507 of an IPv4 datagram, whose length field bounds the whole run.
    public static let bytesPerMessage = 65_000
    /// Asked of the kernel for each direction: 100 ms of 250,000 packets a second need more than the usual 208 KiB.
    public static let socketBufferBytes = 4 << 20
    /// Commands applied in one turn of the loop: a join storm must not stop the packets.
    public static let commandsPerTurn = 128
    /// Payload of waiting data messages towards one media thread.
    public static let queuedCommandBytes = 32 << 20
    /// Payload of waiting data messages towards the control plane.
    public static let queuedEventBytes = 32 << 20
    /// Waiting data messages towards the control plane; half of the queue, so that a flood of them never displaces
    /// what tells of connections.
    public static let queuedDataEvents = 32_768
    /// The loop turns at least this often, so that its load figure stays fresh.
    public static let longestWait = Interval.seconds(1)
    /// What a thread that was told to stop may spend on the commands that still wait.
    public static let flushTime = Interval.milliseconds(50)
}
