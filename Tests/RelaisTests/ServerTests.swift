import Basics
import Conference
import Foundation
import Gateway
import LiveKitProtocol
import Logging
import MediaRuntime
import Synchronization
import Testing

@testable import Relais

@Suite struct ServerTests {
    private static func configuration(port: String = "0", udpPort: String = "0") throws -> ServerConfiguration {
        var warnings: [String] = []
        return try ServerConfiguration.read(
            Sources(
                options: ["port": port, "rtc.udp_port": udpPort, "bind_addresses": "127.0.0.1"], isDevelopment: true),
            &warnings)
    }

    private static var quiet: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    /// A whole server: it opens its doors, and ends when it is cancelled.
    @Test func startsAndStops() async throws {
        let (ready, continuation) = AsyncStream<[Endpoint]>.makeStream()
        var configuration = try Self.configuration()
        configuration.isDevelopment = false
        let server = Server(configuration, logger: Self.quiet) { continuation.yield($0) }
        let task = Task { try await server.run() }
        var iterator = ready.makeAsyncIterator()
        let endpoint = try #require(await iterator.next()?.first)
        #expect(endpoint.host == "127.0.0.1" && endpoint.port > 0)

        // Its ports are taken now: a second one says so.
        let second = Server(try Self.configuration(port: "\(endpoint.port)"), logger: Self.quiet)
        await #expect {
            try await second.run()
        } throws: { error in
            error is StartError && "\(error)".contains("port \(endpoint.port)") && "\(error)".contains("in use")
        }
        task.cancel()
        _ = try? await task.value
    }

    @Test func aMediaPortInUse() async throws {
        let port = try DatagramPort(number: 0)
        let server = Server(try Self.configuration(udpPort: "\(port.number)"), logger: Self.quiet)
        await #expect {
            try await server.run()
        } throws: { error in
            error is StartError && "\(error)".contains("UDP port \(port.number)")
                && "\(error)".contains("`rtc.udp_port`") && "\(error)".hasSuffix(".")
        }
    }

    @Test(arguments: ["no-such-host.invalid", "999.1.1.1"])
    func anUnknownAddressToListenOn(_ host: String) async throws {
        var configuration = try Self.configuration()
        configuration.bindAddresses = [host]
        let server = Server(configuration, logger: Self.quiet)
        await #expect {
            try await server.run()
        } throws: { error in
            error is StartError && "\(error)".contains("`bind_addresses` names \(host)")
        }
    }

    @Test func filtersThatLeaveNoAddress() async throws {
        var configuration = try Self.configuration()
        configuration.media.includesLoopback = false
        configuration.media.includedInterfaces = ["none7"]
        let server = Server(configuration, logger: Self.quiet)
        await #expect {
            try await server.run()
        } throws: { error in
            error is StartError && "\(error)".contains("`rtc.interfaces`") && "\(error)".contains("`rtc.node_ip`")
        }
    }

    @Test func theBannerHoldsAValidToken() throws {
        let banner = try #require(
            StartBanner(
                try Self.configuration(), [Endpoint(host: "::1", port: 5), Endpoint(host: "127.0.0.1", port: 5)],
                [SocketAddress(ipv4: 0x7F00_0001, port: 9)])
        ).description
        #expect(banner.contains("http://127.0.0.1:5/?room=demo") && banner.contains("ws://127.0.0.1:5"))
        let text = try #require(banner.split(whereSeparator: { $0.isWhitespace }).first { $0.hasPrefix("eyJ") })
        let token = try AccessToken.verified(
            String(text), by: try KeyRing([KeyPairs.development]), atSeconds: Int64(Date().timeIntervalSince1970))
        #expect(try token.joinGrants().roomName == "demo")
    }
}

@Suite struct LogTests {
    @Test func oneLineForPeople() throws {
        let lines = Mutex<[String]>([])
        var handler = TextLogHandler()
        handler.write = { line in lines.withLock { $0.append(line) } }
        var logger = Logger(label: "relais") { _ in handler }
        logger[metadataKey: "room"] = "an \"odd\"\nroom"
        logger.info("joined\nhere", metadata: ["identity": "ann", "a": ""])
        logger.debug("not this")
        let written = lines.withLock { $0 }
        #expect(written.count == 1)
        let line = try #require(written.first)
        let end = try #require(line.firstIndex(of: " "))
        #expect(line[end...] == " info: joined here a=\"\" identity=ann room=\"an \\\"odd\\\" room\"\n")
        #expect(line[..<end].hasSuffix("Z") && !line.contains("[Relais"))
    }

    @Test func oneObjectALine() throws {
        let lines = Mutex<[String]>([])
        var handler = JSONLogHandler(label: "relais")
        handler.logLevel = .debug
        handler.write = { line in lines.withLock { $0.append(line) } }
        var logger = Logger(label: "relais") { _ in handler }
        logger[metadataKey: "room"] = "été \"1\""
        logger.info("joined\nhere", metadata: ["identity": "ann"])
        logger.trace("not this")
        let written = lines.withLock { $0 }
        #expect(written.count == 1 && written[0].hasSuffix("}\n") && written[0].filter { $0 == "\n" }.count == 1)
        let fields = try JSONDecoder().decode([String: String].self, from: Data(written[0].utf8))
        #expect(fields["room"] == "été \"1\"" && fields["identity"] == "ann" && fields["level"] == "info")
        #expect(fields["message"] == "joined\nhere" && fields["time"]?.hasSuffix("Z") == true)
    }
}
