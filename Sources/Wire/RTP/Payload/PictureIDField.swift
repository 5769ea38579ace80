// The picture id of the VP8 and VP9 payload descriptors: 7 or 15 bits, the first bit tells which (RFC 7741 section 4.2, RFC
// 9628 section 4.2).

internal import Basics

struct PictureIDField {
    var value: UInt16
    /// 7 or 15.
    var bitCount: Int

    var byteCount: Int { bitCount == 7 ? 1 : 2 }

    /// Nil when the field runs over the end.
    init?(at offset: Int, in payload: Span<UInt8>) {
        guard offset < payload.count else { return nil }
        if payload[offset] & 0x80 == 0 {
            value = UInt16(payload[offset])
            bitCount = 7
        } else {
            guard payload.count - offset >= 2 else { return nil }
            value = payload.uint16(at: offset) & 0x7fff
            bitCount = 15
        }
    }

    /// Writes a picture id in a field that has `bitCount` bits; nothing when that is 0.
    static func put(_ value: UInt16, bitCount: Int, in buffer: inout MutableSpan<UInt8>, at offset: Int) {
        switch bitCount {
        case 7: buffer.put(UInt8(value & 0x7f), at: offset)
        case 15: buffer.put(value | 0x8000, at: offset)
        default: break
        }
    }
}
