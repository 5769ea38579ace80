// Username fragment and password of one side of a transport (RFC 8445 section 5.3, RFC 8839 section 5.4).

/// Credentials as the bytes that STUN carries.
public struct ICECredentialBytes: Hashable, Sendable {
    public let usernameFragment: [UInt8]
    public let password: [UInt8]

    /// Nil unless both consist of ice-chars (letters, digits, "+" and "/") and have 4…256 and 22…256 of them.
    public init?(usernameFragment: [UInt8], password: [UInt8]) {
        guard 4...256 ~= usernameFragment.count, 22...256 ~= password.count,
            usernameFragment.allSatisfy(Self.isICECharacter), password.allSatisfy(Self.isICECharacter)
        else { return nil }
        self.usernameFragment = usernameFragment
        self.password = password
    }

    /// As above, from text.
    public init?(usernameFragment: some StringProtocol, password: some StringProtocol) {
        self.init(usernameFragment: Array(usernameFragment.utf8), password: Array(password.utf8))
    }

    /// Fresh credentials: 12 characters and 24, 72 and 144 bits. The fragment also finds the transport of a first check,
    /// so it is long enough never to repeat.
    ///
    /// - Parameter random: a secure generator in production
    public init(using random: inout some RandomNumberGenerator) {
        usernameFragment = Self.characters(12, using: &random)
        password = Self.characters(24, using: &random)
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static func characters(_ count: Int, using random: inout some RandomNumberGenerator) -> [UInt8] {
        (0..<count).map { _ in alphabet[Int(random.next() >> 58)] }
    }

    private static func isICECharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
            true
        default: false
        }
    }
}
