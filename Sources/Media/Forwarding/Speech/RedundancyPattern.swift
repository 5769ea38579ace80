// Which earlier frames go in front of each packet of speech.

/// A set of distances in packets, as bits: bit 0 is the packet before. Trivial.
struct RedundancyPattern: Hashable, Sendable {
    var bits: UInt16

    init(bits: UInt16 = 0) { self.bits = bits }

    init(_ distances: Int...) {
        bits = 0
        for distance in distances where 1...16 ~= distance { bits |= 1 << UInt16(distance - 1) }
    }

    var isEmpty: Bool { bits == 0 }
    /// How many earlier frames.
    var count: Int { bits.nonzeroBitCount }

    mutating func insert(distance: Int) { bits |= 1 << UInt16(distance - 1) }

    /// Takes out the shortest distance; nil when none is left.
    mutating func popNearest() -> Int? {
        guard bits != 0 else { return nil }
        let distance = bits.trailingZeroBitCount + 1
        bits &= bits - 1
        return distance
    }

    /// Takes out the longest distance; nil when none is left.
    mutating func popFarthest() -> Int? {
        guard bits != 0 else { return nil }
        let distance = 16 - bits.leadingZeroBitCount
        bits &= ~(1 << UInt16(distance - 1))
        return distance
    }
}

/// How losses stand together.
enum LossSpread: Int, Hashable, Sendable {
    /// Losses know nothing of each other: the nearest packets bring a frame back soonest.
    case scattered
    /// Two or so in a row.
    case clustered
    /// Three and more in a row: what lies near is lost too.
    case bursts
}

extension RedundancyPattern {
    /// - Parameter depth: earlier frames per packet, 0...4; scattered losses never need the fourth
    init(depth: Int, _ spread: LossSpread) {
        switch (depth, spread) {
        case (...0, _): self.init()
        case (1, .scattered): self.init(1)
        case (1, _): self.init(2)
        case (2, .scattered): self.init(1, 2)
        case (2, .clustered): self.init(1, 3)
        case (2, .bursts): self.init(2, 5)
        case (_, .scattered): self.init(1, 2, 3)
        case (_, .clustered): self.init(1, 3, 5)
        case (3, .bursts): self.init(2, 5, 9)
        case (_, .bursts): self.init(1, 3, 6, 9)
        }
    }
}
