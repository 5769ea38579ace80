// A directory on a clock that stands still until it is told, and media threads that only write down their commands.

import Basics
import Conference
import MediaInterface
import Synchronization
import Testing

@testable import Rooms

/// Time by hand. Whoever sleeps wakes when the time has come.
final class ManualClock: Sendable {
    private struct State {
        var now = MonotonicTime.zero + .seconds(10)
        var sleepers: [Int: (due: MonotonicTime, continuation: CheckedContinuation<Bool, Never>)] = [:]
        var cancelled: Set<Int> = []
        var last = 0
    }
    private let state = Mutex(State())

    var now: MonotonicTime { state.withLock(\.now) }

    func sleep(until due: MonotonicTime) async -> Bool {
        let name = state.withLock { state in
            state.last += 1
            return state.last
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state -> Bool? in
                    if state.cancelled.remove(name) != nil { return false }
                    if due <= state.now { return true }
                    state.sleepers[name] = (due, continuation)
                    return nil
                }
                if let isOver { continuation.resume(returning: isOver) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                let sleeper = state.sleepers.removeValue(forKey: name)
                if sleeper == nil { state.cancelled.insert(name) }
                return sleeper
            }
            sleeper?.continuation.resume(returning: false)
        }
    }

    func advance(by interval: Interval) {
        let woken = state.withLock { state in
            state.now += interval
            let due = state.sleepers.filter { $0.value.due <= state.now }
            for name in due.keys { state.sleepers[name] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in woken { continuation.resume(returning: true) }
    }
}

final class RecordingPort: MediaPort {
    let local: LocalTransport
    private let recorded = Mutex<[MediaCommand]>([])

    init(port: UInt16) {
        local = LocalTransport(
            fingerprint: CertificateFingerprint(algorithm: .sha256, digest: [UInt8](repeating: 1, count: 32)),
            candidates: [LocalCandidate(address: SocketAddress(ipv4: 0x7f00_0001, port: port))])
    }

    func submit(_ commands: [MediaCommand]) -> Bool {
        recorded.withLock { $0 += commands }
        return true
    }

    var commands: [MediaCommand] { recorded.withLock { $0 } }
    var peers: [PeerID] { commands.compactMap { if case .addPeer(let peer) = $0 { peer.id } else { nil } } }
    var removedPeers: [PeerID] { commands.compactMap { if case .removePeer(let peer) = $0 { peer } else { nil } } }
}

final class RecordingPlacement: MediaPlacement {
    let ports = [RecordingPort(port: 1_000), RecordingPort(port: 1_001)]
    private let released = Mutex<[RoomID]>([])
    func port(for room: RoomID) -> any MediaPort { ports[Int(room.rawValue) % 2] }
    func release(_ room: RoomID) { released.withLock { $0.append(room) } }
    var releasedRooms: [RoomID] { released.withLock { $0 } }
    func port(of room: Room) -> RecordingPort { ports[Int(room.id.rawValue) % 2] }
}

struct Rooms {
    let clock = ManualClock()
    let placement = RecordingPlacement()
    let facts = FactLog()
    let directory: RoomDirectory

    final class FactLog: Sendable {
        private let recorded = Mutex<[RoomFact]>([])
        func append(_ fact: RoomFact) { recorded.withLock { $0.append(fact) } }
        var labels: [String] {
            recorded.withLock { $0.map { String(String(describing: $0).prefix { $0 != "(" }) } }
        }
    }

    init(
        _ configuration: RoomDirectoryConfiguration = RoomDirectoryConfiguration(),
        rewriteData: @escaping DataPacketRewriter = { packet, _ in RelayedData(payload: packet) }
    ) {
        let (clock, facts) = (clock, facts)
        directory = RoomDirectory(
            configuration: configuration, placement: placement,
            clock: RoomClock(
                now: { clock.now }, wallMilliseconds: { 5 }, sleep: { await clock.sleep(until: $0) }),
            rewriteData: rewriteData,
            onFact: { facts.append($0) })
    }

    func request(
        _ identity: String, room: String = "room", mayCreate: Bool = true, resume: ParticipantSID? = nil,
        mode: PeerConnectionMode = .dual
    ) -> JoinRequest {
        JoinRequest(
            grants: JoinGrants(
                identity: identity, roomName: room, permissions: Permissions(canUpdateOwnMetadata: true),
                mayCreateRoom: mayCreate, expiresAtSeconds: 9),
            client: ClientInfo(), mode: mode,
            resume: resume.map { JoinRequest.Resume(participant: $0, reason: 1) })
    }

    func join(_ identity: String, room: String = "room") async throws -> ParticipantSession {
        try await directory.join(request(identity, room: room))
    }

    /// Makes the newest transport of a room the connected one.
    func connectLast(in name: String = "room") async throws {
        let room = try #require(await directory.room(named: name))
        let peer = try #require(placement.port(of: room).peers.last)
        await deliver([.peerConnected(peer)])
    }

    /// Passes events on and waits until the rooms have handled them.
    func deliver(_ events: [MediaEvent]) async {
        await directory.receive(events)
        for room in await directory.rooms { while !room.isIdle { await Task.yield() } }
    }
}

/// Ends a test whose next steps need a value of another case.
struct UnexpectedCase: Error {}

extension ParticipantSession {
    /// What comes until `label` does, that included; nil when the stream ended before.
    func until(_ label: String) async -> [ParticipantNotification]? {
        var seen: [ParticipantNotification] = []
        for await notification in notifications {
            seen.append(notification)
            if notification.label == label { return seen }
        }
        return nil
    }

    /// What is left in the queue of an ended session.
    func rest() async -> [ParticipantNotification] {
        var seen: [ParticipantNotification] = []
        for await notification in notifications { seen.append(notification) }
        return seen
    }
}

extension ParticipantNotification {
    var label: String { String(String(describing: self).prefix { $0 != "(" }) }

    var participants: [ParticipantInfo]? { if case .participantsUpdated(let infos) = self { infos } else { nil } }
    var offer: SessionDescription? { if case .offer(let offer) = self { offer } else { nil } }
}

/// Lets other tasks run until `condition` holds; false when it never does.
func eventually(_ condition: () async -> Bool) async -> Bool {
    for _ in 0..<2_000 {
        if await condition() { return true }
        try? await Task.sleep(for: .milliseconds(1))
    }
    return false
}
