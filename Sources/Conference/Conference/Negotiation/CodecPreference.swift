// Which codec a client shall send: browsers take the first one of the answer, and some leave the choice to it.

import MediaInterface
import SDP

extension CodecSupport {
    /// The payload types that are kept when there are too many: the first of each type and profile, then the rest.
    static func bounded(_ codecs: [(payloadType: UInt8, identity: CodecIdentity)]) -> Set<UInt8> {
        var kept = Set<UInt8>()
        var types = Set<String>()
        let firsts = codecs.filter { types.insert("\($0.identity.mimeType) \($0.identity.profile)").inserted }
        for codec in firsts + codecs where kept.count < MediaLimits.payloadsPerTrack { kept.insert(codec.payloadType) }
        return kept
    }

    /// The codecs of a section with those of one type in front, each followed by its retransmissions.
    static func ordered(_ codecs: [SDPCodec], preferring mimeType: String) -> [SDPCodec] {
        let preferred = Set(codecs.filter { CodecIdentity($0)?.isOfType(mimeType) == true }.map(\.payloadType))
        func isPreferred(_ codec: SDPCodec) -> Bool {
            if codec.name.lowercased() == "rtx" {
                return codec.parameter("apt").flatMap(UInt8.init).map(preferred.contains) ?? false
            }
            return preferred.contains(codec.payloadType)
        }
        return codecs.filter(isPreferred) + codecs.filter { !isPreferred($0) }
    }
}

extension CodecIdentity {
    func isOfType(_ mimeType: String) -> Bool { self.mimeType.lowercased() == mimeType.lowercased() }

    /// Apart from H.264, which has more profiles than there are decoders without the first.
    fileprivate var profile: UInt8 {
        switch self {
        case .vp9(let profile), .av1(let profile): profile
        default: 0
        }
    }

    /// Encoders of this codec put several spatial layers into one stream.
    var hasSpatialLayers: Bool {
        switch self {
        case .vp9, .av1: true
        default: false
        }
    }
}

extension OfferedPublication {
    /// What the client will send once the answer prefers codecs of one type.
    func preferring(_ mimeType: String?) -> OfferedPublication {
        guard let mimeType, kind == .video else { return self }
        var publication = self
        publication.codecs =
            codecs.filter { $0.identity.isOfType(mimeType) } + codecs.filter { !$0.identity.isOfType(mimeType) }
        return publication
    }
}

extension RoomSettings {
    /// The announced type of picture if it may be published, else the first one that may.
    func publishable(_ announced: String) -> String {
        let pictures = publishableCodecs.filter { $0.lowercased().hasPrefix("video/") }
        return pictures.first { $0.lowercased() == announced.lowercased() } ?? pictures.first ?? announced
    }
}
