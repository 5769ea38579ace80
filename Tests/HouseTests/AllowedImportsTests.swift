import Foundation
import Testing

/// The map of the house as a rule: what each target may import. The compiler misses imports of transitive dependencies,
/// so this reads the import lines themselves.
@Suite struct AllowedImportsTests {
    /// Foundations and the standard library's own modules.
    static let everywhere: Set<String> = ["Basics", "Swift", "Synchronization"]

    static let allowed: [String: Set<String>] = [
        "Basics": ["COpenSSL"],
        "RTP": [], "STUN": [], "SDP": [],
        "ICE": ["STUN", "MediaInterface"],
        "SecureTransport": ["COpenSSL"],
        "DataChannels": ["CUsrSCTP"],
        "CongestionControl": ["RTP"],
        "MediaInterface": [],
        "Forwarding": ["RTP", "MediaInterface"],
        "MediaCore": [
            "RTP", "STUN", "ICE", "SecureTransport", "DataChannels", "CongestionControl", "Forwarding",
            "MediaInterface",
        ],
        "MediaRuntime": ["MediaInterface", "MediaCore", "CLinux", "Glibc"],
        "Conference": ["SDP", "MediaInterface"],
        "LiveKitProtocol": [
            "Conference", "LiveKitWire", "CZlib", "Foundation", "FoundationEssentials", "SwiftProtobuf",
        ],
        "LiveKitWire": ["SwiftProtobuf", "Foundation", "FoundationEssentials"],
        "Rooms": ["Conference", "MediaInterface", "SDP", "Foundation", "Logging"],
        "WebClient": ["CWebClient"],
        "Gateway": [
            "Conference", "LiveKitProtocol", "LiveKitWire", "Rooms", "WebClient", "MediaInterface", "Foundation",
            "Logging",
            "ServiceLifecycle", "Hummingbird", "HummingbirdCore", "HTTPTypes", "NIOCore", "NIOPosix", "NIOHTTP1",
            "NIOWebSocket", "NIOHTTPTypes", "NIOHTTPTypesHTTP1", "NIOConcurrencyHelpers", "SwiftProtobuf",
        ],
        "Relais": [
            "Gateway", "Rooms", "Conference", "LiveKitProtocol", "MediaRuntime", "MediaCore", "MediaInterface",
            "SecureTransport", "DataChannels", "WebClient", "UnixSignals", "ArgumentParser", "Configuration", "Yams",
            "ServiceLifecycle", "Logging",
            "Foundation",
            "Glibc", "SystemPackage",
        ],
        "RelaisLoad": [
            "SyntheticPeer", "RTP", "SDP", "STUN", "SecureTransport", "MediaInterface", "MediaRuntime", "CLinux",
            "LiveKitWire", "LiveKitProtocol", "Conference", "SwiftProtobuf", "ArgumentParser", "Foundation", "Glibc",
            "NIOCore", "NIOPosix", "NIOHTTP1", "NIOWebSocket", "NIOConcurrencyHelpers", "Logging", "ICE",
            "CongestionControl",
        ],
        "SyntheticPeer": ["RTP", "STUN", "SDP", "ICE", "SecureTransport", "DataChannels", "MediaInterface"],
    ]

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Swift targets on disk: folders two levels below Sources, but for the C modules of System.
    static func targets() throws -> [URL] {
        let sources = root.appending(path: "Sources")
        let wings = try FileManager.default.contentsOfDirectory(at: sources, includingPropertiesForKeys: nil)
        return try wings.filter { $0.lastPathComponent != "System" }.flatMap {
            try FileManager.default.contentsOfDirectory(at: $0, includingPropertiesForKeys: nil)
        }
    }

    static func imports(of target: URL) throws -> [(file: String, module: String)] {
        let files = FileManager.default.enumerator(at: target, includingPropertiesForKeys: nil)
        var found: [(String, String)] = []
        while let file = files?.nextObject() as? URL {
            guard file.pathExtension == "swift" else { continue }
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                let words = line.split(separator: " ").filter { !$0.hasPrefix("@") }
                guard let position = words.firstIndex(of: "import"), position <= 1, position + 1 < words.count else {
                    continue
                }
                if position == 1, !["public", "internal", "package", "private", "fileprivate"].contains(words[0]) {
                    continue
                }
                // `import struct Foundation.URL` names a kind first.
                let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "typealias", "let", "var"]
                let name = kinds.contains(words[position + 1]) ? words[position + 2] : words[position + 1]
                found.append((file.lastPathComponent, String(name.split(separator: ".")[0])))
            }
        }
        return found
    }

    @Test func everyTargetImportsOnlyWhatStandsBelowIt() throws {
        let targets = try Self.targets()
        #expect(targets.count >= 10, "the scan must see the house")
        for target in targets {
            let name = target.lastPathComponent
            guard let allowed = Self.allowed[name] else {
                Issue.record("\(name) is missing in the table of allowed imports")
                continue
            }
            for (file, module) in try Self.imports(of: target) where module != name {
                #expect(
                    Self.everywhere.union(allowed).contains(module),
                    "\(name)/\(file) imports \(module), which the map of the house does not allow")
            }
        }
    }
}
