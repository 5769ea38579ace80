// The claims of an access token in JSON. Unknown ones are ignored, null ones count as absent.

import Basics
import Conference
import Foundation

struct TokenClaims: Codable {
    struct SIP: Codable {
        var admin: Bool?
        var call: Bool?
    }

    var iss: String?
    var sub: String?
    var jti: String?
    // NumericDate may have a fraction (RFC 7519 section 2).
    var exp: Double?
    var nbf: Double?
    var name: String?
    var metadata: String?
    var kind: String?
    // Some issuers write null for an attribute that has no value.
    var attributes: [String: String?]?
    var sha256: String?
    var video: VideoGrants?
    var sip: SIP?
    // `roomPreset` would name a configuration kept on the server, of which there is none: it is ignored.
    var roomConfig: RoomConfigurationClaim?

    var expiresAtSeconds: Int64? { exp.map { Int64(saturating: $0) } }
    var notBeforeSeconds: Int64? { nbf.map { Int64(saturating: $0) } }

    init(json: [UInt8]) throws(AccessTokenError) {
        do {
            self = try JSONDecoder().decode(TokenClaims.self, from: Data(json))
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw .malformedClaims("`\(path.prefix(64))` has the wrong type")
        } catch {
            throw .malformedClaims("they are not a JSON object")
        }
    }

    init(_ token: AccessToken, apiKey: String) {
        func unlessEmpty(_ text: String) -> String? { text.isEmpty ? nil : text }
        iss = apiKey
        sub = unlessEmpty(token.identity)
        exp = Double(token.expiresAtSeconds)
        nbf = token.notBeforeSeconds == 0 ? nil : Double(token.notBeforeSeconds)
        name = unlessEmpty(token.name)
        metadata = unlessEmpty(token.metadata)
        kind = token.kind == .standard ? nil : token.kind.rawValue
        attributes = token.attributes.isEmpty ? nil : token.attributes.mapValues(Optional.some)
        sha256 = unlessEmpty(token.bodySHA256)
        // A webhook's token grants nothing.
        video = token.bodySHA256.isEmpty ? token.video : nil
        sip = token.isSIPAdmin || token.canCall ? SIP(admin: token.isSIPAdmin, call: token.canCall) : nil
        roomConfig = token.roomConfiguration.map(RoomConfigurationClaim.init)
    }

    var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings, numbers and flags always encode: times are finite by construction.
        return try! Array(encoder.encode(self))
    }
}

extension AccessToken {
    init(_ claims: TokenClaims) {
        self.init(
            identity: claims.sub.flatMap { $0.isEmpty ? nil : $0 } ?? claims.jti ?? "", name: claims.name ?? "",
            metadata: claims.metadata ?? "", attributes: (claims.attributes ?? [:]).compactMapValues { $0 },
            kind: claims.kind.flatMap { ParticipantKind(rawValue: $0.lowercased()) } ?? .standard,
            // Without a video claim nothing is granted: the media defaults count only beside roomJoin.
            video: claims.video ?? VideoGrants(), isSIPAdmin: claims.sip?.admin ?? false,
            canCall: claims.sip?.call ?? false, roomConfiguration: claims.roomConfig?.configuration,
            bodySHA256: claims.sha256 ?? "",
            notBeforeSeconds: claims.notBeforeSeconds ?? 0, expiresAtSeconds: claims.expiresAtSeconds ?? 0)
        apiKey = claims.iss ?? ""
    }
}
