// What was sent under which transport-wide sequence number (draft-holmer-rmcat-transport-wide-cc-extensions-01).

import Basics

/// One packet on its way: 16 bytes.
struct SentPacket: Sendable {
    enum State: UInt8, Sendable {
        case unused
        case inFlight
        /// A feedback that would have told of it was lost; counted as arrived.
        case assumed
        case lost
        case received
    }

    var sendTime = MonotonicTime.zero
    var byteCount: UInt16 = 0
    var kind = SentPacketKind.media
    var state = State.unused
    /// Cluster that it was sent in, 0 for none.
    var probe: UInt32 = 0
}

/// A ring over sequence numbers that grows while packets in flight would be overwritten, up to a bound.
struct SentPacketHistory: ~Copyable {
    /// What a status about a packet changed.
    enum Outcome {
        /// The first news of it, and it has arrived.
        case received(SentPacket)
        /// It was thought lost (or assumed to have arrived) and has arrived after all.
        case late(SentPacket)
        case lost(SentPacket)
        /// Nothing new.
        case known
        /// Older than the ring.
        case forgotten
        /// This number was never given out.
        case neverSent
    }

    private var ring: [SentPacket]
    /// Extended number of the next packet.
    private(set) var next: Int64

    /// - Parameter first: the first sequence number given out
    init(first: UInt16) {
        ring = [SentPacket](repeating: SentPacket(), count: SendSideLimits.smallestHistory)
        next = Int64(first)
    }

    var capacity: Int { ring.count }

    /// Notes a packet and gives it its number.
    mutating func append(_ packet: SentPacket) -> UInt16 {
        let overwritten = ring[slot(next)]
        if overwritten.state == .inFlight, ring.count < SendSideLimits.largestHistory,
            packet.sendTime - overwritten.sendTime < SendSideLimits.memory
        {
            grow()
        }
        ring[slot(next)] = packet
        defer { next += 1 }
        return UInt16(truncatingIfNeeded: next)
    }

    /// The extended number nearest to the newest one.
    func extended(_ sequenceNumber: UInt16) -> Int64 {
        let newest = next - 1
        return newest + Int64(Int16(bitPattern: sequenceNumber &- UInt16(truncatingIfNeeded: newest)))
    }

    /// Takes one status of a feedback.
    mutating func note(_ extended: Int64, hasArrived: Bool) -> Outcome {
        guard extended < next else { return .neverSent }
        guard extended >= next - Int64(ring.count) else { return .forgotten }
        let index = slot(extended)
        let packet = ring[index]
        switch (packet.state, hasArrived) {
        case (.unused, _): return .neverSent
        case (.received, _), (.lost, false), (.assumed, false): return .known
        case (.inFlight, false):
            ring[index].state = .lost
            return .lost(packet)
        case (.inFlight, true):
            ring[index].state = .received
            return .received(packet)
        case (.lost, true), (.assumed, true):
            ring[index].state = .received
            return .late(packet)
        }
    }

    /// Bytes of the packets in flight among the given numbers, which from now on count as arrived.
    mutating func assume(_ numbers: Range<Int64>) -> Int {
        let first = max(numbers.lowerBound, next - Int64(ring.count))
        let end = min(numbers.upperBound, next, first + Int64(SendSideLimits.largestFeedbackGap))
        guard first < end else { return 0 }
        var byteCount = 0
        for extended in first..<end where ring[slot(extended)].state == .inFlight {
            ring[slot(extended)].state = .assumed
            byteCount += Int(ring[slot(extended)].byteCount)
        }
        return byteCount
    }

    private func slot(_ extended: Int64) -> Int { Int(extended & Int64(ring.count - 1)) }

    private mutating func grow() {
        var larger = [SentPacket](repeating: SentPacket(), count: ring.count * 2)
        let mask = Int64(larger.count - 1)
        for extended in next - Int64(ring.count)..<next { larger[Int(extended & mask)] = ring[slot(extended)] }
        ring = larger
    }
}
