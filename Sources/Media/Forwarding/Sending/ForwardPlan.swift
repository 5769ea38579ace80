// The decision how one packet goes to one subscriber.

public import Basics

/// Numbers of an outgoing packet. Trivial, copied freely; written by `Subscription.write`.
public struct ForwardPlan: Hashable, Sendable {
    public internal(set) var sequence: UInt16 = 0
    public internal(set) var timestamp: UInt32 = 0
    /// The subscriber's payload type.
    public internal(set) var payloadType: UInt8 = 0
    public internal(set) var marker = false
    /// The first packet that this subscription sends at all.
    public internal(set) var isFirst = false
    /// The first packet after a switch to another encoding or after a pause.
    public internal(set) var startsRun = false
    /// Carries no payload: fills a number that the subscriber would wait for in vain.
    public internal(set) var isFiller = false
    var vp8 = VP8Numbers()

    init() {}
}

/// A packet to send again.
public struct RetransmissionPlan: Sendable {
    /// Read its bytes with `PublishedTrack.withPacket`.
    public internal(set) var packet: AcceptedPacket
    /// The numbers under which the packet was sent first.
    public internal(set) var original: ForwardPlan
    /// The subscriber's payload type of retransmissions (RFC 4588); nil sends the packet again as it was.
    public internal(set) var retransmissionPayloadType: UInt8?
    /// Number in the retransmission stream.
    public internal(set) var retransmissionSequence: UInt16 = 0
}

/// A packet that was written.
public struct WrittenPacket: Hashable, Sendable {
    public var byteCount: Int
    /// Where two bytes wait for the transport-wide sequence number, 0 when it was not negotiated.
    public var transportSequenceOffset: Int = 0
    /// Where three bytes wait for the absolute send time, 0 when it was not negotiated.
    public var absoluteSendTimeOffset: Int = 0
}

/// A sender report to write for a subscription (RFC 3550 section 6.4.1).
public struct SubscriptionSenderReport: Hashable, Sendable {
    public var ssrc: UInt32
    public var ntp: NTPTime
    public var rtpTimestamp: UInt32
    public var packetCount: UInt32
    public var octetCount: UInt32
}
