// Participants as everybody in the room may see them.

public enum ParticipantState: Hashable, Sendable { case joining, joined, active, disconnected }

public enum ParticipantKind: String, Hashable, Sendable {
    case standard, ingress, egress, sip, agent, connector, bridge
}

/// Why a participant left; the meaning is told to clients.
public enum DisconnectReason: Hashable, Sendable {
    case unknown, clientInitiated, duplicateIdentity, serverShutdown, participantRemoved, roomDeleted
    case stateMismatch, joinFailure, signalClose, roomClosed, connectionTimeout, mediaFailure
}

/// What a participant may do. Enforced by the room for every message, whatever the client believes.
public struct Permissions: Hashable, Sendable {
    public var canSubscribe: Bool
    public var canPublish: Bool
    public var canPublishData: Bool
    /// Empty means every source.
    public var publishableSources: Set<TrackSource>
    public var canUpdateOwnMetadata: Bool
    public var isHidden: Bool
    public var isRecorder: Bool
    public var isAgent: Bool
    public var canSubscribeMetrics: Bool
    /// Told to the client; there are no agent sessions to manage here.
    public var canManageAgentSession: Bool

    public init(
        canSubscribe: Bool = true, canPublish: Bool = true, canPublishData: Bool = true,
        publishableSources: Set<TrackSource> = [], canUpdateOwnMetadata: Bool = false, isHidden: Bool = false,
        isRecorder: Bool = false, isAgent: Bool = false, canSubscribeMetrics: Bool = false,
        canManageAgentSession: Bool = false
    ) {
        self.canSubscribe = canSubscribe
        self.canPublish = canPublish
        self.canPublishData = canPublishData
        self.publishableSources = publishableSources
        self.canUpdateOwnMetadata = canUpdateOwnMetadata
        self.isHidden = isHidden
        self.isRecorder = isRecorder
        self.isAgent = isAgent
        self.canSubscribeMetrics = canSubscribeMetrics
        self.canManageAgentSession = canManageAgentSession
    }

    public func allowsPublishing(_ source: TrackSource) -> Bool {
        canPublish && (publishableSources.isEmpty || publishableSources.contains(source))
    }
}

/// A participant with all tracks: every update is a whole snapshot with a greater `version`.
public struct ParticipantInfo: Hashable, Sendable {
    public var sid: ParticipantSID
    public var identity: String
    public var name: String
    public var metadata: String
    public var attributes: [String: String]
    public var state: ParticipantState
    public var kind: ParticipantKind
    /// Milliseconds since the Unix epoch.
    public var joinedAtMilliseconds: Int64
    public var permissions: Permissions
    public var isPublisher: Bool
    public var tracks: [TrackInfo]
    public var version: UInt32
    public var disconnectReason: DisconnectReason
    /// Copied from the client: others choose their formats by it.
    public var clientProtocol: Int32
    public var capabilities: [Int32]

    public init(
        sid: ParticipantSID, identity: String, name: String = "", metadata: String = "",
        attributes: [String: String] = [:], state: ParticipantState = .joining, kind: ParticipantKind = .standard,
        joinedAtMilliseconds: Int64, permissions: Permissions = Permissions(), isPublisher: Bool = false,
        tracks: [TrackInfo] = [], version: UInt32 = 1, disconnectReason: DisconnectReason = .unknown,
        clientProtocol: Int32 = 0, capabilities: [Int32] = []
    ) {
        self.sid = sid
        self.identity = identity
        self.name = name
        self.metadata = metadata
        self.attributes = attributes
        self.state = state
        self.kind = kind
        self.joinedAtMilliseconds = joinedAtMilliseconds
        self.permissions = permissions
        self.isPublisher = isPublisher
        self.tracks = tracks
        self.version = version
        self.disconnectReason = disconnectReason
        self.clientProtocol = clientProtocol
        self.capabilities = capabilities
    }
}

/// What a verified access token grants to the person who joins with it.
public struct JoinGrants: Hashable, Sendable {
    public var identity: String
    public var roomName: String
    public var name: String
    public var metadata: String
    public var attributes: [String: String]
    public var kind: ParticipantKind
    public var permissions: Permissions
    /// May create the room by joining it (always true for a join token unless the site says otherwise).
    public var mayCreateRoom: Bool
    public var isRoomAdmin: Bool
    /// For the room, if this join makes it.
    public var roomConfiguration: RoomConfiguration?
    /// Seconds since the Unix epoch; refreshed tokens last at least as long.
    public var expiresAtSeconds: Int64

    public init(
        identity: String, roomName: String, name: String = "", metadata: String = "",
        attributes: [String: String] = [:],
        kind: ParticipantKind = .standard, permissions: Permissions = Permissions(), mayCreateRoom: Bool = true,
        isRoomAdmin: Bool = false, roomConfiguration: RoomConfiguration? = nil, expiresAtSeconds: Int64
    ) {
        self.identity = identity
        self.roomName = roomName
        self.name = name
        self.metadata = metadata
        self.attributes = attributes
        self.kind = kind
        self.permissions = permissions
        self.mayCreateRoom = mayCreateRoom
        self.isRoomAdmin = isRoomAdmin
        self.roomConfiguration = roomConfiguration
        self.expiresAtSeconds = expiresAtSeconds
    }
}
