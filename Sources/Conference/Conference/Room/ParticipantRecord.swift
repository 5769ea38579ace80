// All that a room knows of one participant.

import Basics
import MediaInterface

/// Announced by `add_track`, not seen in an offer yet.
struct PendingTrack: Sendable {
    var cid: String
    var info: TrackInfo
    /// Type of the codec that the client named; nil leaves the choice to its offer.
    var preferredType: String?
    var backup: BackupCodec?

    /// A track has a name for each of its codecs.
    func isNamed(_ identifier: String) -> Bool {
        !identifier.isEmpty && (cid == identifier || info.codecs.contains { $0.cid == identifier })
    }
}

/// Announced and offered.
struct PublishedTrackRecord: Sendable {
    var id: TrackID
    var info: TrackInfo
    var publication: OfferedPublication
    var subscribers: Set<ParticipantSID> = []
    /// The publisher has been told that somebody receives it.
    var hasBeenReceived = false
    var qualities = SubscribedQualityTracker()
    var backup: BackupCodec?

    func description(publisher: PeerID) -> TrackDescription {
        TrackDescription(
            id: id, publisher: publisher, kind: publication.kind,
            isScreenShare: info.source == .screenShare, mid: publication.mid,
            payloads: publication.codecs.filter { info.usesRedundancy || !$0.identity.isRedundancy }.prefix(
                MediaLimits.payloadsPerTrack
            ).map(\.description),
            encodings: publication.encodings(layers: info.layers, width: info.width, height: info.height))
    }
}

struct SubscriptionRecord: Sendable {
    var id: SubscriptionID
    var publisher: ParticipantSID
    var codec = PublishedCodec.primary
    /// The codec is not published yet.
    var isWaiting = false
    var isStarted = false
    /// Highest layer that the subscriber asks for, nil while it shows nothing.
    var quality: VideoQuality?
    var settings: SubscriptionSettings
    /// The subscriber's network cannot carry it.
    var isPaused = false
    /// As the subscriber was told.
    var isToldPaused = false
}

/// What there is to know; see `ParticipantRecord`.
struct ParticipantFields: Sendable {
    var info: ParticipantInfo
    var grants: JoinGrants
    let mode: PeerConnectionMode
    let subscribesAutomatically: Bool
    let usesAdaptiveStream: Bool
    /// See `StreamName`.
    let takesSharedStreams: Bool
    let joinedAt: MonotonicTime
    var negotiation: any PeerConnectionNegotiation

    var isSignalConnected = true
    /// Set once a transport died: such a session cannot be resumed.
    var hasFailed = false
    var scorer = ConnectionScorer()
    /// As the others were told; nil until there is something to say.
    var connectionQuality: ConnectionQualityUpdate?
    /// When the participant is removed unless something better happens, and why.
    var removal: (at: MonotonicTime, reason: DisconnectReason)?
    var tokenRefreshAt: MonotonicTime
    /// The client plays speech with redundancy, and may send it.
    var takesRedundancy = true

    var pendingTracks: [PendingTrack] = []
    var tracks: [PublishedTrackRecord] = []
    /// Sections that send something not announced yet, by mid.
    var unmatched: [String: OfferedPublication] = [:]
    /// Names of tracks that the server ended: their sections wait for a new announcement of that very name.
    var retired: Set<String> = []

    var subscriptions: [TrackSID: SubscriptionRecord] = [:]
    /// Explicit choices; without one the participant's default holds.
    var choices: [TrackSID: Bool] = [:]
    var wishes: [TrackSID: TrackSettings] = [:]
    /// Tracks of whose first codec the client has no decoder.
    var undecodable: Set<TrackSID> = []
    var rule = SubscriptionRule()

    var openChannels: Set<String> = []
    var lastReliableSequence: UInt32 = 0
    /// Where the participant came in, in the order of the room's reliable packets: none from before are for it.
    let firstReliablePacket: UInt64
    /// The first packet that was not handed to its channel yet; says something only while the channel is closed.
    var nextReliablePacket: UInt64
    /// A resumed client is told once what it missed, however often it says what it has.
    var awaitsReplay = false
    var recentNonces = RecentNonces()
    var dataAllowance = DataAllowance()
    /// Who left while signaling was away.
    var missedDepartures: [ParticipantInfo] = []

    var sid: ParticipantSID { info.sid }
    var permissions: Permissions { info.permissions }
    var isDependent: Bool { ParticipantRecord.isDependent(info.kind, info.permissions) }
}

/// The record of a participant: a value of one word, since turns of a large room look at all of them.
@dynamicMemberLookup
struct ParticipantRecord: Sendable {
    /// Shared by copies until one of them is changed; nobody changes it while it is shared.
    private final class Storage: @unchecked Sendable {
        var fields: ParticipantFields
        init(_ fields: ParticipantFields) { self.fields = fields }
    }
    private var storage: Storage

    init(_ fields: ParticipantFields) { storage = Storage(fields) }

    subscript<Value>(dynamicMember path: KeyPath<ParticipantFields, Value>) -> Value { storage.fields[keyPath: path] }
    subscript<Value>(dynamicMember path: WritableKeyPath<ParticipantFields, Value>) -> Value {
        get { storage.fields[keyPath: path] }
        _modify {
            if !isKnownUniquelyReferenced(&storage) { storage = Storage(storage.fields) }
            yield &storage.fields[keyPath: path]
        }
    }

    /// Such participants serve the others: they neither keep a room open nor fill it.
    static func isDependent(_ kind: ParticipantKind, _ permissions: Permissions) -> Bool {
        kind == .agent || kind == .egress || permissions.isRecorder
    }

    func trackIndex(_ sid: TrackSID) -> Int? { storage.fields.tracks.firstIndex { $0.info.sid == sid } }

    /// Brings the information that others see up to date with the tracks.
    mutating func refreshInfo() {
        let tracks = self.tracks.map(\.info)
        self.info.tracks = tracks
        self.info.isPublisher = !tracks.isEmpty
    }
}
