// Renumbers the packets of changing encodings into one stream without gaps of its own making.

import Basics

/// Packets that are dropped on purpose take no number; packets that are lost or late keep theirs open, so that the
/// subscriber sees, and can repair, exactly the real losses.
///
/// A run is a stretch of one encoding between two switches. Late packets of the run before are still numbered right.
struct SequenceMapper {
    private struct Run {
        var encoding: UInt8
        /// First and newest number of the encoding in this run.
        var first: Int64
        var newest: Int64
        /// Outgoing minus incoming number, for the newest packet.
        var offset: Int64
        /// A bit per number of the window behind `newest` that was dropped, at the number modulo the window.
        var dropped = InlineArray<8, UInt64>(repeating: 0)
    }

    private var current: Run?
    private var previous: Run?
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
        guard let current else { return false }
        return sequence > current.newest && sequence - current.newest <= ForwardingLimits.maximumDropout
    }

    /// The outgoing number of a packet of the current run that is newer than all before.
    mutating func map(_ sequence: Int64) -> Int64 {
        guard let run = current else { return newestOutgoing }
        advance(to: sequence)
        newestOutgoing = sequence + run.offset
        return newestOutgoing
    }

    /// The outgoing number of a late packet: one that was kept open for it in this run or in the one before. Nil when
    /// there is none.
    func mapLate(encoding: UInt8, sequence: Int64) -> (outgoing: Int64, isCurrent: Bool)? {
        guard let run = current else { return nil }
        if run.encoding == encoding, sequence >= run.first {
            return Self.late(sequence, in: run).map { ($0, true) }
        }
        guard let before = previous, before.encoding == encoding else { return nil }
        return Self.late(sequence, in: before).map { ($0, false) }
    }

    /// Takes no number for a packet of the current run that is newer than all before. Numbers of missing packets before
    /// it stay open.
    mutating func drop(_ sequence: Int64) {
        guard let run = current, sequence > run.newest else { return }
        advance(to: sequence)
        let index = Self.index(sequence)
        current?.dropped[index.word] |= index.bit
        current?.offset -= 1
        newestOutgoing = sequence + run.offset - 1
    }

    private mutating func advance(to sequence: Int64) {
        guard let newest = current?.newest else { return }
        var skipped = max(newest, sequence - Self.window) + 1
        while skipped <= sequence {
            let index = Self.index(skipped)
            current?.dropped[index.word] &= ~index.bit
            skipped += 1
        }
        current?.newest = sequence
    }

    private static func late(_ sequence: Int64, in run: Run) -> Int64? {
        guard sequence >= run.first, sequence < run.newest, run.newest - sequence < window else { return nil }
        var outgoing = sequence + run.offset
        var newer = sequence + 1
        while newer <= run.newest {
            let index = index(newer)
            if run.dropped[index.word] & index.bit != 0 { outgoing += 1 }
            newer += 1
        }
        let own = index(sequence)
        return run.dropped[own.word] & own.bit == 0 ? outgoing : nil
    }

    private static func index(_ sequence: Int64) -> (word: Int, bit: UInt64) {
        let place = Int(truncatingIfNeeded: sequence) & Int(window - 1)
        return (place >> 6, 1 << UInt64(place & 63))
    }
}
