// Speech on its way to one subscriber: how much redundancy, and under which payload type.

public import Basics
import MediaInterface

extension Subscription {
    /// How the way to the subscriber is, as feedback of the transport tells. Together with receiver reports and repeated
    /// requests the loss decides how much redundancy speech gets, and with the round trip how long pictures wait for their
    /// repair.
    public mutating func follow(_ path: PathState, at now: MonotonicTime) {
        switch kind {
        case .audio: redundancy.follow(path, at: now)
        case .video: playoutDelay.note(loss: path.loss, roundTrip: path.roundTrip, at: now)
        }
    }

    /// Earlier frames that go with each packet of speech, where the subscriber takes them.
    public var redundancyDepth: Int { redundancy.pattern.count }

    /// Decides the payload of a packet of speech. A late one goes alone: what it would carry has gone before.
    func planSpeech(
        _ plan: inout ForwardPlan, _ packet: AcceptedPacket, _ conversion: RedundancyConversion,
        of track: borrowing PublishedTrack
    ) {
        switch conversion {
        case .none: return
        case .unwrap: plan.speech.isRemade = true
        case .wrap(let opus):
            plan.speech.isRemade = true
            plan.speech.opusPayloadType = opus
            let wished =
                packet.isLate ? RedundancyPattern() : redundancy.pattern(frameByteCount: packet.speechRange.count)
            let (chosen, byteCount) = track.redundancy(wished, for: packet)
            plan.speech.redundancy = chosen
            plan.redundancyByteCount = byteCount
            if chosen.isEmpty { plan.payloadType = opus }
        }
    }
}
