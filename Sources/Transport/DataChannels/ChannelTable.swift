// The channels of one association and their states (RFC 8831 section 6, RFC 8832 section 6). Pure: what is to be sent
// comes out as a value.

internal import Basics

/// What SCTP is to do for a channel.
enum ChannelAction: Equatable {
    /// Send a DCEP message, reliable and ordered.
    case sendControl(stream: UInt16, [UInt8])
    /// Reset our direction of the stream.
    case reset(stream: UInt16)
    case event(DataChannelEvent)
}

/// How a message leaves: the stream's parameters as they count now.
struct SendParameters: Equatable {
    var isUnordered: Bool
    var reliability: DataChannelReliability
}

struct ChannelTable {
    private enum State {
        /// Ours, and the association does not stand yet.
        case waiting
        /// Ours, announced and not acknowledged.
        case announced
        case open
        /// Each side resets its direction of the stream; with both done, the identifier is free.
        case closing(ownIsDone: Bool, peerIsDone: Bool)
    }

    private struct Channel {
        var parameters: DataChannelParameters
        var state: State
        var incoming = PartialMessage()
    }

    private var channels: [UInt16: Channel] = [:]
    /// Our first stream identifier: 0 for the DTLS client, 1 for the server (RFC 8832 section 6).
    private let firstStream: UInt16
    private var isUp = false
    private(set) var drops = DataChannelDrops()

    init(isDTLSClient: Bool) { firstStream = isDTLSClient ? 0 : 1 }

    var count: Int { channels.count }

    // MARK: Our own wishes

    /// - Returns: the channel's identifier and what to do
    mutating func open(
        _ parameters: DataChannelParameters
    ) throws(DataChannelError) -> (id: UInt16, actions: [ChannelAction]) {
        guard let message = DCEPMessage.open(parameters).serialized() else { throw .invalidLabel }
        guard channels.count < DataChannelLimits.channels else { throw .tooManyChannels }
        var id = firstStream
        while channels[id] != nil {
            id += 2
            guard id < DataChannelLimits.streams else { throw .tooManyChannels }
        }
        channels[id] = Channel(parameters: parameters, state: isUp ? .announced : .waiting)
        return (id, isUp ? [.sendControl(stream: id, message)] : [])
    }

    mutating func close(_ id: UInt16) -> [ChannelAction] {
        switch channels[id]?.state {
        case nil, .closing: return []
        case .waiting:
            channels[id] = nil
            return [.event(.channelClosed(id: id))]
        case .announced, .open:
            channels[id]?.state = .closing(ownIsDone: false, peerIsDone: false)
            return [.reset(stream: id)]
        }
    }

    /// How a message on channel `id` is to be sent now.
    func sendParameters(_ id: UInt16) throws(DataChannelError) -> SendParameters {
        guard let channel = channels[id] else { throw .noSuchChannel }
        switch channel.state {
        case .closing: throw .noSuchChannel
        // Before the association stands there is nothing to send on.
        case .waiting: throw .wouldBlock
        // Unordered messages could overtake the OPEN (RFC 8832 section 6).
        case .announced: return SendParameters(isUnordered: false, reliability: channel.parameters.reliability)
        case .open:
            return SendParameters(
                isUnordered: !channel.parameters.isOrdered, reliability: channel.parameters.reliability)
        }
    }

    // MARK: What SCTP reports

    mutating func associationUp() -> [ChannelAction] {
        isUp = true
        var actions: [ChannelAction] = [.event(.associationUp)]
        for id in channels.keys.sorted() {
            guard case .waiting = channels[id]?.state, let parameters = channels[id]?.parameters,
                let message = DCEPMessage.open(parameters).serialized()
            else { continue }
            channels[id]?.state = .announced
            actions.append(.sendControl(stream: id, message))
        }
        return actions
    }

    mutating func associationDown() -> [ChannelAction] {
        isUp = false
        return closeAll() + [.event(.associationDown)]
    }

    /// The peer has forgotten all channels.
    mutating func associationRestarted() -> [ChannelAction] {
        closeAll() + associationUp()
    }

    private mutating func closeAll() -> [ChannelAction] {
        let closed = channels.filter { _, channel in
            if case .closing(_, peerIsDone: true) = channel.state { false } else { true }
        }
        channels.removeAll()
        return closed.keys.sorted().map { .event(.channelClosed(id: $0)) }
    }

    mutating func receive(stream: UInt16, protocol identifier: UInt32, _ bytes: [UInt8]) -> [ChannelAction] {
        if identifier == DataChannelProtocol.control { return receiveControl(stream, bytes) }
        guard let channel = channels[stream] else {
            drops.unexpectedMessages += 1
            return []
        }
        if case .closing(_, peerIsDone: true) = channel.state { return [] }
        // A message proves that the peer knows the channel, whatever becomes of its ACK.
        let opened = acknowledge(stream)
        switch channels[stream]?.incoming.add(bytes, protocol: identifier) {
        case .complete(let kind, let message): return opened + [.event(.message(id: stream, kind, message))]
        case .tooLarge: drops.oversizedMessages += 1
        case .unknown: drops.unexpectedMessages += 1
        case .incomplete, nil: break
        }
        return opened
    }

    /// The peer has reset its direction of `stream`: it sends no more and wants the channel closed.
    mutating func peerReset(_ stream: UInt16) -> [ChannelAction] {
        switch channels[stream]?.state {
        case nil, .waiting, .closing(_, peerIsDone: true):
            return []
        case .closing(ownIsDone: let ownIsDone, peerIsDone: false):
            channels[stream]?.state = .closing(ownIsDone: ownIsDone, peerIsDone: true)
            removeIfClosed(stream)
            return [.event(.channelClosed(id: stream))]
        case .announced, .open:
            channels[stream]?.state = .closing(ownIsDone: false, peerIsDone: true)
            return [.reset(stream: stream), .event(.channelClosed(id: stream))]
        }
    }

    /// Our direction of `stream` is reset.
    mutating func ownReset(_ stream: UInt16) {
        guard case .closing(_, let peerIsDone) = channels[stream]?.state else { return }
        channels[stream]?.state = .closing(ownIsDone: true, peerIsDone: peerIsDone)
        removeIfClosed(stream)
    }

    private mutating func removeIfClosed(_ stream: UInt16) {
        guard case .closing(ownIsDone: true, peerIsDone: true) = channels[stream]?.state else { return }
        channels[stream] = nil
    }

    // MARK: DCEP

    private mutating func receiveControl(_ stream: UInt16, _ bytes: [UInt8]) -> [ChannelAction] {
        switch DCEPMessage(bytes.span) {
        case .acknowledge:
            if channels[stream] == nil { drops.unexpectedMessages += 1 }
            return acknowledge(stream)
        case .open(let parameters):
            return accept(stream, parameters)
        case nil:
            drops.unexpectedMessages += 1
            return []
        }
    }

    /// The peer opens a channel. Whether the identifier is one of its side is not looked at: what counts is that it is free.
    private mutating func accept(_ stream: UInt16, _ parameters: DataChannelParameters) -> [ChannelAction] {
        guard channels[stream] == nil else {
            drops.unexpectedMessages += 1
            return []
        }
        guard channels.count < DataChannelLimits.channels, stream < DataChannelLimits.streams,
            let message = DCEPMessage.acknowledge.serialized()
        else {
            drops.refusedChannels += 1
            return [.reset(stream: stream)]
        }
        channels[stream] = Channel(parameters: parameters, state: .open)
        return [
            .sendControl(stream: stream, message),
            .event(.channelOpened(id: stream, parameters, byPeer: true)),
        ]
    }

    private mutating func acknowledge(_ stream: UInt16) -> [ChannelAction] {
        guard case .announced = channels[stream]?.state, let parameters = channels[stream]?.parameters else {
            return []
        }
        channels[stream]?.state = .open
        return [.event(.channelOpened(id: stream, parameters, byPeer: false))]
    }
}
