// How a participant comes in, whatever the door.

/// What the client says of itself; nothing of it is trusted.
public struct ClientInfo: Hashable, Sendable {
    public var sdk: String
    public var version: String
    public var protocolVersion: Int32
    public var os: String
    public var osVersion: String
    public var deviceModel: String
    public var browser: String
    public var browserVersion: String
    public var address: String
    public var clientProtocol: Int32
    public var capabilities: [Int32]
    public init(
        sdk: String = "", version: String = "", protocolVersion: Int32 = 0, os: String = "", osVersion: String = "",
        deviceModel: String = "", browser: String = "", browserVersion: String = "", address: String = "",
        clientProtocol: Int32 = 0, capabilities: [Int32] = []
    ) {
        self.sdk = sdk
        self.version = version
        self.protocolVersion = protocolVersion
        self.os = os
        self.osVersion = osVersion
        self.deviceModel = deviceModel
        self.browser = browser
        self.browserVersion = browserVersion
        self.address = address
        self.clientProtocol = clientProtocol
        self.capabilities = capabilities
    }
}

extension ClientInfo {
    /// Speech with redundancy (RFC 2198). Safari says that it understands it, but stumbles over it.
    var takesRedundancy: Bool {
        let name = browser.lowercased()
        return !name.hasSuffix("safari") && !name.hasPrefix("firefox")
    }
}

/// One PeerConnection that the client offers, or two of which the server offers the second.
public enum PeerConnectionMode: Hashable, Sendable { case single, dual }

public struct JoinRequest: Hashable, Sendable {
    public struct Resume: Hashable, Sendable {
        public var participant: ParticipantSID
        public var reason: Int32
        public init(participant: ParticipantSID, reason: Int32) {
            self.participant = participant
            self.reason = reason
        }
    }
    public var grants: JoinGrants
    public var client: ClientInfo
    public var mode: PeerConnectionMode
    public var subscribesAutomatically: Bool
    public var usesAdaptiveStream: Bool
    /// Attributes that the client adds to those of its token; needs `canUpdateOwnMetadata`.
    public var attributes: [String: String]
    public var metadata: String?
    public var publisherOffer: SessionDescription?
    public var addTracks: [AddTrackRequest]
    /// Set when the session continues an earlier one, or when the client believes so: a name that no session has makes
    /// it start anew.
    public var resume: Resume?
    /// What a client that comes back still holds, where it says so with its join and not in a message of its own.
    public var syncState: SyncState?

    public init(
        grants: JoinGrants, client: ClientInfo, mode: PeerConnectionMode, subscribesAutomatically: Bool = true,
        usesAdaptiveStream: Bool = false, attributes: [String: String] = [:], metadata: String? = nil,
        publisherOffer: SessionDescription? = nil, addTracks: [AddTrackRequest] = [], resume: Resume? = nil,
        syncState: SyncState? = nil
    ) {
        self.grants = grants
        self.client = client
        self.mode = mode
        self.subscribesAutomatically = subscribesAutomatically
        self.usesAdaptiveStream = usesAdaptiveStream
        self.attributes = attributes
        self.metadata = metadata
        self.publisherOffer = publisherOffer
        self.addTracks = addTracks
        self.resume = resume
        self.syncState = syncState
    }
}

/// Why somebody may not come in; each case has a sentence for the person who meets it.
public enum JoinRefusal: Error, Hashable, Sendable {
    case roomNotFound
    case roomFull(limit: UInt32)
    case serverFull
    case shuttingDown
    case invalid(String)
}
