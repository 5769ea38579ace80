// The VP9 payload descriptor (RFC 9628 section 4.2).

internal import Basics

/// Values of one packet's descriptor, and where those stand that a forwarder rewrites.
public struct VP9Descriptor: Sendable {
    /// Most spatial layers (N_S has three bits).
    public static let maximumSpatialLayers = 8

    /// Refers to an earlier picture (P).
    public var isInterPicturePredicted = false
    /// The references are listed in each packet (F).
    public var isFlexible = false
    /// First packet of a layer frame (B).
    public var startsFrame = false
    /// Last packet of a layer frame (E).
    public var endsFrame = false
    /// No higher spatial layer of the picture refers to this one (Z).
    public var isNotReferencedAbove = false
    public var pictureID: UInt16?
    /// 0, 7 or 15: how wide the picture id is.
    public var pictureIDBitCount = 0
    /// Nil without layer indices (L).
    public var temporalLayer: UInt8?
    public var spatialLayer: UInt8?
    /// A place to switch up to this temporal layer (U).
    public var isSwitchingPoint = false
    /// Refers to the spatial layer below in the same picture (D).
    public var isInterLayerPredicted = false
    /// In the flexible mode: how many pictures ago the referred ones are (P_DIFF).
    public private(set) var referenceDifferences = InlineArray<3, UInt8>(repeating: 0)
    public private(set) var referenceCount = 0
    /// Only in the non-flexible mode.
    public var temporalLevel0PictureIndex: UInt8?
    /// From the scalability structure (V); nil without one.
    public var spatialLayerCount: Int?
    /// Pixels per spatial layer where the structure tells them, else 0.
    private var widths = InlineArray<8, UInt16>(repeating: 0)
    private var heights = InlineArray<8, UInt16>(repeating: 0)
    /// Size of the descriptor: the VP9 payload follows.
    public var byteCount = 1

    private var temporalLevel0Offset = 0
    /// Where the description of a picture group begins (N_G), 0 without one.
    private var groupOffset = 0

    /// The packet begins a picture that refers to no other: a decoder can start here.
    public var isKeyframe: Bool { !isInterPicturePredicted && startsFrame && (spatialLayer ?? 0) == 0 }

    /// Pixels of a spatial layer as the scalability structure tells them.
    public func size(ofSpatialLayer layer: Int) -> (width: UInt16, height: UInt16)? {
        guard layer >= 0, layer < spatialLayerCount ?? 0, widths[layer] > 0 else { return nil }
        return (widths[layer], heights[layer])
    }

    /// Nil when the descriptor runs over the end or no payload follows it.
    public init?(parsing payload: Span<UInt8>) {
        guard payload.count >= 2 else { return nil }
        let flags = payload[0]
        isInterPicturePredicted = flags & 0x40 != 0
        isFlexible = flags & 0x10 != 0
        startsFrame = flags & 0x08 != 0
        endsFrame = flags & 0x04 != 0
        isNotReferencedAbove = flags & 0x01 != 0
        if flags & 0x80 != 0, !parsePictureID(payload) { return nil }
        if flags & 0x20 != 0, !parseLayers(payload) { return nil }
        if isFlexible, isInterPicturePredicted, !parseReferences(payload) { return nil }
        if flags & 0x02 != 0, !parseStructure(payload) { return nil }
        guard byteCount < payload.count else { return nil }
    }

    private mutating func parsePictureID(_ payload: Span<UInt8>) -> Bool {
        guard let field = PictureIDField(at: byteCount, in: payload) else { return false }
        pictureID = field.value
        pictureIDBitCount = field.bitCount
        byteCount += field.byteCount
        return true
    }

    private mutating func parseLayers(_ payload: Span<UInt8>) -> Bool {
        guard byteCount < payload.count else { return false }
        let layers = payload[byteCount]
        temporalLayer = layers >> 5
        isSwitchingPoint = layers & 0x10 != 0
        spatialLayer = layers >> 1 & 7
        isInterLayerPredicted = layers & 1 != 0
        byteCount += 1
        guard !isFlexible else { return true }
        guard byteCount < payload.count else { return false }
        temporalLevel0PictureIndex = payload[byteCount]
        temporalLevel0Offset = byteCount
        byteCount += 1
        return true
    }

    /// One to three reference differences, each of which tells whether another follows.
    private mutating func parseReferences(_ payload: Span<UInt8>) -> Bool {
        for reference in 0..<3 {
            guard byteCount < payload.count else { return false }
            let more = payload[byteCount] & 1 != 0
            referenceDifferences[reference] = payload[byteCount] >> 1
            referenceCount = reference + 1
            byteCount += 1
            if !more { return true }
            if reference == 2 { return false }
        }
        return true
    }

    private mutating func parseStructure(_ payload: Span<UInt8>) -> Bool {
        guard byteCount < payload.count else { return false }
        let head = payload[byteCount]
        let count = Int(head >> 5) + 1
        byteCount += 1
        if head & 0x10 != 0 {
            guard payload.count - byteCount >= count * 4 else { return false }
            for layer in 0..<count {
                widths[layer] = payload.uint16(at: byteCount)
                heights[layer] = payload.uint16(at: byteCount + 2)
                byteCount += 4
            }
        }
        spatialLayerCount = count
        guard head & 0x08 != 0 else { return true }
        guard byteCount < payload.count else { return false }
        groupOffset = byteCount
        let pictures = Int(payload[byteCount])
        byteCount += 1
        for _ in 0..<pictures {
            guard byteCount < payload.count else { return false }
            byteCount += 1 + Int(payload[byteCount] >> 2 & 3)
        }
        return byteCount <= payload.count
    }

    /// The picture group that the scalability structure describes; nil without one, or when it has more pictures than
    /// `VP9PictureGroup.maximumPictures`.
    ///
    /// - Parameter payload: the one that was parsed
    public func pictureGroup(in payload: Span<UInt8>) -> VP9PictureGroup? {
        groupOffset == 0 ? nil : VP9PictureGroup(at: groupOffset, in: payload)
    }

    /// As `VP8Descriptor.rewrite`.
    public func rewrite(
        pictureID newPictureID: UInt16, temporalLevel0PictureIndex newIndex: UInt8,
        in buffer: inout MutableSpan<UInt8>, at offset: Int
    ) {
        // The picture id follows the first byte.
        PictureIDField.put(newPictureID, bitCount: pictureIDBitCount, in: &buffer, at: offset + 1)
        if temporalLevel0PictureIndex != nil { buffer.put(newIndex, at: offset + temporalLevel0Offset) }
    }
}
