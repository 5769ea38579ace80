// Source descriptions and goodbyes (RFC 3550 sections 6.5 and 6.6).

internal import Basics

/// The CNAME of one source: bytes within the datagram.
public struct CanonicalName: Hashable, Sendable {
    public var ssrc: UInt32
    public var name: Range<Int>
}

/// The chunks of a source description; visits CNAME items, skips the others.
public struct SourceDescription: Hashable, Sendable {
    private var offset: Int
    private let end: Int
    private var ssrc: UInt32 = 0
    private var isInsideChunk = false
    private var remainingChunks: Int

    private static let cname: UInt8 = 1

    init(_ packet: RTCPPacket) {
        offset = packet.body.lowerBound
        end = packet.body.upperBound
        remainingChunks = Int(packet.count)
    }

    /// The next CNAME, nil at the end or where an item runs over it.
    public mutating func nextName(in datagram: Span<UInt8>) -> CanonicalName? {
        while true {
            if !isInsideChunk {
                guard remainingChunks > 0, end - offset >= 4 else { return nil }
                remainingChunks -= 1
                ssrc = datagram.uint32(at: offset)
                offset += 4
                isInsideChunk = true
            }
            guard offset < end else { return nil }
            let type = datagram[offset]
            if type == 0 {
                // The list ends with at least one zero, up to the next 32-bit boundary; packets begin on one.
                offset = (offset + 4) & ~3
                isInsideChunk = false
                continue
            }
            guard end - offset >= 2 else { return nil }
            let count = Int(datagram[offset + 1])
            let value = offset + 2
            guard count <= end - value else { return nil }
            offset = value + count
            if type == Self.cname { return CanonicalName(ssrc: ssrc, name: value..<value + count) }
        }
    }
}

/// Sources that leave.
public struct Goodbye: Hashable, Sendable {
    /// Number of sources, 0…31.
    public var count: Int
    private var offset: Int

    init?(_ packet: RTCPPacket) {
        count = Int(packet.count)
        offset = packet.body.lowerBound
        guard packet.body.count >= count * 4 else { return nil }
    }

    public func ssrc(_ index: Int, in datagram: Span<UInt8>) -> UInt32 {
        precondition(0 <= index && index < count)
        return datagram.uint32(at: offset + index * 4)
    }
}

extension RTCPWriter {
    /// Appends one chunk with a CNAME of at most 255 bytes; false (and nothing is written) when it does not fit.
    public mutating func appendCanonicalName(
        _ name: Span<UInt8>, of ssrc: UInt32, into buffer: inout MutableSpan<UInt8>
    ) -> Bool {
        let used = 4 + 2 + name.count
        // At least one zero ends the list of items.
        let byteCount = (used + 4) & ~3
        guard name.count <= 255,
            let body = begin(RTCPType.sourceDescription, count: 1, bodyByteCount: byteCount, in: &buffer)
        else { return false }
        buffer.put(ssrc, at: body)
        buffer.put(1 as UInt8, at: body + 4)
        buffer.put(UInt8(name.count), at: body + 5)
        buffer.put(name, at: body + 6)
        for offset in body + used..<body + byteCount { buffer.put(0 as UInt8, at: offset) }
        return true
    }

    /// Appends a goodbye of up to 31 sources; false (and nothing is written) when it does not fit.
    public mutating func appendGoodbye(_ sources: Span<UInt32>, into buffer: inout MutableSpan<UInt8>) -> Bool {
        guard sources.count <= 31,
            let body = begin(
                RTCPType.goodbye, count: UInt8(sources.count), bodyByteCount: sources.count * 4, in: &buffer)
        else { return false }
        for index in sources.indices { buffer.put(sources[index], at: body + index * 4) }
        return true
    }
}
