// Writes what a subscription has planned.

public import Basics
public import MediaInterface
import RTP

extension Subscription {
    /// Writes the outgoing packet: header with the subscriber's numbers and extension identifiers, then the payload with
    /// its VP8 descriptor renumbered.
    ///
    /// - Parameters:
    ///   - extensions: the identifiers of the subscriber's transport
    ///   - target: room for the whole packet from its start on
    /// - Returns: nil when the target is too small, or the packet has left the cache
    public mutating func write(
        _ plan: ForwardPlan, of packet: AcceptedPacket, from track: borrowing PublishedTrack,
        extensions: HeaderExtensionIDs, at now: MonotonicTime, into target: inout MutableSpan<UInt8>
    ) -> WrittenPacket? {
        let writesMid = mid != nil && extensions.mid != 0 && now >= nextMid
        var writer = writer(plan, extensions)
        if writesMid { writer.mid = mid }
        writer.playoutDelay = playoutDelay.rawValue
        let result: WrittenPacket? =
            if plan.isFiller {
                writer.writeFiller(into: &target)
            } else {
                writePayload(plan.speech, packet, writer, from: track, into: &target)
            }
        guard let result else { return nil }
        if writesMid {
            if hasReport { nextMid = now + ForwardingLimits.midInterval }
            history.noteMid(plan.extendedSequence)
        }
        if kind == .audio { redundancy.noteSent(at: now) }
        if plan.isRepeatable, !plan.isFiller { noteForRepetition(plan, result, target.span) }
        packetsSent += 1
        octetsSent += plan.isFiller ? 0 : UInt64(plan.payloadByteCount(of: packet))
        budget.noteSent(result.byteCount)
        return result
    }

    /// Writes a packet again, as retransmission (RFC 4588) or as it was. Same parameters as the other `write`.
    public mutating func write(
        _ plan: RetransmissionPlan, from track: borrowing PublishedTrack, extensions: HeaderExtensionIDs,
        at now: MonotonicTime, into target: inout MutableSpan<UInt8>
    ) -> WrittenPacket? {
        var writer = writer(plan.original, extensions)
        if let payloadType = plan.retransmissionPayloadType {
            writer.fields.ssrc = retransmissionSSRC
            writer.fields.payloadType = payloadType
            writer.fields.sequenceNumber = plan.retransmissionSequence
            writer.originalSequence = plan.original.sequence
            writer.isTimed = true
            if !hasReport { writer.mid = mid }
        } else if plan.hasMid {
            writer.mid = mid
        }
        let result = writePayload(plan.original.speech, plan.packet, writer, from: track, into: &target)
        if plan.isRepetition, let result {
            // One packet index, one packet: another one under the same index would give the key stream away.
            let written = PacketFingerprint.of(target.span.extracting(first: result.byteCount))
            guard written == plan.fingerprint else { return nil }
        }
        if result != nil { packetsRetransmitted += 1 }
        return result
    }

    private func writePayload(
        _ speech: SpeechPlan, _ packet: AcceptedPacket, _ writer: PacketWriter, from track: borrowing PublishedTrack,
        into target: inout MutableSpan<UInt8>
    ) -> WrittenPacket? {
        if speech.isRemade { return writer.writeSpeech(speech, packet, from: track, into: &target) }
        return track.withPacket(packet) { writer.write(packet, $0, into: &target) } ?? nil
    }

    /// A packet that may have to go again as it is; with numbers or times of the transport it cannot.
    private mutating func noteForRepetition(
        _ plan: ForwardPlan, _ written: WrittenPacket, _ target: Span<UInt8>
    ) {
        guard written.transportSequenceOffset == 0, written.absoluteSendTimeOffset == 0 else { return }
        let fingerprint = PacketFingerprint.of(target.extracting(first: written.byteCount))
        history.noteFingerprint(fingerprint, of: plan.extendedSequence)
    }

    private func writer(_ plan: ForwardPlan, _ extensions: HeaderExtensionIDs) -> PacketWriter {
        PacketWriter(
            fields: RTPFields(
                marker: plan.marker, payloadType: plan.payloadType, sequenceNumber: plan.sequence,
                timestamp: plan.timestamp, ssrc: ssrc),
            ids: extensions, isTimed: plan.isTimed, vp8: plan.vp8, offsets: plan.offsets)
    }
}
