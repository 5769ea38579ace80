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
        var identity: String?
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
        let wished = wish.identity ?? ""
        let identity = wished.isEmpty ? Self.madeUpIdentity() : wished
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

    private static func madeUpIdentity() -> String {
        var generator = SystemRandomNumberGenerator()
        return "guest-" + String(UInt64.random(in: .min ... .max, using: &generator), radix: 36)
    }
}
