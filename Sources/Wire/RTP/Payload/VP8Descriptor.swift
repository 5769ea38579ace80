// The VP8 payload descriptor and the head of the VP8 payload (RFC 7741 sections 4.2 and 4.3, RFC 6386 section 9.1).

internal import Basics

/// Values of one packet's descriptor, and where those stand that a forwarder rewrites.
public struct VP8Descriptor: Hashable, Sendable {
    /// The frame may be dropped: no other refers to it (N).
    public var isNonReference = false
    /// The packet begins partition `partitionIndex` (S).
    public var startsPartition = false
    public var partitionIndex: UInt8 = 0
    public var pictureID: UInt16?
    /// 0, 7 or 15: how wide the picture id is.
    public var pictureIDBitCount = 0
    public var temporalLevel0PictureIndex: UInt8?
    public var temporalLayer: UInt8?
    /// The frame refers to temporal layer 0 only: a place to switch up to its layer (Y).
    public var isLayerSync = false
    public var keyIndex: UInt8?
    /// Size of the descriptor: the VP8 payload follows.
    public var byteCount = 1
    /// The packet begins a keyframe.
    public var isKeyframe = false
    /// Pixels, from the head of a keyframe; 0 elsewhere.
    public var width: UInt16 = 0
    public var height: UInt16 = 0

    private var temporalLevel0Offset = 0

    /// The packet begins a frame.
    public var startsFrame: Bool { startsPartition && partitionIndex == 0 }

    /// Nil when the descriptor runs over the end or no payload follows it.
    public init?(parsing payload: Span<UInt8>) {
        guard payload.count >= 2 else { return nil }
        let first = payload[0]
        isNonReference = first & 0x20 != 0
        startsPartition = first & 0x10 != 0
        partitionIndex = first & 0x07
        if first & 0x80 != 0 {
            guard parseExtension(payload) else { return nil }
        }
        guard byteCount < payload.count else { return nil }
        if startsFrame, payload[byteCount] & 1 == 0 {
            isKeyframe = true
            parseKeyframe(payload)
        }
    }

    private mutating func parseExtension(_ payload: Span<UInt8>) -> Bool {
        let flags = payload[1]
        var offset = 2
        if flags & 0x80 != 0 {
            guard let field = PictureIDField(at: offset, in: payload) else { return false }
            pictureID = field.value
            pictureIDBitCount = field.bitCount
            offset += field.byteCount
        }
        if flags & 0x40 != 0 {
            guard offset < payload.count else { return false }
            temporalLevel0PictureIndex = payload[offset]
            temporalLevel0Offset = offset
            offset += 1
        }
        if flags & 0x30 != 0 {
            guard offset < payload.count else { return false }
            if flags & 0x20 != 0 {
                temporalLayer = payload[offset] >> 6
                isLayerSync = payload[offset] & 0x20 != 0
            }
            if flags & 0x10 != 0 { keyIndex = payload[offset] & 0x1f }
            offset += 1
        }
        byteCount = offset
        return true
    }

    /// Frame tag of three bytes, start code of three, then two sizes, low byte first, with two bits of scale each.
    private mutating func parseKeyframe(_ payload: Span<UInt8>) {
        guard payload.count - byteCount >= 10, payload.uint24(at: byteCount + 3) == 0x9d012a else { return }
        width = payload.uint16(at: byteCount + 6).byteSwapped & 0x3fff
        height = payload.uint16(at: byteCount + 8).byteSwapped & 0x3fff
    }

    /// Puts other numbers into a copy of the payload; those that the descriptor does not carry stay absent. The picture
    /// id keeps its width.
    ///
    /// - Parameter offset: where the copied payload begins in `buffer`, which holds at least its descriptor
    public func rewrite(
        pictureID newPictureID: UInt16, temporalLevel0PictureIndex newIndex: UInt8,
        in buffer: inout MutableSpan<UInt8>, at offset: Int
    ) {
        // The picture id follows the first byte and that of the extension flags.
        PictureIDField.put(newPictureID, bitCount: pictureIDBitCount, in: &buffer, at: offset + 2)
        if temporalLevel0PictureIndex != nil { buffer.put(newIndex, at: offset + temporalLevel0Offset) }
    }
}
