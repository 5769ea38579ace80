// Counters of a published track: what came, what was dropped and why, what was asked for.

public struct TrackStatistics: Hashable, Sendable {
    /// Packets of the encodings, first arrivals only.
    public var packets: UInt64 = 0
    public var payloadBytes: UInt64 = 0
    /// Missing packets that a retransmission brought.
    public var recovered: UInt64 = 0
    /// Missing frames of speech that came in front of later ones.
    public var recoveredFromRedundancy: UInt64 = 0
    public var nacksSent: UInt64 = 0
    public var keyframeRequestsSent: UInt64 = 0
    public var keyframes: UInt64 = 0

    // MARK: Dropped datagrams, by reason

    public var duplicates: UInt64 = 0
    public var tooOld: UInt64 = 0
    /// Padding on the retransmission stream: bandwidth probes, expected.
    public var probes: UInt64 = 0
    public var unmappedPayloadType: UInt64 = 0
    /// A retransmission without an original, an encoding that does not exist, a payload beyond the bounds.
    public var malformed: UInt64 = 0
    /// Sequence numbers far away, until a second packet confirms them.
    public var onProbation: UInt64 = 0

    public init() {}
}
