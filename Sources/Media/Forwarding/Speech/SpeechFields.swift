// What a stored packet of speech is, read once for all subscribers (RFC 2198 section 3, RFC 7587 section 4).

import Basics
import RTP

/// The newest block of a packet of Opus or RED. Trivial.
struct SpeechFields: Hashable, Sendable {
    /// Where the newest block begins in the payload; it goes to the end. 0 for plain Opus.
    var offset: UInt16 = 0
    /// Of the newest block, in samples at 48 kHz; 0 when the payload is not speech, or cannot be read.
    var durationTicks: UInt16 = 0
    /// Discontinuous transmission: the block codes nothing.
    var isSilence = false

    init() {}

    /// A payload of Opus.
    init(opus payload: Span<UInt8>) {
        guard let opus = OpusPayload(parsing: payload) else { return }
        durationTicks = UInt16(opus.sampleCount)
        isSilence = opus.isDiscontinuous
    }

    /// A payload of RED around Opus.
    init(red payload: Span<UInt8>) {
        self.init()
        guard var blocks = REDPayload(parsing: payload) else { return }
        var newest: REDBlock?
        while let block = blocks.next(in: payload) { newest = block }
        guard let newest else { return }
        self = SpeechFields(opus: payload.extracting(newest.range))
        offset = UInt16(truncatingIfNeeded: newest.offset)
    }

    /// The newest block can be taken out and sent on its own.
    var isReadable: Bool { durationTicks > 0 }
}

extension AcceptedPacket {
    /// Where the newest block of speech stands in the stored packet.
    var speechRange: Range<Int> { payload.lowerBound + Int(speech.offset)..<payload.upperBound }
}
