// The windows of all streams of one direction, found by SSRC.

/// SSRC → `ReplayWindow`, open addressing with linear probing, grown by doubling up to a limit. A stream that is retired
/// keeps its 8-byte entry, so that its SSRC is known for ever, and gives its window back.
@safe struct StreamTable: ~Copyable {
    /// Where a stream's window is.
    private struct Entry {
        var ssrc: UInt32
        var slot: UInt32
        static let empty: UInt32 = .max
        static let retired: UInt32 = .max - 1
    }

    enum Lookup: Equatable {
        case live(Int)
        case retired
        case unknown
    }

    /// Most entries, live and retired.
    let limit: Int
    /// Entries, live and retired.
    private(set) var count = 0
    private var entries: UnsafeMutablePointer<Entry>
    private var mask: UInt32
    private var windows: UnsafeMutablePointer<ReplayWindow>
    private var windowCapacity = 4
    private var windowsUsed = 0
    private var freeWindows: [UInt32] = []

    init(limit: Int) {
        precondition(limit > 0 && limit <= 1 << 20)
        self.limit = limit
        unsafe entries = .allocate(capacity: 8)
        unsafe entries.initialize(repeating: Entry(ssrc: 0, slot: Entry.empty), count: 8)
        mask = 7
        unsafe windows = .allocate(capacity: windowCapacity)
        unsafe windows.initialize(repeating: ReplayWindow(), count: windowCapacity)
    }

    deinit {
        unsafe entries.deallocate()
        unsafe windows.deallocate()
    }

    var isFull: Bool { count >= limit }

    @inline(__always) func find(_ ssrc: UInt32) -> Lookup {
        let slot = unsafe entries[position(of: ssrc)].slot
        switch slot {
        case Entry.empty: return .unknown
        case Entry.retired: return .retired
        default: return .live(Int(slot))
        }
    }

    /// Adds a stream that `find` does not know; nil when the table is full.
    mutating func insert(_ ssrc: UInt32) -> Int? {
        guard !isFull else { return nil }
        if (count + 1) * 4 > (Int(mask) + 1) * 3 { growEntries() }
        let slot: UInt32
        if let recycled = freeWindows.popLast() {
            slot = recycled
            unsafe windows[Int(slot)] = ReplayWindow()
        } else {
            if windowsUsed == windowCapacity { growWindows() }
            slot = UInt32(windowsUsed)
            windowsUsed += 1
        }
        unsafe entries[position(of: ssrc)] = Entry(ssrc: ssrc, slot: slot)
        count += 1
        return Int(slot)
    }

    /// Gives the window of `ssrc` back and remembers the SSRC; an unknown SSRC changes nothing.
    mutating func retire(_ ssrc: UInt32) {
        guard case .live(let slot) = find(ssrc) else { return }
        unsafe entries[position(of: ssrc)].slot = Entry.retired
        freeWindows.append(UInt32(slot))
    }

    /// Forgets `ssrc` altogether.
    mutating func forget(_ ssrc: UInt32) {
        var hole = position(of: ssrc)
        let slot = unsafe entries[hole].slot
        guard slot != Entry.empty else { return }
        if slot != Entry.retired { freeWindows.append(slot) }
        count -= 1
        // Entries behind the hole move up, so that no probe ends too early.
        var next = hole
        while true {
            next = (next + 1) & Int(mask)
            let entry = unsafe entries[next]
            if entry.slot == Entry.empty { break }
            let home = home(of: entry.ssrc)
            if (next - home) & Int(mask) >= (next - hole) & Int(mask) {
                unsafe entries[hole] = entry
                hole = next
            }
        }
        unsafe entries[hole] = Entry(ssrc: 0, slot: Entry.empty)
    }

    /// Forgets all of which `isGone` is true.
    mutating func forget(where isGone: (UInt32) -> Bool) {
        var gone: [UInt32] = []
        for position in 0...Int(mask) {
            let entry = unsafe entries[position]
            if entry.slot != Entry.empty, isGone(entry.ssrc) { gone.append(entry.ssrc) }
        }
        for ssrc in gone { forget(ssrc) }
    }

    /// The window in a slot that `find` or `insert` gave.
    @inline(__always) subscript(_ slot: Int) -> ReplayWindow {
        _read {
            precondition(slot >= 0 && slot < windowsUsed)
            yield unsafe windows[slot]
        }
        _modify {
            precondition(slot >= 0 && slot < windowsUsed)
            yield unsafe &windows[slot]
        }
    }

    // Fibonacci hashing: neighbouring SSRCs, which some senders use, go to different places.
    @inline(__always) private func home(of ssrc: UInt32) -> Int {
        Int((ssrc &* 0x9e37_79b1) >> 7 & mask)
    }

    /// The entry of `ssrc`, or the empty one where it would be. The table is never full, so the walk ends.
    @inline(__always) private func position(of ssrc: UInt32) -> Int {
        var position = home(of: ssrc)
        while unsafe entries[position].slot != Entry.empty && entries[position].ssrc != ssrc {
            position = (position + 1) & Int(mask)
        }
        return position
    }

    private mutating func growEntries() {
        let old = unsafe entries
        let oldCapacity = Int(mask) + 1
        unsafe entries = .allocate(capacity: oldCapacity * 2)
        unsafe entries.initialize(repeating: Entry(ssrc: 0, slot: Entry.empty), count: oldCapacity * 2)
        mask = UInt32(oldCapacity * 2 - 1)
        for index in 0..<oldCapacity where unsafe old[index].slot != Entry.empty {
            unsafe entries[position(of: old[index].ssrc)] = old[index]
        }
        unsafe old.deallocate()
    }

    private mutating func growWindows() {
        let grown = UnsafeMutablePointer<ReplayWindow>.allocate(capacity: windowCapacity * 2)
        unsafe grown.moveInitialize(from: windows, count: windowCapacity)
        unsafe (grown + windowCapacity).initialize(repeating: ReplayWindow(), count: windowCapacity)
        unsafe windows.deallocate()
        unsafe windows = grown
        windowCapacity *= 2
    }
}
