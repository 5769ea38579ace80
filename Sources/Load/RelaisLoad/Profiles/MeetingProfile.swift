// A meeting: one room, everybody listens, many talk, some are seen.

/// The shape of the `meeting` profile.
struct MeetingShape: Hashable, Sendable {
    var room: String
    var participants: Int
    var audioPublishers: Int
    var videoPublishers: Int
    var isSimulcast: Bool
    /// Of the highest layer.
    var videoBitrateBitsPerSecond: Int
    var joinsPerSecond: Double

    /// Publishers of video join first, so that those who follow find pictures.
    var profile: LoadProfile {
        let encodings =
            isSimulcast ? Self.simulcast(videoBitrateBitsPerSecond) : [Self.single(videoBitrateBitsPerSecond)]
        let plans = (0..<participants).map { index in
            ParticipantPlan(
                index: index, room: room, identity: "load-\(index)", publishesAudio: index < audioPublishers,
                videoEncodings: index < videoPublishers ? encodings : [])
        }
        return LoadProfile(name: "meeting", participants: plans, joinsPerSecond: joinsPerSecond)
    }

    private static func single(_ bitrate: Int) -> VideoEncodingPlan {
        VideoEncodingPlan(rid: nil, width: 1_280, height: 720, bitrateBitsPerSecond: bitrate)
    }

    /// Each layer has half the width and height of the next, and about a third of its bits.
    private static func simulcast(_ bitrate: Int) -> [VideoEncodingPlan] {
        [
            VideoEncodingPlan(rid: "q", width: 320, height: 180, bitrateBitsPerSecond: bitrate / 10),
            VideoEncodingPlan(rid: "h", width: 640, height: 360, bitrateBitsPerSecond: bitrate / 3),
            VideoEncodingPlan(rid: "f", width: 1_280, height: 720, bitrateBitsPerSecond: bitrate),
        ]
    }
}
