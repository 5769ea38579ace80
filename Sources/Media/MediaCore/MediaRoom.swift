// The routing of one room: its tracks, who receives them, and nothing about transports.

internal import Basics
internal import Forwarding
internal import MediaInterface
internal import RTP

/// A track with the subscriptions that it feeds.
struct RoutedTrack: ~Copyable {
    var track: PublishedTrack
    let id: TrackID
    let kind: MediaKind
    let isScreenShare: Bool
    let publisher: SlotHandle
    /// Handles in the room's `subscriptions`.
    var subscribers: [SlotHandle] = []
    var meter = AudioLevelMeter()
    var isMuted = false
    /// Encodings that were already told to the control plane, as bits.
    var startedEncodings: UInt8 = 0

    init(_ description: TrackDescription, publisher: SlotHandle, at now: MonotonicTime) {
        track = PublishedTrack(description, at: now)
        id = description.id
        kind = description.kind
        isScreenShare = description.isScreenShare
        self.publisher = publisher
    }
}

/// A subscription with the peer that it feeds.
struct RoutedSubscription: ~Copyable {
    var subscription: Subscription
    let id: SubscriptionID
    /// Handle in the room's `tracks`.
    let track: SlotHandle
    /// Handle in the shard's `peers`.
    let peer: SlotHandle
    let kind: MediaKind
    let ssrc: UInt32
    let retransmissionSSRC: UInt32
    var hasStarted = false
    /// What the last allocation allowed; nil before the first.
    var allowed: LayerTarget?
    /// The control plane was told that the network does not carry the picture.
    var isPaused = false
}

/// Tracks and subscriptions of one room. Peers stay with the shard, for a peer is one destination for all its tracks.
struct MediaRoom: ~Copyable {
    let id: RoomID
    var tracks = SlotMap<RoutedTrack>(limit: RoomLimits.tracks)
    var subscriptions = SlotMap<RoutedSubscription>(limit: RoomLimits.subscriptions)
    var peerCount = 0
    /// The peer who speaks loudest, or did until a moment ago.
    var speaker: SlotHandle?
    /// When the speaker was last loudest.
    var speakerSince = MonotonicTime.zero
    /// True while the last report of levels was not empty.
    var reportsSpeech = false

    init(id: RoomID) { self.id = id }

    /// Takes a track out, with its subscriptions.
    mutating func removeTrack(_ handle: SlotHandle) -> [RemovedSubscription] {
        guard let routed = tracks.remove(handle) else { return [] }
        return routed.subscribers.compactMap { removeSubscription($0) }
    }

    /// Takes a subscription out of its track's list and of the table.
    mutating func removeSubscription(_ handle: SlotHandle) -> RemovedSubscription? {
        guard let routed = subscriptions.remove(handle) else { return nil }
        if tracks.contains(routed.track), let index = tracks[routed.track].subscribers.firstIndex(of: handle) {
            tracks[routed.track].subscribers.swapAt(index, tracks[routed.track].subscribers.count - 1)
            tracks[routed.track].subscribers.removeLast()
        }
        return RemovedSubscription(
            handle: handle, id: routed.id, peer: routed.peer, kind: routed.kind, ssrc: routed.ssrc,
            retransmissionSSRC: routed.retransmissionSSRC)
    }
}

/// What is left to clean up elsewhere when a subscription goes.
struct RemovedSubscription {
    var handle: SlotHandle
    var id: SubscriptionID
    var peer: SlotHandle
    var kind: MediaKind
    var ssrc: UInt32
    var retransmissionSSRC: UInt32
}

enum RoomLimits {
    /// 1,000 participants with camera, microphone and some screens.
    static let tracks = 4_096
    /// 150 × 150 with two tracks each is 45,000.
    static let subscriptions = 131_072
}
