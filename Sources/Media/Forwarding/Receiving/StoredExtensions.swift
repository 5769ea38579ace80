// The header extension values that travel from publisher to subscribers (RFC 8285), and where they stand in a stored
// packet.

/// Values that are kept, in the order in which they are stored.
public enum ForwardedExtension: Int, CaseIterable, Sendable {
    case audioLevel, videoOrientation, playoutDelay, videoContentType, absoluteCaptureTime, colorSpace
    case dependencyDescriptor
}

/// Which values a stored packet has. They stand before its payload, one after the other. Trivial.
public struct StoredExtensions: Hashable, Sendable {
    /// A bit per `ForwardedExtension`.
    @usableFromInline var present: UInt8 = 0
    @usableFromInline var lengths = SIMD8<UInt8>()

    @inlinable public init() {}

    @inlinable public var isEmpty: Bool { present == 0 }

    /// Bytes of all values together.
    @inlinable public var byteCount: Int {
        var total = 0
        for index in 0..<8 { total += Int(lengths[index]) }
        return total
    }

    /// Where the value stands in the stored packet; nil when the packet has none.
    @inlinable public func range(of kind: ForwardedExtension) -> Range<Int>? {
        guard present & (1 << UInt8(kind.rawValue)) != 0 else { return nil }
        var start = 0
        for index in 0..<kind.rawValue { start += Int(lengths[index]) }
        return start..<start + Int(lengths[kind.rawValue])
    }

    /// Notes a value of `count` bytes (at most 255).
    @inlinable mutating func note(_ kind: ForwardedExtension, count: Int) {
        present |= 1 << UInt8(kind.rawValue)
        lengths[kind.rawValue] = UInt8(count)
    }
}
