import Basics
import DataChannels
import MediaCore
import MediaInterface
import SecureTransport
import SyntheticPeer
import Testing

/// A media shard with its clients on a virtual network and a virtual clock, all from one seed.
final class World {
    static let server = SocketAddress(ipv4: 0x0a00_0001, port: 7882)
    static let extensions: HeaderExtensionIDs = {
        var ids = HeaderExtensionIDs()
        ids.mid = 4
        ids.rtpStreamID = 10
        ids.repairedRTPStreamID = 11
        ids.transportSequenceNumber = 3
        return ids
    }()
    /// Made once: keys cost more than everything else in a short simulation.
    static let serverIdentity = try! DTLSIdentity()
    static let clientContext = try! DTLSContext(identity: DTLSIdentity())

    var shard: MediaShard
    var outbox = Outbox()
    var network: VirtualNetwork
    var random: SeededRandom
    private(set) var now = MonotonicTime(nanoseconds: 1_000_000_000)
    var clients: [SimulatedClient] = []
    var events: [MediaEvent] = []
    private var identifiers: UInt64 = 0
    private let room = RoomID(1)
    private(set) var totals = MediaStatistics()

    init(seed: UInt64) throws {
        random = SeededRandom(seed: seed)
        network = VirtualNetwork(seed: seed ^ 0x5eed)
        shard = try MediaShard(
            configuration: MediaShardConfiguration(
                identity: Self.serverIdentity, clock: NTPClock(unixNanoseconds: 1_700_000_000_000_000_000, at: now),
                seed: seed, dataChannelTimers: SCTPTimers()),
            at: now)
    }

    func identifier() -> UInt64 {
        identifiers += 1
        return identifiers
    }

    func apply(_ command: MediaCommand) {
        shard.apply(command, at: now, into: &outbox)
        flush()
    }

    // MARK: People

    func credentials() -> ICECredentials {
        ICECredentials(
            usernameFragment: "u\(identifier())x\(random.next() >> 40)",
            password: "p\(random.next())\(random.next())abcdefghijkl")
    }

    @discardableResult func join(_ conditions: PathConditions = .perfect) throws -> SimulatedClient {
        let id = PeerID(identifier())
        let local = credentials()
        let remote = credentials()
        let address = SocketAddress(ipv4: 0x0a01_0000 + UInt32(id.rawValue), port: 40_000)
        network.conditions[address] = conditions
        apply(
            .addPeer(
                PeerDescription(
                    id: id, room: room, local: local,
                    remote: RemoteTransport(
                        credentials: remote,
                        fingerprint: CertificateFingerprint(
                            algorithm: .sha256, digest: Self.clientContext.identity.fingerprint.digest)))))
        apply(.setHeaderExtensions(id, Self.extensions))
        let configuration = SyntheticTransportConfiguration(
            localAddress: address, serverAddress: Self.server, local: remote, remote: local,
            fingerprint: Self.serverIdentity.fingerprint, seed: random.next())
        guard let transport = SyntheticTransport(configuration, context: Self.clientContext, at: now) else {
            throw Unusable.credentials
        }
        let client = SimulatedClient(id: id, transport: transport)
        clients.append(client)
        return client
    }

    /// The client vanishes without a word; the shard is not told.
    func unplug(_ client: SimulatedClient) { network.cut.insert(client.transport.localAddress) }

    func leave(_ client: SimulatedClient) {
        apply(.removePeer(client.id))
        clients.removeAll { $0 === client }
    }

    func publish(_ client: SimulatedClient, rids: [String] = [], payloadBytes: Int = 1_000) -> TrackDescription {
        let payload = PayloadDescription(
            payloadType: 96, codec: .vp8, clockRateHertz: 90_000, retransmissionPayloadType: 97, supportsNACK: true)
        let encodings =
            rids.isEmpty
            ? [
                EncodingDescription(
                    ssrc: UInt32(5_000 + client.id.rawValue * 10),
                    retransmissionSSRC: UInt32(5_001 + client.id.rawValue * 10))
            ]
            : rids.enumerated().map { EncodingDescription(rid: $1, spatialLayer: UInt8($0)) }
        let track = TrackDescription(
            id: TrackID(identifier()), publisher: client.id, kind: .video, mid: "v\(client.id.rawValue)",
            payloads: [payload],
            encodings: encodings)
        apply(.publish(track))
        client.encodings += encodings.indices.map {
            SyntheticVideo(
                track: track, encoding: $0, extensions: Self.extensions,
                payloadBytes: payloadBytes / (encodings.count - $0),
                random: &random, at: now)
        }
        return track
    }

    @discardableResult func subscribe(
        _ client: SimulatedClient, to track: TrackDescription, settings: SubscriptionSettings = SubscriptionSettings()
    ) -> (id: SubscriptionID, ssrc: UInt32) {
        let ssrc = UInt32(100_000 + identifier() * 2)
        let id = SubscriptionID(identifier())
        apply(
            .subscribe(
                SubscriptionDescription(
                    id: id, track: track.id, subscriber: client.id, mid: "r\(id.rawValue)", ssrc: ssrc,
                    retransmissionSSRC: ssrc + 1,
                    payloads: [PayloadMapping(published: 96, subscribed: 96, subscribedRetransmission: 97)],
                    settings: settings)))
        client.receivers[ssrc] = SyntheticReceiver(ssrc: ssrc, retransmissionSSRC: ssrc + 1)
        return (id, ssrc)
    }

    enum Unusable: Error { case credentials }

    // MARK: Time

    func run(for length: Interval) {
        let end = now + length
        while true {
            sendClients()
            var next = min(network.nextArrival ?? .distantFuture, shard.nextDeadline ?? .distantFuture)
            for client in clients { next = min(next, client.nextDeadline) }
            guard next <= end else { break }
            now = max(now, next)
            step()
        }
        now = end
    }

    private func step() {
        while let datagram = network.popDue(at: now) {
            if datagram.destination == Self.server {
                inject(datagram.bytes, from: datagram.source)
            } else if let client = clients.first(where: { $0.transport.localAddress == datagram.destination }) {
                client.receive(datagram, at: now)
            }
        }
        for client in clients where client.nextDeadline <= now { client.advance(to: now) }
        shard.advance(to: now, into: &outbox)
        flush()
    }

    /// Gives the shard a datagram at once, whoever claims to have sent it.
    func inject(_ bytes: [UInt8], from source: SocketAddress) {
        var bytes = bytes
        var span = bytes.mutableSpan
        shard.receive(&span, from: source, at: now, into: &outbox)
        flush()
    }

    private func sendClients() {
        for client in clients {
            let address = client.transport.localAddress
            for (destination, bytes) in client.transport.drain() {
                network.send(bytes, from: address, to: destination, client: address, at: now)
            }
        }
    }

    private func flush() {
        shard.seal(&outbox)
        let now = now
        unsafe outbox.forEachDatagram { destination, bytes in
            network.send(unsafe Array(bytes), from: Self.server, to: destination, client: destination, at: now)
        }
        for event in outbox.takeEvents() {
            if case .statistics(let statistics) = event { totals = statistics }
            events.append(event)
        }
        outbox.removeAll()
    }

    // MARK: Checks

    var statistics: MediaStatistics { shard.statistics }
    var shardIsEmpty: Bool { shard.isEmpty }

    /// Faults of all streams, each with its seed for the message of a failing test.
    func faults() -> [String] {
        clients.flatMap { client in
            client.receivers.values.flatMap(\.faults).map { "peer \(client.id.rawValue): \($0)" }
        }
    }
}
