// The media side of one participant: its socket, its transport, what it sends and what it receives.

import Basics
import CongestionControl
import MediaInterface
import RTP
import SecureTransport
import SyntheticPeer

/// Belongs to one media thread.
final class MediaPeer {
    let participant: Int
    let socket: LoadSocket
    var transport: SyntheticTransport
    private let notify: @Sendable (MediaNotice) -> Void

    var audioSources: [SyntheticAudio] = []
    var videoSources: [SyntheticVideo] = []
    /// Numbers all packets of the transport.
    var transportSequence: UInt16 = 0

    var streams: [PeerStream] = []
    /// Position in `streams` by SSRC, retransmissions included.
    private var positions: [UInt32: Int] = [:]
    var extensions = HeaderExtensionIDs()
    var feedback = TransportFeedbackRecorder()
    var feedbackDue = MonotonicTime.zero
    var reportDue = MonotonicTime.zero
    let clock: NTPClock

    private(set) var connectedAt: MonotonicTime?
    private var hasFailed = false
    var keyframeRequests = 0
    var retransmissionRequests = 0
    var transportFeedbacks = 0

    init(_ setup: MediaSetup, context: DTLSContext, clock: NTPClock, seed: UInt64, at now: MonotonicTime)
        throws(LoadFailure)
    {
        let socket = try LoadSocket(towards: setup.server, allowsRemote: setup.allowsRemote)
        let configuration = SyntheticTransportConfiguration(
            localAddress: socket.localAddress, serverAddress: setup.server, local: setup.local,
            remote: setup.remote.credentials, fingerprint: setup.remote.fingerprint, seed: seed,
            role: setup.remote.role)
        guard let transport = SyntheticTransport(configuration, context: context, at: now) else {
            throw .unusableAnswer("its ICE credentials are malformed")
        }
        self.transport = transport
        self.socket = socket
        self.clock = clock
        participant = setup.participant
        notify = setup.notify
    }

    // MARK: Receiving

    func receive(
        _ datagram: inout MutableSpan<UInt8>, from source: SocketAddress, at now: MonotonicTime,
        _ meter: inout LoadMeter
    ) {
        let byteCount = datagram.count
        switch transport.receive(&datagram, from: source, at: now) {
        case .rtp(let count):
            meter.traffic.packetsIn += 1
            meter.traffic.bytesIn += byteCount
            receiveRTP(datagram.span.extracting(first: count), byteCount: byteCount, at: now, &meter)
        case .rtcp(let count): receiveRTCP(datagram.span.extracting(first: count), at: now)
        case .connected:
            connectedAt = now
            notify(.connected(now))
        case .failed: fail(.mediaFailed("the DTLS handshake failed"))
        case .nothing: break
        }
    }

    private func fail(_ failure: LoadFailure) {
        guard !hasFailed else { return }
        hasFailed = true
        notify(.failed(failure))
    }

    private func receiveRTP(
        _ packet: Span<UInt8>, byteCount: Int, at now: MonotonicTime, _ meter: inout LoadMeter
    ) {
        guard let header = try? RTPHeader(parsing: packet) else { return }
        if let range = header.range(ofExtension: extensions.transportSequenceNumber, in: packet),
            let number = TransportSequenceNumber.value(at: range, in: packet)
        {
            feedback.note(sequenceNumber: number, byteCount: byteCount, at: now)
        }
        guard let position = positions[header.ssrc] else { return }
        streams[position].receive(packet, header, at: now)
        let incoming = streams[position].incoming
        guard meter.isMeasuring, header.ssrc == incoming.ssrc, let sent = SendStamp.read(packet) else { return }
        switch incoming.kind {
        case .audio: meter.audioLatency.record(now - sent)
        case .video: meter.videoLatency.record(now - sent)
        }
    }

    /// Takes over what the server's description says of the streams that come.
    func expect(_ incoming: [IncomingStream], _ ids: HeaderExtensionIDs) {
        extensions = ids
        let current = Set(incoming)
        for index in streams.indices { streams[index].isRetired = !current.contains(streams[index].incoming) }
        let known = Set(streams.map(\.incoming))
        for stream in incoming where !known.contains(stream) && streams.count < LoadLimits.streamsPerPeer {
            positions[stream.ssrc] = streams.count
            if stream.retransmissionSSRC != 0 { positions[stream.retransmissionSSRC] = streams.count }
            streams.append(PeerStream(stream))
        }
    }

    // MARK: Sending

    func publish(_ negotiated: NegotiatedPublication, random: inout SeededRandom, at now: MonotonicTime) {
        switch negotiated.publication.media {
        case .audio:
            audioSources.append(
                SyntheticAudio(
                    ssrc: negotiated.publication.ssrc, payloadType: negotiated.payloadType, mid: negotiated.mid,
                    extensions: negotiated.extensions, random: &random, at: now))
        case .video(let encodings):
            let track = negotiated.track
            for (index, encoding) in encodings.enumerated() {
                let shape = encoding.frameShape
                videoSources.append(
                    SyntheticVideo(
                        track: track, encoding: index, extensions: negotiated.extensions,
                        framesPerSecond: encoding.framesPerSecond, packetsPerFrame: shape.packets,
                        payloadBytes: shape.payloadBytes, burst: encoding.burst, random: &random, at: now))
            }
        }
    }

    /// Sends what is due.
    func advance(to now: MonotonicTime, _ meter: inout LoadMeter) {
        transport.advance(to: now)
        if transport.hasFailed { fail(.mediaFailed("the DTLS handshake failed")) }
        guard transport.isConnected else { return }
        for index in audioSources.indices {
            while let packet = audioSources[index].nextPacket(at: now, transportSequence: &transportSequence) {
                send(packet, &meter)
            }
        }
        for index in videoSources.indices {
            for packet in videoSources[index].packets(at: now, transportSequence: &transportSequence) {
                send(packet, &meter)
            }
        }
        sendFeedback(at: now)
    }

    private func send(_ packet: [UInt8], _ meter: inout LoadMeter) {
        meter.traffic.packetsOut += 1
        meter.traffic.bytesOut += packet.count
        transport.sendRTP(packet)
    }

    var nextDeadline: MonotonicTime {
        var earliest = transport.nextDeadline ?? .distantFuture
        guard transport.isConnected else { return earliest }
        for source in audioSources { earliest = min(earliest, source.nextDeadline) }
        for source in videoSources { earliest = min(earliest, source.nextDeadline) }
        return min(earliest, feedbackDue, reportDue)
    }

    func outcome(at now: MonotonicTime) -> PeerOutcome {
        PeerOutcome(
            participant: participant, connectedAt: connectedAt, streams: streams.map { $0.outcome(at: now) },
            overflows: socket.overflows, keyframeRequests: keyframeRequests,
            retransmissionRequests: retransmissionRequests, transportFeedbacks: transportFeedbacks)
    }

    /// Position of a stream by the SSRC of its media.
    func position(of ssrc: UInt32) -> Int? { positions[ssrc] }
}

extension VideoEncodingPlan {
    /// Packets that a browser's pacer sends every 5 ms: two and a half times the bitrate.
    var burst: Int { max(1, framesPerSecond * frameShape.packets * 25 / 2_000) }
}

extension NegotiatedPublication {
    /// The track as the generator of synthetic video wants it.
    fileprivate var track: TrackDescription {
        let payload = PayloadDescription(
            payloadType: payloadType, codec: .vp8, clockRateHertz: 90_000,
            retransmissionPayloadType: retransmissionPayloadType, supportsNACK: true)
        let encodings = publication.encodings.enumerated().map { index, plan in
            let isAnnounced = !publication.isSimulcast
            return EncodingDescription(
                rid: plan.rid, ssrc: isAnnounced ? publication.ssrc : nil,
                retransmissionSSRC: isAnnounced ? publication.retransmissionSSRC : nil,
                spatialLayer: UInt8(clamping: index))
        }
        return TrackDescription(
            id: TrackID(0), publisher: PeerID(0), kind: .video, mid: mid, payloads: [payload], encodings: encodings)
    }
}
