// A track that a participant sends.

import MediaInterface

struct Publication: Hashable, Sendable {
    enum Media: Hashable, Sendable {
        case audio
        /// Lowest layer first.
        case video([VideoEncodingPlan])
    }

    /// The client's name of the track: second word of `a=msid` and `cid` of the request.
    var cid: String
    var media: Media
    /// Announced in the description unless the track is simulcast, whose sources are known by rid.
    var ssrc: UInt32
    var retransmissionSSRC: UInt32

    var kind: MediaKind { media == .audio ? .audio : .video }
    var encodings: [VideoEncodingPlan] { if case .video(let encodings) = media { encodings } else { [] } }
    var isSimulcast: Bool { encodings.count > 1 }
}

/// A publication as the server accepted it: where and how to send.
struct NegotiatedPublication: Hashable, Sendable {
    var publication: Publication
    var mid: String
    var payloadType: UInt8
    var retransmissionPayloadType: UInt8?
    var extensions: HeaderExtensionIDs
}

/// A stream that the server sends.
struct IncomingStream: Hashable, Sendable {
    var mid: String
    var kind: MediaKind
    /// The server's name of the track, empty when it gave none.
    var track: String
    var ssrc: UInt32
    /// 0 without retransmissions.
    var retransmissionSSRC: UInt32
}
