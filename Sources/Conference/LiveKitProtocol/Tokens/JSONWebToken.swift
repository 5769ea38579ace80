// The envelope of a token: JWS compact serialization (RFC 7515 section 3.1), HS256 only (RFC 7518 section 3.2).

import Basics
import Foundation

struct JSONWebToken {
    let payload: [UInt8]
    /// What the signature covers: header and payload as sent, with the dot between.
    private let signedText: [UInt8]
    private let signature: [UInt8]

    private struct Header: Decodable {
        var alg: String
        var crit: [String]?
    }

    /// Throws for anything that is not a compact JWS with `alg` HS256; the signature is not checked here.
    init(parsing text: String) throws(AccessTokenError) {
        let byteCount = text.utf8.count
        guard byteCount <= WireLimits.tokenBytes else { throw .tooLong(byteCount: byteCount) }
        let parts = text.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3,
            let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2]),
            let head = try? JSONDecoder().decode(Header.self, from: Data(header))
        else { throw .malformed }
        guard head.alg == "HS256" else { throw .unsupportedAlgorithm(String(head.alg.prefix(16))) }
        guard head.crit == nil else { throw .unsupportedExtension }
        self.payload = payload
        self.signature = signature
        signedText = Array(text.utf8.prefix(parts[0].utf8.count + 1 + parts[1].utf8.count))
    }

    func isSigned(by secret: [UInt8]) -> Bool {
        constantTimeEquals(HMAC.sha256(key: secret.span, message: signedText.span).span, signature.span)
    }

    static func sign(_ payload: [UInt8], with secret: [UInt8]) -> String {
        let header = Base64URL.encode(#"{"alg":"HS256","typ":"JWT"}"#.utf8)
        let text = header + "." + Base64URL.encode(payload)
        let signature = HMAC.sha256(key: secret.span, message: Array(text.utf8).span)
        return text + "." + Base64URL.encode(signature)
    }
}
