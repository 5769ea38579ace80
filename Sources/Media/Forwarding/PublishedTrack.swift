// A track as it arrives: one receive stream per encoding, feedback to the publisher. Owned by the room's shard.

public import Basics
public import MediaInterface
public import RTP

/// Receives the encodings of one track: repairs, counts, stores, and tells once what every packet is.
public struct PublishedTrack: ~Copyable {
    public init(_ description: TrackDescription, at now: MonotonicTime) { fatalError() }

    /// A later offer: payloads and encodings change, the streams of encodings that stay go on.
    public mutating func update(_ description: TrackDescription) { fatalError() }

    /// Tells under which SSRC an encoding arrives; the caller's SSRC table decides it. Ignored for an encoding that the
    /// description does not have.
    public mutating func bind(ssrc: UInt32, encoding: Int, isRetransmission: Bool) { fatalError() }

    /// A muted track may stay silent: its encodings are not asked for keyframes meanwhile.
    public mutating func setMuted(_ isMuted: Bool) { fatalError() }

    /// A decrypted datagram of an encoding or of its retransmission stream (RFC 4588). Drops duplicates and what is too
    /// old, notices loss, and stores one copy without header and padding.
    ///
    /// - Parameter extensions: the identifiers of the publisher's transport
    /// - Returns: nil when there is nothing to forward; `statistics` counts why. A packet of padding only is returned
    ///   (`isPadding`): every subscription must hear of its number.
    public mutating func accept(
        _ datagram: Span<UInt8>, _ header: RTPHeader, encoding: Int, isRetransmission: Bool,
        extensions: HeaderExtensionIDs, at now: MonotonicTime
    ) -> AcceptedPacket? { fatalError() }

    /// The stored bytes of a packet: extension values, then payload (`packet.extensions`, `packet.payload`). Nil when
    /// the cache has given its room to newer ones.
    public func withPacket<R>(_ packet: AcceptedPacket, _ body: (Span<UInt8>) -> R) -> R? { fatalError() }

    /// A packet that is still stored, by its extended sequence number.
    public func packet(encoding: Int, extendedSequence: Int64) -> AcceptedPacket? { fatalError() }

    /// A sender report of the encoding's SSRC (RFC 3550 section 6.4.1).
    public mutating func noteSenderReport(
        _ ntp: NTPTime, rtpTimestamp: UInt32, encoding: Int, at now: MonotonicTime
    ) { fatalError() }

    /// Asks the publisher for a keyframe with the next feedback. Requests are coalesced per encoding, at least
    /// `ForwardingLimits.keyframeRequestInterval` or a round trip apart, and repeated until a keyframe comes.
    public mutating func requestKeyframe(encoding: Int, at now: MonotonicTime) { fatalError() }

    /// When `writeFeedback` has something to write; nil when nothing is to come.
    public var nextDeadline: MonotonicTime? { fatalError() }

    /// Writes the feedback that is due: receiver report, generic NACK, PLI or FIR, as RTCP packets one after the other.
    /// What does not fit stays due.
    ///
    /// - Parameters:
    ///   - senderSSRC: the SSRC that the server reports under on this transport
    ///   - roundTrip: to the publisher; zero when not known
    /// - Returns: bytes written from the start of `target`, 0 when nothing is due
    public mutating func writeFeedback(
        senderSSRC: UInt32, roundTrip: Interval, at now: MonotonicTime, into target: inout MutableSpan<UInt8>
    ) -> Int { fatalError() }

    /// How many encodings the description has.
    public var encodingCount: Int { fatalError() }
    /// Whether the encoding has had a packet in the last `ForwardingLimits.encodingSilence`.
    public func isFlowing(encoding: Int, at now: MonotonicTime) -> Bool { fatalError() }
    public var statistics: TrackStatistics { fatalError() }
}
