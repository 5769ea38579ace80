// A session description as values (RFC 8866, RFC 8829).

public enum SDPMediaKind: Hashable, Sendable {
    case audio, video, application
    case other(String)

    public var name: String {
        switch self {
        case .audio: "audio"
        case .video: "video"
        case .application: "application"
        case .other(let name): name
        }
    }
}

/// An `m=` line and what belongs to it.
public struct SDPMediaSection: Hashable, Sendable {
    public var kind: SDPMediaKind
    /// 0 rejects the section, unless it is `isBundleOnly`.
    public var port: UInt16
    /// "UDP/TLS/RTP/SAVPF", "UDP/DTLS/SCTP".
    public var transportProtocol: String
    /// Payload types in order of preference; empty for data.
    public var codecs: [SDPCodec] = []
    /// What stands on a data section's line ("webrtc-datachannel").
    public var format = ""
    public var mid = ""
    /// Nil where no line says it, which means sendrecv.
    public var direction: SDPDirection?
    public var transport = SDPTransport()
    public var candidates: [SDPCandidate] = []
    public var hasEndOfCandidates = false
    public var isBundleOnly = false
    public var usesRTCPMux = false
    public var usesReducedSizeRTCP = false
    public var extensions: [SDPExtension] = []
    public var allowsMixedExtensions = false
    public var mediaStreams: [SDPMediaStreamID] = []
    public var rids: [SDPRID] = []
    public var simulcast: SDPSimulcast?
    public var sources: [SDPSource] = []
    public var sourceGroups: [SDPSourceGroup] = []
    /// RFC 8841 section 5.
    public var sctpPort: UInt16?
    /// RFC 8841 section 6; 0 means "no limit".
    public var maximumMessageSizeBytes: UInt64?

    public init(kind: SDPMediaKind, port: UInt16 = 9, transportProtocol: String = "UDP/TLS/RTP/SAVPF", mid: String = "")
    {
        self.kind = kind
        self.port = port
        self.transportProtocol = transportProtocol
        self.mid = mid
    }

    public var isRejected: Bool { port == 0 && !isBundleOnly }
    /// RFC 8866 section 6.7.1: sendrecv unless something else is said.
    public var effectiveDirection: SDPDirection { direction ?? .sendrecv }

    /// Track identifier of what the section sends: from `a=msid`, else from `a=ssrc … msid:`.
    public var sentMediaStream: SDPMediaStreamID? {
        mediaStreams.first { $0.track != nil } ?? sources.lazy.compactMap(\.mediaStream).first { $0.track != nil }
    }
}

public struct SDPSession: Hashable, Sendable {
    public var sessionID: UInt64
    public var sessionVersion: UInt64
    /// Mids of `a=group:BUNDLE` (RFC 9143); nil without the line.
    public var bundle: [String]?
    public var isICELite = false
    public var allowsMixedExtensions = false
    /// What follows `a=msid-semantic:`, nil without the line.
    public var mediaStreamSemantics: String?
    public var transport = SDPTransport()
    /// Session-wide header extensions, which hold for all sections.
    public var extensions: [SDPExtension] = []
    /// RFC 8866 section 6.7: holds for sections that say nothing.
    public var direction: SDPDirection?
    public var sections: [SDPMediaSection] = []
    /// Lines that were neither understood nor needed.
    public var ignoredLines = 0

    public init(sessionID: UInt64, sessionVersion: UInt64) {
        self.sessionID = sessionID
        self.sessionVersion = sessionVersion
    }
}
