// All rooms of the process, by name, and by number for what comes from the media threads.

internal import Basics
public import Conference
public import Logging
public import MediaInterface

/// What every room is made with.
public struct RoomDirectoryConfiguration: Sendable {
    public var settings: RoomSettings
    /// Joining a room that does not exist makes it.
    public var createsRoomsOnJoin: Bool
    public var maximumRooms: Int

    public init(settings: RoomSettings = RoomSettings(), createsRoomsOnJoin: Bool = true, maximumRooms: Int = 10_000) {
        self.settings = settings
        self.createsRoomsOnJoin = createsRoomsOnJoin
        self.maximumRooms = maximumRooms
    }
}

public actor RoomDirectory {
    private let configuration: RoomDirectoryConfiguration
    private let placement: any MediaPlacement
    private let clock: RoomClock
    private let rewriteData: DataPacketRewriter
    private let logger: Logger
    private let onFact: @Sendable (RoomFact) -> Void
    private let random: @Sendable () -> RandomSource

    private var byName: [String: Room] = [:]
    private var byID: [RoomID: Room] = [:]
    private var lastID: UInt64 = 0
    private var isShuttingDown = false

    public init(
        configuration: RoomDirectoryConfiguration, placement: any MediaPlacement, clock: RoomClock,
        rewriteData: @escaping DataPacketRewriter, logger: Logger = Logger(label: "rooms"),
        random: @escaping @Sendable () -> RandomSource = { .system },
        onFact: @escaping @Sendable (RoomFact) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.placement = placement
        self.clock = clock
        self.rewriteData = rewriteData
        self.logger = logger
        self.random = random
        self.onFact = onFact
    }

    // MARK: Doors

    /// Throws when `join` would refuse now. Nothing is reserved.
    public nonisolated func check(_ request: JoinRequest) async throws(JoinRefusal) {
        request.publisherOffer?.prepare()
        try await checkPrepared(request)
    }

    private func checkPrepared(_ request: JoinRequest) async throws(JoinRefusal) {
        if isShuttingDown { throw .shuttingDown }
        guard let room = byName[request.grants.roomName] else {
            return try checkCreation(request)
        }
        try await room.check(request)
    }

    /// Brings a participant in, or back in.
    public nonisolated func join(_ request: JoinRequest) async throws(JoinRefusal) -> ParticipantSession {
        request.publisherOffer?.prepare()
        return try await joinPrepared(request)
    }

    private func joinPrepared(_ request: JoinRequest) async throws(JoinRefusal) -> ParticipantSession {
        if request.resume != nil, byName[request.grants.roomName] == nil, !isShuttingDown {
            return .ended(resumed: request.resume)
        }
        // A room may close between being found and being joined; its name is free then.
        for _ in 0..<3 {
            let room = try await room(for: request)
            do {
                return try await room.join(request)
            } catch .roomNotFound {
                forget(room.id)
            }
        }
        throw .roomNotFound
    }

    private func room(for request: JoinRequest) async throws(JoinRefusal) -> Room {
        if isShuttingDown { throw .shuttingDown }
        if let room = byName[request.grants.roomName] { return room }
        try checkCreation(request)
        return await create(request.grants)
    }

    private func checkCreation(_ request: JoinRequest) throws(JoinRefusal) {
        // Who resumes in a room that is gone is let in, to be told so.
        if request.resume != nil { return }
        guard configuration.createsRoomsOnJoin, request.grants.mayCreateRoom else { throw .roomNotFound }
        guard byName.count < configuration.maximumRooms else { throw .serverFull }
    }

    private func create(_ grants: JoinGrants) async -> Room {
        let name = grants.roomName
        lastID += 1
        let id = RoomID(lastID)
        let port = placement.port(for: id)
        let state = RoomState(
            name: name, id: id, settings: configuration.settings.applying(grants.roomConfiguration), local: port.local,
            random: random(),
            rewriteData: rewriteData, at: clock.now(), wallMilliseconds: clock.wallMilliseconds())
        let room = Room(
            state: state, port: port, clock: clock, logger: logger, onFact: onFact,
            onClosed: { [weak self] id in Task { await self?.forget(id) } })
        byName[name] = room
        byID[id] = room
        await room.open()
        return room
    }

    private func forget(_ id: RoomID) {
        guard let room = byID.removeValue(forKey: id) else { return }
        if byName[room.name] === room { byName[room.name] = nil }
        placement.release(id)
    }

    // MARK: Media threads

    /// Passes events of one media thread to their rooms, in order, and waits for none of them. To be called by one
    /// task per thread.
    public func receive(_ events: [MediaEvent]) {
        var start = 0
        while start < events.count {
            let id = events[start].room
            var end = start + 1
            while end < events.count, events[end].room == id { end += 1 }
            if let id, let room = byID[id] { room.post(events[start..<end]) }
            start = end
        }
    }

    // MARK: Administration

    public var rooms: [Room] { Array(byName.values) }
    public func room(named name: String) -> Room? { byName[name] }

    /// Tells everybody to come back elsewhere or later, and admits nobody any more.
    public func shutDown() async {
        isShuttingDown = true
        for room in byID.values { await room.shutDown() }
    }
}
