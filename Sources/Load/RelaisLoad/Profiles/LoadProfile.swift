// Who joins, what each sends: a profile is a list of plans and the speed at which they are carried out.

import Basics

/// One encoding of a camera.
struct VideoEncodingPlan: Hashable, Sendable {
    /// Nil without simulcast.
    var rid: String?
    var width: Int
    var height: Int
    var bitrateBitsPerSecond: Int
    var framesPerSecond = 25

    /// Bytes of RTP payload in a full packet; what libwebrtc fills.
    private static let fullPayloadBytes = 1_100

    /// Packets and payload bytes per frame that make the bitrate. Keyframes are larger.
    var frameShape: (packets: Int, payloadBytes: Int) {
        let bytes = max(60, bitrateBitsPerSecond / 8 / max(1, framesPerSecond))
        let packets = (bytes + Self.fullPayloadBytes - 1) / Self.fullPayloadBytes
        return (packets, bytes / packets)
    }
}

/// What one participant does.
struct ParticipantPlan: Hashable, Sendable {
    var index: Int
    var room: String
    var identity: String
    var publishesAudio: Bool
    /// Empty: no camera. More than one: simulcast, lowest first.
    var videoEncodings: [VideoEncodingPlan]

    var publishesVideo: Bool { !videoEncodings.isEmpty }
}

struct LoadProfile: Hashable, Sendable {
    var name: String
    var participants: [ParticipantPlan]
    var joinsPerSecond: Double

    /// Streams that all participants together must receive when everybody is subscribed to everything in the room.
    var expectedStreams: Int {
        var total = 0
        for members in Dictionary(grouping: participants, by: \.room).values {
            let published = members.reduce(0) { $0 + ($1.publishesAudio ? 1 : 0) + ($1.publishesVideo ? 1 : 0) }
            total += published * (members.count - 1)
        }
        return total
    }

    var audioPublishers: Int { participants.count(where: \.publishesAudio) }
    var videoPublishers: Int { participants.count(where: \.publishesVideo) }
}
