// Everything that can be wrong with a token, with a sentence for the person who meets it.

/// Why a token is refused.
public enum AccessTokenError: Error, Hashable, Sendable {
    case missing
    case tooLong(byteCount: Int)
    case malformed
    case unsupportedAlgorithm(String)
    case unsupportedExtension
    case malformedClaims(String)
    case missingKey
    case unknownKey(String)
    case wrongSignature
    case missingExpiry
    case expired(sinceSeconds: Int64)
    case notYetValid(inSeconds: Int64)
    case missingGrant(String)
    case wrongRoom
    case missingIdentity
    case missingRoom
    case nameTooLong(String, maximumBytes: Int)
}

extension AccessTokenError {
    /// 400 where the token is sound but does not say enough, 401 everywhere else, as clients of the protocol expect.
    public var httpStatus: Int {
        switch self {
        case .missingIdentity, .missingRoom, .nameTooLong: 400
        default: 401
        }
    }
}

extension AccessTokenError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missing:
            "No access token was sent: pass it as `access_token` or in the header `Authorization: Bearer`."
        case .tooLong(let byteCount):
            "The access token has \(byteCount) bytes, at most \(WireLimits.tokenBytes) are accepted:"
                + " put less into its metadata and attributes."
        case .malformed:
            "The access token is not a JWT (three base64url parts joined by dots): check that it was copied whole."
        case .unsupportedAlgorithm(let name):
            "The access token is signed with `\(name)`: sign it with HS256."
        case .unsupportedExtension:
            "The access token has critical header extensions (`crit`), which are not supported: sign it without them."
        case .malformedClaims(let reason):
            "The access token's claims cannot be read: \(reason)."
        case .missingKey:
            "The access token does not say which API key signed it: set its `iss` claim to the API key."
        case .unknownKey(let key):
            "The access token was signed by the API key `\(key)`, which this server does not know:"
                + " use one of the keys in its configuration."
        case .wrongSignature:
            "The access token's signature does not match: sign it with the secret that belongs to its API key."
        case .missingExpiry:
            "The access token never expires, which is not accepted: set its `exp` claim."
        case .expired(let seconds):
            "The access token expired \(seconds) seconds ago: ask for a new one, and check both machines' clocks."
        case .notYetValid(let seconds):
            "The access token becomes valid in \(seconds) seconds: check the clocks of the machine that signed it and of this one."
        case .missingGrant(let name):
            "The access token lacks the grant `\(name)`: ask for one whose `video` claim has it."
        case .wrongRoom:
            "The access token is for another room: ask for one for this room."
        case .missingIdentity:
            "The access token names no participant: set its `sub` claim to the participant's identity."
        case .missingRoom:
            "The access token names no room: set `room` in its `video` claim."
        case .nameTooLong(let what, let maximum):
            "The \(what) in the access token is too long: at most \(maximum) bytes are accepted."
        }
    }
}
