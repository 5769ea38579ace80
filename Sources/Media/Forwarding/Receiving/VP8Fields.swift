// The fields of a VP8 payload descriptor that are renumbered for every subscriber (RFC 7741 section 4.2).

import RTP

/// As published. Trivial.
struct VP8Fields: Hashable, Sendable {
    /// Meaningful when `pictureIDBits` is not 0.
    var pictureID: UInt16 = 0
    /// 0 (absent), 7 or 15.
    var pictureIDBits: UInt8 = 0
    var temporalLevelZeroIndex: UInt8 = 0
    var hasTemporalLevelZeroIndex = false
    /// TID, Y and KEYIDX: the last byte of the descriptor.
    var temporalByte: UInt8 = 0
    var hasTemporalByte = false
    var hasKeyIndex = false
    /// Size of the descriptor; 0 when the payload is not VP8.
    var byteCount: UInt8 = 0

    init() {}

    /// Nil when there is no whole descriptor with a payload behind it.
    init?(parsing payload: Span<UInt8>) {
        guard let descriptor = VP8Descriptor(parsing: payload) else { return nil }
        self.init(descriptor, payload)
    }

    /// - Parameter payload: the one that `descriptor` was parsed from
    init(_ descriptor: VP8Descriptor, _ payload: Span<UInt8>) {
        pictureID = descriptor.pictureID ?? 0
        pictureIDBits = UInt8(descriptor.pictureIDBitCount)
        temporalLevelZeroIndex = descriptor.temporalLevel0PictureIndex ?? 0
        hasTemporalLevelZeroIndex = descriptor.temporalLevel0PictureIndex != nil
        hasKeyIndex = descriptor.keyIndex != nil
        hasTemporalByte = hasKeyIndex || descriptor.temporalLayer != nil
        if hasTemporalByte { temporalByte = payload[descriptor.byteCount - 1] }
        byteCount = UInt8(descriptor.byteCount)
    }
}
