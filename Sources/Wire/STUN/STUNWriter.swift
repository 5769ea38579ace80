// Writes STUN messages (RFC 8489 section 5) attribute by attribute.

public import Basics

/// A message under construction in a caller's buffer. What does not fit is noticed once, by `finish`.
public struct STUNWriter: Sendable {
    static let fingerprintMask: UInt32 = 0x5354_554e

    private let transactionID: STUNTransactionID
    private var count = STUNMessage.headerByteCount
    private var fits: Bool

    /// Writes the header at the start of `buffer`.
    public init(
        _ messageClass: STUNClass, method: UInt16 = STUNMethod.binding, transactionID: STUNTransactionID,
        into buffer: inout MutableSpan<UInt8>
    ) {
        self.transactionID = transactionID
        fits = buffer.count >= STUNMessage.headerByteCount
        guard fits else { return }
        let classBits = UInt16(messageClass.rawValue)
        let type = method & 0x000f | (method & 0x0070) << 1 | (method & 0x0f80) << 2
        buffer.put(type | (classBits & 2) << 7 | (classBits & 1) << 4, at: 0)
        buffer.put(UInt16(0), at: 2)
        buffer.put(STUNMessage.magicCookie, at: 4)
        buffer.put(transactionID.high, at: 8)
        buffer.put(transactionID.low, at: 12)
    }

    /// The message's size, or nil when the buffer was too small.
    public func finish() -> Int? { fits ? count : nil }

    /// Appends the attribute's header and zeroed padding; returns where the value goes.
    private mutating func begin(_ type: UInt16, count valueCount: Int, in buffer: inout MutableSpan<UInt8>) -> Int? {
        let padded = (valueCount + 3) & ~3
        guard fits, valueCount <= 0xffff, count + 4 + padded <= min(buffer.count, 0xffff) else {
            fits = false
            return nil
        }
        buffer.put(type, at: count)
        buffer.put(UInt16(valueCount), at: count + 2)
        for offset in count + 4 + valueCount..<count + 4 + padded { buffer[offset] = 0 }
        let value = count + 4
        count = value + padded
        buffer.put(UInt16(count - STUNMessage.headerByteCount), at: 2)
        return value
    }

    /// Appends an attribute of bytes: USERNAME, SOFTWARE …
    public mutating func append(_ type: UInt16, _ bytes: Span<UInt8>, into buffer: inout MutableSpan<UInt8>) {
        guard let value = begin(type, count: bytes.count, in: &buffer) else { return }
        buffer.put(bytes, at: value)
    }

    /// USERNAME made of two parts and a colon (RFC 8445 section 7.2.2).
    public mutating func appendUsername(
        _ receiver: Span<UInt8>, _ sender: Span<UInt8>, into buffer: inout MutableSpan<UInt8>
    ) {
        let total = receiver.count + 1 + sender.count
        guard let value = begin(STUNAttribute.username, count: total, in: &buffer) else { return }
        buffer.put(receiver, at: value)
        buffer.put(UInt8(ascii: ":"), at: value + receiver.count)
        buffer.put(sender, at: value + receiver.count + 1)
    }

    /// PRIORITY (RFC 8445 section 7.1.1).
    public mutating func appendPriority(_ priority: UInt32, into buffer: inout MutableSpan<UInt8>) {
        guard let value = begin(STUNAttribute.priority, count: 4, in: &buffer) else { return }
        buffer.put(priority, at: value)
    }

    /// USE-CANDIDATE (RFC 8445 section 7.1.2).
    public mutating func appendUseCandidate(into buffer: inout MutableSpan<UInt8>) {
        _ = begin(STUNAttribute.useCandidate, count: 0, in: &buffer)
    }

    /// ICE-CONTROLLING or ICE-CONTROLLED (RFC 8445 section 7.1.3); nothing for `.none`.
    public mutating func appendRole(_ role: ICERoleClaim, into buffer: inout MutableSpan<UInt8>) {
        let type: UInt16
        let tieBreaker: UInt64
        switch role {
        case .none: return
        case .controlling(let number): (type, tieBreaker) = (STUNAttribute.iceControlling, number)
        case .controlled(let number): (type, tieBreaker) = (STUNAttribute.iceControlled, number)
        }
        guard let value = begin(type, count: 8, in: &buffer) else { return }
        buffer.put(tieBreaker, at: value)
    }

    /// XOR-MAPPED-ADDRESS (RFC 8489 section 14.2).
    public mutating func appendMappedAddress(_ address: SocketAddress, into buffer: inout MutableSpan<UInt8>) {
        let type = STUNAttribute.xorMappedAddress
        guard let value = begin(type, count: address.isIPv4 ? 8 : 20, in: &buffer) else { return }
        buffer.put(UInt16(address.isIPv4 ? 1 : 2), at: value)
        buffer.put(address.port ^ UInt16(STUNMessage.magicCookie >> 16), at: value + 2)
        if address.isIPv4 {
            buffer.put(address.ipv4 ^ STUNMessage.magicCookie, at: value + 4)
        } else {
            let mask = UInt64(STUNMessage.magicCookie) << 32 | UInt64(transactionID.high)
            buffer.put(address.high ^ mask, at: value + 4)
            buffer.put(address.low ^ transactionID.low, at: value + 12)
        }
    }

    /// ERROR-CODE without a reason phrase (RFC 8489 section 14.8).
    public mutating func appendErrorCode(_ code: UInt16, into buffer: inout MutableSpan<UInt8>) {
        guard let value = begin(STUNAttribute.errorCode, count: 4, in: &buffer) else { return }
        buffer.put(UInt32(code / 100) << 8 | UInt32(code % 100), at: value)
    }

    /// UNKNOWN-ATTRIBUTES (RFC 8489 section 14.13).
    public mutating func appendUnknownAttributes(
        _ unknown: UnknownSTUNAttributes, into buffer: inout MutableSpan<UInt8>
    ) {
        guard let value = begin(STUNAttribute.unknownAttributes, count: unknown.count * 2, in: &buffer) else { return }
        for index in 0..<unknown.count { buffer.put(unknown[index], at: value + index * 2) }
    }

    /// MESSAGE-INTEGRITY over all that was written so far (RFC 8489 section 14.5); only FINGERPRINT may follow.
    public mutating func appendIntegrity(key: Span<UInt8>, into buffer: inout MutableSpan<UInt8>) {
        guard let value = begin(STUNAttribute.messageIntegrity, count: 20, in: &buffer) else { return }
        let digest = HMAC.sha1(key: key, message: buffer.span.extracting(0..<value - 4))
        buffer.put(digest.span, at: value)
    }

    /// FINGERPRINT, the last attribute (RFC 8489 section 14.7).
    public mutating func appendFingerprint(into buffer: inout MutableSpan<UInt8>) {
        guard let value = begin(STUNAttribute.fingerprint, count: 4, in: &buffer) else { return }
        let checksum = CRC32.checksum(buffer.span.extracting(0..<value - 4))
        buffer.put(checksum ^ Self.fingerprintMask, at: value)
    }
}
