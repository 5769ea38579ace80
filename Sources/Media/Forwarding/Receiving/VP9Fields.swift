// The fields of a VP9 payload descriptor that are renumbered for a subscriber (RFC 9628 section 4.2).

import RTP

/// As published. Trivial.
struct VP9Fields: Hashable, Sendable {
    /// Meaningful when `pictureIDBits` is not 0.
    var pictureID: UInt16 = 0
    /// 0 (absent), 7 or 15. The picture id follows the first byte.
    var pictureIDBits: UInt8 = 0
    var temporalLevelZeroIndex: UInt8 = 0
    /// It follows picture id and layer indices.
    var hasTemporalLevelZeroIndex = false

    init() {}

    init(_ descriptor: VP9Descriptor) {
        pictureID = descriptor.pictureID ?? 0
        pictureIDBits = UInt8(descriptor.pictureIDBitCount)
        temporalLevelZeroIndex = descriptor.temporalLevel0PictureIndex ?? 0
        hasTemporalLevelZeroIndex = descriptor.temporalLevel0PictureIndex != nil
    }
}
