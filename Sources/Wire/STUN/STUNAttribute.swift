// Attribute types of STUN and ICE (RFC 8489 section 18.3, RFC 8445 section 16.1).

/// Attribute types. Those below 0x8000 must be understood by whoever receives them.
public enum STUNAttribute {
    public static let mappedAddress: UInt16 = 0x0001
    public static let username: UInt16 = 0x0006
    public static let messageIntegrity: UInt16 = 0x0008
    public static let errorCode: UInt16 = 0x0009
    public static let unknownAttributes: UInt16 = 0x000a
    public static let realm: UInt16 = 0x0014
    public static let nonce: UInt16 = 0x0015
    public static let messageIntegritySHA256: UInt16 = 0x001c
    public static let passwordAlgorithm: UInt16 = 0x001d
    public static let userhash: UInt16 = 0x001e
    public static let xorMappedAddress: UInt16 = 0x0020
    public static let priority: UInt16 = 0x0024
    public static let useCandidate: UInt16 = 0x0025
    public static let software: UInt16 = 0x8022
    public static let fingerprint: UInt16 = 0x8028
    public static let iceControlled: UInt16 = 0x8029
    public static let iceControlling: UInt16 = 0x802a

    /// True for the comprehension-required types that need no complaint, be they used here or not.
    static func isKnown(_ type: UInt16) -> Bool {
        switch type {
        case mappedAddress, username, messageIntegrity, errorCode, unknownAttributes, realm, nonce,
            messageIntegritySHA256, passwordAlgorithm, userhash, xorMappedAddress, priority, useCandidate:
            true
        default: false
        }
    }
}

/// Error codes that an ICE agent sends (RFC 8489 section 18.4, RFC 8445 section 16.2).
public enum STUNErrorCode {
    public static let badRequest: UInt16 = 400
    public static let unauthenticated: UInt16 = 401
    public static let unknownAttribute: UInt16 = 420
    public static let roleConflict: UInt16 = 487
}
