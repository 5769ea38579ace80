// Feedback datagrams for tests, with any content that the format allows.

import Basics
import RTP

enum FeedbackWriting {
    /// A datagram with the given arrivals (250 µs units, or `TransportFeedbackBuilder.notReceived`) from a number on.
    static func datagram(from base: UInt16, arrivals: [Int64], count: UInt8 = 0) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 1_400)
        var span = buffer.mutableSpan
        var writer = RTCPWriter()
        let header = TransportFeedbackHeader(
            senderSSRC: 1, mediaSSRC: 2, baseSequenceNumber: base, feedbackCount: count)
        guard writer.appendTransportFeedback(header, arrivals: arrivals.span, into: &span) > 0 else { return nil }
        return Array(buffer[..<writer.count])
    }

    static func parse(_ datagram: [UInt8]) -> TransportFeedback? {
        var cursor = RTCPCursor()
        guard let packet = cursor.next(in: datagram.span),
            case .transportFeedback(let feedback) = packet.message(in: datagram.span)
        else { return nil }
        return feedback
    }
}
