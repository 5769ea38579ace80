// One client's transport: who it is on the network, its keys, its streams. Coordinates ICE, DTLS, SRTP and SCTP.

internal import Basics
internal import CongestionControl
internal import Forwarding
internal import ICE
internal import MediaInterface
internal import RTP
internal import STUN
internal import SecureTransport

struct PeerTransport: ~Copyable {
    let id: PeerID
    /// Handle in the shard's `rooms`.
    let room: SlotHandle
    /// SSRC of our receiver reports and requests on this transport.
    let reportSSRC: UInt32

    var ice: ICELiteAgent
    var dtls: DTLSEndpoint
    var data: DataOutlet
    private var sender: SRTPSender?
    private var receiver: SRTPReceiver?
    /// Ours, under which the shard's directory finds this peer: at most two generations.
    var usernames: [UsernameKey] = []

    /// Where datagrams go: the nominated address.
    private(set) var destination = SocketAddress(high: 0, low: 0, port: 0)
    /// Addresses that lead to this peer in the shard's table; the agent bounds them.
    var boundAddresses: [SocketAddress] = []

    var extensions = HeaderExtensionIDs()
    var streams: PeerStreams
    private var arrivals = TransportFeedbackRecorder()
    /// Any SSRC of the peer: transport-wide feedback must name one.
    private var feedbackSSRC: UInt32 = 0
    private(set) var roundTrip = Interval.zero
    /// What the client's network carries.
    var downlink: PeerDownlink
    var quality = QualityMeter()
    private var reportsDue = MonotonicTime.distantFuture
    /// A transport that never connects is given up then.
    private let connectBy: MonotonicTime
    /// Why the transport is dead; nil while it lives.
    private(set) var failure: PeerFailure?
    var hasFailed: Bool { failure != nil }

    /// Media may flow both ways.
    var isConnected: Bool { sender != nil }
    /// Nothing goes to a client that has not agreed to it, or no longer does (RFC 7675).
    var canSend: Bool { isConnected && !hasFailed }

    /// - Parameter local: the description's own credentials, checked
    init(
        _ description: PeerDescription, local: ICECredentialBytes, room: SlotHandle, context: DTLSContext,
        at now: MonotonicTime, random: inout SeededRandom
    ) {
        id = description.id
        self.room = room
        reportSSRC = UInt32.random(in: 1 ... .max, using: &random)
        ice = ICELiteAgent(local: local, remote: description.remote.flatMap { ICECredentialBytes($0.credentials) })
        dtls = DTLSEndpoint(
            context: context, role: .server,
            expecting: description.remote.flatMap { DTLSFingerprint($0.fingerprint) })
        data = DataOutlet(maximumMessageSizeBytes: description.maximumMessageSizeBytes)
        streams = PeerStreams()
        downlink = PeerDownlink(usesTransportFeedback: false, at: now)
        connectBy = now + PeerLimits.connectTimeout
    }

    // MARK: Signaling

    mutating func setExtensions(_ extensions: HeaderExtensionIDs, at now: MonotonicTime) {
        let used = self.extensions.transportSequenceNumber != 0
        let uses = extensions.transportSequenceNumber != 0
        self.extensions = extensions
        // What was learnt of the path belongs to the numbers that it was learnt with.
        if used != uses { downlink = PeerDownlink(usesTransportFeedback: uses, at: now) }
    }

    mutating func setRemote(_ remote: RemoteTransport) {
        if let credentials = ICECredentialBytes(remote.credentials) { ice.setRemote(credentials) }
        if let fingerprint = DTLSFingerprint(remote.fingerprint) { dtls.expect(fingerprint) }
    }

    mutating func restartICE(local: ICECredentialBytes, remote: ICECredentials?) {
        ice.restart(local: local, remote: remote.flatMap { ICECredentialBytes($0) })
    }

    /// Ends a subscription: its SSRCs are never used again on this transport.
    mutating func end(_ removed: RemovedSubscription) {
        streams.remove(subscription: removed.handle, ssrc: removed.ssrc, isPicture: removed.kind == .video)
        guard sender != nil else { return }
        sender!.retire(ssrc: removed.ssrc)
        sender!.retire(ssrc: removed.retransmissionSSRC)
    }

    // MARK: Handshake

    /// Takes a DTLS datagram; what SCTP gets of it is queued in `data`.
    ///
    /// - Returns: true when the handshake has just been completed
    mutating func receiveDTLS(_ datagram: Span<UInt8>, at now: MonotonicTime) -> Bool {
        dtls.receive(datagram, at: now) { packet in data.receive(packet) }
        return startMedia(at: now)
    }

    /// Makes the SRTP contexts once the keys are there.
    mutating func startMedia(at now: MonotonicTime) -> Bool {
        guard sender == nil, let keys = dtls.keyMaterial else { return false }
        sender = SRTPSender(profile: keys.profile, master: keys.local)
        receiver = SRTPReceiver(profile: keys.profile, master: keys.remote)
        reportsDue = now + ShardTiming.senderReportInterval / 4
        data.start()
        quality.start(at: now)
        return true
    }

    /// Consent and handshake timers.
    ///
    /// - Returns: the failure, once, when the transport has died
    mutating func advance(to now: MonotonicTime) -> PeerFailure? {
        guard !hasFailed else { return nil }
        if ice.advance(to: now) == .failed, isConnected {
            failure = .iceTimeout
            return failure
        }
        followSelectedAddress()
        dtls.advance(to: now)
        failure = newFailure(at: now)
        return failure
    }

    private func newFailure(at now: MonotonicTime) -> PeerFailure? {
        switch dtls.state {
        case .failed(.fingerprintMismatch): return .fingerprintMismatch
        case .failed(let reason): return .handshakeFailed("\(reason)")
        case .closed: return .closedByClient
        case .handshaking, .connected: break
        }
        return !isConnected && now >= connectBy ? .iceTimeout : nil
    }

    /// Packets go to the address that ICE has selected; without one they keep going to the last.
    mutating func followSelectedAddress() {
        if let selected = ice.selectedAddress { destination = selected }
    }

    /// Hands SCTP's packets to DTLS.
    mutating func drainData() {
        data.drainPackets { packet in _ = dtls.send(packet) }
    }

    /// Says good-bye to the client; the datagrams are to be drained and sent.
    mutating func close() {
        data.close()
        drainData()
        dtls.close()
    }

    /// When `advance` or a report is due.
    var nextDeadline: MonotonicTime? {
        guard !hasFailed else { return nil }
        var earliest = isConnected ? MonotonicTime.distantFuture : connectBy
        earliest = min(earliest, ice.nextDeadline ?? .distantFuture)
        earliest = min(earliest, dtls.nextDeadline ?? .distantFuture)
        if isConnected { earliest = min(earliest, arrivals.nextDeadline ?? .distantFuture, quality.nextDeadline) }
        if isConnected, !streams.subscriptions.isEmpty {
            earliest = min(earliest, reportsDue, downlink.nextDeadline(watchesPictures: streams.watchesPictures))
        }
        return earliest
    }

    // MARK: Packets

    /// Decrypts a packet in place; nil when it is to be dropped, which is counted.
    mutating func openRTP(_ datagram: inout MutableSpan<UInt8>, drops: inout MediaStatistics.Drops) -> Int? {
        guard receiver != nil else {
            drops.beforeHandshake += 1
            return nil
        }
        do {
            return try receiver!.unprotectRTP(&datagram, count: datagram.count)
        } catch {
            if error == .tooManyStreams { forgetFormerStreams() }
            drops.count(error)
            return nil
        }
    }

    /// As `openRTP`, for control packets.
    mutating func openRTCP(_ datagram: inout MutableSpan<UInt8>, drops: inout MediaStatistics.Drops) -> Int? {
        guard receiver != nil else {
            drops.beforeHandshake += 1
            return nil
        }
        do {
            return try receiver!.unprotectRTCP(&datagram, count: datagram.count)
        } catch {
            if error == .tooManyStreams { forgetFormerStreams() }
            drops.count(error)
            return nil
        }
    }

    /// A client that has used many SSRCs in a long meeting gets room for new ones; those of its tracks stay. It costs
    /// one walk per hundreds of new SSRCs.
    private mutating func forgetFormerStreams() {
        receiver!.forgetStreams { streams.stream(ofSSRC: $0) == nil }
    }

    /// Encrypts the peer's datagrams of this tick; one that cannot be sealed is dropped and counted.
    mutating func seal(_ slot: UInt32, of outbox: inout Outbox, drops: inout MediaStatistics.Drops) {
        var index = outbox.firstEntry(ofPeer: slot)
        while index >= 0 {
            let entry = outbox.entries[Int(index)]
            if entry.seal != .none {
                let sealed = outbox.reseal(Int(index)) { bytes, count in
                    guard sender != nil else { return nil }
                    return entry.seal == .srtcp
                        ? try? sender!.protectRTCP(&bytes, count: count)
                        : try? sender!.protectRTP(&bytes, count: count, isRepetition: entry.seal == .srtpAgain)
                }
                if !sealed { drops.unsealed += 1 }
            }
            index = entry.next
        }
    }

    /// Fills in what is the transport's own: its count of packets, and the time.
    ///
    /// - Returns: the packet's size
    @inline(__always) mutating func stamp(
        _ packet: WrittenPacket, _ kind: SentPacketKind, at now: MonotonicTime, in span: inout MutableSpan<UInt8>
    ) -> Int {
        if packet.transportSequenceOffset > 0 {
            let number = downlink.noteSent(byteCount: packet.byteCount, kind: kind, at: now)
            span.put(number, at: packet.transportSequenceOffset)
        } else {
            downlink.noteUntimed(byteCount: packet.byteCount, at: now)
        }
        if packet.absoluteSendTimeOffset > 0 {
            span.put(uint24: AbsoluteSendTime(at: now).rawValue, at: packet.absoluteSendTimeOffset)
        }
        return packet.byteCount
    }

    /// Notes the arrival for transport-wide feedback.
    ///
    /// - Returns: true when feedback has become due for the first time
    mutating func noteArrival(_ packet: Span<UInt8>, _ header: RTPHeader, at now: MonotonicTime) -> Bool {
        guard extensions.transportSequenceNumber != 0,
            let range = header.range(ofExtension: extensions.transportSequenceNumber, in: packet),
            let number = TransportSequenceNumber.value(at: range, in: packet)
        else { return false }
        let before = arrivals.nextDeadline
        arrivals.note(sequenceNumber: number, byteCount: packet.count, at: now)
        feedbackSSRC = header.ssrc
        return arrivals.nextDeadline.isSooner(than: before)
    }

    mutating func noteRoundTrip(_ sample: Interval) {
        roundTrip = roundTrip == .zero ? sample : roundTrip + (sample - roundTrip) / 8
    }

    /// As reports or else transport-wide feedback tell; zero when neither does.
    var bestRoundTrip: Interval { roundTrip == .zero ? downlink.roundTrip ?? .zero : roundTrip }

    func pathState(at now: MonotonicTime) -> PathState {
        PathState(
            loss: downlink.lossFraction, roundTrip: bestRoundTrip,
            redundancyByteCount: downlink.redundancyByteCount(at: now))
    }

    func transportFeedbackIsDue(at now: MonotonicTime) -> Bool {
        guard let due = arrivals.nextDeadline else { return false }
        return due <= now
    }

    mutating func writeTransportFeedback(at now: MonotonicTime, into target: inout MutableSpan<UInt8>) -> Int? {
        var writer = RTCPWriter()
        let wrote = arrivals.write(from: reportSSRC, about: feedbackSSRC, at: now, to: &writer, into: &target)
        return wrote ? writer.count : nil
    }

    /// True once per interval.
    mutating func senderReportsDue(at now: MonotonicTime) -> Bool {
        guard now >= reportsDue else { return false }
        reportsDue = now + ShardTiming.senderReportInterval
        return true
    }
}

enum PeerLimits {
    /// 32 tracks of three encodings with their retransmissions.
    static let receivedSSRCs = 256
    /// SSRCs of tracks that are gone: three layers with retransmissions for some sections that are used again and again.
    static let formerSSRCs = 64
    /// Room for header and extensions in front of a payload: 12 + 4 + at most 340 of extension values, rarely over 40.
    static let headerBytes = 384
    /// RTCP compounds stay below any path's datagram size.
    static let compoundBytes = 1_180
    /// From the offer to the end of the handshake. The control plane gives up on the person at the same time.
    static let connectTimeout = Interval.seconds(60)
}

extension ICECredentialBytes {
    /// The same in the words of the seam between the planes.
    init?(_ credentials: ICECredentials) {
        self.init(usernameFragment: credentials.usernameFragment, password: credentials.password)
    }
}

extension DTLSFingerprint {
    /// The same in the words of the seam between the planes.
    init?(_ fingerprint: CertificateFingerprint) {
        let algorithm: Algorithm =
            switch fingerprint.algorithm {
            case .sha256: .sha256
            case .sha384: .sha384
            case .sha512: .sha512
            }
        self.init(algorithm: algorithm, digest: fingerprint.digest)
    }
}

extension MediaStatistics.Drops {
    /// Counts a packet that SRTP refused.
    mutating func count(_ error: SRTPError) {
        switch error {
        case .replayed: replayed += 1
        case .malformed: malformedRTP += 1
        case .tooManyStreams: overLimit += 1
        case .authenticationFailed, .retired, .keyExhausted, .noRoom, .cipherFailed: unauthenticated += 1
        }
    }
}
