// From settings to the configuration: every value checked, every refusal one sentence.

import Basics
import LiveKitProtocol
import Logging

extension ServerConfiguration {
    /// Reads all sources.
    /// - Parameter warnings: Gets sentences about what has no effect or deserves a look, also when this throws.
    static func read(_ sources: Sources, _ warnings: inout [String]) throws(ConfigurationError) -> ServerConfiguration {
        let reader = try sources.open(&warnings)
        let isDevelopment = try reader.flag("development") ?? false
        let pairs = try keyPairs(reader, isDevelopment: isDevelopment, &warnings)
        var configuration = ServerConfiguration(keyPairs: pairs, keys: try keyRing(pairs))
        configuration.isDevelopment = isDevelopment
        if let port = try reader.number("port", 0...65_535) { configuration.port = port }
        if let addresses = reader.list("bind_addresses") { configuration.bindAddresses = addresses }
        configuration.region = reader.text("region") ?? ""
        configuration.givesGuestTokens = try reader.flag("web.guest_tokens") ?? false
        try configuration.readLogging(reader)
        try configuration.media.readPorts(reader, &warnings)
        try configuration.media.readAddresses(reader, &warnings)
        try configuration.rooms.read(reader, &warnings)
        warnings += Self.notServed(reader)
        return configuration
    }

    /// Reads nothing but the API keys: whoever only signs a token is not bothered with the settings of a server.
    static func readKeys(_ sources: Sources) throws(ConfigurationError) -> KeyRing {
        var sources = sources
        sources.settings = Setting.all.filter { ["keys", "key_file", "development"].contains($0.key) }
        var warnings: [String] = []
        let reader = try sources.open(&warnings)
        let isDevelopment = try reader.flag("development") ?? false
        return try keyRing(keyPairs(reader, isDevelopment: isDevelopment, &warnings))
    }

    private static func keyPairs(
        _ reader: SettingReader, isDevelopment: Bool, _ warnings: inout [String]
    ) throws(ConfigurationError) -> [KeyPairs.Pair] {
        if let path = reader.text("key_file") {
            let (pairs, fileWarnings) = try KeyPairs.read(file: path)
            warnings += fileWarnings
            if reader.list("keys", isSecret: true) != nil {
                warnings.append("`keys` has no effect beside `key_file`.")
            }
            if !pairs.isEmpty { return pairs }
        } else if let items = reader.list("keys", isSecret: true) {
            let pairs = try KeyPairs.parse(items, place: reader.place(of: "keys"))
            if !pairs.isEmpty { return pairs }
        }
        return isDevelopment ? [KeyPairs.development] : []
    }

    private static func keyRing(_ pairs: [KeyPairs.Pair]) throws(ConfigurationError) -> KeyRing {
        if pairs.isEmpty {
            throw ConfigurationError(
                "No API key is configured: make one with `relais keys` and put it under `keys`, or start with --dev"
                    + " to try things out.")
        }
        do {
            return try KeyRing(pairs)
        } catch {
            throw ConfigurationError("\(error)")
        }
    }

    private mutating func readLogging(_ reader: SettingReader) throws(ConfigurationError) {
        // The section is LiveKit's newer form; an option or variable for the older key still wins over it.
        for key in ["logging.level", "log_level"] {
            guard let text = reader.text(key) else { continue }
            let name = text.lowercased()
            let level = Logger.Level(rawValue: name == "warn" ? "warning" : name)
            guard let level else {
                throw reader.wrong(key, text, "it must be trace, debug, info, notice, warning, error or critical")
            }
            logLevel = level
        }
        logsJSON = try reader.flag("logging.json") ?? false
    }

    private static func notServed(_ reader: SettingReader) -> [String] {
        Setting.all.compactMap { setting in
            guard let lack = setting.notServed else { return nil }
            let isSet = setting.kind == .text ? reader.text(setting.key) != nil : reader.list(setting.key) != nil
            return isSet ? "`\(setting.key)` is read but has no effect: \(lack)." : nil
        }
    }
}

extension ServerConfiguration.Media {
    fileprivate mutating func readPorts(
        _ reader: SettingReader, _ warnings: inout [String]
    ) throws(ConfigurationError) {
        let start: UInt16? = try reader.number("rtc.port_range_start", 1...65_535)
        let end: UInt16? = try reader.number("rtc.port_range_end", 1...65_535)
        if let text = reader.text("rtc.udp_port") {
            guard let ports = Self.ports(text) else {
                throw reader.wrong("rtc.udp_port", text, "it must be a port like 7882 or a range like 7882-7885")
            }
            udpPorts = ports
            if start != nil || end != nil {
                warnings.append("`rtc.port_range_start` and `rtc.port_range_end` have no effect beside `rtc.udp_port`.")
            }
        } else if let start, let end {
            guard start <= end else {
                throw ConfigurationError("`rtc.port_range_start` is above `rtc.port_range_end`: swap them.")
            }
            udpPorts = start...end
        } else if start != nil || end != nil {
            throw ConfigurationError(
                "`rtc.port_range_start` and `rtc.port_range_end` go together: set both, or `rtc.udp_port` alone.")
        }
    }

    /// "7882" or "7882-7885"; 0 lets the system choose.
    private static func ports(_ text: String) -> ClosedRange<UInt16>? {
        let sides = text.split(separator: "-", omittingEmptySubsequences: false).map { side -> UInt16? in
            side.first.map(\.isNumber) == true ? UInt16(side) : nil
        }
        switch (sides.count, sides.first ?? nil, sides.last ?? nil) {
        case (1, let port?, _): return port...port
        case (2, let low?, let high?) where low > 0 && low <= high: return low...high
        default: return nil
        }
    }

    fileprivate mutating func readAddresses(
        _ reader: SettingReader, _ warnings: inout [String]
    ) throws(ConfigurationError) {
        for text in reader.list("rtc.node_ip") ?? [] {
            guard let address = SocketAddress(host: text, port: 0) else {
                throw reader.wrong("rtc.node_ip", text, "it must be an IPv4 or IPv6 address")
            }
            nodeAddresses.append(address)
        }
        if try reader.flag("rtc.use_external_ip") == true {
            guard !nodeAddresses.isEmpty else {
                throw ConfigurationError(
                    "Relais cannot find out its public address by itself, as `rtc.use_external_ip` demands: set"
                        + " `rtc.node_ip` to the address that clients reach, or take `rtc.use_external_ip` out if they"
                        + " reach this machine's own addresses.")
            }
            warnings.append("`rtc.use_external_ip` has no effect: `rtc.node_ip` says the address.")
        }
        includesLoopback = try reader.flag("rtc.enable_loopback_candidate") ?? false
        includedInterfaces = reader.list("rtc.interfaces.includes") ?? []
        excludedInterfaces = reader.list("rtc.interfaces.excludes") ?? []
        includedNetworks = try Self.networks(reader, "rtc.ips.includes")
        excludedNetworks = try Self.networks(reader, "rtc.ips.excludes")
    }

    private static func networks(_ reader: SettingReader, _ key: String) throws(ConfigurationError) -> [AddressRange] {
        var ranges: [AddressRange] = []
        for text in reader.list(key) ?? [] {
            guard let range = AddressRange(text) else {
                throw reader.wrong(key, text, "it must be an address or a block of them, like 10.0.0.0/8")
            }
            ranges.append(range)
        }
        return ranges
    }
}

extension ServerConfiguration.Rooms {
    fileprivate mutating func read(_ reader: SettingReader, _ warnings: inout [String]) throws(ConfigurationError) {
        createsOnJoin = try reader.flag("room.auto_create") ?? createsOnJoin
        emptyTimeoutSeconds = try reader.number("room.empty_timeout", 0...604_800) ?? emptyTimeoutSeconds
        departureTimeoutSeconds = try reader.number("room.departure_timeout", 0...604_800) ?? departureTimeoutSeconds
        maximumParticipants = try reader.number("room.max_participants", 0...100_000) ?? maximumParticipants
        if let names = reader.list("room.enabled_codecs") {
            codecs = []
            for name in names {
                guard let known = Self.knownCodecs.first(where: { $0.lowercased() == name.lowercased() }) else {
                    warnings.append("`room.enabled_codecs` names \(name), which Relais does not forward.")
                    continue
                }
                codecs?.append(known)
            }
            let names = codecs ?? []
            if !names.contains(where: { $0.hasPrefix("audio/") }) || !names.contains(where: { $0.hasPrefix("video/") })
            {
                throw ConfigurationError(
                    "`room.enabled_codecs` must name at least one audio and one video codec, like audio/opus and"
                        + " video/VP8.")
            }
        }
    }

    /// As IANA writes them.
    static let knownCodecs = ["audio/opus", "audio/red", "video/VP8", "video/H264", "video/VP9", "video/AV1"]
}
