// What an H.264 packet holds (RFC 6184 section 5), as far as a forwarder needs it.

internal import Basics

/// The NAL units that begin in one packet.
public struct H264Payload: Hashable, Sendable {
    /// A slice of an instantaneous decoder refresh begins here.
    public var startsIDR = false
    public var hasSequenceParameters = false
    public var hasPictureParameters = false
    /// The packet can be the first of an access unit: it begins with a delimiter, parameters, supplemental information
    /// or the first slice of a picture. Parameters and their slice both say so: the timestamp tells frames apart.
    public var mayStartFrame = false
    /// No other picture refers to what is in here (nal_ref_idc is 0).
    public var isNonReference = false

    /// A decoder can start here.
    public var isKeyframe: Bool { startsIDR || hasSequenceParameters }

    private static let slice: UInt8 = 1
    private static let idrSlice: UInt8 = 5
    private static let supplemental: UInt8 = 6
    private static let sequenceParameters: UInt8 = 7
    private static let pictureParameters: UInt8 = 8
    private static let delimiter: UInt8 = 9
    private static let aggregation: UInt8 = 24
    private static let fragmentation: UInt8 = 28

    /// Nil when the payload is empty, runs over its end, or is of a kind that packetization modes 0 and 1 do not have.
    public init?(parsing payload: Span<UInt8>) {
        guard payload.count > 0 else { return nil }
        let head = payload[0]
        switch head & 0x1f {
        case 1...23:
            isNonReference = head & 0x60 == 0
            note(head & 0x1f, second: payload.count > 1 ? payload[1] : 0)
        case Self.aggregation:
            isNonReference = head & 0x60 == 0
            guard parseAggregation(payload) else { return nil }
        case Self.fragmentation:
            guard payload.count >= 2 else { return nil }
            isNonReference = head & 0x60 == 0
            // Only the first fragment tells something (section 5.8).
            if payload[1] & 0x80 != 0 {
                note(payload[1] & 0x1f, second: payload.count > 2 ? payload[2] : 0)
            }
        default: return nil
        }
    }

    /// STAP-A: units, each after its size (section 5.7.1).
    private mutating func parseAggregation(_ payload: Span<UInt8>) -> Bool {
        var offset = 1
        while offset < payload.count {
            guard payload.count - offset >= 3 else { return false }
            let count = Int(payload.uint16(at: offset))
            guard count > 0, count <= payload.count - offset - 2 else { return false }
            note(payload[offset + 2] & 0x1f, second: count > 1 ? payload[offset + 3] : 0)
            offset += 2 + count
        }
        return offset > 1
    }

    private mutating func note(_ type: UInt8, second: UInt8) {
        switch type {
        case Self.slice, Self.idrSlice:
            // A slice header begins with first_mb_in_slice as Exp-Golomb code: 0 is a single one bit.
            if second & 0x80 != 0 { mayStartFrame = true }
            if type == Self.idrSlice { startsIDR = true }
        case Self.sequenceParameters:
            hasSequenceParameters = true
            mayStartFrame = true
        case Self.pictureParameters:
            hasPictureParameters = true
            mayStartFrame = true
        case Self.supplemental, Self.delimiter: mayStartFrame = true
        default: break
        }
    }
}
