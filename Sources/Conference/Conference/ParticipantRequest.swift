// What a participant may ask of the room once joined. Keep-alive never comes here: the door answers it.

public enum DescriptionType: String, Hashable, Sendable { case offer, answer }

/// A session description with the bookkeeping of the LiveKit protocol.
public struct SessionDescription: Sendable {
    public var type: DescriptionType
    public var sdp: String { didSet { parsed = ParsedDescription() } }
    var parsed = ParsedDescription()
    /// Offers are numbered by their sender, an answer repeats the number (0 is a number too).
    public var id: UInt32
    /// Sections on which the server sends: mid → track.
    public var midToTrack: [String: TrackSID]
    public init(type: DescriptionType, sdp: String, id: UInt32, midToTrack: [String: TrackSID] = [:]) {
        self.type = type
        self.sdp = sdp
        self.id = id
        self.midToTrack = midToTrack
    }
}

extension SessionDescription: Hashable {
    public static func == (a: Self, b: Self) -> Bool {
        a.type == b.type && a.id == b.id && a.sdp == b.sdp && a.midToTrack == b.midToTrack
    }
    public func hash(into hasher: inout Hasher) {
        hasher.combine(type)
        hasher.combine(id)
        hasher.combine(sdp)
        hasher.combine(midToTrack)
    }
}

/// Which of a participant's PeerConnections is meant; a single PeerConnection is `publisher`.
public enum TransportTarget: Hashable, Sendable { case publisher, subscriber }

/// A candidate in the form of `RTCIceCandidateInit`.
public struct TrickledCandidate: Hashable, Sendable {
    public var candidate: String
    public var sdpMid: String
    public var sdpMLineIndex: Int
    public var target: TransportTarget
    public var isFinal: Bool
    public init(candidate: String, sdpMid: String, sdpMLineIndex: Int, target: TransportTarget, isFinal: Bool) {
        self.candidate = candidate
        self.sdpMid = sdpMid
        self.sdpMLineIndex = sdpMLineIndex
        self.target = target
        self.isFinal = isFinal
    }
}

/// A track that the participant is about to publish; `sdp` sections are matched to it by `cid`.
public struct AddTrackRequest: Hashable, Sendable {
    public struct Codec: Hashable, Sendable {
        /// "vp8", "vp9" … without prefix, as clients send it.
        public var codec: String
        public var cid: String
        public var layers: [VideoLayer]
        public var layerMode: VideoLayerMode
        public init(codec: String, cid: String, layers: [VideoLayer] = [], layerMode: VideoLayerMode = .unused) {
            self.codec = codec
            self.cid = cid
            self.layers = layers
            self.layerMode = layerMode
        }
    }
    public var requestID: UInt32
    public var cid: String
    public var kind: TrackKind
    public var source: TrackSource
    public var name: String
    public var width: UInt32
    public var height: UInt32
    public var isMuted: Bool
    public var disablesDTX: Bool
    public var disablesRED: Bool
    public var isStereo: Bool
    public var layers: [VideoLayer]
    public var codecs: [Codec]
    /// Set when a codec is added to a track that is already published.
    public var existingTrack: TrackSID?
    public var encryption: TrackEncryption
    public var stream: String
    public var audioFeatures: [Int32]
    public var backupCodecPolicy: Int32
    public var packetTrailerFeatures: [Int32]

    public init(
        cid: String, kind: TrackKind, source: TrackSource, requestID: UInt32 = 0, name: String = "", width: UInt32 = 0,
        height: UInt32 = 0, isMuted: Bool = false, disablesDTX: Bool = false, disablesRED: Bool = false,
        isStereo: Bool = false, layers: [VideoLayer] = [], codecs: [Codec] = [], existingTrack: TrackSID? = nil,
        encryption: TrackEncryption = .none, stream: String = "", audioFeatures: [Int32] = [],
        backupCodecPolicy: Int32 = 0, packetTrailerFeatures: [Int32] = []
    ) {
        self.requestID = requestID
        self.cid = cid
        self.kind = kind
        self.source = source
        self.name = name
        self.width = width
        self.height = height
        self.isMuted = isMuted
        self.disablesDTX = disablesDTX
        self.disablesRED = disablesRED
        self.isStereo = isStereo
        self.layers = layers
        self.codecs = codecs
        self.existingTrack = existingTrack
        self.encryption = encryption
        self.stream = stream
        self.audioFeatures = audioFeatures
        self.backupCodecPolicy = backupCodecPolicy
        self.packetTrailerFeatures = packetTrailerFeatures
    }
}

/// What the participant's tile for a track needs; a size wins over a quality.
public struct TrackSettings: Hashable, Sendable {
    public var tracks: [TrackSID]
    public var isDisabled: Bool
    public var quality: VideoQuality
    /// Pixels of the tile, 0 when unknown.
    public var width: UInt32
    public var height: UInt32
    public var framesPerSecond: UInt32
    public var priority: UInt32
    public init(
        tracks: [TrackSID], isDisabled: Bool = false, quality: VideoQuality = .high, width: UInt32 = 0,
        height: UInt32 = 0, framesPerSecond: UInt32 = 0, priority: UInt32 = 0
    ) {
        self.tracks = tracks
        self.isDisabled = isDisabled
        self.quality = quality
        self.width = width
        self.height = height
        self.framesPerSecond = framesPerSecond
        self.priority = priority
    }
}

/// Who may subscribe to the sender's tracks.
public struct SubscriptionPermission: Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        public var participant: ParticipantSID?
        public var identity: String
        public var allowsAllTracks: Bool
        public var tracks: [TrackSID]
        public init(participant: ParticipantSID?, identity: String, allowsAllTracks: Bool, tracks: [TrackSID]) {
            self.participant = participant
            self.identity = identity
            self.allowsAllTracks = allowsAllTracks
            self.tracks = tracks
        }
    }
    public var allowsEverybody: Bool
    public var entries: [Entry]
    public init(allowsEverybody: Bool, entries: [Entry] = []) {
        self.allowsEverybody = allowsEverybody
        self.entries = entries
    }
}

/// What a client still holds when its signaling comes back.
public struct SyncState: Hashable, Sendable {
    public struct ReceivedData: Hashable, Sendable {
        public var publisher: String
        public var lastSequence: UInt32
        public init(publisher: String, lastSequence: UInt32) {
            self.publisher = publisher
            self.lastSequence = lastSequence
        }
    }
    public var offer: SessionDescription?
    public var answer: SessionDescription?
    public var subscribedTracks: [TrackSID]
    /// True when `subscribedTracks` lists the subscribed ones, false when it lists the unsubscribed ones.
    public var listsSubscribed: Bool
    public var disabledTracks: [TrackSID]
    public var publishedTracks: [(cid: String, sid: TrackSID)]
    public var receivedData: [ReceivedData]
    public init(
        offer: SessionDescription? = nil, answer: SessionDescription? = nil, subscribedTracks: [TrackSID] = [],
        listsSubscribed: Bool = true, disabledTracks: [TrackSID] = [],
        publishedTracks: [(cid: String, sid: TrackSID)] = [], receivedData: [ReceivedData] = []
    ) {
        self.offer = offer
        self.answer = answer
        self.subscribedTracks = subscribedTracks
        self.listsSubscribed = listsSubscribed
        self.disabledTracks = disabledTracks
        self.publishedTracks = publishedTracks
        self.receivedData = receivedData
    }
    public static func == (a: Self, b: Self) -> Bool {
        a.offer == b.offer && a.answer == b.answer && a.subscribedTracks == b.subscribedTracks
            && a.listsSubscribed == b.listsSubscribed && a.disabledTracks == b.disabledTracks
            && a.receivedData == b.receivedData && a.publishedTracks.elementsEqual(b.publishedTracks, by: ==)
    }
    public func hash(into hasher: inout Hasher) {
        hasher.combine(offer)
        hasher.combine(answer)
        hasher.combine(subscribedTracks)
    }
}

public enum ParticipantRequest: Hashable, Sendable {
    case offer(SessionDescription)
    case answer(SessionDescription)
    case trickle(TrickledCandidate)
    case addTrack(AddTrackRequest)
    case muteTrack(TrackSID, isMuted: Bool, requestID: UInt32 = 0)
    case updateSubscription([TrackSID], isSubscribed: Bool)
    case updateTrackSettings(TrackSettings)
    case setSubscriptionPermission(SubscriptionPermission)
    /// Nil leaves a field as it is; an attribute with an empty value is deleted.
    case updateMetadata(requestID: UInt32, metadata: String?, name: String?, attributes: [String: String])
    case updateAudioTrack(TrackSID, features: [Int32])
    case updateVideoTrack(TrackSID, width: UInt32, height: UInt32)
    case syncState(SyncState)
    case leave(DisconnectReason)
    /// A request of the protocol that Relais does not serve; refused with a clear answer.
    case unsupported(name: String, requestID: UInt32)
}
