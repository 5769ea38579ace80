// Media plane → control plane. Rare: nothing here happens per packet.

public enum MediaEvent: Sendable {
    /// ICE and DTLS stand, media may flow.
    case peerConnected(PeerID)
    /// The transport is dead: its peer must be removed.
    case peerFailed(PeerID, PeerFailure)

    /// First packet of an encoding.
    case encodingStarted(TrackID, spatialLayer: UInt8, payloadType: UInt8)
    /// First packet of the track went to this subscriber.
    case subscriptionStarted(SubscriptionID)
    /// A picture was stopped because the subscriber's network cannot carry it, or goes on after that.
    case subscriptionPaused(SubscriptionID, Bool)
    /// How a connected transport fared since the last such event, every `PeerQuality.intervalSeconds`.
    case peerQuality(PeerID, PeerQuality)

    case dataChannelOpened(PeerID, label: String)
    case dataChannelClosed(PeerID, label: String)
    /// A whole message; `payload` is at most `MediaLimits.dataMessageBytes`.
    case dataReceived(PeerID, label: String, payload: [UInt8])

    /// The loud tracks of a room, about three times a second, only while the list is not empty or has just become so.
    case audioLevels(RoomID, [TrackLevel])
    /// Totals of one media thread since its start, once a second.
    case statistics(MediaStatistics)
}

public enum PeerFailure: Hashable, Sendable {
    /// No consent for 30 s (RFC 7675 section 5.1), or no connection in the time allowed.
    case iceTimeout
    case handshakeFailed(String)
    /// The client's certificate is not the one that its description announced.
    case fingerprintMismatch
    /// The client closed the transport (DTLS close_notify).
    case closedByClient
    /// No room for another transport (see `MediaLimits`).
    case overLimit
}

/// What one transport's network did in one interval.
public struct PeerQuality: Hashable, Sendable {
    /// Seconds between two reports.
    public static let intervalSeconds = 2
    /// Share of the peer's own packets that did not arrive before repair, 0 to 1; nil when it sent none.
    public var uplinkLoss: Float?
    /// Share of the packets sent to the peer that it reports as lost, 0 to 1; nil without reports.
    public var downlinkLoss: Float?
    /// Zero where it is not known.
    public var roundTripMilliseconds: UInt32
    /// Pictures that go in a lower layer than wished and published, because the network cannot carry more.
    public var reducedSubscriptions: UInt32
    /// Pictures that do not go at all for that reason.
    public var pausedSubscriptions: UInt32
    public init(
        uplinkLoss: Float? = nil, downlinkLoss: Float? = nil, roundTripMilliseconds: UInt32 = 0,
        reducedSubscriptions: UInt32 = 0, pausedSubscriptions: UInt32 = 0
    ) {
        self.uplinkLoss = uplinkLoss
        self.downlinkLoss = downlinkLoss
        self.roundTripMilliseconds = roundTripMilliseconds
        self.reducedSubscriptions = reducedSubscriptions
        self.pausedSubscriptions = pausedSubscriptions
    }
}

/// Smoothed loudness of a track.
public struct TrackLevel: Hashable, Sendable {
    public var track: TrackID
    /// 0 is silence, 1 is full scale.
    public var level: Float
    public init(track: TrackID, level: Float) {
        self.track = track
        self.level = level
    }
}

/// Bounds of the seam, each with its reason.
public enum MediaLimits {
    /// Clients cap messages at 64,000 bytes and chunk streams at 15 kB.
    public static let dataMessageBytes = 65_536
    /// A subscriber of everything in a room of 150 publishers with two tracks each.
    public static let subscriptionsPerPeer = 512
    /// Camera, microphone, screen, screen audio and some backup codecs.
    public static let tracksPerPeer = 32
    /// Three simulcast layers; the fourth for clients that send an extra one.
    public static let encodingsPerTrack = 4
    /// Payload types of one track: codec fall-backs.
    public static let payloadsPerTrack = 8
    /// Transports on one media thread: a webinar of 3,000 with two transports each.
    public static let peersPerThread = 8_192
    /// Commands waiting for one media thread.
    public static let queuedCommands = 65_536
    /// Events waiting for the control plane.
    public static let queuedEvents = 65_536
}
