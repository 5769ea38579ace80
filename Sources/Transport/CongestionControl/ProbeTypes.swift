// Probing: a short cluster of packets sent faster than the target, to see whether the path carries more.

public import Basics

/// What the caller shall send as a probe.
///
/// Everything sent while it runs counts (media first); `SendSideEstimator.probeByteCountDue(at:)` says how many bytes
/// are to be added, as retransmissions of real packets or as padding.
public struct ProbePlan: Hashable, Sendable {
    /// 1 and up.
    public var cluster: UInt32
    public var bitrateBitsPerSecond: Int64
    public var byteCount: Int
    public var packetCount: Int
    public var start: MonotonicTime
    /// What has not been sent by then is not worth sending.
    public var deadline: MonotonicTime
}

/// What a probe has shown.
struct ProbeResult: Hashable, Sendable {
    var bitsPerSecond: Double
    /// Less arrived than was sent: this is what the path carries. Otherwise it may carry more.
    var isSaturated: Bool
}
