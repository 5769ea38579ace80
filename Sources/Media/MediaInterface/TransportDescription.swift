// What a peer's transport needs to know of the session description.

/// Username fragment and password of one side (RFC 8839 section 5.4).
public struct ICECredentials: Hashable, Sendable {
    public var usernameFragment: String
    public var password: String
    public init(usernameFragment: String, password: String) {
        self.usernameFragment = usernameFragment
        self.password = password
    }
}

/// Digest of a certificate as the session description announces it (RFC 8122 section 5).
public struct CertificateFingerprint: Hashable, Sendable {
    public enum Algorithm: String, Hashable, Sendable {
        case sha256 = "sha-256"
        case sha384 = "sha-384"
        case sha512 = "sha-512"
    }
    public var algorithm: Algorithm
    public var digest: [UInt8]
    public init(algorithm: Algorithm, digest: [UInt8]) {
        self.algorithm = algorithm
        self.digest = digest
    }
}

/// The client's side of a transport: known with its offer, or with its answer to ours.
public struct RemoteTransport: Hashable, Sendable {
    public var credentials: ICECredentials
    public var fingerprint: CertificateFingerprint
    public init(credentials: ICECredentials, fingerprint: CertificateFingerprint) {
        self.credentials = credentials
        self.fingerprint = fingerprint
    }
}

/// A transport to make. Relais is ICE-lite, controlled, and always the DTLS server.
public struct PeerDescription: Sendable {
    public var id: PeerID
    public var room: RoomID
    public var local: ICECredentials
    /// Nil until the client has answered our offer.
    public var remote: RemoteTransport?
    /// Largest data channel message that the client takes, bytes (RFC 8841 section 6).
    public var maximumMessageSizeBytes: Int

    public init(
        id: PeerID, room: RoomID, local: ICECredentials, remote: RemoteTransport? = nil,
        maximumMessageSizeBytes: Int = 65_535
    ) {
        self.id = id
        self.room = room
        self.local = local
        self.remote = remote
        self.maximumMessageSizeBytes = maximumMessageSizeBytes
    }
}

/// Identifiers of the RTP header extensions that were negotiated on a peer (RFC 8285), 0 where absent.
/// One table holds for all bundled sections and for both directions.
public struct HeaderExtensionIDs: Hashable, Sendable {
    public var mid: UInt8 = 0
    public var rtpStreamID: UInt8 = 0
    public var repairedRTPStreamID: UInt8 = 0
    public var audioLevel: UInt8 = 0
    public var transportSequenceNumber: UInt8 = 0
    public var absoluteSendTime: UInt8 = 0
    public var videoOrientation: UInt8 = 0
    public var dependencyDescriptor: UInt8 = 0
    public var playoutDelay: UInt8 = 0
    public var absoluteCaptureTime: UInt8 = 0
    public var videoContentType: UInt8 = 0
    public var colorSpace: UInt8 = 0
    public init() {}
}
