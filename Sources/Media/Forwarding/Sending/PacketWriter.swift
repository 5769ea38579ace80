// Writes an outgoing packet: header, the subscriber's extensions, payload with renumbered VP8 descriptor.

import Basics
import MediaInterface
import RTP

/// What one outgoing packet consists of. Trivial, lives for one call.
struct PacketWriter {
    var fields: RTPFields
    var ids: HeaderExtensionIDs
    var mid: SDESToken?
    /// Bounds of the delay that the subscriber shall keep, instead of those that the publisher asks for.
    var playoutDelay: UInt32?
    /// Leaves room for transport-wide sequence number and absolute send time.
    var isTimed = true
    /// In retransmissions: the number under which the packet was sent first (RFC 4588 section 4).
    var originalSequence: UInt16?
    var vp8 = VP8Numbers()
    var offsets = NumberOffsets()

    /// - Parameter stored: extension values and payload of `packet`
    func write(
        _ packet: AcceptedPacket, _ stored: Span<UInt8>, into target: inout MutableSpan<UInt8>
    ) -> WrittenPacket? {
        guard var written = writeHead(packet, stored, into: &target) else { return nil }
        if let originalSequence {
            guard written.byteCount + 2 <= target.count else { return nil }
            target.put(originalSequence, at: written.byteCount)
            written.byteCount += 2
        }
        guard appendPayload(packet, stored, to: &written.byteCount, into: &target) else { return nil }
        return written
    }

    /// All that stands before the payload; `byteCount` of the result is its size.
    func writeHead(
        _ packet: AcceptedPacket, _ stored: Span<UInt8>, into target: inout MutableSpan<UInt8>
    ) -> WrittenPacket? {
        let written = writeHeader(packet.extensions, stored, into: &target)
        if let written, offsets.frame != 0 { renumberFrame(in: &target, end: written.byteCount) }
        return written
    }

    /// A packet without payload.
    func writeFiller(into target: inout MutableSpan<UInt8>) -> WrittenPacket? {
        writeHeader(StoredExtensions(), Span(), into: &target)
    }

    /// `byteCount` of the result is the header's size.
    @inline(__always) private func writeHeader(
        _ values: StoredExtensions, _ stored: Span<UInt8>, into target: inout MutableSpan<UInt8>
    ) -> WrittenPacket? {
        writeShortForm(values, stored, into: &target) ?? writeAnyForm(values, stored, into: &target)
    }

    /// A header of any form; `byteCount` of the result is its size.
    private func writeAnyForm(
        _ values: StoredExtensions, _ stored: Span<UInt8>, into target: inout MutableSpan<UInt8>
    ) -> WrittenPacket? {
        var header = RTPHeaderWriter(fields, into: &target)
        var written = WrittenPacket(byteCount: 0)
        if isTimed {
            written.transportSequenceOffset =
                header.append(id: ids.transportSequenceNumber, 0 as UInt16, into: &target) ?? 0
            written.absoluteSendTimeOffset = header.append(id: ids.absoluteSendTime, uint24: 0, into: &target) ?? 0
        }
        if let mid { header.append(id: ids.mid, mid, into: &target) }
        if let playoutDelay { header.append(id: ids.playoutDelay, uint24: playoutDelay, into: &target) }
        if !values.isEmpty { append(values, stored, to: &header, into: &target) }
        guard let end = header.finish(into: &target) else { return nil }
        // A later element that widened the block has moved the earlier ones.
        if isTimed, end > RTPHeader.fixedByteCount, target[RTPHeader.fixedByteCount] == 0x10 {
            locateTimes(&written, in: target, end: end)
        }
        written.byteCount = end
        return written
    }

    private func append(
        _ values: StoredExtensions, _ stored: Span<UInt8>, to header: inout RTPHeaderWriter,
        into target: inout MutableSpan<UInt8>
    ) {
        for kind in ForwardedExtension.allCases {
            guard let range = values.range(of: kind), kind != .playoutDelay || playoutDelay == nil else { continue }
            header.append(id: ids.id(of: kind), stored.extracting(range), into: &target)
        }
    }

    private func locateTimes(_ written: inout WrittenPacket, in target: borrowing MutableSpan<UInt8>, end: Int) {
        let bytes = target.span
        guard let parsed = try? RTPHeader(parsing: bytes.extracting(0..<end), isSealed: true) else { return }
        written.transportSequenceOffset =
            parsed.range(ofExtension: ids.transportSequenceNumber, in: bytes)?.lowerBound ?? 0
        written.absoluteSendTimeOffset = parsed.range(ofExtension: ids.absoluteSendTime, in: bytes)?.lowerBound ?? 0
    }

    /// Copies the payload to `end` and moves that on; false when it does not fit.
    @inline(__always) private func appendPayload(
        _ packet: AcceptedPacket, _ stored: Span<UInt8>, to end: inout Int, into target: inout MutableSpan<UInt8>
    ) -> Bool {
        let payload = packet.payload
        let start = end
        if packet.vp8.pictureIDBits == 7 {
            // One byte more: a picture id of 7 bits becomes one of 15.
            guard start + payload.count + 1 <= target.count else { return false }
            target.put(stored.extracting(payload), at: start + 1)
            target[start] = stored[payload.lowerBound]
            target[start + 1] = stored[payload.lowerBound + 1]
            end = start + payload.count + 1
        } else {
            guard start + payload.count <= target.count else { return false }
            target.put(stored.extracting(payload), at: start)
            end = start + payload.count
        }
        if packet.vp8.byteCount > 2 { renumber(packet.vp8, at: start + 2, in: &target) }
        if packet.vp9.pictureIDBits > 0, offsets != NumberOffsets() {
            renumber(packet.vp9, at: start + 1, in: &target)
        }
        return true
    }

    /// RFC 9628 section 4.2: behind the first byte comes the picture id, then the layer indices with TL0PICIDX.
    private func renumber(_ source: VP9Fields, at offset: Int, in target: inout MutableSpan<UInt8>) {
        let picture = source.pictureID &+ offsets.picture
        if source.pictureIDBits == 7 {
            target.put(UInt8(truncatingIfNeeded: picture) & 0x7f, at: offset)
        } else {
            target.put(picture | 0x8000, at: offset)
        }
        guard source.hasTemporalLevelZeroIndex else { return }
        let place = offset + (source.pictureIDBits == 7 ? 1 : 2) + 1
        target[place] = source.temporalLevelZeroIndex &+ offsets.level
    }

    /// AV1 RTP specification appendix A.8.2: the frame number stands behind the first byte of the descriptor.
    private func renumberFrame(in target: inout MutableSpan<UInt8>, end: Int) {
        guard ids.dependencyDescriptor != 0,
            let parsed = try? RTPHeader(parsing: target.span.extracting(0..<end), isSealed: true),
            let range = parsed.range(ofExtension: ids.dependencyDescriptor, in: target.span), range.count >= 3
        else { return }
        let number = target.span.uint16(at: range.lowerBound + 1)
        target.put(number &+ offsets.frame, at: range.lowerBound + 1)
    }

    /// RFC 7741 section 4.2: behind the required and the extension byte come picture id, TL0PICIDX, TID with KEYIDX.
    @inline(__always) private func renumber(
        _ source: VP8Fields, at offset: Int, in target: inout MutableSpan<UInt8>
    ) {
        var place = offset
        if source.pictureIDBits > 0 {
            target.put(0x8000 | vp8.pictureID, at: place)
            place += 2
        }
        if source.hasTemporalLevelZeroIndex {
            target[place] = vp8.temporalLevelZeroIndex
            place += 1
        }
        if source.hasKeyIndex { target[place] = source.temporalByte & 0xe0 | vp8.keyIndex }
    }
}
