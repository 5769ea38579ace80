// One packet of a publisher through the media core to many subscribers, sealed: everything but the system calls.

import Basics
import Benchmark
import DataChannels
import MediaCore
import MediaInterface
import SecureTransport
import SyntheticPeer

/// A shard with one publisher and some subscribers, all connected without a network in between.
final class Stage {
    static let server = SocketAddress(ipv4: 0x0a00_0001, port: 7882)
    private var shard: MediaShard
    private var outbox = Outbox()
    private var clients: [Client] = []
    private var now = MonotonicTime(nanoseconds: 1_000_000_000)
    private var video: SyntheticVideo
    private var transportSequence: UInt16 = 0
    /// Sealed packets and when they arrive.
    private var ready: [(time: MonotonicTime, bytes: [UInt8])] = []
    private var used = 0

    private final class Client {
        var transport: SyntheticTransport
        init(_ transport: consuming SyntheticTransport) { self.transport = transport }
    }

    static var extensions: HeaderExtensionIDs {
        var ids = HeaderExtensionIDs()
        ids.mid = 4
        ids.transportSequenceNumber = 3
        return ids
    }

    init(subscribers: Int) throws {
        let identity = try DTLSIdentity()
        let context = try DTLSContext(identity: DTLSIdentity())
        shard = try MediaShard(
            configuration: MediaShardConfiguration(
                identity: identity, clock: NTPClock(unixNanoseconds: 0, at: now), seed: 1,
                dataChannelTimers: SCTPTimers()), at: now)
        let track = TrackDescription(
            id: TrackID(1), publisher: PeerID(1), kind: .video, mid: "v",
            payloads: [
                PayloadDescription(
                    payloadType: 96, codec: .vp8, clockRateHertz: 90_000, retransmissionPayloadType: 97,
                    supportsNACK: true)
            ], encodings: [EncodingDescription(ssrc: 5_000, retransmissionSSRC: 5_001)])
        var random = SeededRandom(seed: 2)
        video = SyntheticVideo(
            track: track, encoding: 0, extensions: Self.extensions, payloadBytes: 1_150, random: &random, at: now)
        for number in 0...subscribers { try join(PeerID(UInt64(number + 1)), identity, context) }
        connect()
        shard.apply(.publish(track), at: now, into: &outbox)
        for number in 0..<subscribers { subscribe(PeerID(UInt64(number + 2)), UInt32(10_000 + number * 2)) }
        for _ in 0..<100 { forwardOne() }
    }

    private func join(_ id: PeerID, _ identity: DTLSIdentity, _ context: DTLSContext) throws {
        let local = ICECredentials(usernameFragment: "server\(id.rawValue)", password: "passwordpasswordpassword")
        let remote = ICECredentials(usernameFragment: "client\(id.rawValue)", password: "passwordpasswordpassword")
        shard.apply(
            .addPeer(
                PeerDescription(
                    id: id, room: RoomID(1), local: local,
                    remote: RemoteTransport(
                        credentials: remote,
                        fingerprint: CertificateFingerprint(
                            algorithm: .sha256, digest: context.identity.fingerprint.digest)))),
            at: now, into: &outbox)
        shard.apply(.setHeaderExtensions(id, Self.extensions), at: now, into: &outbox)
        let configuration = SyntheticTransportConfiguration(
            localAddress: SocketAddress(ipv4: 0x0a01_0000 + UInt32(id.rawValue), port: 40_000),
            serverAddress: Self.server, local: remote, remote: local, fingerprint: identity.fingerprint,
            seed: id.rawValue)
        guard let transport = SyntheticTransport(configuration, context: context, at: now) else {
            fatalError("the stage made unusable credentials")
        }
        clients.append(Client(transport))
    }

    private func connect() {
        while !clients.allSatisfy({ $0.transport.isConnected }) {
            now += .milliseconds(5)
            for client in clients {
                client.transport.advance(to: now)
                for (_, bytes) in client.transport.drain() { inject(bytes, from: client.transport.localAddress) }
            }
            shard.advance(to: now, into: &outbox)
            deliver()
        }
    }

    private func subscribe(_ peer: PeerID, _ ssrc: UInt32) {
        shard.apply(
            .subscribe(
                SubscriptionDescription(
                    id: SubscriptionID(UInt64(ssrc)), track: TrackID(1), subscriber: peer, mid: "r", ssrc: ssrc,
                    retransmissionSSRC: ssrc + 1,
                    payloads: [PayloadMapping(published: 96, subscribed: 96, subscribedRetransmission: 97)])),
            at: now, into: &outbox)
    }

    private func inject(_ bytes: [UInt8], from source: SocketAddress) {
        var bytes = bytes
        var span = bytes.mutableSpan
        shard.receive(&span, from: source, at: now, into: &outbox)
    }

    private func deliver() {
        shard.seal(&outbox)
        unsafe outbox.forEachDatagram { destination, bytes in
            guard let client = clients.first(where: { $0.transport.localAddress == destination }) else { return }
            var copy = unsafe Array(bytes)
            var span = copy.mutableSpan
            _ = client.transport.receive(&span, from: Self.server, at: now)
        }
        outbox.removeAll()
        _ = outbox.takeEvents()
    }

    /// A sealed packet of the publisher, made outside of what is measured.
    func prepare(_ count: Int) {
        while ready.count - used < count {
            now += .milliseconds(40)
            for packet in video.packets(at: now, transportSequence: &transportSequence) {
                clients[0].transport.sendRTP(packet)
            }
            for (_, bytes) in clients[0].transport.drain() where bytes[0] >> 6 == 2 {
                ready.append((now, bytes))
            }
        }
    }

    /// One packet from the socket's buffer to the sealed datagrams of all subscribers.
    func forwardOne() {
        if used == ready.count { prepare(100) }
        let packet = ready[used]
        used += 1
        // Time passes as it does on the network: a pacer would hold packets back that all come at once.
        shard.advance(to: packet.time, into: &outbox)
        var bytes = packet.bytes
        var span = bytes.mutableSpan
        shard.receive(&span, from: clients[0].transport.localAddress, at: packet.time, into: &outbox)
        shard.seal(&outbox)
        outbox.removeAll()
        _ = outbox.takeEvents()
    }
}

let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.cpuUser, .wallClock, .throughput], warmupIterations: 10, maxDuration: .seconds(3))
    for subscribers in [1, 10, 50, 100] {
        Benchmark("Forward and seal one 1,150-byte packet to \(subscribers)") { benchmark in
            let stage = try Stage(subscribers: subscribers)
            stage.prepare(benchmark.scaledIterations.count + 200)
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations { stage.forwardOne() }
            benchmark.stopMeasurement()
        }
    }
}
