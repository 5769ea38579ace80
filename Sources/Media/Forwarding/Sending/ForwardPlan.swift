// The decision how one packet goes to one subscriber.

/// Numbers of an outgoing packet. Trivial, copied freely; written by `Subscription.write`.
public struct ForwardPlan: Sendable {
    /// Extended to 64 bits; the lower 16 are sent.
    public internal(set) var extendedSequence: Int64 = 0
    public internal(set) var timestamp: UInt32 = 0
    /// The subscriber's payload type.
    public internal(set) var payloadType: UInt8 = 0
    public internal(set) var marker = false
    /// The first packet that this subscription sends at all.
    public internal(set) var isFirst = false
    /// The first packet after the start, a switch to another encoding, a pause, or a wait for what explains the rest. When
    /// it is late, what came after it is planned next.
    public internal(set) var startsRun = false
    /// Carries no payload: fills a number that the subscriber would wait for in vain.
    public internal(set) var isFiller = false
    /// The header has room for the transport's numbers and times, where they were negotiated.
    var isTimed = true
    /// Should it be lost, it goes again as it is.
    var isRepeatable = false
    var vp8 = VP8Numbers()
    var offsets = NumberOffsets()
    var speech = SpeechPlan()
    /// Bytes that the payload has beyond the stored one, at most.
    public internal(set) var redundancyByteCount = 0

    init() {}

    @inlinable public var sequence: UInt16 { UInt16(truncatingIfNeeded: extendedSequence) }
}

/// A packet to send again.
public struct RetransmissionPlan: Sendable {
    public internal(set) var packet: AcceptedPacket
    /// The numbers under which the packet was sent first.
    public internal(set) var original: ForwardPlan
    /// The subscriber's payload type of retransmissions (RFC 4588); nil sends the packet again as it was.
    public internal(set) var retransmissionPayloadType: UInt8?
    /// Number in the retransmission stream.
    public internal(set) var retransmissionSequence: UInt16 = 0
    /// The packet carried the mid the first time.
    var hasMid: Bool
    /// `PacketFingerprint` of the packet as it went first.
    var fingerprint: UInt32

    /// The packet goes again under its own number: the SRTP index that it protects was used before, by the same bytes.
    public var isRepetition: Bool { retransmissionPayloadType == nil }
}

/// A packet that was written.
public struct WrittenPacket: Hashable, Sendable {
    public var byteCount: Int
    /// Where two bytes wait for the transport-wide sequence number, 0 when there are none.
    public var transportSequenceOffset: Int = 0
    /// Where three bytes wait for the absolute send time, 0 when there are none.
    public var absoluteSendTimeOffset: Int = 0
}
