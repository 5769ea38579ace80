// Bounds of data channels and their SCTP associations.

public enum DataChannelLimits {
    /// Largest message either way: what `a=max-message-size` announces. LiveKit cuts its streams into 15 KB pieces.
    public static let messageBytes = 65_536
    /// Channels of one association, of both sides together. LiveKit's clients use three; each costs about 200 bytes.
    public static let channels = 64
    /// Streams of one association, each way: stream identifiers are below. usrsctp keeps about 150 bytes for each.
    static let streams: UInt16 = 128
    /// A channel's label, and its subprotocol's name. Ours have under twenty bytes.
    static let labelBytes = 1_024
    /// Messages that wait to be sent or acknowledged: two of the largest, or a second at 2 Mbit/s.
    static let sendBufferBytes: UInt32 = 256 * 1_024
    /// What the peer may send ahead. Memory only while messages are incomplete.
    static let receiveBufferBytes: UInt32 = 256 * 1_024
    /// Unreliable messages are dropped while so much waits already: late ones are of no use. At 5 Mbit/s and 100 ms of
    /// round trip it is what is under way.
    static let lossyBufferBytes = 64 * 1_024
    /// Packets that wait to be drained. A turn of the caller's loop makes one congestion window at most.
    static let outgoingPacketBytes = 512 * 1_024
    /// Received messages and other events that wait to be taken. More than the receive buffer can bring at once.
    static let eventBytes = 1_024 * 1_024
    static let events = 4_096
    /// Larger packets are not looked at: DTLS never brings them.
    static let receivedPacketBytes = 2_048
    /// The largest packet sent: fits in a DTLS record in a datagram of 1,200 bytes.
    static let packetBytes: UInt32 = 1_160
    /// The SCTP port that every WebRTC implementation announces.
    static let port: UInt16 = 5_000

    /// Retransmission timeouts. The least one is longer than the 200 ms by which peers delay acknowledgements.
    static let initialTimeoutMilliseconds: UInt32 = 500
    static let leastTimeoutMilliseconds: UInt32 = 400
    static let largestTimeoutMilliseconds: UInt32 = 3_000
    static let delayedAcknowledgementMilliseconds: UInt32 = 20
    /// Timeouts in a row until an association counts as lost. Generous: whether the peer lives is for ICE to tell, which
    /// does within seconds.
    static let retransmissions: UInt32 = 60
}
