// mid and rid as header extensions carry them (RFC 9143 section 15, RFC 8852 section 3).

/// Up to 16 bytes of an SDES item, inline: comparable and hashable without allocation.
public struct SDESToken: Hashable, Sendable {
    /// Bytes 0–7 and 8–15, first byte most significant, zeros behind the end.
    private var high: UInt64 = 0
    private var low: UInt64 = 0
    public private(set) var count = 0

    /// Longest value that a one-byte element holds (RFC 8285 section 4.2).
    public static let maximumByteCount = 16

    /// Nil when `bytes` is empty or longer than 16.
    public init?(_ bytes: Span<UInt8>) {
        guard 1...Self.maximumByteCount ~= bytes.count else { return nil }
        for index in bytes.indices { append(bytes[index]) }
    }

    /// Nil when the text is empty or longer than 16 bytes.
    public init?(_ text: some StringProtocol) {
        for byte in text.utf8 {
            guard count < Self.maximumByteCount else { return nil }
            append(byte)
        }
        guard count > 0 else { return nil }
    }

    private mutating func append(_ byte: UInt8) {
        if count < 8 {
            high |= UInt64(byte) << UInt64(56 - count * 8)
        } else {
            low |= UInt64(byte) << UInt64(120 - count * 8)
        }
        count += 1
    }

    public subscript(index: Int) -> UInt8 {
        precondition(0 <= index && index < count)
        return UInt8(truncatingIfNeeded: index < 8 ? high >> UInt64(56 - index * 8) : low >> UInt64(120 - index * 8))
    }
}

extension SDESToken: CustomStringConvertible {
    public var description: String { String(decoding: (0..<count).map { self[$0] }, as: UTF8.self) }
}
