// Serial number arithmetic (RFC 1982) for RTP sequence numbers, timestamps and other wrapping counters.

extension FixedWidthInteger where Self: UnsignedInteger {
    /// True when `self` comes after `other` on the wrapping circle (exactly half the circle apart counts as not newer).
    @inlinable public func isNewer(than other: Self) -> Bool {
        self != other && (self &- other) < (1 << (Self.bitWidth - 1)) as Self
    }
}

/// Extends 16-bit sequence numbers to 64 bits, following the newest number seen.
public struct SequenceUnwrapper: Sendable {
    /// The newest extended number, nil before the first.
    public private(set) var newest: Int64?

    public init() {}

    /// The extended number nearest to the newest one. Numbers that are newer move the reference.
    @inlinable public mutating func unwrap(_ sequence: UInt16) -> Int64 {
        let extended = peek(sequence)
        note(extended)
        return extended
    }

    /// As `unwrap`, without moving the reference.
    public func peek(_ sequence: UInt16) -> Int64 {
        guard let newest else { return Int64(sequence) }
        return newest &+ Int64(Int16(bitPattern: sequence &- UInt16(truncatingIfNeeded: newest)))
    }

    /// Moves the reference to `extended` when that is newer.
    public mutating func note(_ extended: Int64) {
        if let newest, extended <= newest { return }
        newest = extended
    }
}

/// Extends 32-bit timestamps to 64 bits, following the newest timestamp seen.
public struct TimestampUnwrapper: Sendable {
    public private(set) var newest: Int64?

    public init() {}

    public mutating func unwrap(_ timestamp: UInt32) -> Int64 {
        guard let newest else {
            self.newest = Int64(timestamp)
            return Int64(timestamp)
        }
        let extended = newest &+ Int64(Int32(bitPattern: timestamp &- UInt32(truncatingIfNeeded: newest)))
        if extended > newest { self.newest = extended }
        return extended
    }
}
