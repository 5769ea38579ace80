// What a newcomer sees after the start: where to go, and what to give to an SDK.

import Basics
import Foundation
import Gateway
import LiveKitProtocol

struct StartBanner: CustomStringConvertible {
    let description: String
    static let room = "demo"
    static let identity = "sdk"

    /// Nil when there is nothing to open.
    init?(_ configuration: ServerConfiguration, _ endpoints: [Endpoint], _ candidates: [SocketAddress]) {
        guard let first = endpoints.first(where: { !$0.host.contains(":") }) ?? endpoints.first,
            let pair = configuration.keyPairs.first
        else { return nil }
        let host =
            switch first.host {
            case "0.0.0.0", "::": "127.0.0.1"
            case let host where host.contains(":"): "[\(host)]"
            default: first.host
            }
        let token = AccessToken(
            identity: Self.identity, name: "SDK",
            video: VideoGrants(room: Self.room, roomJoin: true, canUpdateOwnMetadata: true),
            expiresAtSeconds: Int64(Date().timeIntervalSince1970) + 86_400)
        guard let text = try? token.signed(by: configuration.keys) else { return nil }
        description = """

            Relais \(Version.text) is ready, for development: whoever reaches it may come in.

              Open     http://\(host):\(first.port)/?room=\(Self.room)
              SDKs     ws://\(host):\(first.port)
              Token    \(text)
                       (room \(Self.room), identity \(Self.identity), for a day; more with `relais token --dev`)
              API key  \(pair.key), secret \(pair.secret)
              Media    UDP at \(candidates.map(\.description).joined(separator: ", "))
              Stop     Ctrl-C

            """
    }
}
