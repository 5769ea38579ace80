// What data channels are, seen from above (RFC 8831, RFC 8832).

/// How hard the sender tries (RFC 8831 section 6.4).
public enum DataChannelReliability: Hashable, Sendable {
    case reliable
    /// Sent again at most so many times.
    case maximumRetransmits(UInt16)
    /// Sent again for at most so many milliseconds.
    case maximumLifetimeMilliseconds(UInt16)
}

/// What the side that opens a channel says of it.
public struct DataChannelParameters: Hashable, Sendable {
    public var label: String
    /// Name of the subprotocol, mostly empty.
    public var subprotocol: String
    public var isOrdered: Bool
    public var reliability: DataChannelReliability

    public init(
        label: String, subprotocol: String = "", isOrdered: Bool = true,
        reliability: DataChannelReliability = .reliable
    ) {
        self.label = label
        self.subprotocol = subprotocol
        self.isOrdered = isOrdered
        self.reliability = reliability
    }
}

/// What a message is to the applications; the bytes of a string are UTF-8.
public enum DataChannelMessageKind: Hashable, Sendable {
    case string
    case binary
}

/// What happened on an association, in order.
public enum DataChannelEvent: Hashable, Sendable {
    /// The association stands: channels that were opened before are being announced now. Comes again, behind the end of
    /// all channels, when the peer begins anew.
    case associationUp
    /// The association has ended; all channels are closed, and stay so.
    case associationDown
    /// A channel is open: the peer has opened it, or has acknowledged ours.
    case channelOpened(id: UInt16, DataChannelParameters, byPeer: Bool)
    case message(id: UInt16, DataChannelMessageKind, [UInt8])
    /// The channel is closed, by either side.
    case channelClosed(id: UInt16)
    /// Sending was refused with `wouldBlock` before; now half of the buffer is free.
    case writable
}

/// Why a channel could not be opened or a message not be sent.
public enum DataChannelError: Error, Hashable, Sendable {
    /// No such channel, or it is being closed.
    case noSuchChannel
    /// The association has ended.
    case associationDown
    /// The message is larger than `DataChannelLimits.messageBytes`, or than the peer takes.
    case messageTooLarge
    /// The buffer is full, and the event `writable` tells when to go on (unreliable messages are dropped instead); or the
    /// association does not stand yet, and `associationUp` tells.
    case wouldBlock
    /// All stream identifiers of our side are in use.
    case tooManyChannels
    /// The label is longer than anyone needs.
    case invalidLabel
    /// usrsctp refused; its errno.
    case refused(Int32)
}

/// What was dropped on an association, and why. Never a reason to close it.
public struct DataChannelDrops: Hashable, Sendable {
    /// Packets from the peer that are no SCTP, or not of the kind that WebRTC needs.
    public var malformedPackets = 0
    /// Our packets that nobody drained in time.
    public var overflowedPackets = 0
    /// Messages larger than `DataChannelLimits.messageBytes`, from the peer.
    public var oversizedMessages = 0
    /// Messages on streams without a channel, of unknown kind, or control messages that make no sense.
    public var unexpectedMessages = 0
    /// Channels that the peer wanted beyond `DataChannelLimits.channels`, or with impossible parameters.
    public var refusedChannels = 0
    /// Our unreliable messages that found the buffer full.
    public var lossyMessages = 0
    /// Events that nobody took in time.
    public var overflowedEvents = 0
}
