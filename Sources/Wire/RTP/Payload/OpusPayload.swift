// What the first bytes of an Opus packet tell (RFC 6716 section 3.1 and 3.2).

internal import Basics

/// The table-of-contents byte and what follows from it.
public struct OpusPayload: Hashable, Sendable {
    /// RTP clock of Opus, whatever it codes (RFC 7587 section 4.1).
    public static let clockRateHertz: UInt32 = 48_000

    /// Duration of one frame, in samples at 48 kHz.
    public var samplesPerFrame: Int
    public var frameCount: Int
    public var isStereo: Bool
    /// Discontinuous transmission: a packet of the TOC byte and at most one more codes nothing.
    public var isDiscontinuous: Bool

    /// Duration of the packet, in samples at 48 kHz.
    public var sampleCount: Int { samplesPerFrame * frameCount }

    /// Nil when the payload is empty, or holds no frame or more than 120 ms.
    public init?(parsing payload: Span<UInt8>) {
        guard payload.count > 0 else { return nil }
        let toc = payload[0]
        let configuration = Int(toc >> 3)
        switch configuration {
        // SILK: 10, 20, 40, 60 ms.
        case 0...11: samplesPerFrame = configuration & 3 == 3 ? 2_880 : 480 << (configuration & 3)
        // Hybrid: 10, 20 ms.
        case 12...15: samplesPerFrame = 480 << (configuration & 1)
        // CELT: 2.5, 5, 10, 20 ms.
        default: samplesPerFrame = 120 << (configuration & 3)
        }
        isStereo = toc & 4 != 0
        switch toc & 3 {
        case 0: frameCount = 1
        case 1, 2: frameCount = 2
        default:
            guard payload.count >= 2 else { return nil }
            frameCount = Int(payload[1] & 0x3f)
        }
        isDiscontinuous = payload.count <= 2
        guard frameCount > 0, sampleCount <= 5_760 else { return nil }
    }
}
