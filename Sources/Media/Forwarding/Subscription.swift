// A track as one subscriber receives it: which packets, under which numbers. Owned by the room's shard.

public import Basics
public import MediaInterface
import RTP

/// Maps the packets of a published track to one continuous stream. Does not know whether its peer is a browser or a
/// relay.
public struct Subscription: ~Copyable {
    let kind: MediaKind
    public let ssrc: UInt32
    public let retransmissionSSRC: UInt32
    var mid: SDESToken?
    private var payloads: [PayloadMapping]
    /// The mapping used last: streams seldom change it.
    private var payload: PayloadMapping?

    var selector: LayerSelector
    private var sequences: SequenceMapper
    var timestamps: TimestampMapper
    private var pictures: VP8PictureMapper
    private var numbers = NumberOffsetMapper()
    var history: SentHistory
    var budget: RetransmissionBudget
    var nextRetransmissionSequence: UInt16
    /// What went before was given up: the network could not carry it.
    var firstRepairable = Int64.min
    /// How much redundancy speech gets.
    var redundancy = RedundancyControl()

    /// When the first packet was planned.
    private(set) var startedAt: MonotonicTime?
    /// When the mid is written again; `zero` writes it with every packet.
    var nextMid = MonotonicTime.zero
    var hasReport = false
    var reports = SenderReportHistory()
    /// The outgoing timeline as the last sender report told it.
    var mediaClock: MediaClock?

    var playoutDelay = PlayoutDelayControl()

    /// Without retransmissions.
    public internal(set) var packetsSent: UInt64 = 0
    /// Payload bytes, without retransmissions.
    public internal(set) var octetsSent: UInt64 = 0
    public internal(set) var packetsRetransmitted: UInt64 = 0
    /// As last reported, in 1/256.
    public internal(set) var fractionLost: UInt8 = 0
    /// As last measured by sender and receiver reports.
    public internal(set) var roundTrip: Interval?

    /// - Parameters:
    ///   - random: gives the first sequence numbers and timestamp (RFC 3550 section 5.1)
    public init(
        _ description: SubscriptionDescription, kind: MediaKind, at now: MonotonicTime, random: inout SeededRandom
    ) {
        self.kind = kind
        ssrc = description.ssrc
        retransmissionSSRC = description.retransmissionSSRC
        mid = SDESToken(description.mid)
        payloads = Array(description.payloads.prefix(MediaLimits.payloadsPerTrack))
        selector = LayerSelector(description.settings, kind: kind)
        // Below 2^15, so that a first packet that is lost is not taken for a wrap (RFC 3711 section 3.3.1).
        sequences = SequenceMapper(before: 0x1_0000 + Int64.random(in: 1..<0x8000, using: &random))
        timestamps = TimestampMapper(first: UInt32.random(in: .min ... .max, using: &random))
        pictures = VP8PictureMapper(
            beforePictureID: UInt16.random(in: 0..<0x8000, using: &random),
            level: UInt8.random(in: .min ... .max, using: &random))
        nextRetransmissionSequence = UInt16.random(in: 1..<0x8000, using: &random)
        history = SentHistory(
            limit: kind == .video ? ForwardingLimits.sentVideoPackets : ForwardingLimits.sentAudioPackets)
        budget = RetransmissionBudget(at: now)
    }

    public mutating func configure(_ settings: SubscriptionSettings) { selector.configure(settings) }

    /// A later negotiation: payload types and settings change, the stream goes on. SSRCs and mid stay those of `init`.
    public mutating func update(_ description: SubscriptionDescription) {
        payloads = Array(description.payloads.prefix(MediaLimits.payloadsPerTrack))
        payload = nil
        selector.configure(description.settings)
    }

    /// The newest number that was given to a packet.
    var newestOutgoing: Int64 { sequences.newestOutgoing }

    /// Whether retransmissions of their own payload type can go, and so probes of the path.
    public var takesRetransmissions: Bool { retransmissionPayloadType != nil }

    /// Payload type of retransmissions to the subscriber; nil before the first packet, and where there are none.
    var retransmissionPayloadType: UInt8? { payload?.subscribedRetransmission }

    /// Index of the encoding that is forwarded now; nil before the first packet.
    public var currentEncoding: Int? { selector.current.map(Int.init) }

    /// The encoding that this subscription needs a keyframe of, nil when none: pass it to
    /// `PublishedTrack.requestKeyframe`.
    public var wantedKeyframe: Int? { selector.wantedKeyframe }

    /// The keyframe is wanted because a picture was lost, not for a start or a switch.
    public var wantsKeyframeForLoss: Bool { selector.isPictureLost }

    /// The subscriber cannot decode (PLI or FIR): sets `wantedKeyframe` until a keyframe has been forwarded.
    public mutating func noteKeyframeRequest(at now: MonotonicTime) { selector.notePictureLoss(at: now) }

    /// Decides how a packet of the track goes to this subscriber. Must be called for every accepted packet of every
    /// encoding, in order of arrival.
    ///
    /// - Returns: nil when it does not go (other layer, disabled, waiting for a keyframe, unknown payload type, padding)
    public mutating func plan(_ packet: AcceptedPacket, of track: borrowing PublishedTrack) -> ForwardPlan? {
        guard let payload = mapping(packet.payloadType), payload.redundancy.takes(packet) else {
            if selector.isForwarding(packet.encoding), !packet.isLate { sequences.drop(packet.extendedSequence) }
            return nil
        }
        var startsRun = false
        var resumes = false
        switch selector.decide(packet, track.flows, at: packet.arrival) {
        case .ignore: return nil
        case .late: return planLate(packet, payload, of: track, isDropped: false)
        case .lateDrop: return planLate(packet, payload, of: track, isDropped: true)
        case .drop:
            leaveOut(packet)
            return nil
        case .start: startsRun = true
        case .resume(let overtakes):
            resumes = true
            if overtakes { sequences.dropAll(before: packet.extendedSequence) }
            startsRun = !sequences.continues(packet.extendedSequence)
        case .overtake:
            sequences.dropAll(before: packet.extendedSequence)
            startsRun = !sequences.continues(packet.extendedSequence)
        case .forward:
            if packet.isPadding {
                leaveOut(packet)
                return nil
            }
            startsRun = !sequences.continues(packet.extendedSequence)
        }
        if startsRun { startRun(packet, of: track) }
        var plan = ForwardPlan()
        let outgoing = startsRun ? sequences.newestOutgoing : sequences.map(packet.extendedSequence)
        plan.timestamp = timestamps.map(packet.timestamp, arrival: packet.arrival)
        if packet.vp8.byteCount > 0 {
            plan.vp8 = pictures.map(packet.vp8)
        } else if kind == .video {
            plan.offsets = numbers.map(packet)
        }
        plan.marker = selector.endsPicture(packet)
        plan.startsRun = startsRun || resumes
        plan.isFirst = startedAt == nil
        if plan.isFirst { startedAt = packet.arrival }
        finish(&plan, packet, payload, of: track, outgoing: outgoing)
        return plan
    }

    /// Nothing has gone that came after it: time must not run backwards.
    func isAfterAll(_ packet: AcceptedPacket) -> Bool { startedAt == nil || timestamps.newestArrival < packet.arrival }

    private mutating func startRun(_ packet: AcceptedPacket, of track: borrowing PublishedTrack) {
        let before = timestamps.encoding.flatMap { track.clock($0) }
        sequences.start(encoding: packet.encoding, at: packet.extendedSequence)
        timestamps.start(
            encoding: packet.encoding, timestamp: packet.timestamp, arrival: packet.arrival, from: before,
            to: track.clock(packet.encoding), clockRateHertz: track.clockRateHertz)
        if packet.vp8.byteCount > 0 { pictures.start(packet.vp8) }
        numbers.start(packet)
    }

    /// - Parameter isDropped: the packet itself does not go, only its number is filled
    private mutating func planLate(
        _ packet: AcceptedPacket, _ payload: PayloadMapping, of track: borrowing PublishedTrack, isDropped: Bool
    ) -> ForwardPlan? {
        guard let place = sequences.mapLate(encoding: packet.encoding, sequence: packet.extendedSequence) else {
            return nil
        }
        var plan = ForwardPlan()
        plan.isFiller = packet.isPadding || isDropped
        if place.isCurrent {
            plan.timestamp = timestamps.map(packet.timestamp, arrival: packet.arrival)
            if packet.vp8.byteCount > 0 { plan.vp8 = pictures.map(packet.vp8) }
        } else {
            // A picture of which nothing came before the switch has lost its place: only its number is filled.
            let timestamp = timestamps.mapPrevious(packet.timestamp)
            plan.isFiller = plan.isFiller || timestamp == nil
            plan.timestamp = timestamp ?? timestamps.newestOutgoing
            if packet.vp8.byteCount > 0 { plan.vp8 = pictures.mapPrevious(packet.vp8) }
        }
        plan.offsets = numbers.mapLate(isCurrent: place.isCurrent)
        plan.marker = selector.endsPicture(packet, isCurrentRun: place.isCurrent)
        finish(&plan, packet, payload, of: track, outgoing: place.outgoing)
        return plan
    }

    private mutating func finish(
        _ plan: inout ForwardPlan, _ packet: AcceptedPacket, _ payload: PayloadMapping,
        of track: borrowing PublishedTrack, outgoing: Int64
    ) {
        plan.extendedSequence = outgoing
        plan.isTimed = isTimed(payload)
        plan.isRepeatable = payload.subscribedRetransmission == nil
        plan.payloadType = payload.subscribed
        plan.marker = plan.marker && !plan.isFiller
        guard !plan.isFiller else { return }
        if payload.redundancy != .none { planSpeech(&plan, packet, payload.redundancy, of: track) }
        history.insert(
            SentPacket(
                outgoing: outgoing, sequence: packet.extendedSequence, sentAt: packet.arrival,
                timestamp: plan.timestamp, vp8: plan.vp8, offsets: plan.offsets, encoding: packet.encoding,
                publishedPayloadType: packet.payloadType, payloadType: plan.payloadType, speech: plan.speech,
                marker: plan.marker))
    }

    /// A packet of the current encoding that does not go: later ones close up.
    private mutating func leaveOut(_ packet: AcceptedPacket) {
        sequences.drop(packet.extendedSequence)
        if packet.vp8.byteCount > 0 { pictures.drop(packet.vp8) }
    }

    /// Whether packets carry numbers and times of the transport. Audio that is repeated as it was must not.
    func isTimed(_ payload: PayloadMapping) -> Bool {
        kind == .video || payload.subscribedRetransmission != nil
    }

    mutating func mapping(_ payloadType: UInt8) -> PayloadMapping? {
        if let payload, payload.published == payloadType { return payload }
        for index in payloads.indices where payloads[index].published == payloadType {
            payload = payloads[index]
            return payload
        }
        return nil
    }

    /// The extended number of ours that a subscriber means by these 16 bits: one of the last 2^15.
    func extend(_ sequence: UInt16) -> Int64 {
        let newest = sequences.newestOutgoing
        return newest - Int64(UInt16(truncatingIfNeeded: newest) &- sequence)
    }
}
