// The data channels of one peer, by label, and messages that wait for their channel.

internal import Basics
internal import DataChannels
internal import MediaInterface

/// What a peer's association has to tell the control plane.
enum DataNews {
    case opened(label: String)
    case closed(label: String)
    case received(label: String, payload: [UInt8])
}

/// Runs one association over the peer's DTLS. Channels are known by label above and by stream below.
struct DataOutlet: ~Copyable {
    private struct Channel {
        var id: UInt16
        var label: String
        /// Both ends know of it.
        var isOpen: Bool
        var isReliable: Bool
    }
    private struct Waiting {
        var label: String
        var payload: [UInt8]
    }
    private let maximumMessageBytes: Int
    private var association: SCTPAssociation?
    private var channels: [Channel] = []
    /// Channels to open once the association exists.
    private var toOpen: [DataChannelParameters] = []
    /// Reliable messages that found the send buffer full, oldest first.
    private var backlog: [Waiting] = []
    private var backlogBytes = 0
    /// Messages that waited in vain since the last look.
    var undelivered: UInt64 = 0

    /// Whether time must pass for it.
    var isActive: Bool { association != nil }

    /// Labels of the channels that both ends know of.
    var openLabels: [String] { channels.filter(\.isOpen).map(\.label) }

    init(maximumMessageSizeBytes: Int) { maximumMessageBytes = maximumMessageSizeBytes }

    /// The handshake is done: the association may begin.
    mutating func start() {
        guard association == nil else { return }
        association = SCTPAssociation(isDTLSClient: false, maximumMessageBytes: maximumMessageBytes)
        for parameters in toOpen { openNow(parameters) }
        toOpen = []
    }

    /// An SCTP packet of the client.
    mutating func receive(_ packet: Span<UInt8>) {
        start()
        association?.receive(packet)
    }

    /// Hands over the packets to encrypt and send.
    mutating func drainPackets(_ body: (Span<UInt8>) -> Void) { association?.drainPackets(body) }

    /// Ends the association; its last packet is to be drained.
    mutating func close() { association?.close() }

    mutating func open(label: String, isOrdered: Bool, maximumRetransmits: UInt16?) {
        guard toOpen.count + channels.count < DataLimits.channels else { return }
        let parameters = DataChannelParameters(
            label: label, isOrdered: isOrdered,
            reliability: maximumRetransmits.map { .maximumRetransmits($0) } ?? .reliable)
        if association == nil { toOpen.append(parameters) } else { openNow(parameters) }
    }

    private mutating func openNow(_ parameters: DataChannelParameters) {
        guard let id = try? association?.openChannel(parameters) else { return }
        channels.append(
            Channel(
                id: id, label: parameters.label, isOpen: false, isReliable: parameters.reliability == .reliable))
    }

    /// Sends a message on the channel of that label. A reliable one waits while the client reads slowly, up to a bound.
    ///
    /// - Returns: false when the message is lost
    mutating func send(_ payload: [UInt8], label: String) -> Bool {
        guard let channel = channels.first(where: { $0.label == label && $0.isOpen }) else { return false }
        // Late, a lossy message is of no use; a reliable one keeps its place behind those that wait.
        guard backlog.isEmpty || !channel.isReliable else { return postpone(payload, label: label) }
        do {
            try association?.send(payload.span, .binary, on: channel.id)
            return association != nil
        } catch .wouldBlock {
            return channel.isReliable && postpone(payload, label: label)
        } catch {
            return false
        }
    }

    private mutating func postpone(_ payload: [UInt8], label: String) -> Bool {
        guard backlogBytes + payload.count <= DataLimits.backlogBytes else { return false }
        backlog.append(Waiting(label: label, payload: payload))
        backlogBytes += payload.count
        return true
    }

    private mutating func sendBacklog() {
        let waiting = backlog
        backlog = []
        backlogBytes = 0
        for message in waiting where !send(message.payload, label: message.label) { undelivered += 1 }
    }

    /// What happened since the last call.
    mutating func takeNews() -> [DataNews] {
        var news: [DataNews] = []
        for event in association?.takeEvents() ?? [] {
            switch event {
            case .channelOpened(let id, let parameters, _): noteOpened(id, parameters, &news)
            case .channelClosed(let id):
                guard let index = channels.firstIndex(where: { $0.id == id }) else { continue }
                news.append(.closed(label: channels.remove(at: index).label))
            case .message(let id, _, let payload):
                guard let channel = channels.first(where: { $0.id == id }) else { continue }
                news.append(.received(label: channel.label, payload: payload))
            case .writable: sendBacklog()
            case .associationDown:
                news += channels.map { .closed(label: $0.label) }
                channels = []
            case .associationUp: break
            }
        }
        return news
    }

    private mutating func noteOpened(_ id: UInt16, _ parameters: DataChannelParameters, _ news: inout [DataNews]) {
        let label = parameters.label
        if let index = channels.firstIndex(where: { $0.id == id }) {
            channels[index].isOpen = true
        } else {
            channels.append(
                Channel(id: id, label: label, isOpen: true, isReliable: parameters.reliability == .reliable))
        }
        news.append(.opened(label: label))
    }
}

enum DataLimits {
    /// Three that clients open, some of their own.
    static let channels = 16
    /// A file of some megabytes towards one slow reader; beyond it messages are lost and counted.
    static let backlogBytes = 4_000_000
}
