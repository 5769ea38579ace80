// The join of `/rtc`: the same request, spelled out in query parameters.

import Foundation
public import LiveKitWire

extension WireJoinRequest {
    /// Reads the query parameters of `/rtc`. Unknown ones are ignored, as are numbers that are none.
    /// - Parameter parameters: Names and percent-decoded values.
    public init(queryParameters parameters: [String: String]) throws(JoinQueryError) {
        self.init()
        func isSet(_ name: String) -> Bool? { parameters[name].map { $0 == "1" || $0.lowercased() == "true" } }
        // A publish-only second connection would take the first one's place under the same identity.
        if parameters["publish"].map({ !$0.isEmpty }) == true { throw .unsupportedParameter("publish") }
        clientInfo = WireClientInfo(queryParameters: parameters)
        connectionSettings.autoSubscribe = isSet("auto_subscribe") ?? true
        connectionSettings.adaptiveStream = isSet("adaptive_stream") ?? false
        connectionSettings.disableIceLite = isSet("disable_ice_lite") ?? false
        if let allowed = isSet("subscriber_allow_pause") { connectionSettings.subscriberAllowPause = allowed }
        if let wanted = isSet("auto_subscribe_data_track") { connectionSettings.autoSubscribeDataTrack = wanted }
        reconnect = isSet("reconnect") ?? false
        participantSid = parameters["sid"] ?? ""
        reconnectReason =
            WireReconnectReason(rawValue: parameters["reconnect_reason"].flatMap(Int.init) ?? 0) ?? .rrUnknown
        if let text = parameters["attributes"], !text.isEmpty { participantAttributes = try Self.attributes(text) }
    }

    /// base64url of a JSON object whose values are strings (null counts as absent).
    private static func attributes(_ text: String) throws(JoinQueryError) -> [String: String] {
        guard text.utf8.count <= WireLimits.attributesTextBytes else {
            throw .tooLarge(parameter: "attributes", maximumBytes: WireLimits.attributesTextBytes)
        }
        guard let json = Base64URL.decode(text),
            let attributes = try? JSONDecoder().decode([String: String?].self, from: Data(json))
        else { throw .undecodable(parameter: "attributes") }
        return attributes.compactMapValues { $0 }
    }
}

extension WireClientInfo {
    init(queryParameters parameters: [String: String]) {
        self.init()
        func text(_ name: String) -> String { parameters[name] ?? "" }
        func number(_ name: String) -> Int32 { parameters[name].flatMap(Int32.init) ?? 0 }
        sdk = WireClientInfo.SDK(name: text("sdk"))
        version = text("version")
        self.protocol = number("protocol")
        clientProtocol = number("client_protocol")
        os = text("os")
        osVersion = text("os_version")
        deviceModel = text("device_model")
        browser = text("browser")
        browserVersion = text("browser_version")
        network = text("network")
        capabilities = text("capabilities").split(separator: ",", maxSplits: 32).compactMap { name in
            WireClientInfo.Capability.allCases.first { $0.wireName == name }
        }
    }
}

extension WireClientInfo.Capability {
    fileprivate var wireName: String {
        switch self {
        case .capUnused: "CAP_UNUSED"
        case .capPacketTrailer: "CAP_PACKET_TRAILER"
        case .capCompressionDeflateRaw: "CAP_COMPRESSION_DEFLATE_RAW"
        case .UNRECOGNIZED(let number): String(number)
        }
    }
}

extension WireClientInfo.SDK {
    /// The names of the query parameter `sdk`.
    private static let names: [(String, Self)] = [
        ("js", .js), ("swift", .swift), ("android", .android), ("flutter", .flutter), ("go", .go), ("unity", .unity),
        ("reactnative", .reactNative), ("rust", .rust), ("python", .python), ("cpp", .cpp), ("unityweb", .unityWeb),
        ("node", .node), ("unreal", .unreal), ("esp32", .esp32), ("dotnet", .dotnet),
    ]

    init(name: String) {
        let name = name.lowercased()
        self = Self.names.first { $0.0 == name }?.1 ?? .unknown
    }

    /// The name, "unknown" when there is none.
    var name: String { Self.names.first { $0.1 == self }?.0 ?? "unknown" }
}
