import Basics
import CongestionControl
import MediaInterface
import RTP
import SecureTransport
import SyntheticPeer

/// One browser of the simulation: a transport, perhaps a camera with some encodings, and the streams it receives.
final class SimulatedClient {
    let id: PeerID
    var transport: SyntheticTransport
    var encodings: [SyntheticVideo] = []
    var receivers: [UInt32: SyntheticReceiver] = [:]
    var voice = SimulatedVoice()
    var transportSequence: UInt16 = 0
    var connectedAt: MonotonicTime?
    var keyframeRequests = 0
    var nacksReceived = 0
    var transportFeedbacks = 0
    var senderReports: [UInt32: SenderInfo] = [:]
    var roundTrip = Interval.milliseconds(100)
    /// Tells the server when its packets came, as browsers do.
    var givesTransportFeedback = true
    private var arrivals = TransportFeedbackRecorder()
    private var feedbackDue = MonotonicTime.zero
    private var reportDue = MonotonicTime.zero
    /// Everything that was received, when a test wants to look at it.
    var onPacket: ((Span<UInt8>) -> Void)?

    init(id: PeerID, transport: consuming SyntheticTransport) {
        self.id = id
        self.transport = transport
    }

    var isConnected: Bool { transport.isConnected }
    var address: SocketAddress { transport.localAddress }

    var nextDeadline: MonotonicTime {
        var earliest = transport.nextDeadline ?? .distantFuture
        if transport.isConnected {
            earliest = min(earliest, feedbackDue)
            earliest = min(earliest, voice.nextDeadline)
            for encoding in encodings { earliest = min(earliest, encoding.nextDeadline, reportDue) }
        }
        return earliest
    }

    func receive(_ datagram: VirtualNetwork.Datagram, at now: MonotonicTime) {
        var bytes = datagram.bytes
        var span = bytes.mutableSpan
        switch transport.receive(&span, from: datagram.source, at: now) {
        case .connected: connectedAt = connectedAt ?? now
        case .rtp(let count): receiveRTP(bytes.span.extracting(first: count), at: now)
        case .rtcp(let count): receiveRTCP(bytes.span.extracting(first: count), at: now)
        case .nothing, .failed: break
        }
    }

    private func receiveRTP(_ packet: Span<UInt8>, at now: MonotonicTime) {
        onPacket?(packet)
        guard let header = try? RTPHeader(parsing: packet) else { return }
        voice.receive(packet, header, at: now)
        noteArrival(packet, header, at: now)
        for (ssrc, receiver) in receivers where header.ssrc == ssrc || header.ssrc == receiver.retransmissionSSRC {
            receivers[ssrc]!.receive(packet, at: now)
        }
    }

    private func noteArrival(_ packet: Span<UInt8>, _ header: RTPHeader, at now: MonotonicTime) {
        guard givesTransportFeedback,
            let range = header.range(ofExtension: World.extensions.transportSequenceNumber, in: packet),
            let number = TransportSequenceNumber.value(at: range, in: packet)
        else { return }
        arrivals.note(sequenceNumber: number, byteCount: packet.count, at: now)
    }

    private func receiveRTCP(_ compound: Span<UInt8>, at now: MonotonicTime) {
        var cursor = RTCPCursor()
        while let packet = cursor.next(in: compound) {
            switch packet.message(in: compound) {
            case .pictureLossIndication(let request): requestKeyframe(request.mediaSSRC)
            case .fullIntraRequest(let request):
                for index in 0..<request.count { requestKeyframe(request.entry(index, in: compound).ssrc) }
            case .nack(var nack):
                nacksReceived += 1
                while let missing = nack.next(in: compound) { retransmit(missing, of: nack.mediaSSRC) }
            case .transportFeedback: transportFeedbacks += 1
            case .senderReport(let report):
                senderReports[report.info.ssrc] = report.info
                voice.note(report.info, at: now)
            default: break
            }
        }
    }

    private func requestKeyframe(_ ssrc: UInt32) {
        keyframeRequests += 1
        for index in encodings.indices where encodings[index].ssrc == ssrc { encodings[index].requestKeyframe() }
    }

    private func retransmit(_ missing: UInt16, of ssrc: UInt32) {
        if let packet = voice.repetition(of: missing, ssrc: ssrc) {
            transport.sendRTP(packet, isRepetition: true)
        }
        for index in encodings.indices where encodings[index].ssrc == ssrc {
            if let packet = encodings[index].retransmission(of: missing, transportSequence: &transportSequence) {
                transport.sendRTP(packet)
            }
        }
    }

    func advance(to now: MonotonicTime) {
        transport.advance(to: now)
        guard transport.isConnected else { return }
        for index in encodings.indices {
            for packet in encodings[index].packets(at: now, transportSequence: &transportSequence) {
                transport.sendRTP(packet)
            }
        }
        for packet in voice.packets(at: now, transportSequence: &transportSequence) { transport.sendRTP(packet) }
        if now >= feedbackDue {
            feedbackDue = now + .milliseconds(20)
            for compound in voice.feedback(roundTrip: roundTrip, at: now) { transport.sendRTCP(compound) }
            for ssrc in receivers.keys.sorted() { sendFeedback(ssrc, at: now) }
            sendTransportFeedback(at: now)
        }
        if now >= reportDue {
            reportDue = now + .seconds(1)
            sendSenderReports(at: now)
        }
    }

    private func sendFeedback(_ ssrc: UInt32, at now: MonotonicTime) {
        var bytes = [UInt8](repeating: 0, count: 1_200)
        var span = bytes.mutableSpan
        var writer = RTCPWriter()
        let missing = receivers[ssrc]!.dueNACKs(roundTrip: roundTrip, at: now)
        if !missing.isEmpty {
            _ = writer.appendNACK(missing.span, from: 1, about: ssrc, into: &span)
        }
        if receivers[ssrc]!.wantsKeyframe(at: now) {
            _ = writer.appendPictureLossIndication(from: 1, about: ssrc, into: &span)
        }
        if writer.count > 0 { transport.sendRTCP(Array(bytes[..<writer.count])) }
    }

    private func sendTransportFeedback(at now: MonotonicTime) {
        while let due = arrivals.nextDeadline, due <= now {
            var bytes = [UInt8](repeating: 0, count: 1_200)
            var span = bytes.mutableSpan
            var writer = RTCPWriter()
            guard arrivals.write(from: 1, about: 1, at: now, to: &writer, into: &span) else { return }
            transport.sendRTCP(Array(bytes[..<writer.count]))
        }
    }

    private func sendSenderReports(at now: MonotonicTime) {
        for encoding in encodings {
            var bytes = [UInt8](repeating: 0, count: 64)
            var span = bytes.mutableSpan
            var writer = RTCPWriter()
            let info = SenderInfo(
                ssrc: encoding.ssrc, ntpTime: NTPTime(unixNanoseconds: now.nanoseconds),
                rtpTimestamp: encoding.timestamp(at: now), packetCount: encoding.packetsSent,
                octetCount: encoding.octetsSent)
            _ = writer.appendSenderReport(info, blocks: Span(), into: &span)
            transport.sendRTCP(Array(bytes[..<writer.count]))
        }
    }
}
