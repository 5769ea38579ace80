// Tracks, their codecs and layers: room to wire, and announcements wire to room.

public import Conference
public import LiveKitWire
import SwiftProtobuf

extension WireTrackInfo {
    public init(_ track: TrackInfo) {
        self.init()
        sid = track.sid.rawValue
        type = WireTrackType(track.kind)
        source = WireTrackSource(track.source)
        name = track.name
        muted = track.isMuted
        width = track.width
        height = track.height
        simulcast = track.isSimulcast
        disableDtx = track.disablesDTX
        disableRed = track.disablesRED
        stereo = track.isStereo
        stream = track.stream
        mimeType = track.mimeType
        mid = track.mid
        layers = track.layers.map(WireVideoLayer.init)
        codecs = track.codecs.map(WireSimulcastCodecInfo.init)
        encryption = WireEncryption.TypeEnum(track.encryption)
        audioFeatures = track.audioFeatures.compactMap(WireAudioTrackFeature.init(number:))
        backupCodecPolicy = WireBackupCodecPolicy(rawValue: Int(track.backupCodecPolicy)) ?? .preferRegression
        packetTrailerFeatures = track.packetTrailerFeatures.compactMap(WirePacketTrailerFeature.init(number:))
    }
}

extension WireSimulcastCodecInfo {
    init(_ codec: TrackCodec) {
        self.init()
        mimeType = codec.mimeType
        mid = codec.mid
        cid = codec.cid
        layers = codec.layers.map(WireVideoLayer.init)
        videoLayerMode = WireVideoLayer.Mode(codec.layerMode)
        sdpCid = codec.sdpCID
    }
}

extension WireVideoLayer {
    init(_ layer: VideoLayer) {
        self.init()
        quality = WireVideoQuality(layer.quality)
        width = layer.width
        height = layer.height
        bitrate = layer.bitrateBitsPerSecond
        ssrc = layer.ssrc
        spatialLayer = layer.spatialLayer
        rid = layer.rid
    }

    /// Nil for a layer that is off.
    var layer: VideoLayer? {
        guard let quality = quality.quality else { return nil }
        return VideoLayer(
            quality: quality, width: width, height: height, bitrateBitsPerSecond: bitrate, ssrc: ssrc,
            spatialLayer: spatialLayer, rid: rid)
    }
}

extension WireAudioTrackFeature {
    init?(number: Int32) { self.init(rawValue: Int(number)) }
    var number: Int32 { Int32(clamping: rawValue) }
}

extension WirePacketTrailerFeature {
    init?(number: Int32) { self.init(rawValue: Int(number)) }
    var number: Int32 { Int32(clamping: rawValue) }
}

extension AddTrackRequest {
    /// Nil when the request names no media track of its own or a published track that cannot exist.
    init?(_ wire: WireAddTrackRequest) {
        guard !wire.cid.isEmpty else { return nil }
        var existing: TrackSID?
        if !wire.sid.isEmpty {
            guard let sid = TrackSID(wire.sid) else { return nil }
            existing = sid
        }
        self.init(
            cid: wire.cid, kind: wire.type.kind, source: wire.source.source, name: wire.name, width: wire.width,
            height: wire.height, isMuted: wire.muted, disablesDTX: wire.disableDtx, disablesRED: wire.disableRed,
            isStereo: wire.stereo, layers: Self.layers(wire.layers),
            codecs: wire.simulcastCodecs.prefix(Self.maximumCodecs).map { codec in
                Codec(
                    codec: codec.codec, cid: codec.cid, layers: Self.layers(codec.layers),
                    layerMode: codec.videoLayerMode.mode)
            },
            existingTrack: existing, encryption: wire.encryption.encryption, stream: wire.stream,
            audioFeatures: Self.features(wire.audioFeatures),
            backupCodecPolicy: Int32(clamping: wire.backupCodecPolicy.rawValue),
            packetTrailerFeatures: wire.packetTrailerFeatures.prefix(Self.maximumFeatures).map(\.number))
    }

    /// A primary codec and a backup are what clients send.
    private static let maximumCodecs = 8
    /// Three spatial layers are what clients send.
    private static let maximumLayers = 8
    private static let maximumFeatures = 32

    static func features(_ features: [WireAudioTrackFeature]) -> [Int32] {
        features.prefix(maximumFeatures).map(\.number)
    }

    private static func layers(_ layers: [WireVideoLayer]) -> [VideoLayer] {
        layers.prefix(maximumLayers).compactMap(\.layer)
    }
}

extension WireAddTrackRequest {
    init(_ request: AddTrackRequest) {
        self.init()
        cid = request.cid
        name = request.name
        type = WireTrackType(request.kind)
        width = request.width
        height = request.height
        muted = request.isMuted
        disableDtx = request.disablesDTX
        source = WireTrackSource(request.source)
        layers = request.layers.map(WireVideoLayer.init)
        simulcastCodecs = request.codecs.map { codec in
            var wire = WireSimulcastCodec()
            wire.codec = codec.codec
            wire.cid = codec.cid
            wire.layers = codec.layers.map(WireVideoLayer.init)
            wire.videoLayerMode = WireVideoLayer.Mode(codec.layerMode)
            return wire
        }
        sid = request.existingTrack?.rawValue ?? ""
        stereo = request.isStereo
        disableRed = request.disablesRED
        encryption = WireEncryption.TypeEnum(request.encryption)
        stream = request.stream
        backupCodecPolicy = WireBackupCodecPolicy(rawValue: Int(request.backupCodecPolicy)) ?? .preferRegression
        audioFeatures = request.audioFeatures.compactMap(WireAudioTrackFeature.init(number:))
        packetTrailerFeatures = request.packetTrailerFeatures.compactMap(WirePacketTrailerFeature.init(number:))
    }
}
