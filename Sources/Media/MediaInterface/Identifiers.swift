// Names of things on both sides of the seam. The control plane gives them out and never uses one twice, so commands
// need no answer and an identifier that outlives its thing finds nothing.

/// A room on one media thread.
public struct RoomID: Hashable, Sendable {
    public let rawValue: UInt64
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// One transport (ICE + DTLS) to a client. A participant with two PeerConnections has two peers.
public struct PeerID: Hashable, Sendable {
    public let rawValue: UInt64
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// A published track: one source with one or more encodings.
public struct TrackID: Hashable, Sendable {
    public let rawValue: UInt64
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// One track as one peer receives it.
public struct SubscriptionID: Hashable, Sendable {
    public let rawValue: UInt64
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// Stream identifier of a data channel inside its SCTP association (RFC 8832).
public struct DataChannelID: Hashable, Sendable {
    public let rawValue: UInt16
    public init(_ rawValue: UInt16) { self.rawValue = rawValue }
}
