// An access token: what a JWT (RFC 7519) signed by one of our API keys says of its bearer.

import Basics
public import Conference

/// The claims of a token. Read one with `verified`, make one with `init` and `signed`.
public struct AccessToken: Hashable, Sendable {
    /// The API key that signed it (`iss`); empty before signing.
    public var apiKey: String
    /// The participant (`sub`).
    public var identity: String
    public var name: String
    public var metadata: String
    public var attributes: [String: String]
    public var kind: ParticipantKind
    public var video: VideoGrants
    /// May manage, and may make, telephone calls (`sip`).
    public var isSIPAdmin: Bool
    public var canCall: Bool
    /// For the room, if joining with the token makes it (`roomConfig`).
    public var roomConfiguration: RoomConfiguration?
    /// Base64 of the SHA-256 of a body that the token vouches for (webhooks); else empty.
    public var bodySHA256: String
    /// Seconds since the Unix epoch; zero means no start.
    public var notBeforeSeconds: Int64
    /// Seconds since the Unix epoch.
    public var expiresAtSeconds: Int64

    public init(
        identity: String = "", name: String = "", metadata: String = "", attributes: [String: String] = [:],
        kind: ParticipantKind = .standard, video: VideoGrants = VideoGrants(), isSIPAdmin: Bool = false,
        canCall: Bool = false, roomConfiguration: RoomConfiguration? = nil, bodySHA256: String = "",
        notBeforeSeconds: Int64 = 0, expiresAtSeconds: Int64
    ) {
        apiKey = ""
        self.identity = identity
        self.name = name
        self.metadata = metadata
        self.attributes = attributes
        self.kind = kind
        self.video = video
        self.isSIPAdmin = isSIPAdmin
        self.canCall = canCall
        self.roomConfiguration = roomConfiguration
        self.bodySHA256 = bodySHA256
        self.notBeforeSeconds = notBeforeSeconds
        self.expiresAtSeconds = expiresAtSeconds
    }
}

extension AccessToken {
    /// How far the signer's clock may be off, both ways.
    public static let leewaySeconds: Int64 = 60

    /// The claims of `text` when one of `keys` signed it and it is valid at `nowSeconds` (since the Unix epoch).
    public static func verified(
        _ text: String, by keys: KeyRing, atSeconds nowSeconds: Int64
    ) throws(AccessTokenError) -> AccessToken {
        if text.isEmpty { throw .missing }
        let jwt = try JSONWebToken(parsing: text)
        let claims = try TokenClaims(json: jwt.payload)
        guard let key = claims.iss, !key.isEmpty else { throw .missingKey }
        guard let secret = keys.secret(of: key) else { throw .unknownKey(key) }
        guard jwt.isSigned(by: secret) else { throw .wrongSignature }
        guard let expiry = claims.expiresAtSeconds else { throw .missingExpiry }
        let sinceExpiry = nowSeconds.subtractingSaturating(expiry)
        if sinceExpiry >= leewaySeconds { throw .expired(sinceSeconds: sinceExpiry) }
        let start = claims.notBeforeSeconds ?? 0
        let untilStart = start.subtractingSaturating(nowSeconds)
        if untilStart > leewaySeconds { throw .notYetValid(inSeconds: untilStart) }
        return AccessToken(claims)
    }

    /// The token as text, signed with one of the ring's keys.
    /// - Parameter key: The API key to sign with, nil for the ring's first. Throws `unknownKey` when it is not there.
    public func signed(by keys: KeyRing, key: String? = nil) throws(AccessTokenError) -> String {
        let key = key ?? keys.signingKey
        guard let secret = keys.secret(of: key) else { throw .unknownKey(key) }
        return JSONWebToken.sign(TokenClaims(self, apiKey: key).json, with: secret)
    }
}

extension AccessToken {
    /// A refreshed token lasts at least this long, however soon the first one ends.
    public static let minimumRefreshSeconds: Int64 = 600

    /// What the token lets its bearer join, or what it lacks for that.
    public func joinGrants() throws(AccessTokenError) -> JoinGrants {
        guard video.roomJoin else { throw .missingGrant("roomJoin") }
        guard !identity.isEmpty else { throw .missingIdentity }
        guard !video.room.isEmpty else { throw .missingRoom }
        for (what, value) in [("identity", identity), ("room name", video.room), ("name", name)]
        where value.utf8.count > ConferenceLimits.nameBytes {
            throw .nameTooLong(what, maximumBytes: ConferenceLimits.nameBytes)
        }
        let isAgent = video.agent || kind == .agent
        let permissions = Permissions(
            canSubscribe: video.canSubscribe, canPublish: video.canPublish, canPublishData: video.canPublishData,
            publishableSources: video.canPublishSources, canUpdateOwnMetadata: video.canUpdateOwnMetadata,
            isHidden: video.hidden, isRecorder: video.recorder, isAgent: isAgent,
            canSubscribeMetrics: video.canSubscribeMetrics, canManageAgentSession: video.canManageAgentSession)
        return JoinGrants(
            identity: identity, roomName: video.room, name: name, metadata: metadata, attributes: attributes,
            kind: video.agent && kind == .standard ? .agent : kind, permissions: permissions,
            isRoomAdmin: video.roomAdmin, roomConfiguration: roomConfiguration, expiresAtSeconds: expiresAtSeconds)
    }

    /// A token for somebody who is in the room, with the grants as they now stand.
    public init(refreshing grants: JoinGrants, atSeconds nowSeconds: Int64) {
        let permissions = grants.permissions
        self.init(
            identity: grants.identity, name: grants.name, metadata: grants.metadata, attributes: grants.attributes,
            kind: grants.kind,
            video: VideoGrants(
                room: grants.roomName, roomJoin: true, roomAdmin: grants.isRoomAdmin,
                canPublish: permissions.canPublish, canPublishSources: permissions.publishableSources,
                canPublishData: permissions.canPublishData, canSubscribe: permissions.canSubscribe,
                canSubscribeMetrics: permissions.canSubscribeMetrics,
                canUpdateOwnMetadata: permissions.canUpdateOwnMetadata,
                canManageAgentSession: permissions.canManageAgentSession, hidden: permissions.isHidden,
                recorder: permissions.isRecorder, agent: permissions.isAgent),
            roomConfiguration: grants.roomConfiguration, notBeforeSeconds: nowSeconds,
            expiresAtSeconds: max(grants.expiresAtSeconds, nowSeconds + Self.minimumRefreshSeconds))
    }

    /// Throws unless the token administers `room` (`roomAdmin` of the server API).
    public func requireAdministration(of room: String) throws(AccessTokenError) {
        guard video.roomAdmin else { throw .missingGrant("roomAdmin") }
        guard video.room == room else { throw .wrongRoom }
    }
}

extension Int64 {
    fileprivate func subtractingSaturating(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }
}
