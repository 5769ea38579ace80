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

    /// Takes out the packets of one subscription.
    mutating func removeAll(of subscription: SlotHandle, _ body: (PacedPacket) -> Void) {
        var kept = next
        for index in next..<packets.count {
            if packets[index].subscription == subscription {
                body(packets[index])
            } else {
                packets[kept] = packets[index]
                kept += 1
            }
        }
        packets.removeLast(packets.count - kept)
        if isEmpty { removeAll() }
    }

    mutating func removeAll() {
        packets.removeAll(keepingCapacity: true)
        next = 0
    }

    func forEach(_ body: (PacedPacket) -> Void) {
        for index in next..<packets.count { body(packets[index]) }
    }
}
