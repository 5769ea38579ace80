// The header of nearly every packet, written in one go: one-byte extensions (RFC 8285 section 4.2), room checked once.

import Basics
import MediaInterface
import RTP

extension PacketWriter {
    /// Writes the header; `byteCount` of the result is its size. Nil when an element needs the two-byte form, or the room
    /// is so little that every element must be checked: `RTPHeaderWriter` decides then.
    @inline(__always) func writeShortForm(
        _ values: StoredExtensions, _ stored: Span<UInt8>, into target: inout MutableSpan<UInt8>
    ) -> WrittenPacket? {
        // Fixed header, block head, transport number, send time, mid, then the values; each with its head.
        let most = RTPHeader.fixedByteCount + 4 + 3 + 4 + 17 + 4 + 8 * 17 + 3
        guard target.count >= most, ids.transportSequenceNumber < 15, ids.absoluteSendTime < 15, ids.mid < 15,
            playoutDelay == nil || (ids.playoutDelay < 15 && values.range(of: .playoutDelay) == nil),
            values.isEmpty || fitsShortForm(values)
        else { return nil }
        return unsafe target.withUnsafeMutableBufferPointer { buffer in
            unsafe writeUnchecked(values, stored, to: UnsafeMutableRawPointer(buffer.baseAddress!))
        }
    }

    private func fitsShortForm(_ values: StoredExtensions) -> Bool {
        var present = values.present
        while present != 0 {
            let kind = present.trailingZeroBitCount
            if values.lengths[kind] > 16 || ids.id(ofForwarded: kind) > 14 { return false }
            present &= present - 1
        }
        return true
    }

    /// The target has room for everything that the short form holds.
    @inline(__always) @unsafe private func writeUnchecked(
        _ values: StoredExtensions, _ stored: Span<UInt8>, to target: UnsafeMutableRawPointer
    ) -> WrittenPacket {
        var written = WrittenPacket(byteCount: RTPHeader.fixedByteCount)
        var end = RTPHeader.fixedByteCount + 4
        if isTimed {
            if ids.transportSequenceNumber != 0 {
                unsafe target.storeBytes(of: ids.transportSequenceNumber << 4 | 1, toByteOffset: end, as: UInt8.self)
                unsafe target.storeBytes(of: 0, toByteOffset: end + 1, as: UInt16.self)
                written.transportSequenceOffset = end + 1
                end += 3
            }
            if ids.absoluteSendTime != 0 {
                let head = UInt32(ids.absoluteSendTime << 4 | 2) << 24
                unsafe target.storeBytes(of: head.bigEndian, toByteOffset: end, as: UInt32.self)
                written.absoluteSendTimeOffset = end + 1
                end += 4
            }
        }
        if let mid, ids.mid != 0 {
            unsafe target.storeBytes(of: ids.mid << 4 | UInt8(mid.count - 1), toByteOffset: end, as: UInt8.self)
            for index in 0..<mid.count {
                unsafe target.storeBytes(of: mid[index], toByteOffset: end + 1 + index, as: UInt8.self)
            }
            end += 1 + mid.count
        }
        if let playoutDelay, ids.playoutDelay != 0 {
            let element = UInt32(ids.playoutDelay << 4 | 2) << 24 | playoutDelay
            unsafe target.storeBytes(of: element.bigEndian, toByteOffset: end, as: UInt32.self)
            end += 4
        }
        if !values.isEmpty { end = unsafe appendValues(values, stored, to: target, at: end) }

        var first: UInt16 = 0x8000
        if end > RTPHeader.fixedByteCount + 4 {
            first = 0x9000
            unsafe target.storeBytes(of: 0, toByteOffset: end, as: UInt32.self)
            end = (end + 3) & ~3
            let block = 0xbede_0000 | UInt32(truncatingIfNeeded: (end - RTPHeader.fixedByteCount) / 4 - 1)
            unsafe target.storeBytes(of: block.bigEndian, toByteOffset: RTPHeader.fixedByteCount, as: UInt32.self)
            written.byteCount = end
        }
        first |= (fields.marker ? 0x80 : 0) | UInt16(fields.payloadType & 0x7f)
        let word = UInt64(first) << 48 | UInt64(fields.sequenceNumber) << 32 | UInt64(fields.timestamp)
        unsafe target.storeBytes(of: word.bigEndian, as: UInt64.self)
        unsafe target.storeBytes(of: fields.ssrc.bigEndian, toByteOffset: 8, as: UInt32.self)
        return written
    }

    @unsafe private func appendValues(
        _ values: StoredExtensions, _ stored: Span<UInt8>, to target: UnsafeMutableRawPointer, at offset: Int
    ) -> Int {
        var end = offset
        var source = 0
        var present = values.present
        while present != 0 {
            let kind = present.trailingZeroBitCount
            let count = Int(values.lengths[kind])
            let id = ids.id(ofForwarded: kind)
            if id != 0, count > 0 {
                unsafe target.storeBytes(of: id << 4 | UInt8(count - 1), toByteOffset: end, as: UInt8.self)
                for index in 0..<count {
                    unsafe target.storeBytes(of: stored[source + index], toByteOffset: end + 1 + index, as: UInt8.self)
                }
                end += 1 + count
            }
            source += count
            present &= present - 1
        }
        return end
    }
}
