// Writes a packet of speech whose payload is made anew (RFC 2198 section 3).

import Basics
import RTP

extension PacketWriter {
    /// Header and the extension values of `packet`, then the earlier frames, then its own.
    ///
    /// - Returns: nil when the target is too small, or a frame has left the cache
    func writeSpeech(
        _ plan: SpeechPlan, _ packet: AcceptedPacket, from track: borrowing PublishedTrack,
        into target: inout MutableSpan<UInt8>
    ) -> WrittenPacket? {
        guard var written = track.withPacket(packet, { writeHead(packet, $0, into: &target) }) ?? nil else {
            return nil
        }
        if !plan.redundancy.isEmpty {
            guard writeBlockHeads(plan, packet, from: track, to: &written.byteCount, into: &target) else { return nil }
            var left = plan.redundancy
            while let distance = left.popFarthest() {
                guard let older = track.stored(distance, before: packet),
                    copy(older, from: track, to: &written.byteCount, into: &target)
                else { return nil }
            }
        }
        guard copy(packet, from: track, to: &written.byteCount, into: &target) else { return nil }
        return written
    }

    /// The oldest block first, the packet's own last.
    private func writeBlockHeads(
        _ plan: SpeechPlan, _ packet: AcceptedPacket, from track: borrowing PublishedTrack, to end: inout Int,
        into target: inout MutableSpan<UInt8>
    ) -> Bool {
        guard end + 4 * plan.redundancy.count + 1 <= target.count else { return false }
        var left = plan.redundancy
        while let distance = left.popFarthest() {
            guard let older = track.stored(distance, before: packet) else { return false }
            let block = REDBlock(
                payloadType: plan.opusPayloadType,
                timestampOffset: UInt16(truncatingIfNeeded: packet.timestamp &- older.timestamp),
                count: older.speechRange.count)
            guard let head = block.head else { return false }
            target.put(head, at: end)
            end += 4
        }
        target.put(plan.opusPayloadType & 0x7f, at: end)
        end += 1
        return true
    }

    private func copy(
        _ packet: AcceptedPacket, from track: borrowing PublishedTrack, to end: inout Int,
        into target: inout MutableSpan<UInt8>
    ) -> Bool {
        let range = packet.speechRange
        guard end + range.count <= target.count else { return false }
        let place = end
        let isStored: Void? = track.withPacket(packet) { target.put($0.extracting(range), at: place) }
        end += range.count
        return isStored != nil
    }
}
