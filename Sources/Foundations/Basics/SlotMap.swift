// A table of values addressed by index and generation, so that a stale handle finds nothing, never the wrong value.

/// Index and generation of a slot. A handle of a removed value stays dead for ever.
public struct SlotHandle: Hashable, Sendable {
    public let index: UInt32
    public let generation: UInt32

    @inlinable init(index: UInt32, generation: UInt32) {
        self.index = index
        self.generation = generation
    }
}

/// Values in stable slots; grows up to `limit`, never shrinks. Generations start at 1, odd while the slot lives.
@safe public struct SlotMap<Element: ~Copyable>: ~Copyable {
    @usableFromInline var elements: UnsafeMutablePointer<Element>
    @usableFromInline var generations: UnsafeMutablePointer<UInt32>
    @usableFromInline var capacity: Int
    /// Slots that were ever used: `0..<used`.
    @usableFromInline var used = 0
    @usableFromInline var free: [UInt32] = []
    /// Number of live values.
    public private(set) var count = 0
    /// Most values that may live at once.
    public let limit: Int

    public init(limit: Int) {
        precondition(limit > 0 && limit <= Int(UInt32.max))
        self.limit = limit
        capacity = Swift.min(16, limit)
        unsafe elements = .allocate(capacity: capacity)
        unsafe generations = .allocate(capacity: capacity)
        unsafe generations.initialize(repeating: 0, count: capacity)
    }

    deinit {
        for index in 0..<used where unsafe generations[index] & 1 == 1 {
            unsafe (elements + index).deinitialize(count: 1)
        }
        unsafe elements.deallocate()
        unsafe generations.deallocate()
    }

    /// Adds a value; nil (and the value is dropped) when the table is full.
    public mutating func insert(_ element: consuming Element) -> SlotHandle? {
        guard count < limit else { return nil }
        let index: Int
        if let recycled = free.popLast() {
            index = Int(recycled)
        } else {
            if used == capacity { grow() }
            index = used
            used += 1
        }
        unsafe (elements + index).initialize(to: element)
        unsafe generations[index] &+= 1
        count += 1
        return SlotHandle(index: UInt32(index), generation: unsafe generations[index])
    }

    /// Takes the value out; nil when the handle is stale.
    public mutating func remove(_ handle: SlotHandle) -> Element? {
        guard contains(handle) else { return nil }
        let index = Int(handle.index)
        unsafe generations[index] &+= 1
        count -= 1
        // A slot whose generation would wrap is retired for ever.
        if unsafe generations[index] != 0 { free.append(handle.index) }
        return unsafe (elements + index).move()
    }

    @inlinable public func contains(_ handle: SlotHandle) -> Bool {
        unsafe Int(handle.index) < used && generations[Int(handle.index)] == handle.generation
    }

    /// Upper bound of slot indices; use with `handle(at:)` to visit every live value.
    @inlinable public var slotCount: Int { used }

    /// The handle of the live value in slot `index`, nil when the slot is empty.
    @inlinable public func handle(at index: Int) -> SlotHandle? {
        guard index < used, unsafe generations[index] & 1 == 1 else { return nil }
        return SlotHandle(index: UInt32(index), generation: unsafe generations[index])
    }

    /// The value of a live handle. Check with `contains` first: a stale handle stops the process.
    @inlinable public subscript(_ handle: SlotHandle) -> Element {
        @inline(__always) _read {
            precondition(contains(handle), "stale handle")
            yield unsafe elements[Int(handle.index)]
        }
        @inline(__always) _modify {
            precondition(contains(handle), "stale handle")
            yield unsafe &elements[Int(handle.index)]
        }
    }

    private mutating func grow() {
        let next = Swift.min(capacity * 2, limit)
        let moved = UnsafeMutablePointer<Element>.allocate(capacity: next)
        for index in 0..<used where unsafe generations[index] & 1 == 1 {
            unsafe (moved + index).moveInitialize(from: elements + index, count: 1)
        }
        unsafe elements.deallocate()
        unsafe elements = moved
        let movedGenerations = UnsafeMutablePointer<UInt32>.allocate(capacity: next)
        unsafe movedGenerations.initialize(repeating: 0, count: next)
        unsafe movedGenerations.update(from: generations, count: capacity)
        unsafe generations.deallocate()
        unsafe generations = movedGenerations
        capacity = next
    }
}
