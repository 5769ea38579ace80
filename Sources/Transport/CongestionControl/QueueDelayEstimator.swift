// How long packets stand in the queue now: one-way delay above the lowest one of the last half minute.

import Basics

/// One-way delays have an unknown offset (two clocks), which the lowest delay takes away. Lowest delays are compared with
/// lowest delays, so that jitter does not look like a queue.
struct QueueDelayEstimator: Sendable {
    /// The base is the lowest of ten slots of 3 s: longer than the longest queue, shorter than a drift of clocks
    /// (100 ppm: 3 ms) needs to matter.
    private static let slotMilliseconds = 3_000.0
    private static let slotCount = 10
    /// A report's lowest delay means something from so many packets on.
    private static let enoughPackets = 3

    private var slots = InlineArray<10, Double>(repeating: .infinity)
    private var currentSlot = 0
    private var slotEnd: Double?
    private var lowestNow = Double.infinity
    private var packetCount = 0

    /// In milliseconds, of the last report; nil before the first.
    private(set) var milliseconds: Double?

    /// Takes the delay of one packet; times in milliseconds, each on its own clock.
    mutating func note(send: Double, arrival: Double) {
        lowestNow = min(lowestNow, arrival - send)
        packetCount += 1
    }

    /// Ends a report.
    ///
    /// - Parameter keepsBase: while a queue stands, its own delay must not become the base
    mutating func finish(at now: Double, keepsBase: Bool) {
        guard packetCount >= Self.enoughPackets || (packetCount > 0 && milliseconds == nil) else { return }
        if keepsBase, slotEnd != nil { slotEnd = now + Self.slotMilliseconds } else { turn(to: now) }
        slots[currentSlot] = min(slots[currentSlot], lowestNow)
        var base = Double.infinity
        for index in 0..<Self.slotCount { base = min(base, slots.span[index]) }
        milliseconds = lowestNow - base
        lowestNow = .infinity
        packetCount = 0
    }

    /// The path has another length now: what is measured from here on is the base.
    mutating func rebase() {
        slots = .init(repeating: .infinity)
        milliseconds = nil
    }

    private mutating func turn(to now: Double) {
        guard var end = slotEnd else {
            slotEnd = now + Self.slotMilliseconds
            return
        }
        if now - end > Self.slotMilliseconds * Double(Self.slotCount) {
            slots = .init(repeating: .infinity)
            end = now
        }
        while now >= end {
            currentSlot = (currentSlot + 1) % Self.slotCount
            slots[currentSlot] = .infinity
            end += Self.slotMilliseconds
        }
        slotEnd = end
    }
}
