// What a subscription has sent under which number, so that it can be sent again.

import Basics

/// One sent packet.
struct SentPacket {
    var outgoing: Int64 = -1
    var sequence: Int64 = 0
    /// When it was last sent.
    var sentAt = MonotonicTime.zero
    var timestamp: UInt32 = 0
    var vp8 = VP8Numbers()
    var offsets = NumberOffsets()
    var encoding: UInt8 = 0
    var publishedPayloadType: UInt8 = 0
    /// As it went out.
    var payloadType: UInt8 = 0
    var speech = SpeechPlan()
    /// Of the written packet where it may go again as it was; 0 while it has not been written.
    var fingerprint: UInt32 = 0
    var marker = false
    /// The packet carried the mid: a repetition under the same number must not differ.
    var hasMid = false
    var wasRepeated = false
    /// The subscriber has asked for it.
    var wasMissed = false
}

/// A ring indexed by outgoing number; begins small and grows only while it would forget packets younger than
/// `ForwardingLimits.retention`.
@safe struct SentHistory: ~Copyable {
    private var packets: UnsafeMutablePointer<SentPacket>
    private(set) var capacity: Int
    private let limit: Int

    /// - Parameter limit: most packets to remember, a power of two
    init(limit: Int) {
        precondition(limit >= 64 && limit.nonzeroBitCount == 1)
        self.limit = limit
        capacity = 64
        unsafe packets = .allocate(capacity: capacity)
        unsafe packets.initialize(repeating: SentPacket(), count: capacity)
    }

    deinit { unsafe packets.deallocate() }

    mutating func insert(_ packet: SentPacket) {
        while capacity < limit {
            let present = unsafe packets[slot(packet.outgoing)]
            guard present.outgoing >= 0, present.outgoing != packet.outgoing,
                packet.sentAt - present.sentAt < ForwardingLimits.retention
            else { break }
            grow()
        }
        unsafe packets[slot(packet.outgoing)] = packet
    }

    /// The newest packet with that number; nil when it was not sent, or is forgotten.
    func packet(_ outgoing: Int64) -> SentPacket? {
        let present = unsafe packets[slot(outgoing)]
        return present.outgoing == outgoing ? present : nil
    }

    /// Notes that a packet was sent again.
    mutating func noteRepetition(_ outgoing: Int64, at now: MonotonicTime) {
        guard unsafe packets[slot(outgoing)].outgoing == outgoing else { return }
        unsafe packets[slot(outgoing)].sentAt = now
        unsafe packets[slot(outgoing)].wasRepeated = true
    }

    /// Notes that the subscriber asks for the packet. False when it did before.
    mutating func noteMissed(_ outgoing: Int64) -> Bool {
        guard unsafe packets[slot(outgoing)].outgoing == outgoing else { return false }
        let isFirst = unsafe !packets[slot(outgoing)].wasMissed
        unsafe packets[slot(outgoing)].wasMissed = true
        return isFirst
    }

    /// Notes what a packet looked like.
    mutating func noteFingerprint(_ fingerprint: UInt32, of outgoing: Int64) {
        guard unsafe packets[slot(outgoing)].outgoing == outgoing else { return }
        unsafe packets[slot(outgoing)].fingerprint = fingerprint
    }

    /// The packet did not go, and will not.
    mutating func forget(_ outgoing: Int64) {
        guard unsafe packets[slot(outgoing)].outgoing == outgoing else { return }
        unsafe packets[slot(outgoing)].outgoing = -1
    }

    /// Notes that the packet went out with the mid.
    mutating func noteMid(_ outgoing: Int64) {
        guard unsafe packets[slot(outgoing)].outgoing == outgoing else { return }
        unsafe packets[slot(outgoing)].hasMid = true
    }

    private func slot(_ outgoing: Int64) -> Int { Int(truncatingIfNeeded: outgoing) & (capacity - 1) }

    private mutating func grow() {
        let old = unsafe packets
        let oldCapacity = capacity
        capacity *= 2
        unsafe packets = .allocate(capacity: capacity)
        unsafe packets.initialize(repeating: SentPacket(), count: capacity)
        for index in 0..<oldCapacity {
            let packet = unsafe old[index]
            if packet.outgoing >= 0 { unsafe packets[slot(packet.outgoing)] = packet }
        }
        unsafe old.deallocate()
    }
}
