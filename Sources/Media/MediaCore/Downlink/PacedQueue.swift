// Planned packets that wait until the network may take them. Owned by `PeerDownlink`.

internal import Basics

/// One planned packet: its bytes stay in the retransmission cache of its track until it goes.
struct PacedPacket {
    /// Handle in the room's `subscriptions`.
    var subscription: SlotHandle
    /// Extended number under which the subscription has planned it.
    var outgoing: Int64
    var queuedAt: MonotonicTime
}

/// First in, first out, bounded. Allocates only while it grows to what a subscriber has once needed.
struct PacedQueue {
    private var packets: [PacedPacket] = []
    private var next = 0

    var isEmpty: Bool { next == packets.count }
    var count: Int { packets.count - next }
    var first: PacedPacket? { isEmpty ? nil : packets[next] }

    /// How long the oldest packet has waited.
    func delay(at now: MonotonicTime) -> Interval { first.map { now - $0.queuedAt } ?? .zero }

    /// False when the queue is full.
    mutating func append(_ packet: PacedPacket) -> Bool {
        guard count < DownlinkLimits.queuedPackets else { return false }
        if next >= 64, next * 2 >= packets.count {
            packets.removeFirst(next)
            next = 0
        }
        packets.append(packet)
        return true
    }

    mutating func removeFirst() {
        next += 1
        guard isEmpty else { return }
        packets.removeAll(keepingCapacity: true)
        next = 0
    }

    mutating func removeAll() {
        packets.removeAll(keepingCapacity: true)
        next = 0
    }

    func forEach(_ body: (PacedPacket) -> Void) {
        for index in next..<packets.count { body(packets[index]) }
    }
}

enum DownlinkLimits {
    /// 250 ms of 20 Mbit/s in packets of 1,200 bytes.
    static let queuedPackets = 512
    /// What has waited so long is no live picture any more: a keyframe of a lower layer is sooner there.
    static let longestQueueDelay = Interval.milliseconds(500)
    /// IPv4 and UDP headers and the SRTP tag around a packet.
    static let overheadBytes = 20 + 8 + 16
    /// While all get what they wish, layers are looked at so often.
    static let calmInterval = Interval.seconds(1)
    /// While somebody gets less.
    static let tightInterval = Interval.milliseconds(200)
    /// A client that was sent packets for so long and has given no feedback will not do so.
    static let feedbackPatience = Interval.seconds(2)
    /// The target must change by this much, percent, to be shared anew between two looks: less is noise.
    static let noticeableFallPercent: Int64 = 5
    static let noticeableRisePercent: Int64 = 10
    /// A picture that has begun is not stopped before the network has been too slow for so long.
    static let pauseGrace = Interval.milliseconds(1_200)
    /// Margin of a step up soon after a fall, percent of its rate.
    static let cautiousMarginPercent = 60
    /// A path that loses more lets the estimate tremble.
    static let noticeableLoss: Float = 0.03
    /// Measured rates are never exact: so much too little is no reason to stop a picture.
    static let pauseMarginPercent = 25
    /// Repairs and speech take at most this share of what pictures are planned with: more is a burst that ends.
    static let othersPercent: Int64 = 25
    /// Share of the target that repairs of pictures may take: at 20 % loss each packet goes 1.25 times.
    static let repairPercent: Int64 = 50
    static let repairPercentInOveruse: Int64 = 15
    /// A queue on the path that is longer is one that repairs only make longer.
    static let fullQueue = Interval.milliseconds(100)
    /// A few packets can always be repaired at once.
    static let repairBurstBytes: Int64 = 16_000
    /// Padding packets are as long as their one length byte can say (RFC 3550 section 5.1).
    static let paddingBytes = 255
}
