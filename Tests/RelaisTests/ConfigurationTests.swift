import Basics
import Foundation
import LiveKitProtocol
import Logging
import Testing

@testable import Relais

private let goodSecret = String(repeating: "s", count: 32)

/// Reads a configuration from a YAML text, options and an environment.
private func read(
    _ yaml: String = "", options: [String: String] = [:], environment: [String: String] = [:], dev: Bool = false
) throws -> (ServerConfiguration, [String]) {
    var environment = environment
    if !yaml.isEmpty { environment["LIVEKIT_CONFIG"] = yaml }
    var warnings: [String] = []
    let configuration = try ServerConfiguration.read(
        Sources(options: options, environment: environment, isDevelopment: dev), &warnings)
    return (configuration, warnings)
}

/// The sentence with which a configuration is refused.
private func refusal(
    _ yaml: String = "", options: [String: String] = [:], environment: [String: String] = [:], dev: Bool = false
) -> String {
    do {
        _ = try read(yaml, options: options, environment: environment, dev: dev)
        return ""
    } catch {
        return "\(error)"
    }
}

@Suite struct ConfigurationTests {
    @Test func everyKey() throws {
        let (configuration, warnings) = try read(
            """
            port: 7000
            bind_addresses: [10.0.0.1, "::1"]
            logging:
              level: debug
              json: true
            rtc:
              udp_port: 7100-7103
              node_ip: 203.0.113.7
              enable_loopback_candidate: true
              interfaces:
                includes: [eth0]
                excludes:
                  - docker0
              ips:
                includes: [10.0.0.0/8]
                excludes: [10.1.0.0/16, 'fd00::/8']
            keys:
              first: \(goodSecret)1
              second: "\(goodSecret)2"
            room:
              auto_create: false
              empty_timeout: 60
              departure_timeout: 5
              max_participants: 12
              enabled_codecs:
                - mime: video/VP8
                - mime: audio/OPUS
            region: paris
            web:
              guest_tokens: yes
            """)
        #expect(warnings.isEmpty)
        #expect(configuration.port == 7_000)
        #expect(configuration.bindAddresses == ["10.0.0.1", "::1"])
        #expect(configuration.logLevel == .debug && configuration.logsJSON)
        #expect(configuration.media.udpPorts == 7_100...7_103)
        #expect(configuration.media.nodeAddresses.map(\.host) == ["203.0.113.7"])
        #expect(configuration.media.includesLoopback)
        #expect(configuration.media.includedInterfaces == ["eth0"])
        #expect(configuration.media.excludedInterfaces == ["docker0"])
        #expect(configuration.media.includedNetworks == [AddressRange("10.0.0.0/8")])
        #expect(configuration.media.excludedNetworks.count == 2)
        #expect(configuration.keys.signingKey == "first" && configuration.keys.contains("second"))
        #expect(configuration.keyPairs.last?.secret == goodSecret + "2")
        #expect(!configuration.rooms.createsOnJoin)
        #expect(configuration.rooms.emptyTimeoutSeconds == 60 && configuration.rooms.departureTimeoutSeconds == 5)
        #expect(configuration.rooms.maximumParticipants == 12)
        #expect(configuration.rooms.codecs == ["video/VP8", "audio/opus"])
        #expect(configuration.region == "paris" && configuration.givesGuestTokens && !configuration.isDevelopment)
    }

    @Test func defaults() throws {
        let (configuration, warnings) = try read("keys: {a: \(goodSecret)}")
        #expect(warnings.isEmpty)
        #expect(configuration.port == 7_880 && configuration.bindAddresses.isEmpty)
        #expect(configuration.media == ServerConfiguration.Media())
        #expect(configuration.media.udpPorts == 7_882...7_882)
        #expect(configuration.rooms == ServerConfiguration.Rooms())
        #expect(configuration.logLevel == .info && !configuration.givesGuestTokens)
    }

    @Test func developmentNeedsNothingAndStaysOnThisMachine() throws {
        for (yaml, dev) in [("", true), ("development: true", false)] {
            let (configuration, warnings) = try read(yaml, dev: dev)
            #expect(warnings.isEmpty && configuration.isDevelopment && configuration.givesGuestTokens)
            #expect(configuration.bindAddresses == ["127.0.0.1", "::1"])
            #expect(configuration.media.includesLoopback)
            #expect(configuration.keys.signingKey == "devkey")
            #expect(KeyPairs.development.secret.utf8.count >= 32)
        }
        // Whatever is said wins over what --dev implies.
        let (configuration, _) = try read(
            "{bind_addresses: [10.0.0.1], keys: {own: \(goodSecret)}, web: {guest_tokens: false}}", dev: true)
        #expect(configuration.bindAddresses == ["10.0.0.1"])
        #expect(configuration.keys.signingKey == "own" && !configuration.keys.contains("devkey"))
        #expect(!configuration.givesGuestTokens)
    }

    @Test func optionsWinOverEnvironmentOverTextOverFile() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "relais-\(UUID().uuidString).yaml")
        defer { try? FileManager.default.removeItem(at: file) }
        try "{port: 1, region: file, rtc: {udp_port: 1}, room: {empty_timeout: 1}, keys: {file: \(goodSecret)}}"
            .write(to: file, atomically: true, encoding: .utf8)
        var sources = Sources(
            options: ["port": "4"],
            environment: [
                "LIVEKIT_CONFIG": "{port: 2, region: text, rtc: {udp_port: 2}}", "RELAIS_PORT": "3",
                "RELAIS_RTC_UDP_PORT": "3", "LIVEKIT_KEYS": "env: \(goodSecret)\nsecond: \(goodSecret)",
            ])
        sources.file = file.path
        var warnings: [String] = []
        var configuration = try ServerConfiguration.read(sources, &warnings)
        #expect(warnings.isEmpty)
        #expect(configuration.port == 4)
        #expect(configuration.media.udpPorts == 3...3)
        #expect(configuration.region == "text")
        #expect(configuration.rooms.emptyTimeoutSeconds == 1)
        #expect(configuration.keyPairs.map(\.key) == ["env", "second"])
        sources.environment["RELAIS_KEYS"] = "own:\(goodSecret), other: \(goodSecret)"
        configuration = try ServerConfiguration.read(sources, &warnings)
        #expect(configuration.keyPairs.map(\.key) == ["own", "other"])
    }

    @Test(arguments: Setting.all)
    func everySettingIsRefusedWithItsNameOrTakesAnything(_ setting: Setting) throws {
        // Text that is no number, no flag, no address and no list of codecs.
        let sentence = refusal(
            "keys: {a: \(goodSecret)}", environment: [setting.environmentName: "%%%"])
        switch setting.key {
        case "bind_addresses", "rtc.tcp_port", "rtc.interfaces.includes", "rtc.interfaces.excludes", "region",
            "webhook.urls", "webhook.api_key":
            #expect(sentence == "")
        case "key_file": #expect(sentence.contains("%%%"))
        case "keys": #expect(sentence.contains("key: secret"))
        case "room.enabled_codecs": #expect(sentence.contains(setting.key))
        default:
            #expect(sentence.contains(setting.environmentName) && sentence.contains("must be"), "\(sentence)")
        }
        #expect(!sentence.contains("\n"))
    }
}

@Suite struct ConfigurationRefusalTests {
    @Test func keys() {
        #expect(refusal().contains("relais keys") && refusal().contains("--dev"))
        #expect(refusal("keys:").contains("No API key"))
        #expect(refusal("keys: {a: short}").contains("5 bytes") && refusal("keys: {a: short}").contains("32"))
        #expect(refusal("keys: {a: short}").contains("`relais keys`"))
        #expect(refusal(environment: ["RELAIS_KEYS": "nothing"]).contains("key: secret"))
        #expect(refusal("keys: [a, b]").contains("a section of names and values"))
        // The sentence never repeats a secret.
        #expect(!refusal("keys: {a: short}").contains("short:"))
    }

    @Test(arguments: [
        ("port: many", "`port` in LIVEKIT_CONFIG is \"many\""), ("port: 70000", "from 0 to 65535"),
        ("port: [1]", "must be one value"), ("rtc: 5", "must be a section"),
        ("rtc: {udp_port: 9-3}", "a port like 7882"), ("rtc: {udp_port: +5}", "a port like 7882"),
        ("rtc: {port_range_start: 50000}", "go together"),
        ("rtc: {port_range_start: 9, port_range_end: 8}", "swap them"),
        ("rtc: {node_ip: my.host}", "IPv4 or IPv6 address"),
        ("rtc: {use_external_ip: true}", "set `rtc.node_ip` to the address"),
        ("rtc: {ips: {includes: [10.0.0.0/33]}}", "like 10.0.0.0/8"),
        ("room: {auto_create: perhaps}", "true or false"), ("room: {max_participants: -1}", "from 0"),
        ("room: {enabled_codecs: [video/VP8]}", "one audio and one video"), ("logging: {level: loud}", "trace, debug"),
        ("[1, 2]", "keys and values"), ("a: [", "not valid YAML: line"), ("port: 1\nport: 2", "twice"),
    ])
    func wrongValues(_ yaml: String, _ words: String) {
        let sentence = refusal(yaml, dev: true)
        #expect(sentence.contains(words), "\(sentence)")
        #expect(sentence.hasSuffix(".") && !sentence.contains("\n"))
    }

    @Test func files() throws {
        var warnings: [String] = []
        #expect(
            throws: ConfigurationError("The configuration file /nowhere.yaml cannot be read: check that it is there.")
        ) {
            try ServerConfiguration.read(Sources(file: "/nowhere.yaml"), &warnings)
        }
        let file = FileManager.default.temporaryDirectory.appending(path: "relais-\(UUID().uuidString).keys")
        defer { try? FileManager.default.removeItem(at: file) }
        try "first: \(goodSecret)\nsecond: \(goodSecret)\n".write(to: file, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
        var (configuration, told) = try read("key_file: \(file.path)")
        #expect(configuration.keyPairs.map(\.key) == ["first", "second"])
        #expect(told.count == 1 && told[0].contains("chmod 600"))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        (configuration, told) = try read("key_file: \(file.path)")
        #expect(told.isEmpty)
        try "just text".write(to: file, atomically: true, encoding: .utf8)
        #expect(refusal("key_file: \(file.path)").contains("pairs"))
    }
}

@Suite struct ConfigurationWarningTests {
    @Test func unknownKeysAreNamedWithTheNearestKnownOne() throws {
        let (_, warnings) = try read(
            "{prot: 1, rtc: {udp_prot: 1, nonsense: 2}, udp_port: 3, completely_else: {deep: 1}}",
            environment: ["RELAIS_PROT": "1", "RELAIS_COMPLETELY_ELSE": "1", "RELAIS": "1"], dev: true)
        let expected = [
            "RELAIS_COMPLETELY_ELSE": nil, "RELAIS_PROT": "RELAIS_PORT", "`prot`": "`port`",
            "`rtc.udp_prot`": "`rtc.udp_port`", "`rtc.nonsense`": nil, "`udp_port`": "`rtc.udp_port`",
            "`completely_else`": nil,
        ]
        #expect(warnings.count == expected.count)
        for (name, nearest) in expected {
            let warning = try #require(warnings.first { $0.contains(name) }, "\(name) in \(warnings)")
            if let nearest {
                #expect(warning.contains("Did you mean \(nearest)?"))
            } else {
                #expect(!warning.contains("Did you mean"), "\(warning)")
            }
        }
    }

    @Test func whatIsNotServedYetIsSaid() throws {
        let (_, warnings) = try read(
            """
            rtc: {tcp_port: 7881, stun_servers: [a], udp_port: 5, port_range_start: 1, port_range_end: 2}
            webhook: {urls: ["http://localhost"], api_key: k}
            redis: {address: x}
            turn: {enabled: true}
            """, dev: true)
        for name in [
            "rtc.tcp_port", "rtc.stun_servers", "rtc.port_range_start", "webhook.urls", "webhook.api_key", "redis",
            "turn",
        ] {
            #expect(warnings.filter { $0.contains("`\(name)`") }.count == 1, "\(name) in \(warnings)")
        }
        #expect(warnings.count == 7)
    }

    @Test func warningsComeEvenWhenTheConfigurationIsRefused() {
        var warnings: [String] = []
        #expect(throws: ConfigurationError.self) {
            try ServerConfiguration.read(Sources(environment: ["LIVEKIT_CONFIG": "keyz: {a: b}"]), &warnings)
        }
        #expect(warnings.contains { $0.contains("Did you mean `keys`?") })
    }

    @Test func portRangesOfOldFiles() throws {
        let (configuration, warnings) = try read("rtc: {port_range_start: 50000, port_range_end: 60000}", dev: true)
        #expect(configuration.media.udpPorts == 50_000...60_000 && warnings.isEmpty)
    }

    @Test func unknownCodecsAreNamed() throws {
        let (configuration, warnings) = try read(
            "room: {enabled_codecs: [{mime: video/VP8}, {mime: video/H265}, {mime: audio/opus}]}", dev: true)
        #expect(configuration.rooms.codecs == ["video/VP8", "audio/opus"])
        #expect(warnings.count == 1 && warnings[0].contains("video/H265"))
    }

    /// A file with any kind of text is refused or read, never more.
    @Test func anyText() {
        var generator = SeededRandom(seed: 5)
        let yaml = "{port: 7000, rtc: {udp_port: 1-2, ips: {includes: [10.0.0.0/8]}}, keys: {a: \(goodSecret)}}"
        for _ in 0..<2_000 {
            var bytes = Array(yaml.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[index] = UInt8.random(in: 0x20...0x7E, using: &generator)
            }
            _ = refusal(String(decoding: bytes, as: UTF8.self))
        }
        for count in 0..<yaml.utf8.count { _ = refusal(String(decoding: yaml.utf8.prefix(count), as: UTF8.self)) }
    }
}
