// `relais token`: an access token for a participant or an administrator.

import ArgumentParser
import Conference
import Foundation
import LiveKitProtocol

struct Token: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints an access token.",
        discussion: """
            Signed with --key and --secret, else with the first key of the configuration (--config, RELAIS_KEYS, \
            LIVEKIT_KEYS), or with the pair of --dev.
            """)

    @Option(help: "Who it is for; unique in a room.") var identity = ""
    @Option(help: "The room it is for.") var room: String?
    @Option(help: "Name that others see.") var name = ""
    @Option(help: "Metadata that others see.") var metadata = ""
    @Option(name: .customLong("attribute"), help: "An attribute, `key=value`; may be repeated.")
    var attributes: [String] = []
    @Option(help: "How long it is valid: 90s, 30m, 6h or 7d.") var ttl = "6h"
    @Flag(inversion: .prefixedNo, help: "May publish audio and video.") var canPublish = true
    @Option(help: "What may be published, with commas: camera, microphone, screen_share, screen_share_audio (all).")
    var canPublishSources: String?
    @Flag(inversion: .prefixedNo, help: "May send data.") var canPublishData = true
    @Flag(inversion: .prefixedNo, help: "May receive audio and video.") var canSubscribe = true
    @Flag(help: "May change one's own name, metadata and attributes.") var canUpdateOwnMetadata = false
    @Flag(help: "Invisible to others.") var hidden = false
    @Flag(help: "Administers the room.") var admin = false
    @Flag(help: "May create and list rooms.") var createRooms = false

    @Option(help: "API key.") var key: String?
    @Option(help: "Secret of the API key.") var secret: String?
    @Option(help: "The server's YAML file.") var config: String?
    @Flag(help: "Signs with the known pair of `relais serve --dev`.") var dev = false

    func run() async throws {
        try await refusing { _ in print(try signed(atSeconds: Int64(Date().timeIntervalSince1970))) }
    }

    func signed(atSeconds nowSeconds: Int64) throws -> String {
        guard let seconds = Self.seconds(ttl) else {
            throw ConfigurationError("--ttl is \"\(ttl)\": it must be a time like 90s, 30m, 6h or 7d.")
        }
        let grants = VideoGrants(
            room: room ?? "", roomJoin: room != nil && !identity.isEmpty, roomCreate: createRooms,
            roomList: createRooms, roomAdmin: admin, canPublish: canPublish, canPublishSources: try sources(),
            canPublishData: canPublishData, canSubscribe: canSubscribe, canUpdateOwnMetadata: canUpdateOwnMetadata,
            hidden: hidden)
        let token = AccessToken(
            identity: identity, name: name, metadata: metadata, attributes: try pairs(), video: grants,
            expiresAtSeconds: nowSeconds + seconds)
        guard grants.roomJoin || admin || createRooms else {
            throw ConfigurationError("A token needs --identity and --room to join, or --admin or --create-rooms.")
        }
        do {
            if grants.roomJoin { _ = try token.joinGrants() }
            return try token.signed(by: try keys())
        } catch let error as AccessTokenError {
            throw ConfigurationError("\(error)")
        }
    }

    private func keys() throws(ConfigurationError) -> KeyRing {
        do {
            switch (key, secret) {
            case (let key?, let secret?): return try KeyRing([(key, secret)])
            case (nil, nil): break
            default: throw ConfigurationError("--key and --secret go together.")
            }
        } catch let error as KeyRingError {
            throw ConfigurationError("\(error)")
        } catch let error as ConfigurationError {
            throw error
        } catch {
            throw ConfigurationError("\(error)")
        }
        let sources = Sources(environment: ProcessInfo.processInfo.environment, file: config, isDevelopment: dev)
        return try ServerConfiguration.readKeys(sources)
    }

    private func sources() throws(ConfigurationError) -> Set<TrackSource> {
        var sources: Set<TrackSource> = []
        for name in (canPublishSources ?? "").split(separator: ",") {
            guard let source = TrackSource(rawValue: name.trimmingCharacters(in: .whitespaces)), source != .unknown
            else {
                throw ConfigurationError(
                    "--can-publish-sources names \"\(name)\": known are camera, microphone, screen_share and"
                        + " screen_share_audio.")
            }
            sources.insert(source)
        }
        return sources
    }

    private func pairs() throws(ConfigurationError) -> [String: String] {
        var pairs: [String: String] = [:]
        for text in attributes {
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw ConfigurationError("--attribute is \"\(text)\": it must be like key=value.")
            }
            pairs[String(text[..<equals])] = String(text[text.index(after: equals)...])
        }
        return pairs
    }

    /// "90s", "30m", "6h", "7d" or plain seconds, at most ten years.
    static func seconds(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        let unit = text.last.flatMap { units[$0] }
        guard let count = Int64(unit == nil ? text : String(text.dropLast())), count > 0, count <= 315_360_000 else {
            return nil
        }
        let seconds = count * (unit ?? 1)
        return seconds <= 315_360_000 ? seconds : nil
    }
}
