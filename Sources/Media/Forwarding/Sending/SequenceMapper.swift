// Renumbers the packets of changing encodings into one stream without gaps of its own making.

import Basics

/// Packets that are dropped on purpose take no number; packets that are lost or late keep theirs open, so that the
/// subscriber sees, and can repair, exactly the real losses.
///
/// A run is a stretch of one encoding between two switches. Late packets of the run before are still numbered right.
struct SequenceMapper {
    private struct Run {
        var encoding: UInt8 = 0
        /// First and newest number of the encoding in this run; `first` is above `newest` in a run that never was.
        var first = Int64.max
        var newest = Int64.min / 4
        /// Outgoing minus incoming number, for the newest packet.
        var offset: Int64 = 0
        /// A bit per number of the window behind `newest` that was dropped, at the number modulo the window.
        var dropped = InlineArray<8, UInt64>(repeating: 0)
        /// The newest number that was dropped.
        var newestDropped = Int64.min / 2

        /// Moves on to a newer number, and forgets what leaves the window.
        mutating func advance(to sequence: Int64) {
            // Bits are only set where something was dropped: without drops there is nothing to clear.
            if newestDropped > newest - 2 * SequenceMapper.window {
                var skipped = max(newest, sequence - SequenceMapper.window) + 1
                while skipped <= sequence {
                    let index = SequenceMapper.index(skipped)
                    dropped[index.word] &= ~index.bit
                    skipped += 1
                }
            }
            newest = sequence
        }

        func wasDropped(_ sequence: Int64) -> Bool {
            let index = SequenceMapper.index(sequence)
            return dropped[index.word] & index.bit != 0
        }
    }

    private var current = Run()
    private var previous = Run()
    /// The newest outgoing number.
    private(set) var newestOutgoing: Int64

    private static let window = ForwardingLimits.mappingWindow

    /// - Parameter first: the number before the first outgoing one
    init(before first: Int64) { newestOutgoing = first }

    /// Begins a run: `sequence` gets the number after the newest outgoing one.
    mutating func start(encoding: UInt8, at sequence: Int64) {
        previous = current
        newestOutgoing += 1
        current = Run(encoding: encoding, first: sequence, newest: sequence, offset: newestOutgoing - sequence)
    }

    /// Whether a newer number continues the current run: not so far ahead that the encoding must have begun anew.
    func continues(_ sequence: Int64) -> Bool {
        sequence > current.newest && sequence - current.newest <= ForwardingLimits.maximumDropout
    }

    /// The outgoing number of a packet that continues the current run.
    mutating func map(_ sequence: Int64) -> Int64 {
        current.advance(to: sequence)
        newestOutgoing = sequence + current.offset
        return newestOutgoing
    }

    /// The outgoing number of a late packet: one that was kept open for it in this run or in the one before. Nil when
    /// there is none.
    func mapLate(encoding: UInt8, sequence: Int64) -> (outgoing: Int64, isCurrent: Bool)? {
        if current.encoding == encoding, sequence >= current.first {
            return Self.late(sequence, in: current).map { ($0, true) }
        }
        guard previous.encoding == encoding else { return nil }
        return Self.late(sequence, in: previous).map { ($0, false) }
    }

    /// Takes no number for a packet that continues the current run. Numbers of missing packets before it stay open.
    mutating func drop(_ sequence: Int64) {
        guard continues(sequence) else { return }
        current.advance(to: sequence)
        let index = Self.index(sequence)
        current.dropped[index.word] |= index.bit
        current.newestDropped = sequence
        current.offset -= 1
        newestOutgoing = sequence + current.offset
    }

    /// Takes no numbers for anything between the newest packet and this one.
    mutating func dropAll(before sequence: Int64) {
        guard continues(sequence) else { return }
        while current.newest + 1 < sequence { drop(current.newest + 1) }
    }

    private static func late(_ sequence: Int64, in run: Run) -> Int64? {
        guard sequence >= run.first, sequence < run.newest, run.newest - sequence < window,
            !run.wasDropped(sequence)
        else { return nil }
        var outgoing = sequence + run.offset
        var newer = sequence + 1
        while newer <= run.newest {
            if run.wasDropped(newer) { outgoing += 1 }
            newer += 1
        }
        return outgoing
    }

    private static func index(_ sequence: Int64) -> (word: Int, bit: UInt64) {
        let place = Int(truncatingIfNeeded: sequence) & Int(window - 1)
        return (place >> 6, 1 << UInt64(place & 63))
    }
}
