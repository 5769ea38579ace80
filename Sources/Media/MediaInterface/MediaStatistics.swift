// Counters of one media thread. Every drop on the packet path is one of these.

/// Totals since the start of the thread.
public struct MediaStatistics: Hashable, Sendable {
    public var datagramsReceived: UInt64 = 0
    public var bytesReceived: UInt64 = 0
    public var datagramsSent: UInt64 = 0
    public var bytesSent: UInt64 = 0
    public var packetsForwarded: UInt64 = 0
    public var packetsRetransmitted: UInt64 = 0
    public var nacksReceived: UInt64 = 0
    public var nacksSent: UInt64 = 0
    public var keyframeRequestsReceived: UInt64 = 0
    public var keyframeRequestsSent: UInt64 = 0
    public var peers: UInt64 = 0
    public var rooms: UInt64 = 0
    public var drops = Drops()

    /// Datagrams, packets and messages that were not passed on, by reason.
    public struct Drops: Hashable, Sendable {
        /// Neither STUN, DTLS, RTP nor RTCP (RFC 7983).
        public var unknownClass: UInt64 = 0
        /// From an address that no peer has validated.
        public var unknownAddress: UInt64 = 0
        public var malformedSTUN: UInt64 = 0
        /// STUN for a user that is not here or with a wrong integrity.
        public var refusedSTUN: UInt64 = 0
        public var beforeHandshake: UInt64 = 0
        public var unauthenticated: UInt64 = 0
        /// Outgoing packets without keys, or whose packet index was used before.
        public var unsealed: UInt64 = 0
        public var replayed: UInt64 = 0
        public var malformedRTP: UInt64 = 0
        public var malformedRTCP: UInt64 = 0
        public var unknownSSRC: UInt64 = 0
        public var duplicateRTP: UInt64 = 0
        public var unmappedPayloadType: UInt64 = 0
        /// A table or queue was full.
        public var overLimit: UInt64 = 0
        /// Packets of pictures that waited too long for a slow network.
        public var pacerFull: UInt64 = 0
        /// The socket would not take the datagram.
        public var socketFull: UInt64 = 0
        /// Messages for a peer without that data channel, or with a full send buffer.
        public var undeliverableData: UInt64 = 0
        /// Commands that named nothing alive.
        public var staleCommands: UInt64 = 0
        public init() {}
    }
    public init() {}
}
