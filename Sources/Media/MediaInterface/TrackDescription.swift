// Published tracks and subscriptions as the media plane sees them: numbers, no session description.

public enum MediaKind: Hashable, Sendable { case audio, video }

/// What a payload type carries; decides how payloads are read and rewritten.
public enum MediaCodec: Hashable, Sendable {
    case opus
    /// RFC 2198 around Opus.
    case red
    case vp8, h264, vp9, av1
    /// Forwarded without a look inside (G.722, PCMU, H.265 …).
    case opaque
}

/// A payload type that the publisher may send on a track.
public struct PayloadDescription: Hashable, Sendable {
    public var payloadType: UInt8
    public var codec: MediaCodec
    public var clockRateHertz: UInt32
    /// Payload type of its retransmissions (RFC 4588).
    public var retransmissionPayloadType: UInt8?
    public var supportsNACK: Bool
    public init(
        payloadType: UInt8, codec: MediaCodec, clockRateHertz: UInt32, retransmissionPayloadType: UInt8? = nil,
        supportsNACK: Bool = false
    ) {
        self.payloadType = payloadType
        self.codec = codec
        self.clockRateHertz = clockRateHertz
        self.retransmissionPayloadType = retransmissionPayloadType
        self.supportsNACK = supportsNACK
    }
}

/// One encoding of a track: a simulcast layer, or the only stream of a track without simulcast.
public struct EncodingDescription: Hashable, Sendable {
    /// Restriction identifier of RFC 8851 ("q", "h", "f" …); nil without simulcast.
    public var rid: String?
    /// Known from `a=ssrc`; nil when it is learnt from the mid and rid header extensions.
    public var ssrc: UInt32?
    public var retransmissionSSRC: UInt32?
    /// 0 is the lowest.
    public var spatialLayer: UInt8
    /// Announced by the client, pixels, 0 where unknown.
    public var width: UInt16
    public var height: UInt16
    public init(
        rid: String? = nil, ssrc: UInt32? = nil, retransmissionSSRC: UInt32? = nil, spatialLayer: UInt8 = 0,
        width: UInt16 = 0, height: UInt16 = 0
    ) {
        self.rid = rid
        self.ssrc = ssrc
        self.retransmissionSSRC = retransmissionSSRC
        self.spatialLayer = spatialLayer
        self.width = width
        self.height = height
    }
}

/// A track to receive from a peer. Sent again with the same `id` when a later offer changes it.
public struct TrackDescription: Sendable {
    public var id: TrackID
    public var publisher: PeerID
    public var kind: MediaKind
    public var isScreenShare: Bool
    /// `a=mid` of its section on the publisher's transport.
    public var mid: String
    public var payloads: [PayloadDescription]
    public var encodings: [EncodingDescription]
    public init(
        id: TrackID, publisher: PeerID, kind: MediaKind, isScreenShare: Bool = false, mid: String,
        payloads: [PayloadDescription], encodings: [EncodingDescription]
    ) {
        self.id = id
        self.publisher = publisher
        self.kind = kind
        self.isScreenShare = isScreenShare
        self.mid = mid
        self.payloads = payloads
        self.encodings = encodings
    }
}

/// What happens to the redundancy (RFC 2198) of a track of sound on its way to one subscriber.
public enum RedundancyConversion: Hashable, Sendable {
    /// The payload goes as it is.
    case none
    /// The subscriber takes RED: packets of Opus get earlier ones in front, RED is made anew with the subscriber's
    /// payload type `opus` in its block headers. How many go depends on the subscriber's loss.
    case wrap(opus: UInt8)
    /// The subscriber does not know RED: only the newest block goes, and what was lost is taken from later packets.
    case unwrap
}

/// One payload type of the publisher and what it becomes on the subscriber's transport.
public struct PayloadMapping: Hashable, Sendable {
    public var published: UInt8
    public var subscribed: UInt8
    public var subscribedRetransmission: UInt8?
    public var redundancy: RedundancyConversion
    public init(
        published: UInt8, subscribed: UInt8, subscribedRetransmission: UInt8? = nil,
        redundancy: RedundancyConversion = .none
    ) {
        self.published = published
        self.subscribed = subscribed
        self.subscribedRetransmission = subscribedRetransmission
        self.redundancy = redundancy
    }
}

/// What a subscriber wishes and is allowed to receive; the selector decides within it.
public struct SubscriptionSettings: Hashable, Sendable {
    /// False while the subscriber hides the tile or may not receive the track: nothing is sent.
    public var isEnabled: Bool
    public var maximumSpatialLayer: UInt8
    public var maximumTemporalLayer: UInt8
    /// Area in which the subscriber shows the picture, in pixels; 0 where unknown. When bandwidth is short, larger
    /// pictures are served before smaller ones.
    public var wishedPixels: UInt32
    public init(
        isEnabled: Bool = true, maximumSpatialLayer: UInt8 = 2, maximumTemporalLayer: UInt8 = 3,
        wishedPixels: UInt32 = 0
    ) {
        self.isEnabled = isEnabled
        self.maximumSpatialLayer = maximumSpatialLayer
        self.maximumTemporalLayer = maximumTemporalLayer
        self.wishedPixels = wishedPixels
    }
}

/// A track to forward to a peer. Publisher and subscriber are in one room.
public struct SubscriptionDescription: Sendable {
    public var id: SubscriptionID
    public var track: TrackID
    public var subscriber: PeerID
    /// `a=mid` of its section on the subscriber's transport.
    public var mid: String
    /// SSRC under which the subscriber receives it; ours to choose, unique on that transport.
    public var ssrc: UInt32
    public var retransmissionSSRC: UInt32
    public var payloads: [PayloadMapping]
    public var settings: SubscriptionSettings
    public init(
        id: SubscriptionID, track: TrackID, subscriber: PeerID, mid: String, ssrc: UInt32, retransmissionSSRC: UInt32,
        payloads: [PayloadMapping], settings: SubscriptionSettings = SubscriptionSettings()
    ) {
        self.id = id
        self.track = track
        self.subscriber = subscriber
        self.mid = mid
        self.ssrc = ssrc
        self.retransmissionSSRC = retransmissionSSRC
        self.payloads = payloads
        self.settings = settings
    }
}
