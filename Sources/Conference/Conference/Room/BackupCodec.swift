// A second codec of a video track, for those who cannot decode the first.

import Basics
import MediaInterface

/// The codecs of a track.
enum PublishedCodec: Hashable, Sendable { case primary, backup }

/// Clients name it with the track, and publish it on a section of its own once they are told that somebody wants it.
struct BackupCodec: Sendable {
    /// As IANA writes it.
    let type: String
    /// Set once the client is about to publish it.
    var announced: (cid: String, layers: [VideoLayer])?
    var published: (id: TrackID, publication: OfferedPublication)?
    /// Clients begin without it.
    var qualities = SubscribedQualityTracker(announced: nil)

    /// Nil when the request names none that may be published beside `primary`.
    init?(announcedBy request: AddTrackRequest, beside primary: String, settings: RoomSettings) {
        guard request.kind == .video, request.encryption == .none else { return nil }
        let types = request.codecs.lazy.filter { $0.cid.isEmpty }.map { TrackInfo.mimeType(ofVideo: $0.codec) }
        guard let type = types.first(where: { $0 != primary && settings.publishable($0) == $0 }) else { return nil }
        self.type = type
    }

    /// As everybody sees it; sizes that the client leaves out are those of the track.
    func described(in info: TrackInfo) -> TrackCodec? {
        guard let announced else { return nil }
        var layers = announced.layers.sorted { $0.quality < $1.quality }
        for index in layers.indices where layers[index].width == 0 || layers[index].height == 0 {
            let known = info.layers.first { $0.quality == layers[index].quality }
            layers[index].width = known?.width ?? info.width
            layers[index].height = known?.height ?? info.height
        }
        var codec = TrackCodec(mimeType: type, cid: announced.cid, layers: layers)
        guard let publication = published?.publication else { return codec }
        codec.describe(publication)
        return codec
    }

    func description(in info: TrackInfo, publisher: PeerID) -> TrackDescription? {
        guard let published else { return nil }
        let publication = published.publication
        return TrackDescription(
            id: published.id, publisher: publisher, kind: publication.kind,
            isScreenShare: info.source == .screenShare, mid: publication.mid,
            payloads: publication.codecs.prefix(MediaLimits.payloadsPerTrack).map(\.description),
            encodings: publication.encodings(
                layers: described(in: info)?.layers ?? info.layers, width: info.width, height: info.height))
    }
}

extension PublishedTrackRecord {
    var allQualities: [PublishedCodec] { backup == nil ? [.primary] : [.primary, .backup] }

    subscript(qualities codec: PublishedCodec) -> SubscribedQualityTracker {
        get { codec == .primary ? qualities : backup?.qualities ?? SubscribedQualityTracker(announced: nil) }
        set {
            switch codec {
            case .primary: qualities = newValue
            case .backup: backup?.qualities = newValue
            }
        }
    }

    /// When a layer of one of the codecs is to be turned off.
    var qualityDeadline: MonotonicTime? { allQualities.compactMap { self[qualities: $0].releaseAt }.min() }

    /// What there is to forward; nil while nothing of that codec is published.
    func source(_ codec: PublishedCodec) -> (id: TrackID, publication: OfferedPublication)? {
        switch codec {
        case .primary: (id, publication)
        case .backup: backup?.published
        }
    }

    /// The codec that a participant shall receive: whatever the publisher prefers, those who can decode the first one
    /// keep it, for they need no switch, and it looks better.
    func codec(isUndecodable: Bool) -> PublishedCodec {
        backup != nil && isUndecodable ? .backup : .primary
    }

    /// Brings what everybody sees of the backup up to date.
    mutating func describeBackup() {
        guard let backup else { return }
        info.codecs.removeAll { $0.mimeType == backup.type && $0.mimeType != info.mimeType }
        if let codec = backup.described(in: info) { info.codecs.append(codec) }
    }
}
