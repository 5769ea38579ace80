// What forwarding knows of a payload without decoding it: enough to start, to switch and to renumber.

/// Traits of one packet, the same for all subscribers. Trivial.
public struct PacketTraits: Hashable, Sendable {
    /// Part of a picture that refers to no earlier one. Always false for audio.
    public var isKeyframe = false
    /// First packet of a picture of its spatial layer. Always true for audio.
    public var startsFrame = false
    /// Last packet of a picture of its spatial layer, as far as one packet can tell.
    public var endsFrame = false
    /// No later picture refers to this one.
    public var isDiscardable = false
    /// A subscriber may begin with this temporal layer here.
    public var isTemporalSwitchPoint = false
    /// Layer within the encoding (scalable coding); 0 where there is none.
    public var spatialLayer: UInt8 = 0
    public var temporalLayer: UInt8 = 0

    @inlinable public init() {}
}

/// The fields of a VP8 payload descriptor that are renumbered for every subscriber (RFC 7741 section 4.2). Trivial.
public struct VP8Fields: Hashable, Sendable {
    /// As sent; meaningful when `pictureIDBits` is not 0.
    public var pictureID: UInt16 = 0
    /// 0 (absent), 7 or 15.
    public var pictureIDBits: UInt8 = 0
    public var temporalLevelZeroIndex: UInt8 = 0
    public var hasTemporalLevelZeroIndex = false
    /// TID and Y bits of the last descriptor byte, with KEYIDX.
    public var temporalByte: UInt8 = 0
    public var hasTemporalByte = false
    public var hasKeyIndex = false
    /// Length of the descriptor, 0 when the payload is not VP8.
    public var byteCount: UInt8 = 0

    @inlinable public init() {}
}
