// The AV1 aggregation header and the head of the first OBU (RTP Payload Format for AV1, sections 4.4 and 4.3).

internal import Basics

/// What the first bytes of an AV1 packet tell.
public struct AV1Payload: Hashable, Sendable {
    /// The first element continues an OBU of the packet before (Z).
    public var continuesElement: Bool
    /// The last element goes on in the next packet (Y).
    public var isContinued: Bool
    /// First packet of a coded video sequence (N): a decoder can start here.
    public var startsSequence: Bool
    /// From the OBU extension header of the first element, where it begins here and has one.
    public var temporalLayer: UInt8?
    public var spatialLayer: UInt8?

    /// Nil when nothing follows the aggregation header, or it says two things that exclude each other.
    public init?(parsing payload: Span<UInt8>) {
        guard payload.count >= 2 else { return nil }
        let head = payload[0]
        continuesElement = head & 0x80 != 0
        isContinued = head & 0x40 != 0
        startsSequence = head & 0x08 != 0
        guard !(continuesElement && startsSequence) else { return nil }
        guard !continuesElement else { return }
        var offset = 1
        // With W = 1 the only element has no size; otherwise LEB128 of up to eight bytes.
        if head >> 4 & 3 != 1 {
            var sizeByteCount = 0
            while true {
                guard offset < payload.count, sizeByteCount < 8 else { return nil }
                offset += 1
                sizeByteCount += 1
                if payload[offset - 1] & 0x80 == 0 { break }
            }
        }
        guard offset < payload.count else { return nil }
        // OBU header: forbidden bit, type (4), extension flag, has-size flag.
        if payload[offset] & 0x04 != 0, offset + 1 < payload.count {
            temporalLayer = payload[offset + 1] >> 5
            spatialLayer = payload[offset + 1] >> 3 & 3
        }
    }
}
