// The RTP header (RFC 3550 section 5.1), parsed once into a trivial struct of values and offsets.

internal import Basics

/// Why bytes are not a usable RTP packet.
public enum RTPError: Error, Hashable, Sendable {
    /// A header, CSRC list or extension block runs over the end.
    case truncated
    case wrongVersion
    /// The padding count is zero or larger than what follows the header.
    case badPadding
}

/// The form of the header extension block (RFC 8285 section 4).
public enum HeaderExtensionForm: Hashable, Sendable {
    case absent
    /// Profile 0xBEDE: identifiers 1…14, values of 1…16 bytes.
    case oneByte
    /// Profile 0x100X: identifiers 1…255, values of 0…255 bytes.
    case twoByte
    /// A block of another profile, opaque here.
    case other
}

/// A parsed header: values, and offsets within the datagram it was parsed from.
public struct RTPHeader: Hashable, Sendable {
    /// Size of a header without CSRCs and extensions.
    public static let fixedByteCount = 12

    public var marker: Bool
    public var payloadType: UInt8
    public var sequenceNumber: UInt16
    public var timestamp: UInt32
    public var ssrc: UInt32
    public var csrcCount: Int
    public var extensionForm: HeaderExtensionForm
    /// Elements of the extension block, without its four bytes of profile and length.
    public var extensionOffset: Int
    public var extensionCount: Int
    /// First byte after the header.
    public var payloadOffset: Int
    /// Payload without padding.
    public var payloadCount: Int
    /// Padding at the end, its count byte included.
    public var paddingCount: Int

    @inlinable public var payload: Range<Int> { payloadOffset..<payloadOffset + payloadCount }

    /// Parses a whole datagram.
    ///
    /// - Parameter isSealed: true before decryption, when the padding cannot be read yet: it is then counted as payload
    public init(parsing datagram: Span<UInt8>, isSealed: Bool = false) throws(RTPError) {
        let total = datagram.count
        guard total >= Self.fixedByteCount else { throw .truncated }
        let first = datagram[0]
        guard first >> 6 == 2 else { throw .wrongVersion }
        let second = datagram[1]
        marker = second & 0x80 != 0
        payloadType = second & 0x7f
        sequenceNumber = datagram.uint16(at: 2)
        timestamp = datagram.uint32(at: 4)
        ssrc = datagram.uint32(at: 8)
        csrcCount = Int(first & 0x0f)
        var offset = Self.fixedByteCount + csrcCount * 4
        extensionForm = .absent
        extensionOffset = offset
        extensionCount = 0
        if first & 0x10 != 0 {
            guard total - offset >= 4 else { throw .truncated }
            let profile = datagram.uint16(at: offset)
            extensionForm = profile == 0xbede ? .oneByte : profile & 0xfff0 == 0x1000 ? .twoByte : .other
            extensionCount = Int(datagram.uint16(at: offset + 2)) * 4
            extensionOffset = offset + 4
            offset = extensionOffset + extensionCount
        }
        guard offset <= total else { throw .truncated }
        payloadOffset = offset
        paddingCount = 0
        if first & 0x20 != 0, !isSealed {
            guard offset < total else { throw .badPadding }
            paddingCount = Int(datagram[total - 1])
            guard paddingCount > 0, paddingCount <= total - offset else { throw .badPadding }
        }
        payloadCount = total - offset - paddingCount
    }
}
