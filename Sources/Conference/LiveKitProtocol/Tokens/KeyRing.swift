// The API keys of the site: a key names a secret, the secret signs and verifies tokens.

/// Why a set of API keys cannot be used; the description says what to change in the configuration.
public enum KeyRingError: Error, Hashable, Sendable, CustomStringConvertible {
    case empty
    case emptyKey
    case duplicateKey(String)
    case shortSecret(key: String, byteCount: Int)

    public var description: String {
        switch self {
        case .empty:
            "No API key is configured: add one under `keys` as `name: secret`, or start with --dev to try things out."
        case .emptyKey:
            "An API key under `keys` has an empty name: give it one."
        case .duplicateKey(let key):
            "The API key \(key) is configured twice: keep one of them."
        case .shortSecret(let key, let byteCount):
            "The secret of the API key \(key) has \(byteCount) bytes: it needs at least \(KeyRing.minimumSecretBytes)."
                + " Make one with `relais keys`."
        }
    }
}

/// API keys with their secrets, in order: the first one signs what the server itself issues.
public struct KeyRing: Sendable {
    /// HS256 wants a key at least as long as its hash (RFC 7518 section 3.2).
    public static let minimumSecretBytes = 32

    private let secrets: [String: [UInt8]]
    /// The key that signs refreshed tokens.
    public let signingKey: String

    public init(_ pairs: [(key: String, secret: String)]) throws(KeyRingError) {
        guard let first = pairs.first else { throw .empty }
        var secrets: [String: [UInt8]] = [:]
        for (key, secret) in pairs {
            if key.isEmpty { throw .emptyKey }
            if secrets[key] != nil { throw .duplicateKey(key) }
            let bytes = Array(secret.utf8)
            if bytes.count < Self.minimumSecretBytes { throw .shortSecret(key: key, byteCount: bytes.count) }
            secrets[key] = bytes
        }
        self.secrets = secrets
        signingKey = first.key
    }

    func secret(of key: String) -> [UInt8]? { secrets[key] }

    /// True when the key is configured.
    public func contains(_ key: String) -> Bool { secrets[key] != nil }
}

/// Whatever prints a key ring, or something that holds one, prints the names of the keys and never a secret.
extension KeyRing: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "KeyRing(\(secrets.keys.sorted().joined(separator: ", ")))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["keys": secrets.keys.sorted()]) }
}
