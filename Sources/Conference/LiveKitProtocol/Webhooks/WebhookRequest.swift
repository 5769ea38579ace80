// A webhook as it goes over the wire: the JSON body and the token that vouches for it.

import Basics
import Foundation
public import LiveKitWire
import SwiftProtobuf

/// One event, ready to be posted.
public struct WebhookRequest: Hashable, Sendable {
    public static let contentType = "application/webhook+json"
    /// Receivers need the request before this, whatever the delay of a retry: sign again for each attempt.
    public static let tokenLifetimeSeconds: Int64 = 300

    public var body: [UInt8]
    /// The value of the `Authorization` header: the bare token, without a scheme, as receivers expect.
    public var authorization: String

    /// - Parameters:
    ///   - key: The API key to sign with (`webhook.api_key`), nil for the ring's first.
    ///   - nowSeconds: Since the Unix epoch.
    public init(
        _ event: WireWebhookEvent, signedBy keys: KeyRing, key: String? = nil, atSeconds nowSeconds: Int64
    ) throws(AccessTokenError) {
        // Encoding fails only for strings that are not UTF-8 and for `Any`; neither can be in an event.
        let body: [UInt8] = try! event.jsonUTF8Bytes(options: WireCoding.jsonEncoding)
        let token = AccessToken(
            bodySHA256: Data(SHA256.digest(body.span)).base64EncodedString(), notBeforeSeconds: nowSeconds,
            expiresAtSeconds: nowSeconds + Self.tokenLifetimeSeconds)
        self.body = body
        authorization = try token.signed(by: keys, key: key)
    }
}
