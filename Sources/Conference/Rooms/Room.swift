// A room at work: the actor around the pure state. It runs effects in the order in which the state gives them.

internal import Basics
public import Conference
internal import Logging
public import MediaInterface

public actor Room {
    public nonisolated let id: RoomID
    public nonisolated let name: String

    private var state: RoomState
    private let port: any MediaPort
    private let clock: RoomClock
    private let logger: Logger
    private let onFact: @Sendable (RoomFact) -> Void
    private let onClosed: @Sendable (RoomID) -> Void
    /// The signaling connection of each participant that has one.
    private var sessions: [ParticipantSID: ParticipantSession] = [:]
    /// Those whose queue is full, within a turn.
    private var slow: Set<ParticipantSID> = []
    private var timer: (deadline: MonotonicTime, task: Task<Void, Never>)?
    private var refused = RefusedCommands()
    private var retry: Task<Void, Never>?
    private nonisolated let mailbox: EventMailbox
    /// Media events that found no room in the mailbox, since the start.
    public private(set) var lostEvents: UInt64 = 0

    init(
        state: RoomState, port: any MediaPort, clock: RoomClock, logger: Logger = Logger(label: "rooms"),
        mailbox: EventMailbox = EventMailbox(), onFact: @escaping @Sendable (RoomFact) -> Void,
        onClosed: @escaping @Sendable (RoomID) -> Void
    ) {
        id = state.id
        name = state.info.name
        self.state = state
        self.port = port
        self.clock = clock
        self.mailbox = mailbox
        var logger = logger
        logger[metadataKey: "room"] = "\(state.info.name)"
        self.logger = logger
        self.onFact = onFact
        self.onClosed = onClosed
    }

    deinit {
        timer?.task.cancel()
        retry?.cancel()
    }

    /// Starts the clock of a room that nobody has joined yet.
    func open() { endTurn() }

    // MARK: Participants

    /// As `RoomState.join`; the session's first notification stands when this returns.
    func join(_ request: JoinRequest) throws(JoinRefusal) -> ParticipantSession {
        let (outcome, effects) = try state.join(request, at: clock.now(), wallMilliseconds: clock.wallMilliseconds())
        switch outcome {
        case .joined(let sid), .resumed(let sid):
            let session = ParticipantSession(sid: sid, room: self)
            sessions.updateValue(session, forKey: sid)?.end()
            run(effects)
            return session
        case .mustStartAnew:
            run(effects)
            return .ended(resumed: request.resume)
        }
    }

    /// Throws when `join` would refuse now.
    func check(_ request: JoinRequest) throws(JoinRefusal) { try state.check(request) }

    func handle(_ request: ParticipantRequest, from session: ParticipantSession) {
        guard sessions[session.sid] === session else { return }
        run(state.handle(request, from: session.sid, at: clock.now()))
    }

    func signalLost(_ session: ParticipantSession) {
        guard sessions[session.sid] === session else { return }
        sessions[session.sid] = nil
        run(state.signalLost(session.sid, at: clock.now()))
    }

    // MARK: Media and time

    /// Takes events of the room's media thread, in order, and returns at once.
    nonisolated func post(_ events: some Sequence<MediaEvent>) {
        guard mailbox.post(events) else { return }
        Task { await self.emptyMailbox() }
    }

    /// All that was posted has been handled.
    nonisolated var isIdle: Bool { mailbox.isIdle }

    private func emptyMailbox() async {
        while let batch = mailbox.take() {
            receive(batch)
            await Task.yield()
        }
    }

    private func receive(_ batch: EventMailbox.Batch) {
        for event in batch.events { perform(state.receive(event, at: clock.now())) }
        endTurn()
        guard batch.lostMessages + batch.lostEvents > 0 else { return }
        lostEvents += UInt64(batch.lostMessages + batch.lostEvents)
        logger.error(
            "the room is too slow for its media, events were lost",
            metadata: ["events": "\(batch.lostEvents)", "messages": "\(batch.lostMessages)"])
        // What a message said is gone. Who is connected and who is not, the room can be told again.
        if batch.lostEvents > 0 { _ = port.submit([.tellState]) }
    }

    private func timerFired() {
        timer = nil
        run(state.advance(to: clock.now()))
    }

    // MARK: Administration

    public var info: RoomInfo { state.info }
    public var participants: [ParticipantInfo] { state.participantInfos }
    public var counters: RoomCounters { state.counters }

    public func muteTrack(_ track: TrackSID, of identity: String, isMuted: Bool) throws(AdministrationError) {
        run(try state.muteTrack(track, of: identity, isMuted: isMuted, at: clock.now()))
    }

    /// Nil leaves a field as it is; an attribute with an empty value is deleted.
    public func updateParticipant(
        _ identity: String, metadata: String? = nil, name: String? = nil, attributes: [String: String] = [:],
        permissions: Permissions? = nil
    ) throws(AdministrationError) {
        run(
            try state.updateParticipant(
                identity, metadata: metadata, name: name, attributes: attributes, permissions: permissions,
                at: clock.now()))
    }

    public func updateSubscriptions(of identity: String, to tracks: [TrackSID], isSubscribed: Bool)
        throws(AdministrationError)
    {
        run(try state.updateSubscriptions(of: identity, to: tracks, isSubscribed: isSubscribed, at: clock.now()))
    }

    public func updateMetadata(_ metadata: String) throws(AdministrationError) {
        run(try state.updateMetadata(metadata, at: clock.now()))
    }

    /// As `RoomState.sendData`.
    public func sendData(_ data: RelayedData, isReliable: Bool) {
        run(state.sendData(data, isReliable: isReliable, at: clock.now()))
    }

    public func removeParticipant(_ identity: String) throws(AdministrationError) {
        run(try state.removeParticipant(identity, at: clock.now()))
    }

    /// Sends everybody away; clients do not come back by themselves.
    public func close() { run(state.close(at: clock.now())) }

    /// Sends everybody away with the advice to connect again.
    func shutDown() { run(state.shutDown(at: clock.now())) }

    // MARK: Effects

    private func run(_ effects: [RoomEffect]) {
        perform(effects)
        endTurn()
    }

    private func perform(_ effects: [RoomEffect]) {
        var commands: [MediaCommand] = []
        for effect in effects {
            if case .media(let command) = effect {
                commands.append(command)
                continue
            }
            // A client may act on what it is told at once: its transport must be there by then.
            submit(&commands)
            perform(effect)
        }
        submit(&commands)
        closeSlowSessions()
    }

    /// Their queue has ended; for the room their signaling is lost, and may come back with a whole snapshot.
    private func closeSlowSessions() {
        while let sid = slow.popFirst() {
            guard sessions.removeValue(forKey: sid) != nil else { continue }
            logger.warning("a client reads too slowly, its signaling is closed", metadata: ["participant": "\(sid)"])
            perform(state.signalLost(sid, at: clock.now()))
        }
    }

    private func perform(_ effect: RoomEffect) {
        switch effect {
        case .notify(let sid, let notification):
            guard let session = sessions[sid], !session.tell(notification) else { return }
            slow.insert(sid)
        case .endSession(let sid): sessions.removeValue(forKey: sid)?.end()
        case .fact(let fact): onFact(fact)
        case .closed: onClosed(id)
        case .media: break
        }
    }

    private func submit(_ commands: inout [MediaCommand]) {
        guard !commands.isEmpty else { return }
        switch refused.submit(commands, to: port) {
        case .taken: break
        case .waiting:
            logger.warning("the media thread is busy, commands wait")
            retrySoon()
        case .lost:
            logger.critical(
                "the media thread has taken no commands for long: restart the server, this room cannot go on as it is")
        }
        commands = []
    }

    /// Tries again what the media thread had no room for, until it has.
    private func retrySoon() {
        guard retry == nil else { return }
        retry = Task { [weak self] in
            try? await Task.sleep(for: .nanoseconds(RefusedCommands.retryInterval.nanoseconds))
            await self?.retryRefused()
        }
    }

    private func retryRefused() {
        retry = nil
        if !refused.retry(to: port) { retrySoon() }
    }

    /// Sets the timer for what the state waits for next.
    private func endTurn() {
        guard !state.isClosed, let deadline = state.nextDeadline else {
            timer?.task.cancel()
            timer = nil
            return
        }
        if let timer, timer.deadline <= deadline { return }
        timer?.task.cancel()
        let sleep = clock.sleep
        let task = Task { [weak self] in
            guard await sleep(deadline), !Task.isCancelled else { return }
            await self?.timerFired()
        }
        timer = (deadline, task)
    }
}
