// A client's WebRTC transport without I/O: controlling ICE, DTLS, SRTP both ways. Tests and load share it.

public import Basics
internal import ICE
public import MediaInterface
internal import RTP
internal import STUN
public import SecureTransport

/// What a synthetic client needs to know to reach a server.
public struct SyntheticTransportConfiguration: Sendable {
    public var localAddress: SocketAddress
    public var serverAddress: SocketAddress
    public var local: ICECredentials
    public var remote: ICECredentials
    /// Of the server's certificate.
    public var fingerprint: DTLSFingerprint
    public var seed: UInt64
    /// The client when the server's description says passive, else the server.
    public var role: DTLSRole
    public init(
        localAddress: SocketAddress, serverAddress: SocketAddress, local: ICECredentials, remote: ICECredentials,
        fingerprint: DTLSFingerprint, seed: UInt64, role: DTLSRole = .client
    ) {
        self.localAddress = localAddress
        self.serverAddress = serverAddress
        self.local = local
        self.remote = remote
        self.fingerprint = fingerprint
        self.seed = seed
        self.role = role
    }
}

/// What came out of a datagram.
public enum SyntheticInput: Sendable {
    case nothing
    /// ICE and DTLS stand.
    case connected
    /// A decrypted RTP packet is in the datagram's first `count` bytes.
    case rtp(count: Int)
    case rtcp(count: Int)
    case failed
}

/// ICE, DTLS and SRTP of one synthetic client. Sans-IO: `receive` takes datagrams, `drain` gives those to send.
public struct SyntheticTransport: ~Copyable {
    public private(set) var localAddress: SocketAddress
    private var ice: ICEClientAgent
    private var dtls: DTLSEndpoint
    private var sender: SRTPSender?
    private var receiver: SRTPReceiver?
    private var outgoing: [(destination: SocketAddress, bytes: [UInt8])] = []
    private let serverAddress: SocketAddress
    /// SCTP packets that came, for whoever runs an association over this transport.
    public var applicationData: [[UInt8]] = []

    public init?(_ configuration: SyntheticTransportConfiguration, context: DTLSContext, at now: MonotonicTime) {
        guard
            let local = ICECredentialBytes(
                usernameFragment: configuration.local.usernameFragment, password: configuration.local.password),
            let remote = ICECredentialBytes(
                usernameFragment: configuration.remote.usernameFragment, password: configuration.remote.password)
        else { return nil }
        localAddress = configuration.localAddress
        serverAddress = configuration.serverAddress
        ice = ICEClientAgent(local: local, remote: remote, random: SeededRandom(seed: configuration.seed))
        ice.addRemoteCandidate(configuration.serverAddress, at: now)
        dtls = DTLSEndpoint(context: context, role: configuration.role, expecting: configuration.fingerprint)
    }

    public var isConnected: Bool { sender != nil }
    public var hasFailed: Bool {
        if case .failed = dtls.state { return true }
        return false
    }

    /// The client's network has changed: packets leave from another address from now on.
    public mutating func move(to address: SocketAddress, at now: MonotonicTime) {
        localAddress = address
        ice.checkNow(at: now)
    }

    /// New credentials on both sides (RFC 8445 section 9).
    public mutating func restartICE(local: ICECredentials, remote: ICECredentials, at now: MonotonicTime) {
        guard
            let local = ICECredentialBytes(usernameFragment: local.usernameFragment, password: local.password),
            let remote = ICECredentialBytes(usernameFragment: remote.usernameFragment, password: remote.password)
        else { return }
        ice.restart(local: local, remote: remote, at: now)
    }

    public var nextDeadline: MonotonicTime? {
        min(ice.nextDeadline ?? .distantFuture, dtls.nextDeadline ?? .distantFuture)
    }

    public mutating func advance(to now: MonotonicTime) {
        sendChecks(at: now)
        dtls.advance(to: now)
        drainHandshake()
    }

    private mutating func sendChecks(at now: MonotonicTime) {
        var buffer = [UInt8](repeating: 0, count: ICELimits.messageBytes)
        while true {
            var span = buffer.mutableSpan
            guard let check = ice.nextTransmission(at: now, into: &span) else { return }
            outgoing.append((check.destination, Array(buffer[..<check.byteCount])))
        }
    }

    /// Takes a datagram; RTP and RTCP are decrypted in place.
    public mutating func receive(
        _ datagram: inout MutableSpan<UInt8>, from source: SocketAddress, at now: MonotonicTime
    ) -> SyntheticInput {
        switch DatagramClass(of: datagram.span) {
        case .stun: return receiveSTUN(datagram.span, from: source, at: now)
        case .dtls: return receiveDTLS(datagram.span, at: now)
        case .rtp:
            guard receiver != nil, let count = try? receiver!.unprotectRTP(&datagram, count: datagram.count) else {
                return .nothing
            }
            return .rtp(count: count)
        case .rtcp:
            guard receiver != nil, let count = try? receiver!.unprotectRTCP(&datagram, count: datagram.count) else {
                return .nothing
            }
            return .rtcp(count: count)
        case .turnChannel, .unknown: return .nothing
        }
    }

    private mutating func receiveSTUN(
        _ datagram: Span<UInt8>, from source: SocketAddress, at now: MonotonicTime
    ) -> SyntheticInput {
        guard let message = try? STUNMessage(parsing: datagram) else { return .nothing }
        var buffer = [UInt8](repeating: 0, count: ICELimits.messageBytes)
        var span = buffer.mutableSpan
        let outcome = ice.receive(message, datagram, from: source, at: now, response: &span)
        if outcome.responseByteCount > 0 { outgoing.append((source, Array(buffer[..<outcome.responseByteCount]))) }
        if ice.selectedAddress != nil {
            dtls.start(at: now)
            drainHandshake()
        }
        sendChecks(at: now)
        return .nothing
    }

    private mutating func receiveDTLS(_ datagram: Span<UInt8>, at now: MonotonicTime) -> SyntheticInput {
        dtls.receive(datagram, at: now) { packet in applicationData.append(packet.copied()) }
        drainHandshake()
        if sender == nil, let keys = dtls.keyMaterial {
            sender = SRTPSender(profile: keys.profile, master: keys.local)
            receiver = SRTPReceiver(profile: keys.profile, master: keys.remote)
            return .connected
        }
        return hasFailed ? .failed : .nothing
    }

    private mutating func drainHandshake() {
        let destination = ice.selectedAddress ?? serverAddress
        dtls.drainDatagrams { datagram in outgoing.append((destination, datagram.copied())) }
    }

    /// Sends an SCTP packet.
    public mutating func sendApplicationData(_ packet: Span<UInt8>) {
        _ = dtls.send(packet)
        drainHandshake()
    }

    /// Encrypts and queues an RTP packet; false before the transport is connected.
    @discardableResult public mutating func sendRTP(_ packet: [UInt8], isRepetition: Bool = false) -> Bool {
        guard sender != nil else { return false }
        var bytes = packet + [UInt8](repeating: 0, count: SRTPProfile.largestOverhead)
        var span = bytes.mutableSpan
        guard let count = try? sender!.protectRTP(&span, count: packet.count, isRepetition: isRepetition)
        else { return false }
        outgoing.append((ice.selectedAddress ?? serverAddress, Array(bytes[..<count])))
        return true
    }

    /// As `sendRTP`, for a compound of control packets.
    @discardableResult public mutating func sendRTCP(_ packet: [UInt8]) -> Bool {
        guard sender != nil else { return false }
        var bytes = packet + [UInt8](repeating: 0, count: SRTPProfile.largestOverhead)
        var span = bytes.mutableSpan
        guard let count = try? sender!.protectRTCP(&span, count: packet.count) else { return false }
        outgoing.append((ice.selectedAddress ?? serverAddress, Array(bytes[..<count])))
        return true
    }

    /// The datagrams to send, in order.
    public mutating func drain() -> [(destination: SocketAddress, bytes: [UInt8])] {
        defer { outgoing = [] }
        return outgoing
    }

    /// Says good-bye (DTLS close_notify).
    public mutating func close() {
        dtls.close()
        drainHandshake()
    }
}
