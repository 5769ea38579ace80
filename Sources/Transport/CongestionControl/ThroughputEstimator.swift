// What really arrives, by the receiver's clock.

import Basics

/// Bytes in slots of 25 ms over the last 1.6 s. Trivial, allocates nothing.
struct ThroughputEstimator: Sendable {
    private static let slotMilliseconds = 25.0
    private static let slotCount = 64

    private var slots = InlineArray<64, UInt32>(repeating: 0)
    private var first: Int64?
    private var newest: Int64 = 0
    private var credit = 0

    /// Takes bytes that arrived then (milliseconds of the receiver's clock). Older than the slots is ignored.
    mutating func note(byteCount: Int, at arrival: Double) {
        let slot = Self.slot(of: arrival)
        guard let first else {
            reset()
            first = slot
            newest = slot
            add(byteCount, to: slot)
            return
        }
        if slot > newest {
            let before = newest
            for _ in 0..<min(slot - newest, Int64(Self.slotCount)) {
                newest += 1
                slots[Self.index(newest)] = 0
            }
            newest = slot
            self.first = max(first, newest - Int64(Self.slotCount) + 1)
            spreadCredit(after: before)
        } else if slot <= newest - Int64(Self.slotCount) {
            return
        }
        self.first = min(self.first ?? slot, slot)
        add(byteCount, to: slot)
    }

    /// Bits per second over the last complete slots.
    ///
    /// - Parameter milliseconds: length of the window, at most 1,575
    /// - Returns: nil while the window is longer than what was seen
    func bitsPerSecond(over milliseconds: Double) -> Double? {
        guard let first else { return nil }
        let count = Int64(milliseconds / Self.slotMilliseconds)
        guard count > 0, count < Int64(Self.slotCount), newest - first >= count else { return nil }
        var bytes = 0
        let slots = slots.span
        for slot in newest - count..<newest { bytes += Int(slots[Self.index(slot)]) }
        return Double(bytes * 8) * 1_000 / (Double(count) * Self.slotMilliseconds)
    }

    /// Takes bytes that arrived at some time not told, between the newest arrival and the next one.
    mutating func credit(byteCount: Int) { credit = min(credit + byteCount, 1 << 24) }

    mutating func reset() {
        slots = .init(repeating: 0)
        first = nil
        credit = 0
    }

    /// Evenly: only their sum is known.
    private mutating func spreadCredit(after before: Int64) {
        guard credit > 0 else { return }
        let first = max(before + 1, newest - Int64(Self.slotCount) + 1)
        let share = credit / Int(newest - before)
        for slot in first...newest { add(share, to: slot) }
        credit = 0
    }

    private mutating func add(_ byteCount: Int, to slot: Int64) {
        let index = Self.index(slot)
        slots[index] = UInt32(clamping: Int(slots[index]) + byteCount)
    }

    /// Rounded down, also below zero.
    private static func slot(of arrival: Double) -> Int64 {
        let exact = arrival / slotMilliseconds
        let whole = Int64(saturating: exact)
        return Double(whole) > exact ? whole - 1 : whole
    }

    private static func index(_ slot: Int64) -> Int {
        Int(((slot % Int64(slotCount)) + Int64(slotCount)) % Int64(slotCount))
    }
}
