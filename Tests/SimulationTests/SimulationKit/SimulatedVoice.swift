import Basics
import MediaInterface
import RTP
import SyntheticPeer

/// The microphones and loudspeakers of a client, with the feedback that browsers give on sound.
struct SimulatedVoice {
    var microphones: [SyntheticAudio] = []
    var ears: [UInt32: SyntheticAudioReceiver] = [:]
    /// Whether missing packets are asked for (RFC 4585): browsers do, some native clients do not.
    var asks = true
    private var reception: [UInt32: ReceptionStatistics] = [:]
    private var reportsDue = MonotonicTime.zero
    private(set) var asked = 0
    private(set) var repeated = 0
    /// Bytes of all packets that came for the ears.
    private(set) var bytesReceived = 0

    var nextDeadline: MonotonicTime { microphones.map(\.nextDeadline).min() ?? .distantFuture }

    mutating func packets(at now: MonotonicTime, transportSequence: inout UInt16) -> [[UInt8]] {
        var packets: [[UInt8]] = []
        for index in microphones.indices {
            while let packet = microphones[index].nextPacket(at: now, transportSequence: &transportSequence) {
                packets.append(packet)
            }
        }
        return packets
    }

    mutating func repetition(of sequence: UInt16, ssrc: UInt32) -> [UInt8]? {
        let packet = microphones.first { $0.ssrc == ssrc }?.repetition(of: sequence)
        if packet != nil { repeated += 1 }
        return packet
    }

    mutating func receive(_ packet: Span<UInt8>, _ header: RTPHeader, at now: MonotonicTime) {
        guard ears[header.ssrc] != nil else { return }
        ears[header.ssrc]!.receive(packet, at: now)
        bytesReceived += packet.count
        reception[header.ssrc, default: ReceptionStatistics()].noteArrival(
            sequence: header.sequenceNumber, timestamp: header.timestamp, clockRateHertz: 48_000, at: now)
    }

    mutating func note(_ report: SenderInfo, at now: MonotonicTime) {
        reception[report.ssrc]?.noteSenderReport(report.ntpTime, at: now)
    }

    /// Requests for missing packets, and every five seconds, as browsers do for sound, a report.
    mutating func feedback(roundTrip: Interval, at now: MonotonicTime) -> [[UInt8]] {
        let isReportDue = now >= reportsDue
        if isReportDue { reportsDue = now + .seconds(5) }
        return ears.keys.sorted().compactMap { ssrc in
            var bytes = [UInt8](repeating: 0, count: 400)
            var span = bytes.mutableSpan
            var writer = RTCPWriter()
            if isReportDue, let block = reception[ssrc]?.takeReport(ssrc: ssrc, at: now) {
                let blocks = [block]
                _ = writer.appendReceiverReport(from: 1, blocks: blocks.span, into: &span)
            }
            let missing = asks ? ears[ssrc]!.dueNACKs(roundTrip: roundTrip, at: now) : []
            asked += missing.count
            if !missing.isEmpty { _ = writer.appendNACK(missing.span, from: 1, about: ssrc, into: &span) }
            return writer.count > 0 ? Array(bytes[..<writer.count]) : nil
        }
    }
}

extension World {
    static let opus: UInt8 = 111
    static let red: UInt8 = 63
    /// The subscribers' own, so that nothing works by accident.
    static let heardOpus: UInt8 = 109
    static let heardRED: UInt8 = 64

    /// A microphone that sends at once.
    func speak(
        _ client: SimulatedClient, redundancy: SyntheticRedundancy? = nil, pauses: SyntheticPauses? = nil
    ) -> TrackDescription {
        let ssrc = UInt32(7_000 + client.id.rawValue * 10)
        let payloads = [(Self.opus, MediaCodec.opus), (Self.red, .red)].map {
            PayloadDescription(payloadType: $0, codec: $1, clockRateHertz: 48_000, supportsNACK: true)
        }
        let track = TrackDescription(
            id: TrackID(identifier()), publisher: client.id, kind: .audio, mid: "a\(client.id.rawValue)",
            payloads: payloads, encodings: [EncodingDescription(ssrc: ssrc)])
        apply(.publish(track))
        client.voice.microphones.append(
            SyntheticAudio(
                ssrc: ssrc, payloadType: Self.opus, mid: track.mid, extensions: Self.extensions,
                redundancy: redundancy, pauses: pauses, random: &random, at: now))
        return track
    }

    /// - Parameter takesRedundancy: the listener knows RED (RFC 2198)
    @discardableResult func listen(
        _ client: SimulatedClient, to track: TrackDescription, takesRedundancy: Bool = true
    ) -> UInt32 {
        let ssrc = UInt32(200_000 + identifier() * 2)
        let payloads =
            takesRedundancy
            ? [Self.opus, Self.red].map {
                PayloadMapping(published: $0, subscribed: Self.heardRED, redundancy: .wrap(opus: Self.heardOpus))
            }
            : [
                PayloadMapping(published: Self.opus, subscribed: Self.heardOpus),
                PayloadMapping(published: Self.red, subscribed: Self.heardOpus, redundancy: .unwrap),
            ]
        apply(
            .subscribe(
                SubscriptionDescription(
                    id: SubscriptionID(identifier()), track: track.id, subscriber: client.id, mid: "h\(ssrc)",
                    ssrc: ssrc, retransmissionSSRC: ssrc + 1, payloads: payloads)))
        client.voice.ears[ssrc] = SyntheticAudioReceiver(ssrc: ssrc, redundancyPayloadType: Self.heardRED)
        return ssrc
    }
}
