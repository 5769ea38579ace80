// `relais-load meeting`

import ArgumentParser

struct MeetingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "meeting", abstract: "One room in which everybody listens, many talk and some are seen.")

    @OptionGroup var server: ServerOptions

    @Option(help: "Name of the room.")
    var room = "load"

    @Option(help: "Participants of the room.")
    var participants = 30

    @Option(help: "How many of them talk; all when not given.")
    var audioPublishers: Int?

    @Option(help: "How many of them are seen; five, or all of fewer, when not given.")
    var videoPublishers: Int?

    @Option(help: "Bitrate of the highest layer of a video, kbit/s.")
    var videoBitrate = 1_500

    @Flag(help: "Send video in three layers.")
    var simulcast = false

    func validate() throws {
        guard (1...LoadLimits.participants).contains(participants) else {
            throw ValidationError("--participants must be between 1 and \(LoadLimits.participants).")
        }
        for (name, count) in [("audio", audioPublishers ?? 0), ("video", videoPublishers ?? 0)]
        where !(0...participants).contains(count) {
            throw ValidationError("--\(name)-publishers must be between 0 and the number of participants.")
        }
        guard (20...100_000).contains(videoBitrate) else {
            throw ValidationError("--video-bitrate must be between 20 and 100000.")
        }
    }

    func run() async throws {
        let shape = MeetingShape(
            room: room, participants: participants, audioPublishers: audioPublishers ?? participants,
            videoPublishers: videoPublishers ?? min(5, participants), isSimulcast: simulcast,
            videoBitrateBitsPerSecond: videoBitrate * 1_000,
            joinsPerSecond: server.joinsPerSecond)
        try await ProfileRunner.run(shape.profile, server)
    }
}
