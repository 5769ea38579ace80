// Options that every profile has.

import ArgumentParser
import Foundation

struct ServerOptions: ParsableArguments {
    @Option(help: "Address of the server, ws://host:port.")
    var url = "ws://127.0.0.1:7880"

    @Option(help: "API key, which names the secret.")
    var key: String

    @Option(help: "API secret, which signs the access tokens.")
    var secret: String

    @Option(help: "Seconds to measure, from the moment everybody is in.")
    var seconds = 60

    @Option(help: "Participants that join each second.")
    var joinsPerSecond = 10.0

    @Option(help: "Process of the server, to measure its CPU time and memory.")
    var serverPid: Int32?

    @Option(help: "File to write the report to, as JSON.")
    var json: String?

    @Flag(help: "Fail when more packets are lost than --allowed-loss.")
    var failOnLoss = false

    @Option(help: "Percent of packets that may be lost with --fail-on-loss.")
    var allowedLoss = 0.0

    @Option(help: "Fail when the server's memory grows by more bytes than this after it has settled.")
    var failOnGrowth: Int?

    @Option(help: "Media threads of this tool.")
    var threads = 1

    @Option(help: "Number that sources and phases are drawn from; a run with the same one sends the same.")
    var seed: UInt64?

    @Flag(help: "Load a server on another machine. Only with the consent of its owner.")
    var allowRemote = false

    @Flag(help: "No progress line.")
    var quiet = false

    func validate() throws {
        guard seconds >= 1 else { throw ValidationError("--seconds must be at least 1.") }
        guard joinsPerSecond > 0, joinsPerSecond <= 10_000 else {
            throw ValidationError("--joins-per-second must be between 0 and 10000.")
        }
        guard (1...64).contains(threads) else { throw ValidationError("--threads must be between 1 and 64.") }
        guard allowedLoss >= 0 else { throw ValidationError("--allowed-loss cannot be negative.") }
        if failOnGrowth != nil, serverPid == nil {
            throw ValidationError("--fail-on-growth needs --server-pid.")
        }
    }

    func options() throws -> LoadOptions {
        LoadOptions(
            target: try ServerTarget(url: url), apiKey: key, apiSecret: secret, measuredSeconds: seconds,
            serverPID: serverPid, allowsRemote: allowRemote, mediaThreads: threads, showsProgress: !quiet,
            seed: seed ?? UInt64.random(in: 0...UInt64.max))
    }

    var limits: RunLimits { RunLimits(lossPercent: failOnLoss ? allowedLoss : nil, growthBytes: failOnGrowth) }
}
