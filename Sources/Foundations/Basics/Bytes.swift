// Big-endian reads and writes on spans of bytes. Every access is bounds-checked by the span.

extension Span<UInt8> {
    @inlinable @inline(__always) public func uint16(at offset: Int) -> UInt16 {
        UInt16(self[offset]) << 8 | UInt16(self[offset + 1])
    }
    @inlinable @inline(__always) public func uint24(at offset: Int) -> UInt32 {
        UInt32(self[offset]) << 16 | UInt32(self[offset + 1]) << 8 | UInt32(self[offset + 2])
    }
    @inlinable @inline(__always) public func uint32(at offset: Int) -> UInt32 {
        UInt32(uint16(at: offset)) << 16 | UInt32(uint16(at: offset + 2))
    }
    @inlinable @inline(__always) public func uint64(at offset: Int) -> UInt64 {
        UInt64(uint32(at: offset)) << 32 | UInt64(uint32(at: offset + 4))
    }
    /// The bytes as an array, for the rare paths.
    public func copied() -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            for index in indices { unsafe buffer.initializeElement(at: index, to: self[index]) }
            initialized = count
        }
    }
}

extension MutableSpan<UInt8> {
    @inlinable @inline(__always) public mutating func put(_ value: UInt8, at offset: Int) { self[offset] = value }
    @inlinable @inline(__always) public mutating func put(_ value: UInt16, at offset: Int) {
        self[offset] = UInt8(truncatingIfNeeded: value >> 8)
        self[offset + 1] = UInt8(truncatingIfNeeded: value)
    }
    @inlinable @inline(__always) public mutating func put(uint24 value: UInt32, at offset: Int) {
        self[offset] = UInt8(truncatingIfNeeded: value >> 16)
        put(UInt16(truncatingIfNeeded: value), at: offset + 1)
    }
    @inlinable @inline(__always) public mutating func put(_ value: UInt32, at offset: Int) {
        put(UInt16(truncatingIfNeeded: value >> 16), at: offset)
        put(UInt16(truncatingIfNeeded: value), at: offset + 2)
    }
    @inlinable @inline(__always) public mutating func put(_ value: UInt64, at offset: Int) {
        put(UInt32(truncatingIfNeeded: value >> 32), at: offset)
        put(UInt32(truncatingIfNeeded: value), at: offset + 4)
    }
    /// Copies all of `source` to `offset`.
    @inlinable public mutating func put(_ source: Span<UInt8>, at offset: Int) {
        precondition(offset >= 0 && source.count <= count - offset, "source does not fit")
        unsafe self.withUnsafeMutableBufferPointer { target in
            unsafe source.withUnsafeBufferPointer { source in
                guard let base = target.baseAddress, let from = source.baseAddress else { return }
                unsafe (base + offset).update(from: from, count: source.count)
            }
        }
    }
}
