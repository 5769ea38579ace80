// Redundant audio data (RFC 2198 section 3).

internal import Basics

/// One block of a RED payload.
public struct REDBlock: Hashable, Sendable {
    public var payloadType: UInt8
    /// How much older than the packet's timestamp, 14 bits; 0 for the primary block.
    public var timestampOffset: UInt16
    /// Within the payload.
    public var offset: Int
    public var count: Int

    @inlinable public init(payloadType: UInt8, timestampOffset: UInt16, offset: Int = 0, count: Int) {
        self.payloadType = payloadType
        self.timestampOffset = timestampOffset
        self.offset = offset
        self.count = count
    }

    @inlinable public var range: Range<Int> { offset..<offset + count }

    /// The head of a block that is not the last one; nil when a value is out of range.
    @inlinable public var head: UInt32? {
        guard timestampOffset <= 0x3fff, 0...0x3ff ~= count else { return nil }
        return UInt32(0x80 | payloadType & 0x7f) << 24 | UInt32(timestampOffset) << 10 | UInt32(count)
    }
}

/// The blocks of a payload, oldest first; the last one is the primary. Checked at the beginning, then visited.
public struct REDPayload: Hashable, Sendable {
    /// Most redundant blocks that are believed; clients send one or two.
    public static let maximumRedundantBlocks = 32

    private var headerOffset = 0
    private var dataOffset: Int
    private let end: Int
    private var isAtEnd = false

    /// Nil when headers or blocks run over the end.
    public init?(parsing payload: Span<UInt8>) {
        end = payload.count
        dataOffset = 0
        var total = 0
        var blocks = 0
        while true {
            guard dataOffset < payload.count else { return nil }
            guard payload[dataOffset] & 0x80 != 0 else { break }
            guard payload.count - dataOffset >= 4, blocks < Self.maximumRedundantBlocks else { return nil }
            total += Int(payload.uint32(at: dataOffset) & 0x3ff)
            dataOffset += 4
            blocks += 1
        }
        dataOffset += 1
        guard total <= payload.count - dataOffset else { return nil }
    }

    /// The next block, nil after the primary one.
    public mutating func next(in payload: Span<UInt8>) -> REDBlock? {
        guard !isAtEnd else { return nil }
        let type = payload[headerOffset] & 0x7f
        guard payload[headerOffset] & 0x80 != 0 else {
            isAtEnd = true
            return REDBlock(payloadType: type, timestampOffset: 0, offset: dataOffset, count: end - dataOffset)
        }
        let header = payload.uint32(at: headerOffset)
        let block = REDBlock(
            payloadType: type, timestampOffset: UInt16(header >> 10 & 0x3fff), offset: dataOffset,
            count: Int(header & 0x3ff))
        headerOffset += 4
        dataOffset += block.count
        return block
    }

    /// Writes the block headers at the start of a payload.
    ///
    /// - Parameters:
    ///   - redundant: oldest first; their `offset`s do not matter
    ///   - primary: payload type of the last block
    /// - Returns: where the first block's bytes go, the others follow; nil when a value is out of range or the headers do
    ///   not fit
    public static func writeHeaders(
        redundant: Span<REDBlock>, primary: UInt8, into payload: inout MutableSpan<UInt8>
    ) -> Int? {
        guard redundant.count <= maximumRedundantBlocks, redundant.count * 4 + 1 <= payload.count else { return nil }
        for index in redundant.indices {
            guard let head = redundant[index].head else { return nil }
            payload.put(head, at: index * 4)
        }
        payload.put(primary & 0x7f, at: redundant.count * 4)
        return redundant.count * 4 + 1
    }
}
