// Writes an RTP header with a fresh extension block (RFC 3550 section 5.1, RFC 8285), as forwarding needs it: other
// identifiers for every subscriber, other values, no CSRCs.

internal import Basics

/// The header's fields apart from its extensions.
public struct RTPFields: Hashable, Sendable {
    public var marker: Bool
    public var payloadType: UInt8
    public var sequenceNumber: UInt16
    public var timestamp: UInt32
    public var ssrc: UInt32

    @inlinable public init(
        marker: Bool, payloadType: UInt8, sequenceNumber: UInt16, timestamp: UInt32, ssrc: UInt32
    ) {
        self.marker = marker
        self.payloadType = payloadType
        self.sequenceNumber = sequenceNumber
        self.timestamp = timestamp
        self.ssrc = ssrc
    }

    @inlinable public init(_ header: RTPHeader) {
        self.init(
            marker: header.marker, payloadType: header.payloadType, sequenceNumber: header.sequenceNumber,
            timestamp: header.timestamp, ssrc: header.ssrc)
    }
}

/// Writes a header at the start of a buffer: fields, then elements one by one, then `finish`.
///
/// Begins in the one-byte form and widens the block when an element needs the two-byte form: an identifier over 14, or a
/// value that is empty or longer than 16 bytes. What does not fit is noticed once, by `finish`.
public struct RTPHeaderWriter: Sendable {
    private var end = RTPHeader.fixedByteCount
    private var elementCount = 0
    private var isTwoByte = false
    private var fits: Bool

    private static let blockOffset = RTPHeader.fixedByteCount

    public init(_ fields: RTPFields, into buffer: inout MutableSpan<UInt8>) {
        fits = buffer.count >= RTPHeader.fixedByteCount
        guard fits else { return }
        buffer.put(0x80 as UInt8, at: 0)
        buffer.put((fields.marker ? 0x80 : 0) | fields.payloadType & 0x7f, at: 1)
        buffer.put(fields.sequenceNumber, at: 2)
        buffer.put(fields.timestamp, at: 4)
        buffer.put(fields.ssrc, at: 8)
    }

    /// Adds an element; identifier 0 (not negotiated) adds nothing.
    ///
    /// - Returns: where the value stands, so that it can be patched at sending time; nil when nothing was added. A later
    ///   element that needs the two-byte form moves it: add such elements first.
    @discardableResult public mutating func append(
        id: UInt8, _ value: Span<UInt8>, into buffer: inout MutableSpan<UInt8>
    ) -> Int? {
        guard let offset = begin(id: id, count: value.count, in: &buffer) else { return nil }
        buffer.put(value, at: offset)
        return offset
    }

    @discardableResult public mutating func append(
        id: UInt8, _ value: UInt8, into buffer: inout MutableSpan<UInt8>
    ) -> Int? {
        guard let offset = begin(id: id, count: 1, in: &buffer) else { return nil }
        buffer.put(value, at: offset)
        return offset
    }

    @discardableResult public mutating func append(
        id: UInt8, _ value: UInt16, into buffer: inout MutableSpan<UInt8>
    ) -> Int? {
        guard let offset = begin(id: id, count: 2, in: &buffer) else { return nil }
        buffer.put(value, at: offset)
        return offset
    }

    @discardableResult public mutating func append(
        id: UInt8, uint24 value: UInt32, into buffer: inout MutableSpan<UInt8>
    ) -> Int? {
        guard let offset = begin(id: id, count: 3, in: &buffer) else { return nil }
        buffer.put(uint24: value, at: offset)
        return offset
    }

    @discardableResult public mutating func append(
        id: UInt8, _ token: SDESToken, into buffer: inout MutableSpan<UInt8>
    ) -> Int? {
        guard let offset = begin(id: id, count: token.count, in: &buffer) else { return nil }
        for index in 0..<token.count { buffer.put(token[index], at: offset + index) }
        return offset
    }

    /// Pads and closes the block. Returns the header's size, where the payload goes; nil when the buffer was too small.
    public mutating func finish(into buffer: inout MutableSpan<UInt8>) -> Int? {
        guard fits else { return nil }
        guard elementCount > 0 else { return end }
        let padded = (end + 3) & ~3
        guard padded <= buffer.count else { return nil }
        while end < padded {
            buffer.put(0 as UInt8, at: end)
            end += 1
        }
        buffer.put(0x90 as UInt8, at: 0)
        buffer.put(isTwoByte ? 0x1000 : 0xbede as UInt16, at: Self.blockOffset)
        buffer.put(UInt16((end - Self.blockOffset) / 4 - 1), at: Self.blockOffset + 2)
        return end
    }

    /// Writes the element's head; returns where its value goes.
    private mutating func begin(id: UInt8, count: Int, in buffer: inout MutableSpan<UInt8>) -> Int? {
        guard fits, id != 0 else { return nil }
        guard count <= 255 else {
            fits = false
            return nil
        }
        if elementCount == 0 { end = Self.blockOffset + 4 }
        if !isTwoByte, id > 14 || count == 0 || count > 16 {
            // `widen` says itself when there is no room.
            widen(&buffer)
        }
        let head = isTwoByte ? 2 : 1
        guard fits, end + head + count <= buffer.count else {
            fits = false
            return nil
        }
        if isTwoByte {
            buffer.put(id, at: end)
            buffer.put(UInt8(count), at: end + 1)
        } else {
            buffer.put(id << 4 | UInt8(count - 1), at: end)
        }
        elementCount += 1
        let value = end + head
        end = value + count
        return value
    }

    /// Turns the elements written so far into two-byte form, last byte first.
    private mutating func widen(_ buffer: inout MutableSpan<UInt8>) {
        isTwoByte = true
        guard end + elementCount <= buffer.count else {
            fits = false
            return
        }
        // One pass per element keeps the move simple; blocks have few elements and widening is rare.
        var offset = Self.blockOffset + 4
        for _ in 0..<elementCount {
            let id = buffer[offset] >> 4
            let count = buffer[offset] & 15 + 1
            var index = end
            while index > offset + 1 {
                buffer[index] = buffer[index - 1]
                index -= 1
            }
            end += 1
            buffer[offset] = id
            buffer[offset + 1] = count
            offset += 2 + Int(count)
        }
    }
}
