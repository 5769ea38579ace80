// Packets that were planned and go later, and packets that only measure the path.

public import MediaInterface
import RTP

/// A planned packet whose turn has come.
public struct DeferredPacket: Sendable {
    public var packet: AcceptedPacket
    public var plan: ForwardPlan
}

extension Subscription {
    /// A packet that was planned and not written yet; nil when it has left the cache of its track meanwhile.
    public mutating func deferred(_ outgoing: Int64, of track: borrowing PublishedTrack) -> DeferredPacket? {
        guard let sent = history.packet(outgoing),
            let packet = track.packet(encoding: Int(sent.encoding), extendedSequence: sent.sequence),
            let payload = mapping(sent.publishedPayloadType)
        else { return nil }
        return DeferredPacket(packet: packet, plan: plan(of: sent, payload))
    }

    /// A planned packet will not be written: it cannot be asked for either.
    public mutating func abandon(_ outgoing: Int64) { history.forget(outgoing) }

    /// A packet that was sent lately, to be sent again as retransmission: it measures the path, and repairs perhaps.
    ///
    /// - Parameter age: 0 is the newest packet, 1 the one before
    /// - Returns: nil when there is none, or the subscriber takes no retransmissions of their own payload type
    public mutating func repetition(age: Int, of track: borrowing PublishedTrack) -> RetransmissionPlan? {
        guard let sent = history.packet(newestOutgoing - Int64(age)),
            let packet = track.packet(encoding: Int(sent.encoding), extendedSequence: sent.sequence),
            let payload = mapping(sent.publishedPayloadType), payload.subscribedRetransmission != nil
        else { return nil }
        return retransmissionPlan(of: sent, packet, payload)
    }

    /// A packet of padding only on the retransmission stream (RFC 3550 section 5.1): nothing but size. Nil when the
    /// subscriber takes no retransmissions, or `target` is too small.
    ///
    /// - Parameter byteCount: of padding, 1 to 255
    public mutating func writePadding(
        byteCount: Int, extensions: HeaderExtensionIDs, into target: inout MutableSpan<UInt8>
    ) -> WrittenPacket? {
        guard let payloadType = retransmissionPayloadType, 1...255 ~= byteCount else { return nil }
        let writer = PacketWriter(
            fields: RTPFields(
                marker: false, payloadType: payloadType, sequenceNumber: nextRetransmissionSequence,
                timestamp: timestamps.newestOutgoing, ssrc: retransmissionSSRC),
            ids: extensions)
        guard var written = writer.writeFiller(into: &target), written.byteCount + byteCount <= target.count else {
            return nil
        }
        nextRetransmissionSequence &+= 1
        for index in 0..<byteCount - 1 { target[written.byteCount + index] = 0 }
        written.byteCount += byteCount
        target[written.byteCount - 1] = UInt8(byteCount)
        // The padding bit of the first byte.
        target[0] |= 0x20
        return written
    }
}
