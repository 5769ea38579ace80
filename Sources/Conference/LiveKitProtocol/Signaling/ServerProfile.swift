// What the server says of itself in the first message of every session.

import LiveKitWire
import SwiftProtobuf

/// A STUN or TURN server that clients shall use. None by default: a self-hosted site tells nobody of third parties.
public struct ICEServer: Hashable, Sendable {
    public var urls: [String]
    public var username: String
    public var credential: String
    public init(urls: [String], username: String = "", credential: String = "") {
        self.urls = urls
        self.username = username
        self.credential = credential
    }
}

/// The constant part of join and reconnect messages.
public struct ServerProfile: Hashable, Sendable {
    /// Browser components compare it: below 1.8.2 chat lines show twice, below 0.15.1 dynacast is off. It names the
    /// protocol's state, not our own version.
    public static let defaultVersion = "1.9.0"
    /// The signaling protocol we speak; clients accept any lower or higher one.
    public static let protocolVersion: Int32 = 17

    public let version: String
    public let nodeID: String
    public let region: String
    public let iceServers: [ICEServer]
    public let pingIntervalSeconds: Int32
    public let pingTimeoutSeconds: Int32

    /// An empty version or an interval of zero would make clients refuse to join or abort: both get the default.
    public init(
        version: String = Self.defaultVersion, nodeID: String = "", region: String = "", iceServers: [ICEServer] = [],
        pingIntervalSeconds: Int32 = 5, pingTimeoutSeconds: Int32 = 15
    ) {
        self.version = version.isEmpty ? Self.defaultVersion : version
        self.nodeID = nodeID
        self.region = region
        self.iceServers = iceServers
        self.pingIntervalSeconds = pingIntervalSeconds > 0 ? pingIntervalSeconds : 5
        self.pingTimeoutSeconds = pingTimeoutSeconds > 0 ? pingTimeoutSeconds : 15
    }

    var wireServerInfo: WireServerInfo {
        .with {
            $0.edition = .standard
            $0.version = version
            $0.protocol = Self.protocolVersion
            $0.region = region
            $0.nodeID = nodeID
            $0.agentProtocol = 1
        }
    }

    var wireICEServers: [WireICEServer] {
        iceServers.map { server in
            .with {
                $0.urls = server.urls
                $0.username = server.username
                $0.credential = server.credential
            }
        }
    }
}
