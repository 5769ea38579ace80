// Participants, their permissions and their room: room to wire.

public import Conference
public import LiveKitWire

extension WireParticipantInfo {
    public init(_ participant: ParticipantInfo) {
        self.init()
        sid = participant.sid.rawValue
        identity = participant.identity
        name = participant.name
        metadata = participant.metadata
        attributes = participant.attributes
        state = State(participant.state)
        kind = Kind(participant.kind)
        joinedAt = participant.joinedAtMilliseconds / 1_000
        joinedAtMs = participant.joinedAtMilliseconds
        permission = WireParticipantPermission(participant.permissions)
        isPublisher = participant.isPublisher
        tracks = participant.tracks.map(WireTrackInfo.init)
        version = participant.version
        disconnectReason = WireDisconnectReason(participant.disconnectReason)
        clientProtocol = participant.clientProtocol
        capabilities = participant.capabilities.compactMap { WireClientInfo.Capability(rawValue: Int($0)) }
    }
}

extension WireParticipantPermission {
    public init(_ permissions: Permissions) {
        self.init()
        canSubscribe = permissions.canSubscribe
        canPublish = permissions.canPublish
        canPublishData = permissions.canPublishData
        canPublishSources = permissions.publishableSources.map(WireTrackSource.init).sorted {
            $0.rawValue < $1.rawValue
        }
        canUpdateMetadata = permissions.canUpdateOwnMetadata
        hidden = permissions.isHidden
        recorder = permissions.isRecorder
        agent = permissions.isAgent
        canSubscribeMetrics = permissions.canSubscribeMetrics
        canManageAgentSession = permissions.canManageAgentSession
    }
}

extension Permissions {
    /// Every field counts as it stands: an unset one is false.
    public init(_ wire: WireParticipantPermission) {
        let sources = Set(wire.canPublishSources.map(\.source)).subtracting([.unknown])
        self.init(
            canSubscribe: wire.canSubscribe,
            // A list of nothing but unknown sources must not turn into "every source".
            canPublish: wire.canPublish && (wire.canPublishSources.isEmpty || !sources.isEmpty),
            canPublishData: wire.canPublishData, publishableSources: sources,
            canUpdateOwnMetadata: wire.canUpdateMetadata, isHidden: wire.hidden, isRecorder: wire.recorder,
            isAgent: wire.agent, canSubscribeMetrics: wire.canSubscribeMetrics,
            canManageAgentSession: wire.canManageAgentSession)
    }
}

extension WireRoom {
    /// - Parameter codecs: MIME types that may be published, best first.
    public init(_ room: RoomInfo, codecs: [String] = []) {
        self.init()
        sid = room.sid.rawValue
        name = room.name
        metadata = room.metadata
        emptyTimeout = room.emptyTimeoutSeconds
        departureTimeout = room.departureTimeoutSeconds
        maxParticipants = room.maximumParticipants
        creationTime = room.createdAtMilliseconds / 1_000
        creationTimeMs = room.createdAtMilliseconds
        numParticipants = room.participantCount
        numPublishers = room.publisherCount
        activeRecording = room.isRecording
        enabledCodecs = codecs.map(WireCodec.init(mimeType:))
    }
}

extension WireCodec {
    init(mimeType: String) {
        self.init()
        mime = mimeType
    }
}
