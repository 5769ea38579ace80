// Published tracks as everybody in the room may see them.

public enum TrackKind: Hashable, Sendable { case audio, video, data }

public enum TrackSource: String, Hashable, Sendable {
    case unknown
    case camera
    case microphone
    case screenShare = "screen_share"
    case screenShareAudio = "screen_share_audio"

    /// A microphone gives no video: grants name sources, so a source must be what it says.
    public func mayBe(_ kind: TrackKind) -> Bool {
        switch self {
        case .unknown: true
        case .camera, .screenShare: kind == .video
        case .microphone, .screenShareAudio: kind == .audio
        }
    }
}

/// Simulcast quality as clients name it; order is meaningful.
public enum VideoQuality: UInt8, Hashable, Sendable, Comparable, CaseIterable {
    case low, medium, high
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    /// "q", "h", "f" and "0", "1", "2" are the rids in the wild.
    public init?(rid: String) {
        switch rid {
        case "q", "0": self = .low
        case "h", "1": self = .medium
        case "f", "2": self = .high
        default: return nil
        }
    }
    public var rid: String {
        switch self {
        case .low: "q"
        case .medium: "h"
        case .high: "f"
        }
    }
}

/// How spatial layers map onto RTP streams.
public enum VideoLayerMode: Hashable, Sendable {
    case unused, oneLayerPerStream, severalLayersPerStream, oneLayerPerStreamIncompleteReports
}

public struct VideoLayer: Hashable, Sendable {
    public var quality: VideoQuality
    public var width: UInt32
    public var height: UInt32
    public var bitrateBitsPerSecond: UInt32
    public var ssrc: UInt32
    public var spatialLayer: Int32
    public var rid: String
    public init(
        quality: VideoQuality, width: UInt32, height: UInt32, bitrateBitsPerSecond: UInt32 = 0, ssrc: UInt32 = 0,
        spatialLayer: Int32 = 0, rid: String = ""
    ) {
        self.quality = quality
        self.width = width
        self.height = height
        self.bitrateBitsPerSecond = bitrateBitsPerSecond
        self.ssrc = ssrc
        self.spatialLayer = spatialLayer
        self.rid = rid
    }
}

/// One codec of a track (a publisher may offer a backup codec beside the first).
public struct TrackCodec: Hashable, Sendable {
    /// As IANA writes it, "video/VP8".
    public var mimeType: String
    public var mid: String
    public var cid: String
    public var layers: [VideoLayer]
    public var layerMode: VideoLayerMode
    /// Track identifier in the session description where it differs from `cid`.
    public var sdpCID: String
    public init(
        mimeType: String, mid: String = "", cid: String, layers: [VideoLayer] = [], layerMode: VideoLayerMode = .unused,
        sdpCID: String = ""
    ) {
        self.mimeType = mimeType
        self.mid = mid
        self.cid = cid
        self.layers = layers
        self.layerMode = layerMode
        self.sdpCID = sdpCID
    }
}

/// End-to-end encryption of a track's frames: opaque to the server.
public enum TrackEncryption: Hashable, Sendable { case none, gcm, custom }

public struct TrackInfo: Hashable, Sendable {
    public var sid: TrackSID
    public var kind: TrackKind
    public var source: TrackSource
    public var name: String
    public var isMuted: Bool
    public var width: UInt32
    public var height: UInt32
    public var isSimulcast: Bool
    public var disablesDTX: Bool
    public var disablesRED: Bool
    public var isStereo: Bool
    /// Groups tracks that belong together for lip sync: "camera", "screen" or the client's own name.
    public var stream: String
    public var mimeType: String
    public var mid: String
    public var layers: [VideoLayer]
    public var codecs: [TrackCodec]
    public var encryption: TrackEncryption
    /// Wire numbers of the client's audio features, passed on as they are.
    public var audioFeatures: [Int32]
    public var backupCodecPolicy: Int32
    public var packetTrailerFeatures: [Int32]

    public init(
        sid: TrackSID, kind: TrackKind, source: TrackSource, name: String = "", isMuted: Bool = false,
        width: UInt32 = 0,
        height: UInt32 = 0, isSimulcast: Bool = false, disablesDTX: Bool = false, disablesRED: Bool = false,
        isStereo: Bool = false, stream: String = "", mimeType: String = "", mid: String = "", layers: [VideoLayer] = [],
        codecs: [TrackCodec] = [], encryption: TrackEncryption = .none, audioFeatures: [Int32] = [],
        backupCodecPolicy: Int32 = 0, packetTrailerFeatures: [Int32] = []
    ) {
        self.sid = sid
        self.kind = kind
        self.source = source
        self.name = name
        self.isMuted = isMuted
        self.width = width
        self.height = height
        self.isSimulcast = isSimulcast
        self.disablesDTX = disablesDTX
        self.disablesRED = disablesRED
        self.isStereo = isStereo
        self.stream = stream
        self.mimeType = mimeType
        self.mid = mid
        self.layers = layers
        self.codecs = codecs
        self.encryption = encryption
        self.audioFeatures = audioFeatures
        self.backupCodecPolicy = backupCodecPolicy
        self.packetTrailerFeatures = packetTrailerFeatures
    }
}
