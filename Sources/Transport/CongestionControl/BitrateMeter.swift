// How many bits per second went by, over a sliding window.

public import Basics

/// Counts bytes in twenty slots of 50 ms: the rate of about the last second. Trivial, allocates nothing.
public struct BitrateMeter: Sendable {
    private static let slotMilliseconds: Int64 = 50
    private static let slotCount = 20

    private var slots = InlineArray<20, UInt32>(repeating: 0)
    /// Number of the newest slot since the clock's origin.
    private var newest: Int64 = 0
    /// Number of the slot of the first byte; nil before it.
    private var first: Int64?

    public init() {}

    /// Counts bytes that went by now. Times that go backwards count for the newest slot.
    public mutating func note(byteCount: Int, at now: MonotonicTime) {
        let slot = Self.slot(now)
        if first == nil {
            first = slot
            newest = slot
        }
        advance(to: slot)
        let index = Int(newest % Int64(Self.slotCount))
        slots[index] = UInt32(clamping: Int64(slots[index]) + Int64(max(0, byteCount)))
    }

    /// Bits per second over the last second; over the time since the first byte while that is shorter (at least 50 ms).
    public mutating func bitrateBitsPerSecond(at now: MonotonicTime) -> Int64 {
        guard let first else { return 0 }
        advance(to: Self.slot(now))
        var bytes: Int64 = 0
        for index in 0..<Self.slotCount { bytes += Int64(slots[index]) }
        let elapsedSlots = min(Int64(Self.slotCount), max(1, newest - first + 1))
        return bytes * 8 * 1_000 / (elapsedSlots * Self.slotMilliseconds)
    }

    private static func slot(_ now: MonotonicTime) -> Int64 { max(0, now.nanoseconds) / (slotMilliseconds * 1_000_000) }

    private mutating func advance(to slot: Int64) {
        guard slot > newest else { return }
        for _ in 0..<min(slot - newest, Int64(Self.slotCount)) {
            newest += 1
            slots[Int(newest % Int64(Self.slotCount))] = 0
        }
        if newest < slot {
            // All slots are empty: which of them is the newest does not matter.
            newest = slot
        }
    }
}
