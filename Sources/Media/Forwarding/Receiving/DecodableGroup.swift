// The newest keyframe of an encoding and what came since: a picture at once for a new subscriber, while it is short.

import Basics

/// Owned by its receive stream; the packets are in the stream's cache.
struct DecodableGroup {
    /// The first packet of the keyframe.
    private(set) var head: Int64?
    private var arrival = MonotonicTime.zero
    private var bytes = 0

    /// A packet of the encoding came.
    mutating func note(_ packet: AcceptedPacket) {
        if packet.startsKeyframe, packet.extendedSequence > head ?? .min {
            // What came of a keyframe before its head counts too little; a head is seldom late.
            head = packet.extendedSequence
            arrival = packet.arrival
            bytes = 0
        }
        bytes += Int(packet.payloadLength)
    }

    /// Whether it is short enough to be sent at once, `newest` being the newest packet of the encoding.
    func isShort(newest: Int64, at now: MonotonicTime) -> Bool {
        guard let head else { return false }
        return now - arrival <= ForwardingLimits.groupAge && bytes <= ForwardingLimits.groupBytes
            && newest - head < ForwardingLimits.groupPackets
    }
}
