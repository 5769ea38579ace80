// What the publisher is told: losses, keyframe wishes, reports.

public import Basics
import MediaInterface
public import RTP

extension PublishedTrack {
    /// Asks the publisher for a keyframe with the next feedback. Requests are coalesced per encoding, at least
    /// `ForwardingLimits.keyframeRequestInterval` or a round trip apart, and repeated until a keyframe comes. When one has
    /// come, the next request is at least `ForwardingLimits.keyframeInterval` after the last.
    ///
    /// - Parameter isUrgent: a picture is lost that was seen: one such request may go before its second is over
    public mutating func requestKeyframe(encoding: Int, isUrgent: Bool = false, at now: MonotonicTime) {
        guard kind == .video, !isMuted, 0..<encodingCount ~= encoding else { return }
        streams[encoding].keyframes.request(isUrgent: isUrgent, at: now)
    }

    /// When there is feedback to write; nil when nothing is to come.
    public var nextDeadline: MonotonicTime? {
        var earliest = MonotonicTime.distantFuture
        for encoding in 0..<encodingCount {
            if let due = streams[encoding].nextDeadline { earliest = min(earliest, due) }
        }
        return earliest == .distantFuture ? nil : earliest
    }

    /// Writes the feedback that is due as RTCP packets one after the other. See `appendFeedback`.
    ///
    /// - Returns: bytes written from the start of `target`, 0 when nothing is due
    public mutating func writeFeedback(
        senderSSRC: UInt32, roundTrip: Interval, at now: MonotonicTime, into target: inout MutableSpan<UInt8>
    ) -> Int {
        var writer = RTCPWriter()
        appendFeedback(to: &writer, senderSSRC: senderSSRC, roundTrip: roundTrip, at: now, into: &target)
        return writer.count
    }

    /// Appends the feedback that is due to a compound: receiver report, generic NACK, PLI or FIR. What does not fit stays
    /// due.
    ///
    /// - Parameters:
    ///   - senderSSRC: the SSRC that the server reports under on this transport
    ///   - roundTrip: to the publisher; zero when not known
    public mutating func appendFeedback(
        to writer: inout RTCPWriter, senderSSRC: UInt32, roundTrip: Interval, at now: MonotonicTime,
        into target: inout MutableSpan<UInt8>
    ) {
        for encoding in 0..<encodingCount {
            guard let ssrc = streams[encoding].ssrc else { continue }
            if let due = streams[encoding].reportDue, due <= now {
                appendReport(to: &writer, encoding, ssrc, senderSSRC, at: now, into: &target)
            }
            appendNACK(to: &writer, encoding, ssrc, senderSSRC, roundTrip, at: now, into: &target)
            appendKeyframeRequest(to: &writer, encoding, ssrc, senderSSRC, roundTrip, at: now, into: &target)
        }
    }

    private mutating func appendReport(
        to writer: inout RTCPWriter, _ encoding: Int, _ ssrc: UInt32, _ senderSSRC: UInt32, at now: MonotonicTime,
        into target: inout MutableSpan<UInt8>
    ) {
        guard target.count - writer.count >= RTCPPacket.headerByteCount + 4 + ReportBlock.byteCount else { return }
        guard let block = streams[encoding].reception.takeReport(ssrc: ssrc, at: now) else { return }
        let blocks: InlineArray<1, ReportBlock> = [block]
        guard writer.appendReceiverReport(from: senderSSRC, blocks: blocks.span, into: &target) else { return }
        streams[encoding].lastReport = now
        streams[encoding].reportDue = nil
    }

    private mutating func appendNACK(
        to writer: inout RTCPWriter, _ encoding: Int, _ ssrc: UInt32, _ senderSSRC: UInt32, _ roundTrip: Interval,
        at now: MonotonicTime, into target: inout MutableSpan<UInt8>
    ) {
        // Every number takes a pair of four bytes at worst, so what is taken always fits.
        let room = (target.count - writer.count - RTCPPacket.headerByteCount - 8) / 4
        var numbers = InlineArray<128, UInt16>(repeating: 0)
        var count = 0
        guard room > 0 else { return }
        streams[encoding].missing.takeDue(at: now, roundTrip: roundTrip, limit: min(room, 128)) {
            numbers[count] = $0
            count += 1
        }
        guard count > 0 else { return }
        _ = writer.appendNACK(
            numbers.span.extracting(0..<count), from: senderSSRC, about: ssrc, into: &target)
        statistics.nacksSent += UInt64(count)
    }

    private mutating func appendKeyframeRequest(
        to writer: inout RTCPWriter, _ encoding: Int, _ ssrc: UInt32, _ senderSSRC: UInt32, _ roundTrip: Interval,
        at now: MonotonicTime, into target: inout MutableSpan<UInt8>
    ) {
        // The longer of the two kinds, a full intra request, has 20 bytes.
        guard target.count - writer.count >= 20 else { return }
        let repeats = streams[encoding].showsKeyframes
        let due = streams[encoding].keyframes.takeDue(at: now, roundTrip: roundTrip, repeats: repeats)
        guard let kind = due else { return }
        switch kind {
        case .pictureLossIndication:
            _ = writer.appendPictureLossIndication(from: senderSSRC, about: ssrc, into: &target)
        case .fullIntraRequest(let sequence):
            _ = writer.appendFullIntraRequest(
                from: senderSSRC, about: ssrc, commandSequence: sequence, into: &target)
        }
        statistics.keyframeRequestsSent += 1
    }
}
