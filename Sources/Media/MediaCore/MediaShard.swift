// The media core of one thread: coordinates its parts and knows nothing that belongs in one of them.

public import Basics
internal import DataChannels
internal import Forwarding
internal import ICE
public import MediaInterface
internal import RTP
public import SecureTransport

/// Everything one media thread owns: peers, rooms and the routing between them.
///
/// Sans-IO: bytes, commands and time come in as arguments; datagrams and events go out through an `Outbox`. Nothing here
/// reads a clock, a socket or the system's randomness, so a test runs it whole on a virtual network.
public struct MediaShard: ~Copyable {
    var peers = SlotMap<PeerTransport>(limit: MediaLimits.peersPerThread)
    var rooms = SlotMap<MediaRoom>(limit: MediaLimits.peersPerThread)
    var addresses = AddressTable(limit: MediaLimits.peersPerThread * ICELimits.remoteAddresses)
    var directory = ShardDirectory()
    var deadlines = DeadlineQueue()
    var allocation = Allocation()
    /// Peers whose first packet has begun to wait for the pacer, until they are scheduled.
    var waitingPeers: [SlotHandle] = []
    /// Totals up to now; they are also told once a second.
    public internal(set) var statistics = MediaStatistics()
    var random: SeededRandom
    let clock: NTPClock
    let dtls: DTLSContext
    private let dataChannelTimers: SCTPTimers
    /// Next report of totals, of audio levels, and next look at the timers of data channels.
    private var statisticsDue: MonotonicTime
    private var levelsDue: MonotonicTime
    private var dataDue: MonotonicTime

    public init(configuration: MediaShardConfiguration, at now: MonotonicTime) throws(DTLSError) {
        random = SeededRandom(seed: configuration.seed)
        clock = configuration.clock
        dtls = try DTLSContext(identity: configuration.identity)
        dataChannelTimers = configuration.dataChannelTimers
        statisticsDue = now + ShardTiming.statisticsInterval
        levelsDue = now + ShardTiming.levelsInterval
        dataDue = now + SCTPTimers.interval
    }

    /// Takes one datagram; it is decrypted in place.
    public mutating func receive(
        _ datagram: inout MutableSpan<UInt8>, from source: SocketAddress, at now: MonotonicTime,
        into outbox: inout Outbox
    ) {
        statistics.datagramsReceived += 1
        statistics.bytesReceived += UInt64(datagram.count)
        switch DatagramClass(of: datagram.span) {
        case .rtp: receiveRTP(&datagram, from: source, at: now, into: &outbox)
        case .rtcp: receiveRTCP(&datagram, from: source, at: now, into: &outbox)
        case .stun: receiveSTUN(datagram.span, from: source, at: now, into: &outbox)
        case .dtls: receiveDTLS(datagram.span, from: source, at: now, into: &outbox)
        case .turnChannel, .unknown: statistics.drops.unknownClass += 1
        }
    }

    /// Does what has become due: handshake retransmissions, consent, feedback, reports.
    public mutating func advance(to now: MonotonicTime, into outbox: inout Outbox) {
        while let peer = deadlines.popDue(at: now) {
            guard peers.contains(peer) else { continue }
            servePeer(peer, at: now, into: &outbox)
        }
        if now >= dataDue {
            dataDue = now + SCTPTimers.interval
            dataChannelTimers.advance(to: now)
            serveDataChannels(into: &outbox)
        }
        if now >= levelsDue {
            levelsDue = now + ShardTiming.levelsInterval
            reportLevels(at: now, into: &outbox)
        }
        if now >= statisticsDue {
            statisticsDue = now + ShardTiming.statisticsInterval
            statistics.peers = UInt64(peers.count)
            statistics.rooms = UInt64(rooms.count)
            outbox.tell(.statistics(statistics))
        }
    }

    /// When `advance` has something to do next.
    public var nextDeadline: MonotonicTime? {
        guard peers.count > 0 else { return statisticsDue }
        return min(deadlines.next ?? .distantFuture, levelsDue, statisticsDue, dataDue)
    }

    /// Encrypts what the outbox holds, peer by peer. After this its datagrams may be sent.
    public mutating func seal(_ outbox: inout Outbox) {
        for slot in outbox.touched {
            guard let peer = peers.handle(at: Int(slot)) else {
                statistics.drops.unsealed += UInt64(outbox.dropUnsealed(ofPeer: slot))
                continue
            }
            peers[peer].seal(slot, of: &outbox, drops: &statistics.drops)
        }
        statistics.datagramsSent += UInt64(outbox.count)
    }

    /// True when nobody and nothing is left: no peer, room, address or name.
    public var isEmpty: Bool { peers.count == 0 && rooms.count == 0 && addresses.count == 0 && directory.isEmpty }

    /// Counts datagrams that the socket did not take.
    public mutating func noteSocketDrops(_ count: Int) { statistics.drops.socketFull += UInt64(max(0, count)) }
}

/// How often things happen that no packet asks for.
enum ShardTiming {
    static let statisticsInterval = Interval.seconds(1)
    static let levelsInterval = Interval.milliseconds(300)
    /// How long who spoke keeps the larger share of bandwidth while another is louder.
    static let speakerHold = Interval.seconds(2)
    /// Sender reports: often enough for lip sync soon after the start, and one compound packet per peer.
    static let senderReportInterval = Interval.seconds(1)
    /// Deadlines of peers are rounded up to this, so that one wake-up serves many.
    static let granularity = Interval.milliseconds(5)
}

/// From the control plane's identifiers to the slots of this shard.
struct ShardDirectory {
    struct TrackPlace {
        var room: SlotHandle
        var track: SlotHandle
    }
    struct SubscriptionPlace {
        var room: SlotHandle
        var subscription: SlotHandle
    }
    var rooms: [RoomID: SlotHandle] = [:]
    var peers: [PeerID: SlotHandle] = [:]
    var tracks: [TrackID: TrackPlace] = [:]
    var subscriptions: [SubscriptionID: SubscriptionPlace] = [:]
    /// Our username fragments: two per peer while ICE restarts.
    var usernames: [UsernameKey: SlotHandle] = [:]

    var isEmpty: Bool {
        rooms.isEmpty && peers.isEmpty && tracks.isEmpty && subscriptions.isEmpty && usernames.isEmpty
    }
}
