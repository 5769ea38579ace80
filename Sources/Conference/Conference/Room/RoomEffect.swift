// What a room wants done, in order: the room itself does nothing.

public import MediaInterface

public enum RoomEffect: Sendable {
    case notify(ParticipantSID, ParticipantNotification)
    case media(MediaCommand)
    /// Nothing more comes for this participant: its signaling is closed once what stands before has gone out.
    case endSession(ParticipantSID)
    case fact(RoomFact)
    /// The room is over; its name is free again.
    case closed
}

/// What others than the participants want to know (webhooks, logs, recordings).
public enum RoomFact: Hashable, Sendable {
    case roomStarted(RoomInfo)
    case roomFinished(RoomInfo)
    /// Connected: a participant counts from its first media transport on.
    case participantJoined(RoomInfo, ParticipantInfo)
    case participantLeft(RoomInfo, ParticipantInfo)
    /// Left without ever having been connected.
    case participantConnectionAborted(RoomInfo, ParticipantInfo)
    case trackPublished(RoomInfo, ParticipantInfo, TrackInfo)
    case trackUnpublished(RoomInfo, ParticipantInfo, TrackInfo)
}

/// Requests that were refused or made no sense, by reason; each is a message that had no other effect.
public struct RoomCounters: Hashable, Sendable {
    /// A track that does not exist, or not for that participant.
    public var unknownTrack: UInt64 = 0
    /// The grants do not allow it.
    public var notAllowed: UInt64 = 0
    /// Over a bound of `ConferenceLimits`.
    public var overLimit: UInt64 = 0
    public var malformedDescription: UInt64 = 0
    public var unexpectedAnswer: UInt64 = 0
    /// Data packets that the rewriter refused, on unknown channels or from unknown peers.
    public var refusedData: UInt64 = 0
    /// Data packets that came a second time.
    public var repeatedData: UInt64 = 0
    public var unsupported: UInt64 = 0
    /// Messages and events of participants that are gone.
    public var stale: UInt64 = 0
    public init() {}
}

/// How a room behaves; what an administrator sets when making it.
public struct RoomSettings: Hashable, Sendable {
    /// How long a room waits for its first participant.
    public var emptyTimeoutSeconds: UInt32
    /// How long it stays after its last one.
    public var departureTimeoutSeconds: UInt32
    /// 0 means no limit.
    public var maximumParticipants: UInt32
    public var metadata: String
    /// MIME types that clients may publish, best first; video before audio.
    public var publishableCodecs: [String]
    public init(
        emptyTimeoutSeconds: UInt32 = 300, departureTimeoutSeconds: UInt32 = 20, maximumParticipants: UInt32 = 0,
        metadata: String = "",
        publishableCodecs: [String] = [
            "video/VP8", "video/VP9", "video/AV1", "video/H264", "audio/opus", "audio/red",
        ]
    ) {
        self.emptyTimeoutSeconds = emptyTimeoutSeconds
        self.departureTimeoutSeconds = departureTimeoutSeconds
        self.maximumParticipants = maximumParticipants
        self.metadata = metadata
        self.publishableCodecs = publishableCodecs
    }
}

/// How a joining request ended.
public enum JoinOutcome: Hashable, Sendable {
    case joined(ParticipantSID)
    /// The session goes on with its new signaling.
    case resumed(ParticipantSID)
    /// There is no such session (any more): the client must join from the start.
    case mustStartAnew
}
