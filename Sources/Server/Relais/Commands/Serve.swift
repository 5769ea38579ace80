// `relais serve`: the server itself.

import ArgumentParser
import Foundation
import Logging

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs the server.",
        discussion: """
            Settings come from these options, then from the environment (RELAIS_ and the key in capitals, like \
            RELAIS_RTC_UDP_PORT), then from the YAML file, whose keys have LiveKit's names.
            """)

    @Option(help: "The YAML file.") var config: String?
    @Flag(help: "For one's own machine: a known key pair, guest tokens, and only loopback addresses for the page.")
    var dev = false
    @Option(help: "TCP port of the page and of signaling (7880).") var port: String?
    @Option(help: "Address to listen on, several with commas (all).") var bind: String?
    @Option(help: "UDP port of media, or a range like 7882-7885 (7882).") var udpPort: String?
    @Option(help: "Address that clients shall send media to, one for each family with a comma.") var nodeIp: String?
    @Option(help: "trace, debug, info, notice, warning, error or critical (info).") var logLevel: String?
    @Flag(help: "Logs one JSON object a line.") var logJson = false

    var sources: Sources {
        var sources = Sources(environment: ProcessInfo.processInfo.environment, file: config, isDevelopment: dev)
        for (key, value) in [
            ("port", port), ("bind_addresses", bind), ("rtc.udp_port", udpPort), ("rtc.node_ip", nodeIp),
            ("log_level", logLevel), ("logging.json", logJson ? "true" : nil),
        ] {
            if let value { sources.options[key] = value }
        }
        return sources
    }

    func run() async throws {
        try await refusing { warnings in
            let configuration = try ServerConfiguration.read(sources, &warnings)
            LogOutput.start(level: configuration.logLevel, asJSON: configuration.logsJSON)
            let logger = Logger(label: "relais")
            for warning in warnings { logger.warning("\(warning)") }
            warnings = []
            try await Server(configuration, logger: logger).run()
        }
    }
}

/// Runs `body`; what keeps it from going on ends the process with its sentence and a status of its own. Warnings that
/// have not been told yet come first: a key with a typing error is often the cause.
func refusing(_ body: (inout [String]) async throws -> Void) async throws {
    var warnings: [String] = []
    func tell(_ error: some Error) {
        for line in warnings + ["\(error)"] { FileHandle.standardError.write(Data("relais: \(line)\n".utf8)) }
    }
    do {
        try await body(&warnings)
    } catch let error as ConfigurationError {
        tell(error)
        throw ExitCode(ConfigurationError.exitCode)
    } catch let error as StartError {
        tell(error)
        throw ExitCode(StartError.exitCode)
    }
}
