// Requests for a keyframe: picture loss indication (RFC 4585 section 6.3.1), full intra request (RFC 5104 section 4.3.1).

internal import Basics

/// The decoder of `mediaSSRC` has lost the picture.
public struct PictureLossIndication: Hashable, Sendable {
    public var senderSSRC: UInt32
    public var mediaSSRC: UInt32

    init?(_ packet: RTCPPacket, in datagram: Span<UInt8>) {
        guard packet.body.count >= 8 else { return nil }
        senderSSRC = datagram.uint32(at: packet.body.lowerBound)
        mediaSSRC = datagram.uint32(at: packet.body.lowerBound + 4)
    }
}

/// Requests for keyframes of several sources, each with a command sequence number.
public struct FullIntraRequest: Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        public var ssrc: UInt32
        /// The same number again is the same request, repeated.
        public var commandSequence: UInt8
    }

    public var senderSSRC: UInt32
    public var count: Int
    private var offset: Int

    init?(_ packet: RTCPPacket, in datagram: Span<UInt8>) {
        guard packet.body.count >= 16, packet.body.count & 7 == 0 else { return nil }
        senderSSRC = datagram.uint32(at: packet.body.lowerBound)
        offset = packet.body.lowerBound + 8
        count = (packet.body.count - 8) / 8
    }

    public func entry(_ index: Int, in datagram: Span<UInt8>) -> Entry {
        precondition(0 <= index && index < count)
        return Entry(
            ssrc: datagram.uint32(at: offset + index * 8), commandSequence: datagram[offset + index * 8 + 4])
    }
}

extension RTCPWriter {
    /// Appends a picture loss indication; false (and nothing is written) when it does not fit.
    public mutating func appendPictureLossIndication(
        from senderSSRC: UInt32, about mediaSSRC: UInt32, into buffer: inout MutableSpan<UInt8>
    ) -> Bool {
        let format = RTCPFeedbackFormat.pictureLossIndication
        return beginFeedback(
            RTCPType.payloadFeedback, format: format, from: senderSSRC, about: mediaSSRC, byteCount: 0, in: &buffer)
            != nil
    }

    /// Appends a full intra request for one source; false (and nothing is written) when it does not fit.
    public mutating func appendFullIntraRequest(
        from senderSSRC: UInt32, about mediaSSRC: UInt32, commandSequence: UInt8,
        into buffer: inout MutableSpan<UInt8>
    ) -> Bool {
        // The SSRC of the media stands in the entry; the header's is zero (RFC 5104 section 4.3.1.2).
        guard
            let entry = beginFeedback(
                RTCPType.payloadFeedback, format: RTCPFeedbackFormat.fullIntraRequest, from: senderSSRC, about: 0,
                byteCount: 8, in: &buffer)
        else { return false }
        buffer.put(mediaSSRC, at: entry)
        buffer.put(UInt32(commandSequence) << 24, at: entry + 4)
        return true
    }
}
