// Walks the elements of a header extension block (RFC 8285 sections 4.2 and 4.3).

internal import Basics

/// One element: its identifier and the range of its value within the datagram.
public struct HeaderExtensionElement: Hashable, Sendable {
    public var id: UInt8
    public var offset: Int
    public var count: Int

    @inlinable public var range: Range<Int> { offset..<offset + count }
}

/// Visits the elements in order; stops at the first one that runs over the block.
public struct HeaderExtensionCursor: Sendable {
    private var offset: Int
    private let end: Int
    private let isTwoByte: Bool

    public init(_ header: RTPHeader) {
        offset = header.extensionOffset
        isTwoByte = header.extensionForm == .twoByte
        end = isTwoByte || header.extensionForm == .oneByte ? offset + header.extensionCount : offset
    }

    /// The next element, nil at the end. `datagram` is the one the header was parsed from.
    public mutating func next(in datagram: Span<UInt8>) -> HeaderExtensionElement? {
        while offset < end {
            let id: UInt8
            let count: Int
            let value: Int
            if isTwoByte {
                id = datagram[offset]
                // A zero byte is padding without a length.
                if id == 0 {
                    offset += 1
                    continue
                }
                guard end - offset >= 2 else { break }
                count = Int(datagram[offset + 1])
                value = offset + 2
            } else {
                let head = datagram[offset]
                if head == 0 {
                    offset += 1
                    continue
                }
                id = head >> 4
                count = Int(head & 15) + 1
                value = offset + 1
                // Identifier 15 ends the processing; 0 with a length is skipped.
                if id == 15 { break }
            }
            guard count <= end - value else { break }
            offset = value + count
            if id == 0 { continue }
            return HeaderExtensionElement(id: id, offset: value, count: count)
        }
        offset = end
        return nil
    }
}

extension RTPHeader {
    /// The value of the first element with this identifier, within the datagram; nil when absent. Identifier 0 (not
    /// negotiated) is never found.
    public func range(ofExtension id: UInt8, in datagram: Span<UInt8>) -> Range<Int>? {
        guard id != 0, extensionCount > 0 else { return nil }
        var cursor = HeaderExtensionCursor(self)
        while let element = cursor.next(in: datagram) {
            if element.id == id { return element.range }
        }
        return nil
    }
}
