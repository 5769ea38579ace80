import ArgumentParser
import Basics
import Conference
import Foundation
import LiveKitProtocol
import Testing

@testable import Relais

@Suite struct TokenCommandTests {
    private static let now = Int64(Date().timeIntervalSince1970)

    private static func claims(_ arguments: [String]) throws -> AccessToken {
        let command = try Token.parse(arguments + ["--key", "k", "--secret", String(repeating: "s", count: 32)])
        let keys = try KeyRing([("k", String(repeating: "s", count: 32))])
        return try AccessToken.verified(try command.signed(atSeconds: now), by: keys, atSeconds: now)
    }

    @Test func everyOption() throws {
        let token = try Self.claims([
            "--identity", "ann", "--room", "r", "--name", "Ann", "--metadata", "m", "--attribute", "a=b", "--attribute",
            "c=d=e", "--ttl", "30m", "--no-can-publish", "--can-publish-data", "--no-can-subscribe",
            "--can-publish-sources", "camera, screen_share", "--can-update-own-metadata", "--hidden", "--admin",
            "--create-rooms",
        ])
        #expect(token.identity == "ann" && token.name == "Ann" && token.metadata == "m")
        #expect(token.attributes == ["a": "b", "c": "d=e"])
        #expect(token.expiresAtSeconds == Self.now + 1_800)
        #expect(
            token.video
                == VideoGrants(
                    room: "r", roomJoin: true, roomCreate: true, roomList: true, roomAdmin: true, canPublish: false,
                    canPublishSources: [.camera, .screenShare], canPublishData: true, canSubscribe: false,
                    canUpdateOwnMetadata: true, hidden: true))
    }

    @Test func aPlainTokenMayDoWhatAParticipantDoes() throws {
        let grants = try Self.claims(["--identity", "ann", "--room", "r"]).joinGrants()
        #expect(grants.permissions == Permissions() && !grants.isRoomAdmin)
        #expect(grants.expiresAtSeconds == Self.now + 6 * 3_600)
        #expect(try Self.claims(["--admin", "--room", "r"]).video.roomJoin == false)
    }

    @Test(arguments: [
        (["--room", "r"], "--identity"), (["--identity", "a"], "--room"),
        (["--identity", "a", "--room", "r", "--ttl", "soon"], "--ttl"),
        (["--identity", "a", "--room", "r", "--ttl", "99999999999999d"], "--ttl"),
        (["--identity", "a", "--room", "r", "--attribute", "x"], "--attribute"),
        (["--identity", "a", "--room", "r", "--can-publish-sources", "radio"], "radio"),
        (["--identity", String(repeating: "a", count: 300), "--room", "r"], "256"),
    ])
    func refusals(_ arguments: [String], _ words: String) throws {
        #expect {
            try Self.claims(arguments)
        } throws: { error in
            error is ConfigurationError && "\(error)".contains(words)
        }
    }

    @Test func keysOfTheServer() throws {
        let text = try Token.parse(["--dev", "--identity", "a", "--room", "r"]).signed(atSeconds: Self.now)
        let keys = try KeyRing([KeyPairs.development])
        #expect(try AccessToken.verified(text, by: keys, atSeconds: Self.now).identity == "a")
        for arguments in [["--key", "k"], ["--secret", "s"], ["--key", "k", "--secret", "s"]] {
            #expect(throws: ConfigurationError.self) {
                try Token.parse(arguments + ["--identity", "a", "--room", "r"]).signed(atSeconds: Self.now)
            }
        }
    }

    /// What only a server must have right (its ports, its addresses, the shape of its sections) is not looked at.
    @Test func settingsOfTheServerDoNotKeepFromSigning() throws {
        let secret = String(repeating: "s", count: 32)
        let file = FileManager.default.temporaryDirectory.appending(path: "relais-\(UUID().uuidString).yaml")
        defer { try? FileManager.default.removeItem(at: file) }
        let arguments = ["--config", file.path, "--identity", "a", "--room", "r"]
        for settings in [
            "rtc: {use_external_ip: true}", "port: [1]", "rtc: 5", "logging: {level: loud}", "rtc: {udp_port: none}",
            "room: {enabled_codecs: []}",
        ] {
            try "\(settings)\nkeys: {k: \(secret)}".write(to: file, atomically: true, encoding: .utf8)
            let text = try Token.parse(arguments).signed(atSeconds: Self.now)
            let keys = try KeyRing([("k", secret)])
            #expect(try AccessToken.verified(text, by: keys, atSeconds: Self.now).identity == "a")
        }
        try "keys: {k: short}".write(to: file, atomically: true, encoding: .utf8)
        #expect(throws: ConfigurationError.self) { try Token.parse(arguments).signed(atSeconds: Self.now) }
        try "keys: [k]".write(to: file, atomically: true, encoding: .utf8)
        #expect(throws: ConfigurationError.self) { try Token.parse(arguments).signed(atSeconds: Self.now) }
    }

    @Test func newKeysAreGoodKeys() throws {
        let pairs = (0..<20).map { _ in KeyPairs.generate() }
        #expect(Set(pairs.map(\.key)).count == 20 && Set(pairs.map(\.secret)).count == 20)
        for pair in pairs {
            _ = try KeyRing([pair])
            #expect(try KeyPairs.parse(["\(pair.key): \(pair.secret)"], place: "").first! == pair)
        }
    }

    @Test func serveHandsItsOptionsOn() throws {
        let serve = try Serve.parse([
            "--port", "1", "--bind", "a,b", "--udp-port", "2-3", "--node-ip", "4", "--log-level", "debug", "--log-json",
            "--dev", "--config", "f",
        ])
        let sources = serve.sources
        #expect(
            sources.options == [
                "port": "1", "bind_addresses": "a,b", "rtc.udp_port": "2-3", "rtc.node_ip": "4", "log_level": "debug",
                "logging.json": "true",
            ])
        #expect(sources.file == "f" && sources.isDevelopment)
        #expect(
            Set(Setting.all.compactMap(\.option)) == ["port", "bind", "log-level", "log-json", "udp-port", "node-ip"])
    }
}

@Suite struct AddressRangeTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.1.2.3", "10.1.2.3", true),
        ("10.1.2.3", "10.1.2.4", false), ("0.0.0.0/0", "8.8.8.8", true), ("0.0.0.0/0", "::1", false),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::1", false),
        ("::/0", "2001:db9::1", true), ("fd00::1/128", "fd00::1", true), ("fd00::1/128", "fd00::2", false),
        ("fd00::/65", "fd00::8000:0:0:1", false), ("fd00::/64", "fd00::8000:0:0:1", true),
        ("192.168.1.128/25", "192.168.1.200", true), ("192.168.1.128/25", "192.168.1.100", false),
    ])
    func contains(_ range: String, _ address: String, _ expected: Bool) throws {
        let range = try #require(AddressRange(range))
        #expect(range.contains(try #require(SocketAddress(host: address, port: 5))) == expected)
    }

    @Test(arguments: ["", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "::/129", "host/8"])
    func whatIsNone(_ text: String) { #expect(AddressRange(text) == nil) }
}
