// A room as a value: every input is a method that is told the time and returns what is to be done, in order.
// The parts: joining and leaving, requests, tracks, subscriptions, data, media events, timers, administration.

public import Basics
public import MediaInterface

public struct RoomState: Sendable {
    public let id: RoomID
    public private(set) var counters = RoomCounters()
    public internal(set) var settings: RoomSettings

    let local: LocalTransport
    let rewriteData: DataPacketRewriter
    var random: RandomSource
    var identifiers: MediaIdentifiers

    var room: RoomInfo
    var participants: [ParticipantSID: ParticipantRecord] = [:]
    /// Order of joining, in which everything is told.
    var order: [ParticipantSID] = []
    var identities: [String: ParticipantSID] = [:]
    var peerOwners: [PeerID: ParticipantSID] = [:]
    var trackOwners: [TrackID: ParticipantSID] = [:]
    var publishers: [TrackSID: ParticipantSID] = [:]
    var subscriptionOwners: [SubscriptionID: (subscriber: ParticipantSID, track: TrackSID)] = [:]
    var speakers = SpeakerTracker()
    var qualityPeriods = QualityPacer()
    var reliableData = ReliableDataCache()
    /// Of packets that the server itself was asked to send.
    var serverNonces = RecentNonces()
    var updates = UpdateQueue()
    var roomUpdates = RoomUpdatePacer()
    /// When an empty room closes.
    var emptyAt: MonotonicTime?
    public internal(set) var isClosed = false

    private var effects: [RoomEffect] = []
    /// Somebody changed since the counts were made.
    private var areCountsStale = false

    /// - Parameters:
    ///   - id: must fit in 32 bits, see `MediaIdentifiers`.
    ///   - local: the media thread on which the room lives.
    public init(
        name: String, id: RoomID, settings: RoomSettings, local: LocalTransport, random: RandomSource,
        rewriteData: @escaping DataPacketRewriter, at now: MonotonicTime, wallMilliseconds: Int64
    ) {
        self.id = id
        self.settings = settings
        self.local = local
        self.rewriteData = rewriteData
        self.random = random
        identifiers = MediaIdentifiers(room: id)
        room = RoomInfo(
            sid: RoomSID(random: &self.random), name: name, metadata: settings.metadata,
            emptyTimeoutSeconds: settings.emptyTimeoutSeconds,
            departureTimeoutSeconds: settings.departureTimeoutSeconds,
            maximumParticipants: settings.maximumParticipants, createdAtMilliseconds: wallMilliseconds)
        emptyAt = now + .seconds(Int(settings.emptyTimeoutSeconds))
        effects = [.fact(.roomStarted(room))]
    }

    // MARK: - What can be asked

    public var info: RoomInfo { room }
    public var participantInfos: [ParticipantInfo] { order.compactMap { participants[$0]?.info } }
    public func participant(identity: String) -> ParticipantInfo? {
        identities[identity].flatMap { participants[$0]?.info }
    }
    /// A participant may still be resumed.
    public func hasSession(_ sid: ParticipantSID) -> Bool { participants[sid] != nil }

    // MARK: - Effects

    func isVisible(_ info: ParticipantInfo, to viewer: ParticipantSID) -> Bool {
        !info.permissions.isHidden || info.sid == viewer
    }

    mutating func emit(_ effect: RoomEffect) { effects.append(effect) }
    mutating func emit(_ commands: [MediaCommand]) { effects += commands.map { .media($0) } }
    mutating func count(_ counter: WritableKeyPath<RoomCounters, UInt64>) { counters[keyPath: counter] &+= 1 }

    /// Tells a participant whose signaling stands; who is away gets a snapshot on return.
    mutating func notify(_ sid: ParticipantSID, _ notification: ParticipantNotification) {
        guard participants[sid]?.isSignalConnected == true else { return }
        effects.append(.notify(sid, notification))
    }

    mutating func notifyAll(_ notification: ParticipantNotification) {
        for sid in order { notify(sid, notification) }
    }

    /// A participant's information changed: a new version, told at the end of the turn.
    mutating func markChanged(_ sid: ParticipantSID) {
        guard participants[sid] != nil else { return }
        participants[sid]!.refreshInfo()
        participants[sid]!.info.version += 1
        updates.add(.changed(sid))
        areCountsStale = true
    }

    mutating func updateCounts() {
        areCountsStale = false
        let visible = participants.values.filter { !$0.permissions.isHidden }
        let (all, publishing) = (UInt32(visible.count), UInt32(visible.count { $0.info.isPublisher }))
        guard room.participantCount != all || room.publisherCount != publishing else { return }
        room.participantCount = all
        room.publisherCount = publishing
        roomUpdates.hasNews = true
    }

    /// Tells the pending updates to everybody who may see them.
    mutating func flushUpdates(at now: MonotonicTime) {
        let pending = updates.take()
        guard !pending.isEmpty else { return }
        var arrived: Set<ParticipantSID> = []
        let infos = pending.compactMap { update in
            switch update {
            case .changed(let sid): return participants[sid]?.info
            case .departed(let info): return info
            case .arrived(let sid):
                arrived.insert(sid)
                return participants[sid]?.info
            }
        }
        updates.spent(messages: order.count, at: now)
        let isEverythingVisible = infos.allSatisfy { !$0.permissions.isHidden }
        for sid in order {
            let isEverythingForIt = isEverythingVisible && !arrived.contains(sid)
            let visible =
                isEverythingForIt
                ? infos : infos.filter { isVisible($0, to: sid) && !(arrived.contains(sid) && $0.sid == sid) }
            guard !visible.isEmpty else { continue }
            if participants[sid]?.isSignalConnected == true {
                effects.append(.notify(sid, .participantsUpdated(visible)))
            } else {
                noteMissed(visible.filter { $0.state == .disconnected }, by: sid)
            }
        }
    }

    private mutating func noteMissed(_ departures: [ParticipantInfo], by sid: ParticipantSID) {
        guard !departures.isEmpty, let missed = participants[sid]?.missedDepartures.count else { return }
        let room = max(0, ConferenceLimits.missedDepartures - missed)
        participants[sid]!.missedDepartures += departures.prefix(room)
    }

    /// Ends a turn: what is pending goes out, unless the room is under load and can wait a moment.
    mutating func finish(at now: MonotonicTime) -> [RoomEffect] {
        if areCountsStale { updateCounts() }
        if updates.mayFlush(at: now) { flushUpdates(at: now) }
        if roomUpdates.isDue(at: now) {
            roomUpdates.told(at: now)
            notifyAll(.roomUpdated(room))
        }
        defer { effects = [] }
        return effects
    }
}

/// Updates of participants that are still to be told.
struct UpdateQueue: Sendable {
    enum Update: Sendable {
        case changed(ParticipantSID)
        /// Came in: knows itself from its welcome.
        case arrived(ParticipantSID)
        case departed(ParticipantInfo)
    }
    private var pending: [Update] = []
    private var changed: Set<ParticipantSID> = []
    private var windowStart: MonotonicTime?
    private var messagesInWindow = 0

    mutating func add(_ update: Update) {
        switch update {
        case .changed(let sid):
            guard changed.insert(sid).inserted else { return }
            pending.removeAll { if case .arrived(sid) = $0 { true } else { false } }
        case .arrived, .departed: break
        }
        pending.append(update)
    }

    mutating func take() -> [Update] {
        defer {
            pending = []
            changed = []
        }
        return pending
    }

    mutating func spent(messages: Int, at now: MonotonicTime) {
        if windowStart.map({ now - $0 >= ConferenceTimers.updateWindow }) ?? true {
            windowStart = now
            messagesInWindow = 0
        }
        messagesInWindow += messages
    }

    private var isLoaded: Bool { messagesInWindow >= ConferenceLimits.updatesPerWindow }

    func mayFlush(at now: MonotonicTime) -> Bool {
        guard let windowStart, isLoaded else { return true }
        return now - windowStart >= ConferenceTimers.updateWindow
    }

    /// When updates that had to wait are due.
    var deadline: MonotonicTime? {
        guard !pending.isEmpty, let windowStart, isLoaded else { return nil }
        return windowStart + ConferenceTimers.updateWindow
    }
}

/// Changes of the room's counts are told at once, but not more often than somebody could read them.
struct RoomUpdatePacer: Sendable {
    var hasNews = false
    /// More than counts changed: told at the end of the turn.
    var isUrgent = false
    private var last: MonotonicTime?

    func isDue(at now: MonotonicTime) -> Bool { isUrgent || (hasNews && (deadline ?? now) <= now) }
    mutating func told(at now: MonotonicTime) {
        hasNews = false
        isUrgent = false
        last = now
    }
    var deadline: MonotonicTime? { hasNews ? last.map { $0 + ConferenceTimers.roomUpdateInterval } : nil }
}
