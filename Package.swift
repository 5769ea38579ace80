// swift-tools-version: 6.2
import PackageDescription

/// Settings of generated code, which knows nothing of strict memory safety.
let generatedSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Settings of every Swift target: see README.md, "The house".
let settings: [SwiftSetting] = generatedSettings + [.strictMemorySafety()]

/// A Swift target in a wing (a folder of Sources). Dependencies point down only; `AllowedImportsTests` holds the table.
func room(_ name: String, in wing: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Sources/\(wing)/\(name)", exclude: exclude,
        swiftSettings: settings)
}

/// A C module with the headers and shims of one library.
func shim(_ name: String, linking libraries: String...) -> Target {
    .target(
        name: name, path: "Sources/System/\(name)", cSettings: [.treatAllWarnings(as: .error)],
        linkerSettings: libraries.map { .linkedLibrary($0) })
}

/// The tests of one target, in a folder of the same name.
func tests(of name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name)] + dependencies,
        path: "Tests/\(name)Tests", exclude: exclude, swiftSettings: settings)
}

let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket: Target.Dependency = .product(name: "NIOWebSocket", package: "swift-nio")
let nioConcurrencyHelpers: Target.Dependency = .product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1: Target.Dependency = .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let swiftProtobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
    name: "relais",
    platforms: [.macOS(.v26)],
    products: [
        .executable(name: "relais", targets: ["Relais"]),
        .executable(name: "relais-load", targets: ["RelaisLoad"]),
        // For the package of benchmarks.
        .library(
            name: "RelaisMedia",
            targets: ["Basics", "MediaInterface", "MediaCore", "SecureTransport", "DataChannels", "SyntheticPeer"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // System
        shim("COpenSSL", linking: "ssl", "crypto"),
        shim("CSRTP", linking: "srtp2"),
        shim("CLinux"),
        shim("CUsrSCTP", linking: "usrsctp"),
        shim("CVPX", linking: "vpx"),
        shim("CWebClient"),
        shim("CZlib", linking: "z"),

        // Foundations
        room("Basics", in: "Foundations", ["COpenSSL"]),

        // Wire
        room("RTP", in: "Wire", ["Basics"]),
        room("STUN", in: "Wire", ["Basics"]),
        room("SDP", in: "Wire", ["Basics"]),

        // Transport
        room("ICE", in: "Transport", ["Basics", "STUN"]),
        room("SecureTransport", in: "Transport", ["Basics", "COpenSSL"]),
        room("DataChannels", in: "Transport", ["Basics", "CUsrSCTP"]),
        room("CongestionControl", in: "Transport", ["Basics", "RTP"]),

        // Media
        room("MediaInterface", in: "Media", ["Basics"]),
        room("Forwarding", in: "Media", ["Basics", "RTP", "MediaInterface"]),
        room(
            "MediaCore", in: "Media",
            [
                "Basics", "RTP", "STUN", "ICE", "SecureTransport", "DataChannels", "CongestionControl", "Forwarding",
                "MediaInterface",
            ]),
        room("MediaRuntime", in: "Media", ["Basics", "MediaInterface", "MediaCore", "CLinux"]),

        // Conference
        room("Conference", in: "Conference", ["Basics", "SDP", "MediaInterface"]),
        .target(
            name: "LiveKitWire", dependencies: [swiftProtobuf], path: "Sources/Conference/LiveKitWire",
            exclude: ["Proto"], swiftSettings: generatedSettings),
        room("LiveKitProtocol", in: "Conference", ["Basics", "Conference", "CZlib", "LiveKitWire", swiftProtobuf]),
        room("Rooms", in: "Conference", ["Basics", "Conference", "MediaInterface", logging]),

        // Server
        room("WebClient", in: "Server", ["CWebClient"], exclude: ["Assets"]),
        room(
            "Gateway", in: "Server",
            [
                "Basics", "Conference", "LiveKitProtocol", "LiveKitWire", hummingbird, hummingbirdCore, nioCore,
                nioConcurrencyHelpers, nioHTTP1, nioWebSocket, nioPosix, nioHTTPTypes, nioHTTPTypesHTTP1, httpTypes,
                logging, serviceLifecycle,
            ]),
        .executableTarget(
            name: "Relais",
            dependencies: [
                "Basics", "Gateway", "Rooms", "Conference", "LiveKitProtocol", "MediaRuntime", "MediaCore",
                "MediaInterface", "SecureTransport", "DataChannels", "WebClient", argumentParser, configuration, yams,
                serviceLifecycle, unixSignals, logging,
            ], path: "Sources/Server/Relais", swiftSettings: settings),

        // Load
        room("SyntheticPeer", in: "Load", ["Basics", "RTP", "STUN", "ICE", "SecureTransport", "MediaInterface"]),
        .executableTarget(
            name: "RelaisLoad",
            dependencies: [
                "Basics", "RTP", "SDP", "SecureTransport", "CongestionControl", "MediaInterface", "Conference",
                "LiveKitProtocol", "LiveKitWire", "SyntheticPeer", "CLinux", swiftProtobuf, nioCore, nioHTTP1,
                nioPosix, nioWebSocket, argumentParser,
            ], path: "Sources/Load/RelaisLoad", swiftSettings: settings),

        // Tests
        tests(of: "Basics"),
        tests(of: "RTP", ["Basics"]),
        tests(of: "STUN", ["Basics"]),
        tests(of: "SDP", ["Basics"]),
        tests(of: "ICE", ["Basics", "STUN"]),
        tests(of: "SecureTransport", ["Basics", "COpenSSL", "CSRTP"]),
        tests(of: "DataChannels", ["Basics"]),
        tests(of: "CongestionControl", ["Basics", "RTP"]),
        tests(of: "Forwarding", ["Basics", "RTP", "MediaInterface", "CVPX"]),
        tests(of: "MediaCore", ["Basics", "MediaInterface", "RTP"]),
        tests(
            of: "MediaRuntime",
            [
                "Basics", "MediaInterface", "MediaCore", "SecureTransport", "DataChannels", "CLinux", "RTP",
                "SyntheticPeer",
            ]),
        tests(of: "Conference", ["Basics", "SDP", "MediaInterface"]),
        tests(
            of: "LiveKitProtocol", ["Basics", "Conference", "LiveKitWire", swiftProtobuf], exclude: ["Oracle"]),
        tests(of: "Rooms", ["Basics", "Conference", "MediaInterface"]),
        tests(
            of: "Gateway",
            [
                "Basics", "Conference", "LiveKitProtocol", "LiveKitWire", swiftProtobuf, logging, serviceLifecycle,
                nioCore, nioPosix, nioHTTPTypes, httpTypes, nioEmbedded,
            ]),
        tests(of: "Relais", ["Conference", "LiveKitProtocol", "Gateway"]),
        tests(of: "SyntheticPeer", ["Basics", "MediaInterface", "RTP"]),
        tests(
            of: "RelaisLoad",
            [
                "Basics", "MediaInterface", "SDP", "SecureTransport", "LiveKitProtocol", "LiveKitWire",
                "SyntheticPeer", swiftProtobuf, nioCore, nioPosix, nioHTTP1, nioWebSocket,
            ]),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "MediaCore", "SyntheticPeer", "Basics", "MediaInterface", "RTP", "SecureTransport", "DataChannels",
                "CongestionControl",
            ], path: "Tests/SimulationTests", swiftSettings: settings),
        .testTarget(
            name: "HouseTests", dependencies: ["WebClient"], path: "Tests/HouseTests", swiftSettings: settings),
    ]
)
