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
        var newest: Int64 = 0
        /// Outgoing minus incoming picture id, for the newest picture.
        var offset: Int64 = 0
        /// Bit n: picture `newest - n` was dropped.
        var dropped: UInt64 = 0
        var levelOffset: UInt8 = 0
        var keyOffset: UInt8 = 0

        mutating func advance(to picture: Int64) {
            let step = picture - newest
            dropped = step < 64 ? dropped << UInt64(step) : 0
            newest = picture
        }

        func numbers(_ fields: VP8Fields, picture: Int64) -> VP8Numbers {
            var outgoing = picture + offset
            let age = newest - picture
            // Pictures that were dropped after this one had lowered the offset.
            if age > 0, dropped != 0 {
                let mask = age < 64 ? (1 << UInt64(age)) - 1 : UInt64.max
                outgoing += Int64((dropped & mask).nonzeroBitCount)
            }
            return VP8Numbers(
                pictureID: UInt16(truncatingIfNeeded: outgoing) & 0x7fff,
                temporalLevelZeroIndex: fields.temporalLevelZeroIndex &+ levelOffset,
                keyIndex: (fields.temporalByte &+ keyOffset) & 31)
        }

        /// The extended id nearest to the newest whose low bits are the packet's.
        func extend(_ fields: VP8Fields) -> Int64 {
            guard fields.pictureIDBits > 0 else { return newest }
            let modulus: Int64 = fields.pictureIDBits == 7 ? 128 : 32_768
            let distance = (Int64(fields.pictureID) &- newest) & (modulus - 1)
            return newest + (distance >= modulus / 2 ? distance - modulus : distance)
        }
    }

    private var current = Run()
    private var previous = Run()
    private var hasStarted = false
    private var newestPicture: Int64
    private var newestLevel: UInt8
    private var newestKey: UInt8 = 0

    /// - Parameters:
    ///   - pictureID: the number before the first outgoing picture id
    ///   - level: the number before the first outgoing TL0PICIDX
    init(beforePictureID pictureID: UInt16, level: UInt8) {
        newestPicture = Int64(pictureID) + 0x1_0000
        newestLevel = level
    }

    /// Begins a run: the packet's picture follows the newest outgoing one.
    mutating func start(_ fields: VP8Fields) {
        previous = current
        hasStarted = true
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
        // A publisher that turns to VP8 in the middle of a run.
        if !hasStarted { start(fields) }
        let picture = current.extend(fields)
        if picture > current.newest {
            current.advance(to: picture)
            newestPicture = max(newestPicture, picture + current.offset)
        }
        let numbers = current.numbers(fields, picture: picture)
        if numbers.temporalLevelZeroIndex.isNewer(than: newestLevel) { newestLevel = numbers.temporalLevelZeroIndex }
        if 1..<16 ~= (numbers.keyIndex &- newestKey) & 31 { newestKey = numbers.keyIndex }
        return numbers
    }

    /// The numbers of a late packet of the run before.
    func mapPrevious(_ fields: VP8Fields) -> VP8Numbers {
        previous.numbers(fields, picture: previous.extend(fields))
    }

    /// Leaves out the picture of a packet that is dropped; later pictures close up.
    mutating func drop(_ fields: VP8Fields) {
        guard fields.pictureIDBits > 0, hasStarted else { return }
        let picture = current.extend(fields)
        guard picture > current.newest else { return }
        current.advance(to: picture)
        current.dropped |= 1
        current.offset -= 1
        newestPicture = max(newestPicture, picture + current.offset)
    }
}
