// Answers the subscriber's negative acknowledgements.

public import Basics
public import MediaInterface

extension Subscription {
    /// A number that the subscriber misses (RFC 4585 section 6.2.1).
    ///
    /// Without a retransmission payload type the packet goes again under its own number, if it can be repeated byte by
    /// byte: the same SRTP packet index must never protect two different packets (RFC 3711 section 9.1). So packets with
    /// numbers or times of the transport in their header are not repeated.
    ///
    /// - Parameters:
    ///   - roundTrip: to the subscriber; zero when not known
    ///   - extensions: the identifiers of the subscriber's transport
    /// - Returns: nil when it was never sent, has left the cache, was sent again less than a round trip ago, or the
    ///   budget for retransmissions is used up
    public mutating func retransmission(
        of sequence: UInt16, roundTrip: Interval, extensions: HeaderExtensionIDs, at now: MonotonicTime,
        track: borrowing PublishedTrack
    ) -> RetransmissionPlan? {
        let outgoing = extend(sequence)
        guard let sent = history.packet(outgoing) else { return nil }
        if sent.wasRepeated, now - sent.sentAt < max(roundTrip, ForwardingLimits.minimumRetransmissionInterval) {
            return nil
        }
        guard let packet = track.packet(encoding: Int(sent.encoding), extendedSequence: sent.sequence),
            let payload = mapping(sent.publishedPayloadType)
        else { return nil }
        let isTimed = isTimed(payload)
        let hasTimes = extensions.transportSequenceNumber != 0 || extensions.absoluteSendTime != 0
        if payload.subscribedRetransmission == nil, isTimed, hasTimes { return nil }
        guard budget.take(packet.payload.count + ForwardingLimits.packetOverheadBytes, at: now) else { return nil }
        history.noteRepetition(outgoing, at: now)

        var original = ForwardPlan()
        original.extendedSequence = outgoing
        original.timestamp = sent.timestamp
        original.payloadType = payload.subscribed
        original.marker = sent.marker
        original.vp8 = sent.vp8
        original.isTimed = isTimed
        var plan = RetransmissionPlan(
            packet: packet, original: original, retransmissionPayloadType: payload.subscribedRetransmission,
            hasMid: sent.hasMid)
        if payload.subscribedRetransmission != nil {
            plan.retransmissionSequence = nextRetransmissionSequence
            nextRetransmissionSequence &+= 1
        }
        return plan
    }
}
