// relais-load: joins many synthetic participants to a LiveKit-compatible server and reports what they got.

import ArgumentParser

@main struct RelaisLoad: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relais-load",
        abstract: "Joins synthetic participants to a LiveKit-compatible server and reports what they got.",
        subcommands: [MeetingCommand.self])
}
