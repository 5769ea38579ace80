import Basics
import DataChannels
import MediaCore
import MediaInterface
import RTP
import SecureTransport
import SyntheticPeer

@testable import MediaRuntime

enum Shards {
    /// Made once: keys are slow to make.
    static let identity = try! DTLSIdentity()
    static let clientContext = try! DTLSContext(identity: DTLSIdentity())
    static let timers = SCTPTimers()

    static func configuration(_ index: Int = 0) -> MediaShardConfiguration {
        MediaShardConfiguration(
            identity: identity, clock: SystemClock.ntpClock(), seed: UInt64(index) + 1, dataChannelTimers: timers)
    }
}

/// A client with a socket of its own on loopback: a transport, perhaps a camera, perhaps a stream to watch.
final class LoopbackClient {
    let id: PeerID
    var receiver: Receiver
    var transport: SyntheticTransport
    var camera: SyntheticVideo?
    var stream: SyntheticReceiver?
    private var transportSequence: UInt16 = 0
    private var feedbackDue = MonotonicTime.zero

    init(id: PeerID, receiver: consuming Receiver, transport: consuming SyntheticTransport) {
        self.id = id
        self.receiver = receiver
        self.transport = transport
    }

    var isConnected: Bool { transport.isConnected }

    /// Reads what has come, does what is due, sends.
    func turn(at now: MonotonicTime) {
        for datagram in receiver.collect(1_000, patience: .zero) {
            var bytes = datagram.bytes
            var span = bytes.mutableSpan
            switch transport.receive(&span, from: datagram.source, at: now) {
            case .rtp(let count): stream?.receive(bytes.span.extracting(first: count), at: now)
            case .rtcp(let count): readFeedback(bytes.span.extracting(first: count))
            case .connected, .nothing, .failed: break
            }
        }
        transport.advance(to: now)
        if transport.isConnected {
            for packet in camera?.packets(at: now, transportSequence: &transportSequence) ?? [] {
                transport.sendRTP(packet)
            }
            if now >= feedbackDue {
                feedbackDue = now + .milliseconds(20)
                sendFeedback(at: now)
            }
        }
        let outgoing = transport.drain()
        if !outgoing.isEmpty { receiver.socket.sendAll(outgoing.map { ($0.destination, $0.bytes) }) }
    }

    private func readFeedback(_ compound: Span<UInt8>) {
        var cursor = RTCPCursor()
        while let packet = cursor.next(in: compound) {
            switch packet.message(in: compound) {
            case .pictureLossIndication, .fullIntraRequest: camera?.requestKeyframe()
            case .nack(var nack):
                while let missing = nack.next(in: compound) {
                    guard let packet = camera?.retransmission(of: missing, transportSequence: &transportSequence) else {
                        continue
                    }
                    transport.sendRTP(packet)
                }
            default: break
            }
        }
    }

    private func sendFeedback(at now: MonotonicTime) {
        guard let ssrc = stream?.ssrc else { return }
        var bytes = [UInt8](repeating: 0, count: 1_200)
        var span = bytes.mutableSpan
        var writer = RTCPWriter()
        let missing = stream!.dueNACKs(roundTrip: .milliseconds(10), at: now)
        if !missing.isEmpty { _ = writer.appendNACK(missing.span, from: 1, about: ssrc, into: &span) }
        if stream!.wantsKeyframe(at: now) { _ = writer.appendPictureLossIndication(from: 1, about: ssrc, into: &span) }
        if writer.count > 0 { transport.sendRTCP(Array(bytes[..<writer.count])) }
    }
}

/// One publisher and some subscribers of a media thread, over real sockets and the real clock.
final class LoopbackCall {
    static let extensions: HeaderExtensionIDs = {
        var ids = HeaderExtensionIDs()
        ids.mid = 4
        ids.transportSequenceNumber = 3
        return ids
    }()

    let thread: MediaThread
    let room: RoomID
    private var random: SeededRandom
    private var identifiers: UInt64
    private(set) var clients: [LoopbackClient] = []
    private var track: TrackDescription?
    /// False once a command was refused.
    private(set) var isAccepted = true

    /// - Parameter number: tells calls on one pool apart
    init(on thread: MediaThread, number: UInt64 = 1) {
        self.thread = thread
        room = RoomID(number)
        random = SeededRandom(seed: number)
        identifiers = number << 32
    }

    private func identifier() -> UInt64 {
        identifiers += 1
        return identifiers
    }

    private func submit(_ command: MediaCommand) {
        if thread.submit(command) != .accepted { isAccepted = false }
    }

    private func join(host: String) throws -> LoopbackClient {
        let receiver = try Receiver(host: host)
        let id = PeerID(identifier())
        func credentials() -> ICECredentials {
            ICECredentials(
                usernameFragment: "u\(identifier())", password: "p\(random.next())\(random.next())abcdefghijkl")
        }
        let local = credentials()
        let remote = credentials()
        let fingerprint = CertificateFingerprint(
            algorithm: .sha256, digest: Shards.clientContext.identity.fingerprint.digest)
        submit(
            .addPeer(
                PeerDescription(
                    id: id, room: room, local: local,
                    remote: RemoteTransport(credentials: remote, fingerprint: fingerprint))))
        submit(.setHeaderExtensions(id, Self.extensions))
        let configuration = SyntheticTransportConfiguration(
            localAddress: receiver.address, serverAddress: SocketAddress(host: host, port: thread.udpPort)!,
            local: remote, remote: local, fingerprint: Shards.identity.fingerprint, seed: random.next())
        let transport = SyntheticTransport(configuration, context: Shards.clientContext, at: SystemClock.now())!
        let client = LoopbackClient(id: id, receiver: receiver, transport: transport)
        clients.append(client)
        return client
    }

    func addPublisher(host: String) throws {
        let client = try join(host: host)
        let payload = PayloadDescription(
            payloadType: 96, codec: .vp8, clockRateHertz: 90_000, retransmissionPayloadType: 97, supportsNACK: true)
        let ssrc = UInt32(truncatingIfNeeded: 5_000 + client.id.rawValue * 10)
        let track = TrackDescription(
            id: TrackID(identifier()), publisher: client.id, kind: .video, mid: "v", payloads: [payload],
            encodings: [EncodingDescription(ssrc: ssrc, retransmissionSSRC: ssrc + 1)])
        submit(.publish(track))
        client.camera = SyntheticVideo(
            track: track, encoding: 0, extensions: Self.extensions, random: &random, at: SystemClock.now())
        self.track = track
    }

    func addSubscriber(host: String) throws {
        let client = try join(host: host)
        let ssrc = UInt32(truncatingIfNeeded: 100_000 + identifier() * 2)
        submit(
            .subscribe(
                SubscriptionDescription(
                    id: SubscriptionID(identifier()), track: track!.id, subscriber: client.id, mid: "s", ssrc: ssrc,
                    retransmissionSSRC: ssrc + 1,
                    payloads: [PayloadMapping(published: 96, subscribed: 100, subscribedRetransmission: 101)])))
        client.stream = SyntheticReceiver(ssrc: ssrc, retransmissionSSRC: ssrc + 1)
    }

    /// Turns all clients until each subscriber has decoded so many frames, or time is up.
    func run(untilFrames frames: Int, atMost limit: Interval) async throws {
        let end = SystemClock.now() + limit
        while true {
            let now = SystemClock.now()
            for client in clients { client.turn(at: now) }
            let isDone = clients.allSatisfy { ($0.stream?.framesDecoded ?? frames) >= frames }
            if isDone || now >= end { return }
            try await Task.sleep(nanoseconds: 1_000_000)
        }
    }

    func leave() {
        for client in clients { submit(.removePeer(client.id)) }
        clients = []
    }
}
