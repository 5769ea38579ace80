// Values of the attributes that WebRTC uses (RFC 8829 section 5), as they stand in a description.

/// `a=sendrecv` and its kin (RFC 8866 section 6.7).
public enum SDPDirection: String, Hashable, Sendable {
    case sendrecv, sendonly, recvonly, inactive

    public var sends: Bool { self == .sendrecv || self == .sendonly }
    public var receives: Bool { self == .sendrecv || self == .recvonly }
}

/// `a=setup` (RFC 4145 section 4, RFC 8842 section 5.2).
public enum SDPSetup: String, Hashable, Sendable { case actpass, active, passive, holdconn }

/// `a=fingerprint` (RFC 8122 section 5).
public struct SDPFingerprint: Hashable, Sendable {
    /// Lower case, "sha-256".
    public var algorithm: String
    public var digest: [UInt8]
    public init(algorithm: String, digest: [UInt8]) {
        self.algorithm = algorithm
        self.digest = digest
    }
}

/// Attributes of a transport, on the session or on a section (RFC 8839 section 5, RFC 8842).
public struct SDPTransport: Hashable, Sendable {
    public var usernameFragment: String?
    public var password: String?
    public var options: [String] = []
    public var fingerprints: [SDPFingerprint] = []
    public var setup: SDPSetup?
    public init() {}
}

/// A payload type with `a=rtpmap`, `a=fmtp` and `a=rtcp-fb`.
public struct SDPCodec: Hashable, Sendable {
    public var payloadType: UInt8
    /// As written ("opus", "VP8", "rtx"); empty for a static payload type without a map.
    public var name: String
    public var clockRateHertz: UInt32
    /// 1 where the map names none.
    public var channels: UInt8
    /// Right side of `a=fmtp`, empty without one.
    public var parameters: String
    /// "nack", "nack pli", "transport-cc" …
    public var feedback: [String]
    public init(
        payloadType: UInt8, name: String = "", clockRateHertz: UInt32 = 0, channels: UInt8 = 1,
        parameters: String = "", feedback: [String] = []
    ) {
        self.payloadType = payloadType
        self.name = name
        self.clockRateHertz = clockRateHertz
        self.channels = channels
        self.parameters = parameters
        self.feedback = feedback
    }

    /// A parameter of `a=fmtp` in the form `key=value`, nil without it.
    public func parameter(_ key: String) -> String? {
        for part in parameters.split(separator: ";") {
            let trimmed = part.drop { $0 == " " }
            guard let equals = trimmed.firstIndex(of: "=") else { continue }
            if trimmed[..<equals].lowercased() == key { return String(trimmed[trimmed.index(after: equals)...]) }
        }
        return nil
    }
}

/// `a=extmap` (RFC 8285 section 5).
public struct SDPExtension: Hashable, Sendable {
    public var id: UInt16
    public var uri: String
    public var direction: SDPDirection?
    public init(id: UInt16, uri: String, direction: SDPDirection? = nil) {
        self.id = id
        self.uri = uri
        self.direction = direction
    }
}

public enum SDPRIDDirection: String, Hashable, Sendable { case send, recv }

/// `a=rid` (RFC 8851).
public struct SDPRID: Hashable, Sendable {
    public var id: String
    public var direction: SDPRIDDirection
    /// "pt=96;max-width=1280", empty without restrictions.
    public var restrictions: String
    public init(id: String, direction: SDPRIDDirection, restrictions: String = "") {
        self.id = id
        self.direction = direction
        self.restrictions = restrictions
    }
}

/// `a=simulcast` (RFC 8853): lists of alternatives in the order of preference.
public struct SDPSimulcast: Hashable, Sendable {
    /// One stream: its alternatives; a leading "~" marks a paused one and is kept.
    public var send: [[String]]
    public var receive: [[String]]
    public init(send: [[String]] = [], receive: [[String]] = []) {
        self.send = send
        self.receive = receive
    }
}

/// `a=msid` (RFC 8830).
public struct SDPMediaStreamID: Hashable, Sendable {
    public var stream: String
    /// Nil where the line names the stream only.
    public var track: String?
    public init(stream: String, track: String? = nil) {
        self.stream = stream
        self.track = track
    }
}

/// All `a=ssrc` lines of one source (RFC 5576 section 4.1).
public struct SDPSource: Hashable, Sendable {
    public var ssrc: UInt32
    public var cname: String?
    public var mediaStream: SDPMediaStreamID?
    public init(ssrc: UInt32, cname: String? = nil, mediaStream: SDPMediaStreamID? = nil) {
        self.ssrc = ssrc
        self.cname = cname
        self.mediaStream = mediaStream
    }
}

/// `a=ssrc-group` (RFC 5576 section 4.2): "FID" pairs a source with its retransmissions, "SIM" lists simulcast layers.
public struct SDPSourceGroup: Hashable, Sendable {
    public var semantics: String
    public var sources: [UInt32]
    public init(semantics: String, sources: [UInt32]) {
        self.semantics = semantics
        self.sources = sources
    }
}

/// `a=candidate` (RFC 8839 section 5.1).
public struct SDPCandidate: Hashable, Sendable {
    public var foundation: String
    public var component: UInt16
    /// Lower case, "udp" or "tcp".
    public var transport: String
    public var priority: UInt32
    public var address: String
    public var port: UInt16
    /// "host", "srflx" …
    public var type: String
    /// What follows the type ("tcptype passive generation 0"), as written.
    public var extensions: String
    public init(
        foundation: String, component: UInt16 = 1, transport: String, priority: UInt32, address: String, port: UInt16,
        type: String = "host", extensions: String = ""
    ) {
        self.foundation = foundation
        self.component = component
        self.transport = transport
        self.priority = priority
        self.address = address
        self.port = port
        self.type = type
        self.extensions = extensions
    }

    /// The value after `a=`, which is also what is trickled.
    public var attribute: String {
        let tail = extensions.isEmpty ? "" : " " + extensions
        return "candidate:\(foundation) \(component) \(transport) \(priority) \(address) \(port) typ \(type)\(tail)"
    }
}
