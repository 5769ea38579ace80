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
        let result: WrittenPacket? =
            if plan.isFiller {
                writer.writeFiller(into: &target)
            } else {
                track.withPacket(packet) { writer.write(packet, $0, into: &target) } ?? nil
            }
        guard let result else { return nil }
        if writesMid {
            if hasReport { nextMid = now + ForwardingLimits.midInterval }
            history.noteMid(plan.extendedSequence)
        }
        packetsSent += 1
        octetsSent += plan.isFiller ? 0 : UInt64(packet.payloadLength)
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
        let result = track.withPacket(plan.packet) { writer.write(plan.packet, $0, into: &target) } ?? nil
        if result != nil { packetsRetransmitted += 1 }
        return result
    }

    private func writer(_ plan: ForwardPlan, _ extensions: HeaderExtensionIDs) -> PacketWriter {
        PacketWriter(
            fields: RTPFields(
                marker: plan.marker, payloadType: plan.payloadType, sequenceNumber: plan.sequence,
                timestamp: plan.timestamp, ssrc: ssrc),
            ids: extensions, isTimed: plan.isTimed, vp8: plan.vp8)
    }
}
