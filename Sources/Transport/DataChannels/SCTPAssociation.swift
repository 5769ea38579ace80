// The data channels of one peer connection over SCTP (RFC 8831), sans-IO around usrsctp.

internal import Basics
internal import CUsrSCTP

/// SCTP packets come in from DTLS and go out to it; channels are opened, closed and written to; events come out.
///
/// Owned by one thread at a time. Time passes for all associations together, through `SCTPTimers`; afterwards, and after
/// every call that changes something, the owner drains packets and events. Dropping it aborts the association; call
/// `close` before, to have the ABORT sent.
public struct SCTPAssociation: ~Copyable, @unchecked Sendable {
    private var socket: SCTPSocket
    private var channels: ChannelTable
    private var events: [DataChannelEvent] = []
    /// Streams to reset, one after the other.
    private var resets: [UInt16] = []
    /// DCEP messages that found no room in the send buffer.
    private var unsentControls: [(stream: UInt16, message: [UInt8])] = []
    private var ownDrops = DataChannelDrops()
    private let maximumMessageBytes: Int
    private var hasEnded = false
    /// Whether the association stands.
    public private(set) var isUp = false

    /// Begins the association at once: packets are to be drained and sent. Both ends do so; neither waits for the other.
    /// - Parameters:
    ///   - isDTLSClient: our role in the handshake, which the identifiers of our channels follow (even for the client)
    ///   - maximumMessageBytes: the largest message that the peer takes (`a=max-message-size`; 0 there means any size)
    /// - Returns: nil when usrsctp refuses, which it does for want of memory only
    public init?(isDTLSClient: Bool, maximumMessageBytes: Int = DataChannelLimits.messageBytes) {
        guard let socket = SCTPSocket(), socket.connect() else { return nil }
        self.socket = socket
        channels = ChannelTable(isDTLSClient: isDTLSClient)
        self.maximumMessageBytes = min(
            maximumMessageBytes <= 0 ? DataChannelLimits.messageBytes : maximumMessageBytes,
            DataChannelLimits.messageBytes)
    }

    // MARK: Packets

    /// Takes in one packet from the peer, whatever is in it.
    public mutating func receive(_ packet: Span<UInt8>) {
        guard SCTPPacketCheck.isSound(packet) else {
            ownDrops.malformedPackets += 1
            return
        }
        guard !hasEnded else { return }
        socket.receive(packet)
        process()
    }

    /// Hands over the packets to send, in order, each at most `DataChannelLimits.packetBytes` (1,160) long.
    public mutating func drainPackets(_ body: (Span<UInt8>) -> Void) {
        let packets = socket.mailbox.takePackets()
        let bytes = packets.span
        var offset = 0
        while offset < bytes.count {
            let count = Int(bytes.uint16(at: offset))
            body(bytes.extracting(offset + 2..<offset + 2 + count))
            offset += 2 + count
        }
    }

    /// Events since the last call, in order. Also to be called after `SCTPTimers.advance`.
    public mutating func takeEvents() -> [DataChannelEvent] {
        process()
        guard !events.isEmpty else { return [] }
        let taken = events
        events = []
        return taken
    }

    // MARK: Channels

    /// Opens a channel; messages may follow once the association is up. `channelOpened` comes with the peer's answer.
    /// - Returns: the channel's identifier
    /// - Throws: `tooManyChannels`, `invalidLabel`, `associationDown`
    public mutating func openChannel(_ parameters: DataChannelParameters) throws(DataChannelError) -> UInt16 {
        guard !hasEnded else { throw .associationDown }
        let (id, actions) = try channels.open(parameters)
        perform(actions)
        return id
    }

    /// Closes a channel after what was sent on it. `channelClosed` comes with the peer's answer.
    public mutating func closeChannel(_ id: UInt16) {
        perform(channels.close(id))
    }

    /// Sends a message on a channel. Unreliable messages that find the buffer full, or too many others waiting, are
    /// dropped and counted: late, they would be of no use.
    /// - Throws: `noSuchChannel`, `messageTooLarge`, `associationDown`, `wouldBlock` (reliable channels only), `refused`
    public mutating func send(
        _ message: Span<UInt8>, _ kind: DataChannelMessageKind, on id: UInt16
    ) throws(DataChannelError) {
        guard !hasEnded else { throw .associationDown }
        guard message.count <= maximumMessageBytes else { throw .messageTooLarge }
        let parameters = try channels.sendParameters(id)
        let isLossy = parameters.reliability != .reliable
        // What waits for room goes first: a channel's OPEN must not be overtaken.
        guard unsentControls.isEmpty else { return try refuse(isLossy) }
        if isLossy, socket.bufferedBytes >= DataChannelLimits.lossyBufferBytes { return try refuse(isLossy) }
        let outcome: SCTPSocket.SendOutcome
        if message.count == 0 {
            let placeholder: [UInt8] = [0]
            let identifier = kind == .string ? DataChannelProtocol.emptyString : DataChannelProtocol.emptyBinary
            outcome = socket.send(
                stream: id, protocol: identifier, isUnordered: parameters.isUnordered,
                reliability: parameters.reliability, placeholder.span)
        } else {
            let identifier = kind == .string ? DataChannelProtocol.string : DataChannelProtocol.binary
            outcome = socket.send(
                stream: id, protocol: identifier, isUnordered: parameters.isUnordered,
                reliability: parameters.reliability, message)
        }
        switch outcome {
        case .sent: return
        case .wouldBlock: try refuse(isLossy)
        case .refused(let error): throw .refused(error)
        }
    }

    /// Ends the association with an ABORT, which is to be drained and sent.
    public mutating func close() {
        guard !hasEnded else { return }
        process()
        socket.close()
        end()
    }

    /// Bytes that wait to be sent or acknowledged, at most about `DataChannelLimits.sendBufferBytes`.
    public var bufferedBytes: Int { hasEnded ? 0 : socket.bufferedBytes }

    /// What was dropped so far.
    public var drops: DataChannelDrops {
        var drops = ownDrops
        drops.unexpectedMessages += channels.drops.unexpectedMessages
        drops.oversizedMessages += channels.drops.oversizedMessages
        drops.refusedChannels += channels.drops.refusedChannels
        let overflows = socket.mailbox.overflows
        drops.overflowedPackets = overflows.packets
        drops.overflowedEvents += overflows.reports
        return drops
    }

    /// Sends anything on any stream: for tests of the other end.
    func sendUnchecked(_ message: Span<UInt8>, protocol identifier: UInt32, stream: UInt16) -> SCTPSocket.SendOutcome {
        socket.send(stream: stream, protocol: identifier, isUnordered: false, reliability: .reliable, message)
    }

    // MARK: Between usrsctp and the channels

    private mutating func refuse(_ isLossy: Bool) throws(DataChannelError) {
        if isLossy {
            ownDrops.lossyMessages += 1
        } else {
            socket.mailbox.noteBlocked()
            throw .wouldBlock
        }
    }

    private mutating func end() {
        hasEnded = true
        isUp = false
        perform(channels.associationDown())
        unsentControls = []
        resets = []
    }

    private mutating func process() {
        guard !hasEnded else { return }
        for report in socket.mailbox.takeReports() {
            switch report {
            case .up:
                isUp = true
                perform(channels.associationUp())
            case .restarted: perform(channels.associationRestarted())
            case .down:
                socket.close()
                end()
                return
            case .message(let stream, let identifier, let bytes):
                perform(channels.receive(stream: stream, protocol: identifier, bytes))
            case .oversized: ownDrops.oversizedMessages += 1
            case .peerReset(let streams): for stream in streams { perform(channels.peerReset(stream)) }
            case .ownReset(let streams): for stream in streams { channels.ownReset(stream) }
            case .resetSettled: break
            case .writable: note(.writable)
            }
        }
        sendControls()
        sendResets()
    }

    private mutating func perform(_ actions: [ChannelAction]) {
        for action in actions {
            switch action {
            case .event(let event): note(event)
            case .sendControl(let stream, let message):
                unsentControls.append((stream, message))
                sendControls()
            case .reset(let stream):
                if !resets.contains(stream) { resets.append(stream) }
                sendResets()
            }
        }
    }

    private mutating func note(_ event: DataChannelEvent) {
        guard events.count < DataChannelLimits.events else {
            ownDrops.overflowedEvents += 1
            return
        }
        events.append(event)
    }

    private mutating func sendControls() {
        while let (stream, message) = unsentControls.first {
            let outcome = socket.send(
                stream: stream, protocol: DataChannelProtocol.control, isUnordered: false, reliability: .reliable,
                message.span)
            if outcome == .wouldBlock { return }
            unsentControls.removeFirst()
        }
    }

    private mutating func sendResets() {
        while let stream = resets.first, socket.reset(stream) { resets.removeFirst() }
    }
}
