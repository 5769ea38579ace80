// What one section of a client's offer publishes.

import MediaInterface
import SDP

struct OfferedPublication: Hashable, Sendable {
    struct Source: Hashable, Sendable {
        var ssrc: UInt32
        var retransmissionSSRC: UInt32?
    }

    var mid: String
    var kind: MediaKind
    /// Second word of `a=msid`, empty without one.
    var trackIdentifier: String
    /// In the client's order of preference; not empty.
    var codecs: [NegotiatedCodec]
    /// Restriction identifiers in the order of `a=simulcast`, pause marks stripped; empty without simulcast.
    var rids: [String]
    /// From `a=ssrc`, lowest layer first.
    var sources: [Source]

    /// Nil when the client does not send there or nothing that it would send is understood.
    init?(_ section: SDPMediaSection, accepted: [SDPCodec]) {
        guard section.effectiveDirection.sends, !section.isRejected else { return nil }
        switch section.kind {
        case .audio: kind = .audio
        case .video: kind = .video
        default: return nil
        }
        codecs = NegotiatedCodec.list(of: accepted)
        guard !codecs.isEmpty else { return nil }
        mid = section.mid
        trackIdentifier = section.sentMediaStream?.track ?? ""
        rids = Self.rids(of: section)
        sources = rids.isEmpty ? Self.sources(of: section) : []
    }

    private static func rids(of section: SDPMediaSection) -> [String] {
        let declared = Set(section.rids.lazy.filter { $0.direction == .send }.map(\.id))
        var list: [String] = []
        for alternatives in section.simulcast?.send ?? [] {
            guard var rid = alternatives.first else { continue }
            if rid.hasPrefix("~") { rid.removeFirst() }
            if declared.contains(rid), !list.contains(rid) { list.append(rid) }
        }
        return Array(list.prefix(MediaLimits.encodingsPerTrack))
    }

    private static func sources(of section: SDPMediaSection) -> [Source] {
        let groups = section.sourceGroups
        var repaired: [UInt32: UInt32] = [:]
        var repairs = Set<UInt32>()
        for group in groups where group.semantics == "FID" && group.sources.count == 2 {
            repaired[group.sources[0]] = group.sources[1]
            repairs.insert(group.sources[1])
        }
        let layers = groups.first { $0.semantics == "SIM" }?.sources
        // Without a group only the first source is the track: the rest are its repairs.
        let primaries =
            layers ?? section.sources.lazy.map(\.ssrc).filter { !repairs.contains($0) }.prefix(1).map(\.self)
        return primaries.prefix(MediaLimits.encodingsPerTrack).map {
            Source(ssrc: $0, retransmissionSSRC: repaired[$0])
        }
    }

    /// Layers for the media plane: the quality that a rid names decides, never the order on the line.
    func encodings(layers: [VideoLayer], width: UInt32, height: UInt32) -> [EncodingDescription] {
        func size(_ quality: VideoQuality) -> (UInt16, UInt16) {
            guard let layer = layers.first(where: { $0.quality == quality }) else { return (0, 0) }
            return (UInt16(clamping: layer.width), UInt16(clamping: layer.height))
        }
        if !rids.isEmpty {
            let areKnown = Set(rids.compactMap { VideoQuality(rid: $0) }).count == rids.count
            return rids.enumerated().map { index, rid in
                let quality = areKnown ? VideoQuality(rid: rid) : VideoQuality(rawValue: UInt8(index))
                let (width, height) = quality.map(size) ?? (0, 0)
                return EncodingDescription(
                    rid: rid, spatialLayer: quality?.rawValue ?? UInt8(index), width: width, height: height)
            }
        }
        let (width, height) = (UInt16(clamping: width), UInt16(clamping: height))
        guard sources.count > 1 else {
            return [
                EncodingDescription(
                    ssrc: sources.first?.ssrc, retransmissionSSRC: sources.first?.retransmissionSSRC, width: width,
                    height: height)
            ]
        }
        return sources.enumerated().map { index, source in
            let (width, height) = VideoQuality(rawValue: UInt8(index)).map(size) ?? (0, 0)
            return EncodingDescription(
                ssrc: source.ssrc, retransmissionSSRC: source.retransmissionSSRC, spatialLayer: UInt8(index),
                width: width, height: height)
        }
    }
}
