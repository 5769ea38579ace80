// The decision how a packet of speech is wrapped for one subscriber.

import Basics
import MediaInterface
import RTP

/// Everything that decides the payload's bytes, besides the stored packets: the same plan gives the same bytes. Trivial.
struct SpeechPlan: Hashable, Sendable {
    /// Earlier frames that go in front.
    var redundancy = RedundancyPattern()
    /// The subscriber's payload type of Opus, in the heads of the blocks.
    var opusPayloadType: UInt8 = 0
    /// The published payload is not copied, but its newest block.
    var isRemade = false

    init() {}
}

extension ForwardPlan {
    func payloadByteCount(of packet: AcceptedPacket) -> Int {
        speech.isRemade ? packet.speechRange.count + redundancyByteCount : packet.payload.count
    }
}

extension RedundancyConversion {
    /// Whether a packet can be sent under this conversion.
    func takes(_ packet: AcceptedPacket) -> Bool {
        self == .none || packet.isPadding || packet.speech.isReadable
    }
}

extension PublishedTrack {
    /// The frames of a pattern that are worth sending with a packet, and what they cost in bytes.
    func redundancy(_ wished: RedundancyPattern, for packet: AcceptedPacket) -> (RedundancyPattern, byteCount: Int) {
        var wished = wished
        var chosen = RedundancyPattern()
        var total = 1
        let room = RedundancyLimits.payloadBytes - packet.speechRange.count
        while let distance = wished.popNearest() {
            guard let older = stored(distance, before: packet), older.isWorthRepeating(with: packet, distance)
            else { continue }
            let cost = 4 + older.speechRange.count
            guard total + cost <= room else { break }
            total += cost
            chosen.insert(distance: distance)
        }
        return chosen.isEmpty ? (chosen, 0) : (chosen, total)
    }

    func stored(_ distance: Int, before packet: AcceptedPacket) -> AcceptedPacket? {
        self.packet(encoding: Int(packet.encoding), extendedSequence: packet.extendedSequence - Int64(distance))
    }
}

extension AcceptedPacket {
    /// Speech that a subscriber can still play, not from before a pause of discontinuous transmission.
    func isWorthRepeating(with newer: AcceptedPacket, _ distance: Int) -> Bool {
        guard !isPadding, speech.isReadable, !speech.isSilence, speechRange.count <= RedundancyLimits.blockBytes else {
            return false
        }
        let age = newer.timestamp &- timestamp
        let unbroken = UInt32(distance) * UInt32(max(speech.durationTicks, newer.speech.durationTicks))
        return age > 0 && age <= min(RedundancyLimits.ageTicks, unbroken)
    }
}
