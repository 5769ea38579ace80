// From an announcement and an offer to what everybody sees of a track.

import MediaInterface

extension TrackInfo {
    /// Wire numbers of the audio features that change the answer.
    private static let stereoFeature: Int32 = 0
    private static let noDTXFeature: Int32 = 1

    init(announced request: AddTrackRequest, sid: TrackSID, settings: RoomSettings) {
        let stream =
            switch request.source {
            case .screenShare, .screenShareAudio: "screen"
            default: "camera"
            }
        let layers = request.layers.sorted { $0.quality < $1.quality }
        self.init(
            sid: sid, kind: request.kind, source: request.source, name: request.name, isMuted: request.isMuted,
            width: request.width, height: request.height,
            isSimulcast: request.kind == .video && layers.count > 1,
            disablesDTX: request.disablesDTX || request.audioFeatures.contains(Self.noDTXFeature),
            disablesRED: request.disablesRED,
            isStereo: request.isStereo || request.audioFeatures.contains(Self.stereoFeature),
            stream: request.stream.isEmpty ? stream : request.stream, layers: layers,
            codecs: Self.codecs(announced: request, layers: layers, settings: settings), encryption: request.encryption,
            audioFeatures: request.audioFeatures, backupCodecPolicy: request.backupCodecPolicy,
            packetTrailerFeatures: request.packetTrailerFeatures)
        mimeType = codecs.first?.mimeType ?? ""
    }

    /// The client's first codec is the one that it publishes; entries without a name announce a fall-back.
    private static func codecs(
        announced request: AddTrackRequest, layers: [VideoLayer], settings: RoomSettings
    ) -> [TrackCodec] {
        guard request.kind == .video else {
            return [TrackCodec(mimeType: "audio/opus", cid: request.cid)]
        }
        let named = request.codecs.filter { !$0.cid.isEmpty }
        guard !named.isEmpty else {
            return [TrackCodec(mimeType: settings.publishable("video/VP8"), cid: request.cid, layers: layers)]
        }
        return named.map { codec in
            let sorted = codec.layers.sorted { $0.quality < $1.quality }
            return TrackCodec(
                mimeType: settings.publishable(mimeType(ofVideo: codec.codec)), cid: codec.cid,
                layers: sorted.isEmpty ? layers : sorted, layerMode: codec.layerMode)
        }
    }

    static func mimeType(ofVideo name: String) -> String {
        switch name.lowercased() {
        case "vp8", "": "video/VP8"
        case "vp9": "video/VP9"
        case "h264": "video/H264"
        case "av1": "video/AV1"
        default: "video/\(name)"
        }
    }

    /// Redundancy is made and undone on frames that can be read, and only where the publisher has not forbidden it.
    var usesRedundancy: Bool { kind == .audio && !disablesRED && encryption == .none }

    func redundancy(toClientThatTakesIt takesIt: Bool) -> WishedRedundancy {
        guard usesRedundancy else { return .untouched }
        return takesIt ? .made : .removed
    }

    /// What the offer says wins over the announcement.
    ///
    /// - Parameter isRedundant: the client sends redundancy when it is answered so
    mutating func describe(_ publication: OfferedPublication, isRedundant: Bool) {
        mid = publication.mid
        let isAnsweredRedundant = isRedundant && usesRedundancy
        let codec =
            publication.codecs.first { isAnsweredRedundant && $0.identity.isRedundancy }
            ?? publication.codecs.first { !$0.identity.isRedundancy }
        mimeType = codec?.identity.mimeType ?? mimeType
        guard !codecs.isEmpty else { return }
        codecs[0].describe(publication)
        codecs[0].mimeType = mimeType
        guard kind == .video else { return }
        isSimulcast = publication.isSimulcast
        layers.describe(rids: publication.rids)
    }
}

extension OfferedPublication {
    fileprivate var isSimulcast: Bool { rids.count > 1 || sources.count > 1 }
}

extension TrackCodec {
    /// What the offer says wins over the announcement.
    mutating func describe(_ publication: OfferedPublication) {
        mimeType = publication.codecs.first?.identity.mimeType ?? mimeType
        mid = publication.mid
        if !publication.trackIdentifier.isEmpty, publication.trackIdentifier != cid {
            sdpCID = publication.trackIdentifier
        }
        guard publication.kind == .video else { return }
        if layerMode != .oneLayerPerStreamIncompleteReports {
            let hasSpatialLayers =
                !publication.isSimulcast && publication.codecs.first?.identity.hasSpatialLayers == true
            layerMode = hasSpatialLayers ? .severalLayersPerStream : .oneLayerPerStream
        }
        layers.describe(rids: publication.rids)
    }
}

extension [VideoLayer] {
    fileprivate mutating func describe(rids: [String]) {
        for index in indices {
            self[index].spatialLayer = Int32(self[index].quality.rawValue)
            let quality = self[index].quality
            self[index].rid = rids.first { VideoQuality(rid: $0) == quality } ?? ""
        }
    }
}
