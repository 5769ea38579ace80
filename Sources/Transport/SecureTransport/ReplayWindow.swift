// The packet indices that one stream has used, and the estimate of a packet's index from its sequence number
// (RFC 3711 sections 3.3.1 and 3.3.2).

/// A sliding window over the last `SRTPLimits.windowPackets` indices. Both ends use it: a receiver against replays, a
/// sender so that no nonce is ever used twice.
struct ReplayWindow {
    /// One word more than the window has bits for, because the newest word is only partly inside the window: the oldest
    /// packets still in it must not share a word with the newest.
    private static let words: UInt64 = 17

    /// The highest index noted; meaningless before `started`.
    private(set) var highest: UInt64 = 0
    private(set) var started = false
    private var bits = InlineArray<17, UInt64>(repeating: 0)

    /// The 48-bit index nearest to the highest one that ends in `sequence`. Never below zero: before the first wrap a
    /// number from "before the beginning" is taken for one of the first round.
    @inline(__always) func estimateIndex(of sequence: UInt16) -> UInt64 {
        guard started else { return UInt64(sequence) }
        let newest = UInt16(truncatingIfNeeded: highest)
        let rollover = highest >> 16
        if newest < 0x8000 {
            if Int(sequence) - Int(newest) > 0x8000, rollover > 0 { return (rollover - 1) << 16 | UInt64(sequence) }
        } else if Int(newest) - 0x8000 > Int(sequence) {
            return (rollover + 1) << 16 | UInt64(sequence)
        }
        return rollover << 16 | UInt64(sequence)
    }

    /// True when `index` was not noted before and is not too old to tell.
    @inline(__always) func isFresh(_ index: UInt64) -> Bool {
        guard started, index <= highest else { return true }
        guard highest - index < UInt64(SRTPLimits.windowPackets) else { return false }
        return bits[Self.word(index >> 6)] & (1 << (index & 63)) == 0
    }

    /// True when `index` was noted, and is not too old to tell.
    func wasUsed(_ index: UInt64) -> Bool {
        started && index <= highest && highest - index < UInt64(SRTPLimits.windowPackets) && !isFresh(index)
    }

    /// Notes a fresh index.
    @inline(__always) mutating func note(_ index: UInt64) {
        if !started {
            started = true
            highest = index
        } else if index > highest {
            clearWords(from: (highest >> 6) + 1, through: index >> 6)
            highest = index
        }
        bits[Self.word(index >> 6)] |= 1 << (index & 63)
    }

    @inline(__always) private static func word(_ number: UInt64) -> Int { Int(truncatingIfNeeded: number % words) }

    /// The words that the window enters are those it left a round ago.
    @inline(__always) private mutating func clearWords(from first: UInt64, through last: UInt64) {
        guard first <= last else { return }
        if last - first >= Self.words {
            for position in bits.indices { bits[position] = 0 }
        } else {
            for word in first...last { bits[Self.word(word)] = 0 }
        }
    }
}
