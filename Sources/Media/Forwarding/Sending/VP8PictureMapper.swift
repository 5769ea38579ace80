/// The renumbered fields of an outgoing VP8 descriptor. Trivial.
struct VP8Numbers: Hashable, Sendable {
    var pictureID: UInt16 = 0
    var temporalLevelZeroIndex: UInt8 = 0
    var keyIndex: UInt8 = 0
}
