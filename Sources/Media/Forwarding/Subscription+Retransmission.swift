// Answers the subscriber's negative acknowledgements.

public import Basics
public import MediaInterface

extension Subscription {
    /// A number that the subscriber misses (RFC 4585 section 6.2.1).
    ///
    /// Without a retransmission payload type the packet goes again under its own number, if it can be repeated byte by
    /// byte: the same SRTP packet index must never protect two different packets (RFC 3711 section 9.1). So packets with
    /// numbers or times of the transport in their header are not repeated, and all others are made from the same parts as
    /// the first time; `write` compares.
    ///
    /// - Parameters:
    ///   - roundTrip: to the subscriber; zero when not known
    ///   - extensions: the identifiers of the subscriber's transport
    /// - Returns: nil when it was never sent, has left the cache, was sent again less than most of a round trip ago, or the
    ///   budget for retransmissions is used up
    public mutating func retransmission(
        of sequence: UInt16, roundTrip: Interval, extensions: HeaderExtensionIDs, at now: MonotonicTime,
        track: borrowing PublishedTrack
    ) -> RetransmissionPlan? {
        let outgoing = extend(sequence)
        guard outgoing >= firstRepairable, let sent = history.packet(outgoing) else { return nil }
        if kind == .audio, history.noteMissed(outgoing) { redundancy.noteMissing(outgoing, at: now) }
        // Round trips vary: one that is shorter than the last ones must not be refused its second try.
        let answerTime = max(roundTrip * 3 / 4, ForwardingLimits.minimumRetransmissionInterval)
        if sent.wasRepeated, now - sent.sentAt < answerTime { return nil }
        guard let packet = track.packet(encoding: Int(sent.encoding), extendedSequence: sent.sequence),
            let payload = mapping(sent.publishedPayloadType)
        else { return nil }
        if payload.subscribedRetransmission == nil, sent.fingerprint == 0 { return nil }
        guard budget.take(packet.payload.count + ForwardingLimits.packetOverheadBytes, at: now) else { return nil }
        history.noteRepetition(outgoing, at: now)
        return retransmissionPlan(of: sent, packet, payload)
    }

    mutating func retransmissionPlan(
        of sent: SentPacket, _ packet: AcceptedPacket, _ payload: PayloadMapping
    ) -> RetransmissionPlan {
        var plan = RetransmissionPlan(
            packet: packet, original: plan(of: sent, payload),
            retransmissionPayloadType: payload.subscribedRetransmission, hasMid: sent.hasMid,
            fingerprint: sent.fingerprint)
        if payload.subscribedRetransmission != nil {
            plan.retransmissionSequence = nextRetransmissionSequence
            nextRetransmissionSequence &+= 1
        }
        return plan
    }

    /// The numbers under which a packet was planned.
    func plan(of sent: SentPacket, _ payload: PayloadMapping) -> ForwardPlan {
        var plan = ForwardPlan()
        plan.extendedSequence = sent.outgoing
        plan.timestamp = sent.timestamp
        plan.payloadType = sent.payloadType
        plan.marker = sent.marker
        plan.vp8 = sent.vp8
        plan.offsets = sent.offsets
        plan.isTimed = isTimed(payload)
        plan.speech = sent.speech
        plan.redundancyByteCount = sent.speech.redundancy.isEmpty ? 0 : RedundancyLimits.payloadBytes
        return plan
    }
}
