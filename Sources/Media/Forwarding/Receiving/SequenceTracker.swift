// Extends the sequence numbers of one encoding and tells new packets from copies (RFC 3550 appendix A.1).

import Basics

/// What a sequence number is, seen from those that came before.
enum SequenceVerdict: Hashable {
    /// Newer than all before. `isRestart`: the numbers jumped, the ones between are not missing.
    case newer(Int64, isRestart: Bool)
    /// Older than the newest, not seen before.
    case late(Int64)
    case duplicate
    case tooOld
    /// Far ahead of all others: counts when the next number confirms it.
    case onProbation
}

struct SequenceTracker {
    /// The newest extended number, nil before the first.
    private(set) var newest: Int64?
    /// A bit per number of the window behind `newest`, at the number modulo the window.
    private var seen = InlineArray<32, UInt64>(repeating: 0)
    /// The number that would confirm a jump.
    private var suspect: UInt16?
    private var isRestarting = false

    private static let window = Int64(ForwardingLimits.receiveWindow)

    /// A packet of the primary stream.
    mutating func accept(_ sequence: UInt16) -> SequenceVerdict {
        guard let newest else {
            // Starting in the second round keeps the numbers of late packets positive.
            return start(at: 0x1_0000 + Int64(sequence))
        }
        let distance = Self.distance(from: newest, to: sequence)
        if distance > ForwardingLimits.maximumDropout || distance <= -Self.window || isRestarting {
            if suspect == sequence || isRestarting {
                // So far ahead that nobody takes the numbers between for lost.
                var extended = newest + distance
                while extended <= newest + ForwardingLimits.maximumDropout { extended += 0x1_0000 }
                seen = InlineArray(repeating: 0)
                isRestarting = false
                return start(at: extended)
            }
            suspect = sequence &+ 1
            return distance < 0 ? .tooOld : .onProbation
        }
        suspect = nil
        return note(newest + distance, newest: newest)
    }

    /// A packet that the retransmission stream brings back; never moves the numbers far.
    mutating func acceptRetransmitted(_ sequence: UInt16) -> SequenceVerdict {
        guard let newest, !isRestarting else { return .tooOld }
        let distance = Self.distance(from: newest, to: sequence)
        if distance > ForwardingLimits.maximumDropout || distance <= -Self.window { return .tooOld }
        return note(newest + distance, newest: newest)
    }

    /// The next packet begins a new stream, whatever its number; extended numbers go on rising.
    mutating func restart() {
        isRestarting = newest != nil
        suspect = nil
    }

    private mutating func start(at extended: Int64) -> SequenceVerdict {
        suspect = nil
        newest = extended
        mark(extended)
        return .newer(extended, isRestart: true)
    }

    private mutating func note(_ extended: Int64, newest: Int64) -> SequenceVerdict {
        if extended > newest {
            var skipped = max(newest + 1, extended - Self.window)
            while skipped < extended {
                clear(skipped)
                skipped += 1
            }
            self.newest = extended
            mark(extended)
            return .newer(extended, isRestart: false)
        }
        let index = Self.index(extended)
        if seen[index.word] & index.bit != 0 { return .duplicate }
        seen[index.word] |= index.bit
        return .late(extended)
    }

    private mutating func mark(_ extended: Int64) {
        let index = Self.index(extended)
        seen[index.word] |= index.bit
    }

    private mutating func clear(_ extended: Int64) {
        let index = Self.index(extended)
        seen[index.word] &= ~index.bit
    }

    private static func index(_ extended: Int64) -> (word: Int, bit: UInt64) {
        let place = Int(truncatingIfNeeded: extended) & Int(window - 1)
        return (place >> 6, 1 << UInt64(place & 63))
    }

    private static func distance(from newest: Int64, to sequence: UInt16) -> Int64 {
        Int64(Int16(bitPattern: sequence &- UInt16(truncatingIfNeeded: newest)))
    }
}
