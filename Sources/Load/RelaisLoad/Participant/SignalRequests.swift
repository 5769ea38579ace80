// The messages that a synthetic participant sends, and what it reads of a trickled candidate.

import Basics
import Foundation
import LiveKitWire
import SDP

extension WireSessionDescription {
    static func offer(_ offer: (id: UInt32, sdp: String)) -> WireSessionDescription {
        var description = WireSessionDescription()
        description.type = "offer"
        description.sdp = offer.sdp
        description.id = offer.id
        return description
    }
}

extension WireSignalRequest {
    static func addTrack(_ publication: Publication) -> WireSignalRequest {
        var track = WireAddTrackRequest()
        track.cid = publication.cid
        track.name = publication.cid
        track.disableRed = true
        switch publication.media {
        case .audio:
            track.type = .audio
            track.source = .microphone
        case .video(let encodings):
            track.type = .video
            track.source = .camera
            track.width = UInt32(encodings.last?.width ?? 0)
            track.height = UInt32(encodings.last?.height ?? 0)
            track.layers = encodings.enumerated().map { layer($1, quality: quality($0, of: encodings.count)) }
            var codec = WireSimulcastCodec()
            codec.codec = "vp8"
            codec.cid = publication.cid
            codec.layers = track.layers
            track.simulcastCodecs = [codec]
        }
        var request = WireSignalRequest()
        request.addTrack = track
        return request
    }

    static var goodbye: WireSignalRequest {
        var request = WireSignalRequest()
        request.leave.reason = .clientInitiated
        request.leave.action = .disconnect
        return request
    }

    /// A single encoding counts as the best there is.
    private static func quality(_ index: Int, of count: Int) -> WireVideoQuality {
        count == 1 ? .high : WireVideoQuality(rawValue: index) ?? .high
    }

    private static func layer(_ encoding: VideoEncodingPlan, quality: WireVideoQuality) -> WireVideoLayer {
        var layer = WireVideoLayer()
        layer.quality = quality
        layer.width = UInt32(encoding.width)
        layer.height = UInt32(encoding.height)
        layer.bitrate = UInt32(encoding.bitrateBitsPerSecond)
        return layer
    }
}

/// The address in a trickled candidate (RFC 8840 section 4.1, in the form of RTCIceCandidateInit).
struct TrickledCandidate: Hashable, Sendable {
    let address: SocketAddress

    /// Nil for what is not a UDP candidate with a numeric address.
    init?(json: String) {
        struct Content: Decodable { var candidate: String }
        guard let content = try? JSONDecoder().decode(Content.self, from: Data(json.utf8)) else { return nil }
        // "candidate:" foundation, component, transport, priority, address, port, "typ", …
        let fields = content.candidate.split(separator: " ")
        guard fields.count >= 8, fields[1] == "1", fields[2].lowercased() == "udp", let port = UInt16(fields[5]),
            let address = SocketAddress(host: fields[4], port: port)
        else { return nil }
        self.address = address
    }
}
