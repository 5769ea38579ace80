// What the room tells a participant. A door turns each into one message of its own protocol.

/// The state of a room that everybody may see.
public struct RoomInfo: Hashable, Sendable {
    public var sid: RoomSID
    public var name: String
    public var metadata: String
    public var emptyTimeoutSeconds: UInt32
    public var departureTimeoutSeconds: UInt32
    public var maximumParticipants: UInt32
    /// Milliseconds since the Unix epoch.
    public var createdAtMilliseconds: Int64
    public var participantCount: UInt32
    public var publisherCount: UInt32
    public var isRecording: Bool
    public init(
        sid: RoomSID, name: String, metadata: String = "", emptyTimeoutSeconds: UInt32 = 300,
        departureTimeoutSeconds: UInt32 = 20, maximumParticipants: UInt32 = 0, createdAtMilliseconds: Int64,
        participantCount: UInt32 = 0, publisherCount: UInt32 = 0, isRecording: Bool = false
    ) {
        self.sid = sid
        self.name = name
        self.metadata = metadata
        self.emptyTimeoutSeconds = emptyTimeoutSeconds
        self.departureTimeoutSeconds = departureTimeoutSeconds
        self.maximumParticipants = maximumParticipants
        self.createdAtMilliseconds = createdAtMilliseconds
        self.participantCount = participantCount
        self.publisherCount = publisherCount
        self.isRecording = isRecording
    }
}

/// Everything that a joiner needs first.
public struct JoinSnapshot: Hashable, Sendable {
    public var room: RoomInfo
    public var participant: ParticipantInfo
    public var others: [ParticipantInfo]
    /// True for two PeerConnections: the client waits for our offer.
    public var isSubscriberPrimary: Bool
    /// MIME types that clients may publish, best first ("video/VP8", "audio/opus").
    public var publishableCodecs: [String]
    public init(
        room: RoomInfo, participant: ParticipantInfo, others: [ParticipantInfo], isSubscriberPrimary: Bool,
        publishableCodecs: [String]
    ) {
        self.room = room
        self.participant = participant
        self.others = others
        self.isSubscriberPrimary = isSubscriberPrimary
        self.publishableCodecs = publishableCodecs
    }
}

public enum LeaveAction: Hashable, Sendable { case disconnect, resume, reconnect }

public struct SpeakerUpdate: Hashable, Sendable {
    public var participant: ParticipantSID
    public var level: Float
    public var isActive: Bool
    public init(participant: ParticipantSID, level: Float, isActive: Bool) {
        self.participant = participant
        self.level = level
        self.isActive = isActive
    }
}

public enum ConnectionQuality: Hashable, Sendable { case poor, good, excellent, lost }

/// How well a participant's media comes through.
public struct ConnectionQualityUpdate: Hashable, Sendable {
    public var participant: ParticipantSID
    public var quality: ConnectionQuality
    /// Mean opinion score, 1 to 5; 0 where nothing comes through.
    public var score: Float
    public init(participant: ParticipantSID, quality: ConnectionQuality, score: Float) {
        self.participant = participant
        self.quality = quality
        self.score = score
    }
}

/// Which encodings of a track anybody wants (dynacast).
public struct SubscribedQualities: Hashable, Sendable {
    /// Lower case, without "video/".
    public var codec: String
    public var enabled: [VideoQuality: Bool]
    public init(codec: String, enabled: [VideoQuality: Bool]) {
        self.codec = codec
        self.enabled = enabled
    }
}

/// Outcome of a request that has an identifier.
public enum RequestOutcome: Hashable, Sendable {
    case ok, notFound, notAllowed, limitExceeded, queued, unsupportedType, invalidRequest
}

/// Which request an outcome belongs to.
public enum RequestSubject: Hashable, Sendable {
    case addTrack(AddTrackRequest)
    case mute(TrackSID, isMuted: Bool)
    case updateMetadata(metadata: String?, name: String?, attributes: [String: String])
    case other
}

public enum SubscriptionError: Hashable, Sendable { case unknown, codecUnsupported, trackNotFound }

public enum ParticipantNotification: Hashable, Sendable {
    case joined(JoinSnapshot)
    /// First message of a resumed session; `lastReliableSequence` is the last data packet received from this client.
    case reconnected(lastReliableSequence: UInt32)
    case offer(SessionDescription)
    case answer(SessionDescription)
    case trickle(TrickledCandidate)
    case participantsUpdated([ParticipantInfo])
    case roomUpdated(RoomInfo)
    case trackPublished(cid: String, TrackInfo)
    case trackUnpublished(TrackSID)
    /// The server muted the participant's own track.
    case trackMuted(TrackSID, isMuted: Bool)
    /// Somebody receives the participant's own track for the first time.
    case trackSubscribed(TrackSID)
    case subscriptionFailed(TrackSID, SubscriptionError)
    case subscriptionPermissionChanged(ParticipantSID, TrackSID, isAllowed: Bool)
    /// The client must offer so many more receiving sections; 0 and 0 ask for a plain new offer.
    case mediaSectionsRequired(audios: UInt32, videos: UInt32)
    case speakersChanged([SpeakerUpdate])
    case connectionQualityChanged([ConnectionQualityUpdate])
    case streamStateChanged(ParticipantSID, TrackSID, isPaused: Bool)
    case subscribedQualitiesChanged(TrackSID, [SubscribedQualities])
    case requestAnswered(requestID: UInt32, RequestOutcome, message: String, RequestSubject)
    /// The participant's grants as they now stand: the door signs a fresh token with them.
    case grantsRefreshed(JoinGrants)
    /// Last message of a session.
    case left(DisconnectReason, LeaveAction)
}
