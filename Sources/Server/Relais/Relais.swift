// The command `relais`.

import ArgumentParser

@main
struct Relais: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relais",
        abstract: "A video-conferencing server that speaks the LiveKit protocol.",
        version: Version.text,
        subcommands: [Serve.self, Token.self, Keys.self])
}

enum Version {
    static let text = "0.1.0"
}
