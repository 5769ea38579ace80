// Writes an outgoing packet: header, the subscriber's extensions, payload with renumbered VP8 descriptor.

import Basics
import MediaInterface
import RTP

/// What one outgoing packet consists of. Trivial, lives for one call.
struct PacketWriter {
    var fields: RTPFields
    var ids: HeaderExtensionIDs
    var mid: SDESToken?
    /// Leaves room for transport-wide sequence number and absolute send time.
    var isTimed = true
    /// In retransmissions: the number under which the packet was sent first (RFC 4588 section 4).
    var originalSequence: UInt16?
    var vp8 = VP8Numbers()

    /// - Parameters:
    ///   - packet: nil for a filler without payload
    ///   - stored: extension values and payload of `packet`
    func write(
        _ packet: AcceptedPacket?, _ stored: Span<UInt8>, into target: inout MutableSpan<UInt8>
    ) -> WrittenPacket? {
        let values = packet?.extensions ?? StoredExtensions()
        let header = writeShortForm(values, stored, into: &target) ?? writeAnyForm(values, stored, into: &target)
        guard var written = header, let packet else { return header }
        if let originalSequence {
            guard written.byteCount + 2 <= target.count else { return nil }
            target.put(originalSequence, at: written.byteCount)
            written.byteCount += 2
        }
        guard let count = append(packet, stored, at: written.byteCount, into: &target) else { return nil }
        written.byteCount += count
        return written
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
            guard let range = values.range(of: kind) else { continue }
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

    /// Copies the payload; returns its size, nil when it does not fit.
    private func append(
        _ packet: AcceptedPacket, _ stored: Span<UInt8>, at offset: Int, into target: inout MutableSpan<UInt8>
    ) -> Int? {
        let payload = packet.payload
        let descriptor = Int(packet.vp8.byteCount)
        // One byte more where a picture id of 7 bits becomes one of 15.
        let growth = packet.vp8.pictureIDBits == 7 ? 1 : 0
        guard offset + payload.count + growth <= target.count else { return nil }
        target.put(
            stored.extracting(payload.lowerBound + descriptor..<payload.upperBound), at: offset + descriptor + growth)
        if descriptor > 0 { writeDescriptor(packet.vp8, stored, at: payload.lowerBound, to: offset, into: &target) }
        return payload.count + growth
    }

    /// RFC 7741 section 4.2: required byte, extension byte, picture id, TL0PICIDX, TID with KEYIDX.
    private func writeDescriptor(
        _ source: VP8Fields, _ stored: Span<UInt8>, at start: Int, to offset: Int,
        into target: inout MutableSpan<UInt8>
    ) {
        target[offset] = stored[start]
        guard source.byteCount > 1 else { return }
        target[offset + 1] = stored[start + 1]
        var place = offset + 2
        if source.pictureIDBits > 0 {
            target.put(0x8000 | vp8.pictureID, at: place)
            place += 2
        }
        if source.hasTemporalLevelZeroIndex {
            target[place] = vp8.temporalLevelZeroIndex
            place += 1
        }
        if source.hasTemporalByte {
            target[place] = source.hasKeyIndex ? source.temporalByte & 0xe0 | vp8.keyIndex : source.temporalByte
        }
    }
}
