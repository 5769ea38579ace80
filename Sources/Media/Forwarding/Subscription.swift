// A track as one subscriber receives it: which packets, under which numbers. Owned by the room's shard.

public import Basics
public import MediaInterface

/// Maps the packets of a published track to one continuous stream. Does not know whether its peer is a browser or a
/// relay.
public struct Subscription: ~Copyable {
    /// - Parameter random: gives the first sequence numbers and the timestamp offset (RFC 3550 section 5.1)
    public init(
        _ description: SubscriptionDescription, kind: MediaKind, at now: MonotonicTime, random: inout SeededRandom
    ) { fatalError() }

    public mutating func configure(_ settings: SubscriptionSettings) { fatalError() }
    /// A later negotiation: payload types and mid change, the stream goes on. The SSRCs stay those of `init`.
    public mutating func update(_ description: SubscriptionDescription) { fatalError() }

    /// Decides how a packet of the track goes to this subscriber. Must be called for every accepted packet of every
    /// encoding, in order of arrival.
    ///
    /// - Returns: nil when it does not go (other layer, disabled, waiting for a keyframe, unknown payload type, padding)
    public mutating func plan(
        _ packet: AcceptedPacket, of track: borrowing PublishedTrack
    ) -> ForwardPlan? { fatalError() }

    /// The encoding that this subscription needs a keyframe of, nil when none: pass it to
    /// `PublishedTrack.requestKeyframe`.
    public var wantedKeyframe: Int? { fatalError() }
    /// The subscriber cannot decode (PLI or FIR): sets `wantedKeyframe` until a keyframe has been forwarded.
    public mutating func noteKeyframeRequest() { fatalError() }

    /// Writes the outgoing packet: header with the subscriber's numbers and extension identifiers, then the payload with
    /// its VP8 descriptor renumbered.
    ///
    /// - Parameters:
    ///   - extensions: the identifiers of the subscriber's transport
    ///   - target: room for the whole packet from its start on
    /// - Returns: nil when the target is too small, or the packet has left the cache
    public mutating func write(
        _ plan: ForwardPlan, of packet: AcceptedPacket, from track: borrowing PublishedTrack,
        extensions: HeaderExtensionIDs, at now: MonotonicTime, into target: inout MutableSpan<UInt8>
    ) -> WrittenPacket? { fatalError() }

    /// A number that the subscriber misses (RFC 4585 section 6.2.1).
    ///
    /// - Parameter roundTrip: to the subscriber; zero when not known
    /// - Returns: nil when it was never sent, has left the cache, was sent again less than a round trip ago, or the
    ///   budget for retransmissions is used up
    public mutating func retransmission(
        of sequence: UInt16, roundTrip: Interval, at now: MonotonicTime, track: borrowing PublishedTrack
    ) -> RetransmissionPlan? { fatalError() }

    /// Writes a packet again, as retransmission (RFC 4588) or as it was. Same parameters as the other `write`.
    public mutating func write(
        _ plan: RetransmissionPlan, from track: borrowing PublishedTrack, extensions: HeaderExtensionIDs,
        at now: MonotonicTime, into target: inout MutableSpan<UInt8>
    ) -> WrittenPacket? { fatalError() }

    /// A report block about this subscription's SSRC.
    ///
    /// - Parameters:
    ///   - fractionLost: in 1/256
    ///   - lastSenderReport: compact NTP time, 0 when none was received
    ///   - delaySinceLastSenderReport: in 1/65536 s
    /// - Returns: the round trip, nil when the block does not tell it
    @discardableResult public mutating func noteReceiverReport(
        fractionLost: UInt8, lastSenderReport: UInt32, delaySinceLastSenderReport: UInt32, at now: MonotonicTime
    ) -> Interval? { fatalError() }

    /// The sender report that is right now: the publisher's own relation of media time and NTP time, so that the
    /// subscriber plays its tracks in step. Falls back to `clock` when the publisher never reports; nil before that is
    /// known, and before the first packet.
    public mutating func senderReport(
        clock: NTPClock, at now: MonotonicTime, track: borrowing PublishedTrack
    ) -> SubscriptionSenderReport? { fatalError() }

    public var ssrc: UInt32 { fatalError() }
    public var retransmissionSSRC: UInt32 { fatalError() }
    /// Index of the encoding that is forwarded now; nil before the first packet.
    public var currentEncoding: Int? { fatalError() }
    /// Without retransmissions.
    public var packetsSent: UInt64 { fatalError() }
    /// Payload bytes, without retransmissions.
    public var octetsSent: UInt64 { fatalError() }
    public var packetsRetransmitted: UInt64 { fatalError() }
    /// As last reported, in 1/256.
    public var fractionLost: UInt8 { fatalError() }
    public var roundTrip: Interval? { fatalError() }
}
