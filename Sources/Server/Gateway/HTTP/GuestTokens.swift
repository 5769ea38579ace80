// `POST …/api/v1/rooms/{room}/tokens`: a token for whoever opens the page, where the site allows that.

import Conference
import Foundation
import HTTPTypes
import HummingbirdCore
import LiveKitProtocol

struct GuestTokens: Sendable {
    let keys: KeyRing
    let isAllowed: Bool
    /// A long meeting; the room refreshes the token of whoever stays.
    static let lifetimeSeconds: Int64 = 6 * 3_600

    private struct Wish: Decodable {
        var name: String?
        /// Only the beginning of the one that is given: an identity that somebody has is not for another to take, its
        /// owner would be put out of the room.
        var identity: String?
        /// A token of before, expired or not: its bearer keeps the identity.
        var token: String?
    }
    private struct Grant: Encodable {
        let token: String
        let identity: String
        let room: String
    }

    func response(for room: String, body: [UInt8], contentType: String?, atSeconds nowSeconds: Int64) -> Response {
        guard isAllowed else {
            return Problem(
                .forbidden,
                detail: "This server gives no tokens to guests: ask for an invitation link, or set web.guest_tokens."
            ).response
        }
        // A form of another site can send text, but not this type without asking first.
        guard contentType?.lowercased().hasPrefix("application/json") == true else {
            return Problem(.unsupportedMediaType, detail: "Send JSON with Content-Type: application/json.").response
        }
        guard let wish = try? JSONDecoder().decode(Wish.self, from: Data(body)) else {
            return Problem(.badRequest, detail: "Send a JSON object like {\"name\": \"Camille\"}.").response
        }
        let identity =
            wish.token.flatMap { formerIdentity($0, in: room, atSeconds: nowSeconds) }
            ?? Self.uniqueIdentity(wish.identity ?? "")
        let token = AccessToken(
            identity: identity, name: wish.name ?? "",
            video: VideoGrants(room: room, roomJoin: true, canUpdateOwnMetadata: true),
            expiresAtSeconds: nowSeconds + Self.lifetimeSeconds)
        do {
            // Checks the lengths as the join will.
            _ = try token.joinGrants()
            return JSON.response(
                Grant(token: try token.signed(by: keys), identity: identity, room: room), status: .created)
        } catch {
            return Problem(.badRequest, detail: "\(error)").response
        }
    }

    /// Nil unless one of our keys signed the token for this room, and not too long ago.
    private func formerIdentity(_ token: String, in room: String, atSeconds nowSeconds: Int64) -> String? {
        func grants(atSeconds seconds: Int64) throws(AccessTokenError) -> JoinGrants {
            try AccessToken.verified(token, by: keys, atSeconds: seconds).joinGrants()
        }
        var former: JoinGrants?
        do {
            former = try grants(atSeconds: nowSeconds)
        } catch .expired(let sinceSeconds) where sinceSeconds <= Self.lifetimeSeconds {
            former = try? grants(atSeconds: nowSeconds - sinceSeconds)
        } catch {}
        return former.flatMap { $0.roomName == room ? $0.identity : nil }
    }

    /// Nobody can know the random part, so nobody can ask for an identity that is in use.
    private static func uniqueIdentity(_ wished: String) -> String {
        var generator = SystemRandomNumberGenerator()
        let suffix = String(UInt64.random(in: .min ... .max, using: &generator), radix: 36)
        return (wished.isEmpty ? "guest" : wished) + "-" + suffix
    }
}
