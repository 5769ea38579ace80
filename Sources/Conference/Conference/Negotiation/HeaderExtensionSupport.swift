// Which RTP header extensions are accepted, and where their identifiers go.

import MediaInterface
import SDP

/// The extensions of `HeaderExtensionIDs` by their URI.
enum HeaderExtension: String, CaseIterable {
    case mid = "urn:ietf:params:rtp-hdrext:sdes:mid"
    case rtpStreamID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
    case repairedRTPStreamID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
    case audioLevel = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
    case transportSequenceNumber = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
    case absoluteSendTime = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
    case videoOrientation = "urn:3gpp:video-orientation"
    case dependencyDescriptor =
        "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"
    case absoluteCaptureTime = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"
    case videoContentType = "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type"
    case playoutDelay = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
    case colorSpace = "http://www.webrtc.org/experiments/rtp-hdrext/color-space"

    var keyPath: WritableKeyPath<HeaderExtensionIDs, UInt8> {
        switch self {
        case .mid: \.mid
        case .rtpStreamID: \.rtpStreamID
        case .repairedRTPStreamID: \.repairedRTPStreamID
        case .audioLevel: \.audioLevel
        case .transportSequenceNumber: \.transportSequenceNumber
        case .absoluteSendTime: \.absoluteSendTime
        case .videoOrientation: \.videoOrientation
        case .dependencyDescriptor: \.dependencyDescriptor
        case .absoluteCaptureTime: \.absoluteCaptureTime
        case .videoContentType: \.videoContentType
        case .playoutDelay: \.playoutDelay
        case .colorSpace: \.colorSpace
        }
    }

    /// `layering` tells that streams of the section may hold several spatial layers.
    func isAccepted(for kind: SDPMediaKind, layering: Bool) -> Bool {
        switch self {
        case .mid, .absoluteCaptureTime: true
        case .audioLevel: kind == .audio
        // VP8 and H.264 say all that is needed in their payload.
        case .dependencyDescriptor: kind == .video && layering
        default: kind == .video
        }
    }
}

enum HeaderExtensionSupport {
    /// Identifiers beyond need the two-byte form (RFC 8285 section 4.3), which nobody sends unasked.
    static let maximumID: UInt16 = 14
    /// Those of the sections that the server offers itself.
    static let offered: [(HeaderExtension, UInt8)] = [
        (.audioLevel, 1), (.absoluteSendTime, 2), (.transportSequenceNumber, 3), (.mid, 4), (.videoOrientation, 5),
        (.absoluteCaptureTime, 6), (.dependencyDescriptor, 7), (.videoContentType, 8), (.colorSpace, 9),
        (.playoutDelay, 10),
    ]

    /// The part of an offered list that the answer keeps. An identifier means one thing on a whole transport: what
    /// contradicts `ids` is left out, what is new is entered.
    static func accepted(
        _ offered: [SDPExtension], kind: SDPMediaKind, layering: Bool, ids: inout HeaderExtensionIDs
    ) -> [SDPExtension] {
        offered.compactMap { item in
            guard let known = HeaderExtension(rawValue: item.uri), known.isAccepted(for: kind, layering: layering),
                item.id >= 1, item.id <= maximumID
            else { return nil }
            let id = UInt8(item.id)
            guard ids[keyPath: known.keyPath] == 0 || ids[keyPath: known.keyPath] == id else { return nil }
            ids[keyPath: known.keyPath] = id
            return SDPExtension(id: item.id, uri: item.uri, direction: item.direction?.seenFromOtherSide)
        }
    }
}

extension SDPDirection {
    /// RFC 3264 section 6.1.
    var seenFromOtherSide: SDPDirection {
        switch self {
        case .sendonly: .recvonly
        case .recvonly: .sendonly
        case .sendrecv, .inactive: self
        }
    }
}
