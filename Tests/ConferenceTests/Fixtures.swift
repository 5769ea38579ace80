// Descriptions that real clients and servers sent.

import Foundation

enum Fixtures {
    static let names = [
        "v1-join-offer", "v1-join-offer-second-client", "v1-audio-offer", "v1-simulcast-offer", "v1-unpublish-offer",
        "v1-subscriber-reoffer", "v1-reference-answer", "v1-restart-before", "v1-restart-offer",
        "v0-publisher-data-offer", "v0-publisher-audio-offer", "v0-publisher-simulcast-offer",
        "v0-publisher-vp9-offer", "v0-publisher-av1-offer", "v0-subscriber-data-answer", "v0-subscriber-audio-answer",
        "v0-subscriber-video-answer", "v0-reference-offer",
    ]

    static func text(_ name: String) throws -> String {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: folder.appending(path: "Fixtures/SDP/\(name).sdp"), encoding: .utf8)
    }
}
