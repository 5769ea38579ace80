// The keys of the configuration: LiveKit's own names wherever it has one.

/// One key of the file, with its forms elsewhere.
struct Setting: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case text
        /// A list, or in the environment a text with commas.
        case list
        /// A list whose items may be sections with one entry that matters.
        case listOfSections(entry: String)
        /// A section of names and values that are free: `name: value` lines.
        case pairs
    }

    let path: [String]
    let kind: Kind
    /// What a value of this key still lacks, for those that are read but not served yet.
    let notServed: String?
    /// The option of `relais serve`, without dashes.
    let option: String?

    init(_ key: String, _ kind: Kind = .text, notServed: String? = nil, option: String? = nil) {
        path = key.split(separator: ".").map(String.init)
        self.kind = kind
        self.notServed = notServed
        self.option = option
    }

    var key: String { path.joined(separator: ".") }
    /// `RELAIS_` and the key in capitals.
    var environmentName: String { (["relais"] + path).joined(separator: "_").uppercased() }
}

extension Setting {
    /// Every key that Relais reads.
    static let all: [Setting] = [
        Setting("port", option: "port"),
        Setting("bind_addresses", .list, option: "bind"),
        Setting("log_level", option: "log-level"),
        Setting("logging.level"),
        Setting("logging.json", option: "log-json"),
        Setting("rtc.udp_port", option: "udp-port"),
        Setting("rtc.port_range_start"),
        Setting("rtc.port_range_end"),
        Setting("rtc.tcp_port", notServed: "media over TCP is not served yet, clients need UDP"),
        Setting("rtc.node_ip", .list, option: "node-ip"),
        Setting("rtc.use_external_ip"),
        Setting("rtc.enable_loopback_candidate"),
        Setting("rtc.interfaces.includes", .list),
        Setting("rtc.interfaces.excludes", .list),
        Setting("rtc.ips.includes", .list),
        Setting("rtc.ips.excludes", .list),
        Setting("keys", .pairs),
        Setting("key_file"),
        Setting("room.auto_create"),
        Setting("room.empty_timeout"),
        Setting("room.departure_timeout"),
        Setting("room.max_participants"),
        Setting("room.enabled_codecs", .listOfSections(entry: "mime")),
        Setting("webhook.urls", .list, notServed: "webhooks are not delivered yet"),
        Setting("webhook.api_key", notServed: "webhooks are not delivered yet"),
        Setting("region"),
        Setting("development"),
        Setting("web.guest_tokens"),
    ]

    /// Sections and keys of LiveKit's file that mean nothing to Relais, at least not yet. Whoever brings such a file
    /// along shall know what is left of it.
    static let foreign: Set<String> = [
        "redis", "turn", "ingress", "sip", "audio", "video", "limit", "signal_relay", "psrpc", "node_selector",
        "prometheus", "prometheus_port", "api", "agents", "trace", "node_stats", "enable_data_tracks", "metric",
        "webhook.params", "webhook.filter_params", "logging.component_levels", "logging.pion_level", "logging.sample",
        "logging.item_sample_seconds", "logging.item_sample_initial", "logging.item_sample_interval",
        "rtc.stun_servers", "rtc.turn_servers", "rtc.use_ice_lite", "rtc.use_mdns", "rtc.strict_acks", "rtc.batch_io",
        "rtc.congestion_control", "rtc.pli_throttle", "rtc.packet_buffer_size", "rtc.packet_buffer_size_video",
        "rtc.packet_buffer_size_audio", "rtc.allow_tcp_fallback", "rtc.tcp_fallback_rtt_threshold",
        "rtc.allow_udp_unstable_fallback", "rtc.allow_timestamp_adjustment", "rtc.force_tcp", "rtc.external_ip_only",
        "rtc.advertise_internal_ip", "rtc.skip_external_ip_validation", "rtc.use_send_side_bwe",
        "rtc.use_send_side_bwe_interceptor", "rtc.forward_stats", "rtc.datachannel_slow_threshold",
        "rtc.datachannel_max_buffered_amount", "rtc.enable_transceiver_reuse", "room.enable_remote_unmute",
        "room.max_metadata_size", "room.max_room_name_length", "room.max_participant_identity_length",
        "room.playout_delay", "room.sync_streams", "room.create_room_enabled", "room.create_room_timeout",
        "room.create_room_attempts", "room.room_configurations", "room.user_data_hooks",
    ]

    /// The known key that was probably meant, if one is close.
    static func nearest(to key: String) -> String? {
        let known = all.map(\.key) + foreign
        // A key under the wrong section is as common as a slip of the pen.
        let last = key.split(separator: ".").last.map(String.init) ?? key
        if let moved = all.first(where: { $0.path.last == last && $0.key != key }) { return moved.key }
        let best = known.map { (key: $0, distance: editDistance($0, key)) }.min { $0.distance < $1.distance }
        guard let best, best.distance <= max(1, min(3, key.count / 3)) else { return nil }
        return best.key
    }

    /// Levenshtein distance, with a swap of neighbours as one step.
    static func editDistance(_ a: String, _ b: String) -> Int {
        let a = Array(a.utf8), b = Array(b.utf8)
        var rows = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
        for i in 0...a.count {
            for j in 0...b.count {
                if i == 0 || j == 0 {
                    rows[i][j] = i + j
                    continue
                }
                var best = min(
                    rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, rows[i - 2][j - 2] + 1) }
                rows[i][j] = best
            }
        }
        return rows[a.count][b.count]
    }
}
