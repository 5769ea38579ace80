// The hash of a DTLS certificate as SDP carries it (RFC 8122 section 5).

/// A certificate's fingerprint: who shows a certificate with this hash in the handshake is whom the signaling promised.
public struct DTLSFingerprint: Hashable, Sendable {
    /// Hash functions, by their names in SDP. SHA-1 and older are not accepted.
    public enum Algorithm: String, Sendable, CaseIterable {
        case sha256 = "sha-256"
        case sha384 = "sha-384"
        case sha512 = "sha-512"

        /// Bytes of the hash.
        public var count: Int {
            switch self {
            case .sha256: 32
            case .sha384: 48
            case .sha512: 64
            }
        }
    }

    public let algorithm: Algorithm
    /// As many bytes as the algorithm makes.
    public let digest: [UInt8]

    /// Nil when the length is not the algorithm's.
    public init?(algorithm: Algorithm, digest: [UInt8]) {
        guard digest.count == algorithm.count else { return nil }
        self.algorithm = algorithm
        self.digest = digest
    }

    /// From the two words of an SDP attribute: "sha-256", in any case, and "AB:CD:…". Nil when either is unknown or wrong.
    public init?(algorithm name: some StringProtocol, text: some StringProtocol) {
        guard let algorithm = Algorithm(rawValue: name.lowercased()) else { return nil }
        let digits = Array(text.utf8)
        guard digits.count == algorithm.count * 3 - 1 else { return nil }
        var digest: [UInt8] = []
        digest.reserveCapacity(algorithm.count)
        for position in stride(from: 0, to: digits.count, by: 3) {
            guard let high = Self.value(digits[position]), let low = Self.value(digits[position + 1]),
                position + 2 == digits.count || digits[position + 2] == UInt8(ascii: ":")
            else { return nil }
            digest.append(high << 4 | low)
        }
        self.init(algorithm: algorithm, digest: digest)
    }

    /// "AB:CD:…", upper case.
    public var text: String {
        let digits = Array("0123456789ABCDEF".utf8)
        var text: [UInt8] = []
        for byte in digest {
            if !text.isEmpty { text.append(UInt8(ascii: ":")) }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension DTLSFingerprint: CustomStringConvertible {
    /// As in SDP: "sha-256 AB:CD:…".
    public var description: String { "\(algorithm.rawValue) \(text)" }
}
