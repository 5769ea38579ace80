// STUN messages (RFC 8489 section 5), parsed once into a trivial struct of values and offsets.

public import Basics

/// Why a datagram is not a usable STUN message.
public enum STUNError: Error, Hashable, Sendable {
    /// Shorter than a header, or an attribute runs over the end.
    case truncated
    /// The two first bits or the magic cookie say that this is something else.
    case notSTUN
    /// The length field does not fit the datagram, or is not a multiple of four.
    case badLength
    /// An attribute that is known here has an impossible size or value, or stands after FINGERPRINT.
    case badAttribute
}

/// The class bits of a message type (RFC 8489 section 5).
public enum STUNClass: UInt8, Hashable, Sendable {
    case request = 0
    case indication = 1
    case success = 2
    case error = 3
}

/// The methods used here (RFC 8489 section 18.2).
public enum STUNMethod {
    public static let binding: UInt16 = 1
}

/// The 96 bits that tie a response to its request (RFC 8489 section 5).
public struct STUNTransactionID: Hashable, Sendable {
    public var high: UInt32
    public var low: UInt64

    @inlinable public init(high: UInt32, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A fresh identifier; the generator must be unpredictable to strangers in production.
    public init(using random: inout some RandomNumberGenerator) {
        self.init(high: UInt32(truncatingIfNeeded: random.next()), low: random.next())
    }
}

/// Role and tie-breaker as claimed by ICE-CONTROLLING or ICE-CONTROLLED (RFC 8445 section 7.1.3).
public enum ICERoleClaim: Hashable, Sendable {
    case none
    case controlling(tieBreaker: UInt64)
    case controlled(tieBreaker: UInt64)
}

/// Comprehension-required attribute types that nobody here understands, up to a bound.
public struct UnknownSTUNAttributes: Sendable {
    private var types = InlineArray<8, UInt16>(repeating: 0)
    /// Number of types held; those beyond the eighth are left out.
    public private(set) var count = 0

    public init() {}

    public subscript(index: Int) -> UInt16 {
        precondition(index < count)
        return types[index]
    }

    mutating func append(_ type: UInt16) {
        guard count < types.count else { return }
        types[count] = type
        count += 1
    }
}

/// A parsed message: values, and ranges within the datagram it was parsed from.
///
/// Only the first attribute of each type counts, and attributes after MESSAGE-INTEGRITY other than FINGERPRINT are
/// ignored (RFC 8489 sections 14 and 14.5).
public struct STUNMessage: Sendable {
    public static let headerByteCount = 20
    public static let magicCookie: UInt32 = 0x2112_a442

    public var messageClass: STUNClass
    public var method: UInt16
    public var transactionID: STUNTransactionID
    /// Size of the whole message.
    public var byteCount: Int

    /// USERNAME, for checks `receiver:sender` (RFC 8445 section 7.2.2).
    public var username: Range<Int>?
    public var software: Range<Int>?
    /// PRIORITY of the peer-reflexive candidate (RFC 8445 section 7.1.1).
    public var priority: UInt32?
    /// USE-CANDIDATE is there: this pair is nominated (RFC 8445 section 7.1.2).
    public var usesCandidate = false
    public var role = ICERoleClaim.none
    /// XOR-MAPPED-ADDRESS, unmasked (RFC 8489 section 14.2).
    public var mappedAddress: SocketAddress?
    /// ERROR-CODE, 300…699 (RFC 8489 section 14.8).
    public var errorCode: UInt16?
    public var unknownAttributes = UnknownSTUNAttributes()
    /// Where the attribute MESSAGE-INTEGRITY begins (its four header bytes).
    public var integrityOffset: Int?
    /// Where the attribute FINGERPRINT begins (its four header bytes).
    public var fingerprintOffset: Int?

    /// Parses a datagram that holds exactly one message.
    public init(parsing datagram: Span<UInt8>) throws(STUNError) {
        guard datagram.count >= Self.headerByteCount else { throw .truncated }
        let type = datagram.uint16(at: 0)
        guard type & 0xc000 == 0, datagram.uint32(at: 4) == Self.magicCookie else { throw .notSTUN }
        let length = Int(datagram.uint16(at: 2))
        guard length & 3 == 0, length == datagram.count - Self.headerByteCount else { throw .badLength }
        messageClass = STUNClass(rawValue: UInt8(type >> 7 & 2 | type >> 4 & 1)) ?? .request
        method = type & 0x000f | type >> 1 & 0x0070 | type >> 2 & 0x0f80
        transactionID = STUNTransactionID(high: datagram.uint32(at: 8), low: datagram.uint64(at: 12))
        byteCount = datagram.count
        try parseAttributes(of: datagram)
    }

    private mutating func parseAttributes(of datagram: Span<UInt8>) throws(STUNError) {
        var offset = Self.headerByteCount
        while offset < datagram.count {
            // FINGERPRINT is the last attribute (RFC 8489 section 14.7).
            guard fingerprintOffset == nil else { throw .badAttribute }
            guard datagram.count - offset >= 4 else { throw .truncated }
            let type = datagram.uint16(at: offset)
            let count = Int(datagram.uint16(at: offset + 2))
            let padded = (count + 3) & ~3
            guard padded <= datagram.count - offset - 4 else { throw .truncated }
            if integrityOffset == nil || type == STUNAttribute.fingerprint {
                try note(type, at: offset, count: count, in: datagram)
            }
            offset += 4 + padded
        }
    }

    private mutating func note(
        _ type: UInt16, at offset: Int, count: Int, in datagram: Span<UInt8>
    ) throws(STUNError) {
        let value = offset + 4
        func require(_ expected: Int) throws(STUNError) { if count != expected { throw .badAttribute } }
        switch type {
        case STUNAttribute.username:
            // Fewer than 509 bytes (RFC 8489 section 14.3).
            guard count <= 508 else { throw .badAttribute }
            username = username ?? value..<value + count
        case STUNAttribute.messageIntegrity:
            try require(20)
            integrityOffset = offset
        case STUNAttribute.fingerprint:
            try require(4)
            fingerprintOffset = offset
        case STUNAttribute.priority:
            try require(4)
            priority = priority ?? datagram.uint32(at: value)
        case STUNAttribute.useCandidate:
            try require(0)
            usesCandidate = true
        case STUNAttribute.iceControlling:
            try require(8)
            if role == .none { role = .controlling(tieBreaker: datagram.uint64(at: value)) }
        case STUNAttribute.iceControlled:
            try require(8)
            if role == .none { role = .controlled(tieBreaker: datagram.uint64(at: value)) }
        case STUNAttribute.xorMappedAddress:
            let address = try xorAddress(at: value, count: count, in: datagram)
            mappedAddress = mappedAddress ?? address
        case STUNAttribute.errorCode:
            guard count >= 4 else { throw .badAttribute }
            let hundreds = UInt16(datagram[value + 2] & 7)
            let units = UInt16(datagram[value + 3])
            guard 3...6 ~= hundreds, units < 100 else { throw .badAttribute }
            errorCode = errorCode ?? hundreds * 100 + units
        case STUNAttribute.software:
            software = software ?? value..<value + count
        default:
            if type < 0x8000, !STUNAttribute.isKnown(type) { unknownAttributes.append(type) }
        }
    }

    private func xorAddress(at offset: Int, count: Int, in datagram: Span<UInt8>) throws(STUNError) -> SocketAddress {
        guard count >= 8 else { throw .badAttribute }
        let port = datagram.uint16(at: offset + 2) ^ UInt16(Self.magicCookie >> 16)
        switch (datagram[offset + 1], count) {
        case (1, 8):
            return SocketAddress(ipv4: datagram.uint32(at: offset + 4) ^ Self.magicCookie, port: port)
        case (2, 20):
            let mask = UInt64(Self.magicCookie) << 32 | UInt64(transactionID.high)
            return SocketAddress(
                high: datagram.uint64(at: offset + 4) ^ mask,
                low: datagram.uint64(at: offset + 12) ^ transactionID.low, port: port)
        default:
            throw .badAttribute
        }
    }
}
