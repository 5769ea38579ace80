// Keeps picture ids of VP9 and frame numbers of dependency descriptors continuous over a switch of encodings.

import RTP

/// What is added to the numbers of a packet. Within an encoding it never changes: references are told as differences of
/// these numbers, so the numbers of frames that are left out stay free. Trivial.
struct NumberOffsets: Hashable, Sendable {
    /// To VP9's picture id (RFC 9628 section 4.2), 7 or 15 bits.
    var picture: UInt16 = 0
    /// To VP9's TL0PICIDX.
    var level: UInt8 = 0
    /// To the frame number of the dependency descriptor.
    var frame: UInt16 = 0
}

struct NumberOffsetMapper {
    private var current = NumberOffsets()
    private var previous = NumberOffsets()
    private var encoding: UInt8?
    private var newestPicture: UInt16 = 0
    private var newestLevel: UInt8 = 0
    private var newestFrame: UInt16 = 0

    /// Begins a run; numbers of the first one, and of one that continues its encoding, stay as they are published.
    mutating func start(_ packet: AcceptedPacket) {
        previous = current
        defer { encoding = packet.encoding }
        guard let encoding, encoding != packet.encoding else { return }
        current.picture = newestPicture &+ 1 &- packet.vp9.pictureID
        current.level = newestLevel &+ 1 &- packet.vp9.temporalLevelZeroIndex
        current.frame = newestFrame &+ 1 &- UInt16(truncatingIfNeeded: packet.frame.index)
    }

    /// The offsets of a packet of the current run.
    mutating func map(_ packet: AcceptedPacket) -> NumberOffsets {
        newestPicture = packet.vp9.pictureID &+ current.picture
        newestLevel = packet.vp9.temporalLevelZeroIndex &+ current.level
        newestFrame = UInt16(truncatingIfNeeded: packet.frame.index) &+ current.frame
        return current
    }

    /// The offsets of a late packet of the current run, or of the one before.
    func mapLate(isCurrent: Bool) -> NumberOffsets { isCurrent ? current : previous }
}
