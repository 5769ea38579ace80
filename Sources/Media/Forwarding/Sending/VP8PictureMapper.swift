// Renumbers picture ids, TL0PICIDX and KEYIDX of VP8 over switches and drops (RFC 7741 section 4.2).

import Basics

/// The renumbered fields of an outgoing VP8 descriptor. Trivial.
struct VP8Numbers: Hashable, Sendable {
    /// 15 bits.
    var pictureID: UInt16 = 0
    var temporalLevelZeroIndex: UInt8 = 0
    /// 5 bits.
    var keyIndex: UInt8 = 0
}

/// Outgoing picture ids have 15 bits always: publishers that use 7 bits, or both, and encodings that differ in this,
/// still give one sequence.
struct VP8PictureMapper {
    private struct Run {
        /// The newest picture id of the encoding, extended.
        var newest: Int64
        /// Outgoing minus incoming picture id, for the newest picture.
        var offset: Int64
        /// Bit n: picture `newest - n` was dropped.
        var dropped: UInt64 = 0
        var levelOffset: UInt8
        var keyOffset: UInt8
    }

    private var current: Run?
    private var previous: Run?
    private var newestPicture: Int64
    private var newestLevel: UInt8
    private var newestKey: UInt8

    /// - Parameters:
    ///   - pictureID: the number before the first outgoing picture id
    ///   - level: the number before the first outgoing TL0PICIDX
    init(beforePictureID pictureID: UInt16, level: UInt8) {
        newestPicture = Int64(pictureID) + 0x1_0000
        newestLevel = level
        newestKey = 0
    }

    /// Begins a run: the packet's picture follows the newest outgoing one.
    mutating func start(_ fields: VP8Fields) {
        previous = current
        newestPicture += 1
        newestLevel &+= 1
        newestKey = (newestKey &+ 1) & 31
        let id = Int64(fields.pictureID) + 0x1_0000
        current = Run(
            newest: id, offset: newestPicture - id, levelOffset: newestLevel &- fields.temporalLevelZeroIndex,
            keyOffset: newestKey &- fields.temporalByte & 31)
    }

    /// The numbers of a packet of the current run.
    mutating func map(_ fields: VP8Fields) -> VP8Numbers {
        guard var run = current else { return VP8Numbers() }
        let picture = Self.extend(fields, near: run.newest)
        if picture > run.newest {
            Self.advance(&run, to: picture)
            current = run
            newestPicture = max(newestPicture, picture + run.offset)
        }
        let numbers = Self.numbers(fields, picture: picture, in: run)
        if numbers.temporalLevelZeroIndex.isNewer(than: newestLevel) { newestLevel = numbers.temporalLevelZeroIndex }
        let keyDistance = (numbers.keyIndex &- newestKey) & 31
        if keyDistance != 0, keyDistance < 16 { newestKey = numbers.keyIndex }
        return numbers
    }

    /// The numbers of a late packet of the run before.
    func mapPrevious(_ fields: VP8Fields) -> VP8Numbers {
        guard let run = previous else { return VP8Numbers() }
        return Self.numbers(fields, picture: Self.extend(fields, near: run.newest), in: run)
    }

    /// Leaves out the picture of a packet that is dropped; later pictures close up.
    mutating func drop(_ fields: VP8Fields) {
        guard fields.pictureIDBits > 0, var run = current else { return }
        let picture = Self.extend(fields, near: run.newest)
        guard picture > run.newest else { return }
        Self.advance(&run, to: picture)
        run.dropped |= 1
        run.offset -= 1
        current = run
        newestPicture = max(newestPicture, picture + run.offset)
    }

    private static func numbers(_ fields: VP8Fields, picture: Int64, in run: Run) -> VP8Numbers {
        var outgoing = picture + run.offset
        let age = run.newest - picture
        // Pictures that were dropped after this one had lowered the offset.
        if age > 0 { outgoing += Int64((run.dropped & (age < 64 ? (1 << UInt64(age)) - 1 : .max)).nonzeroBitCount) }
        return VP8Numbers(
            pictureID: UInt16(truncatingIfNeeded: outgoing) & 0x7fff,
            temporalLevelZeroIndex: fields.temporalLevelZeroIndex &+ run.levelOffset,
            keyIndex: (fields.temporalByte & 31 &+ run.keyOffset) & 31)
    }

    private static func advance(_ run: inout Run, to picture: Int64) {
        let step = picture - run.newest
        run.dropped = step < 64 ? run.dropped << UInt64(step) : 0
        run.newest = picture
    }

    /// The extended id nearest to `newest` whose low bits are the packet's.
    private static func extend(_ fields: VP8Fields, near newest: Int64) -> Int64 {
        guard fields.pictureIDBits > 0 else { return newest }
        let modulus: Int64 = fields.pictureIDBits == 7 ? 128 : 32_768
        var distance = (Int64(fields.pictureID) - newest) & (modulus - 1)
        if distance >= modulus / 2 { distance -= modulus }
        return newest + distance
    }
}
