// The `video` claim of an access token: what its bearer may do.

public import Conference

/// Grants of a token; an absent field has the default of `init`.
public struct VideoGrants: Hashable, Sendable {
    /// The room that `roomJoin` and `roomAdmin` are for.
    public var room: String
    public var roomJoin: Bool
    public var roomCreate: Bool
    public var roomList: Bool
    public var roomRecord: Bool
    public var roomAdmin: Bool
    public var ingressAdmin: Bool
    /// The room that participants may be moved or forwarded to.
    public var destinationRoom: String
    public var canPublish: Bool
    /// Empty means every source.
    public var canPublishSources: Set<TrackSource>
    public var canPublishData: Bool
    public var canSubscribe: Bool
    public var canSubscribeMetrics: Bool
    public var canUpdateOwnMetadata: Bool
    public var canManageAgentSession: Bool
    public var hidden: Bool
    public var recorder: Bool
    public var agent: Bool

    /// `canPublishData` nil means as `canPublish`.
    public init(
        room: String = "", roomJoin: Bool = false, roomCreate: Bool = false, roomList: Bool = false,
        roomRecord: Bool = false, roomAdmin: Bool = false, ingressAdmin: Bool = false, destinationRoom: String = "",
        canPublish: Bool = true, canPublishSources: Set<TrackSource> = [], canPublishData: Bool? = nil,
        canSubscribe: Bool = true, canSubscribeMetrics: Bool = false, canUpdateOwnMetadata: Bool = false,
        canManageAgentSession: Bool = false, hidden: Bool = false, recorder: Bool = false, agent: Bool = false
    ) {
        self.room = room
        self.roomJoin = roomJoin
        self.roomCreate = roomCreate
        self.roomList = roomList
        self.roomRecord = roomRecord
        self.roomAdmin = roomAdmin
        self.ingressAdmin = ingressAdmin
        self.destinationRoom = destinationRoom
        self.canPublish = canPublish
        self.canPublishSources = canPublishSources
        self.canPublishData = canPublishData ?? canPublish
        self.canSubscribe = canSubscribe
        self.canSubscribeMetrics = canSubscribeMetrics
        self.canUpdateOwnMetadata = canUpdateOwnMetadata
        self.canManageAgentSession = canManageAgentSession
        self.hidden = hidden
        self.recorder = recorder
        self.agent = agent
    }
}

extension VideoGrants: Codable {
    private enum CodingKeys: String, CodingKey {
        case room, roomJoin, roomCreate, roomList, roomRecord, roomAdmin, ingressAdmin, destinationRoom
        case canPublish, canPublishSources, canPublishData, canSubscribe, canSubscribeMetrics
        case canUpdateOwnMetadata, canManageAgentSession, hidden, recorder, agent
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        func flag(_ key: CodingKeys) throws -> Bool { try fields.decodeIfPresent(Bool.self, forKey: key) ?? false }
        func text(_ key: CodingKeys) throws -> String { try fields.decodeIfPresent(String.self, forKey: key) ?? "" }
        let canPublish = try fields.decodeIfPresent(Bool.self, forKey: .canPublish) ?? true
        let sources = try fields.decodeIfPresent([String].self, forKey: .canPublishSources) ?? []
        let known = Set(sources.compactMap { TrackSource(rawValue: $0.lowercased()) }.filter { $0 != .unknown })
        try self.init(
            room: text(.room), roomJoin: flag(.roomJoin), roomCreate: flag(.roomCreate), roomList: flag(.roomList),
            roomRecord: flag(.roomRecord), roomAdmin: flag(.roomAdmin), ingressAdmin: flag(.ingressAdmin),
            destinationRoom: text(.destinationRoom),
            // A list of nothing but unknown sources must not turn into "every source".
            canPublish: canPublish && (sources.isEmpty || !known.isEmpty), canPublishSources: known,
            canPublishData: fields.decodeIfPresent(Bool.self, forKey: .canPublishData) ?? canPublish,
            canSubscribe: fields.decodeIfPresent(Bool.self, forKey: .canSubscribe) ?? true,
            canSubscribeMetrics: flag(.canSubscribeMetrics), canUpdateOwnMetadata: flag(.canUpdateOwnMetadata),
            canManageAgentSession: flag(.canManageAgentSession), hidden: flag(.hidden), recorder: flag(.recorder),
            agent: flag(.agent))
    }

    /// False flags and empty fields are left out; what participants may do with media is always said.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        for (key, value) in [
            (CodingKeys.roomJoin, roomJoin), (.roomCreate, roomCreate), (.roomList, roomList),
            (.roomRecord, roomRecord), (.roomAdmin, roomAdmin), (.ingressAdmin, ingressAdmin),
            (.canSubscribeMetrics, canSubscribeMetrics), (.canUpdateOwnMetadata, canUpdateOwnMetadata),
            (.canManageAgentSession, canManageAgentSession), (.hidden, hidden), (.recorder, recorder), (.agent, agent),
        ] where value {
            try fields.encode(value, forKey: key)
        }
        for (key, value) in [(CodingKeys.room, room), (.destinationRoom, destinationRoom)] where !value.isEmpty {
            try fields.encode(value, forKey: key)
        }
        try fields.encode(canPublish, forKey: .canPublish)
        try fields.encode(canPublishData, forKey: .canPublishData)
        try fields.encode(canSubscribe, forKey: .canSubscribe)
        if !canPublishSources.isEmpty {
            try fields.encode(canPublishSources.map(\.rawValue).sorted(), forKey: .canPublishSources)
        }
    }
}
