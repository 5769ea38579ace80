// A conference of one chair: it takes whoever comes and lets the test speak for the room.

import Conference
import Synchronization

@testable import Gateway

final class FakeEntrance: Entrance {
    private struct State {
        var refusal: JoinRefusal?
        var refusalAtJoin: JoinRefusal?
        var joins: [JoinRequest] = []
        var sessions: [FakeSession] = []
    }
    private let state = Mutex(State())

    func refuse(_ refusal: JoinRefusal?, onlyAtJoin: Bool = false) {
        state.withLock {
            $0.refusal = onlyAtJoin ? nil : refusal
            $0.refusalAtJoin = refusal
        }
    }
    var joins: [JoinRequest] { state.withLock { $0.joins } }
    var sessions: [FakeSession] { state.withLock { $0.sessions } }

    func check(_ request: JoinRequest) async throws(JoinRefusal) {
        if let refusal = state.withLock({ $0.refusal }) { throw refusal }
    }

    func join(_ request: JoinRequest) async throws(JoinRefusal) -> any SignalSession {
        if let refusal = state.withLock({ $0.refusalAtJoin }) { throw refusal }
        let session = FakeSession(request)
        state.withLock {
            $0.joins.append(request)
            $0.sessions.append(session)
        }
        return session
    }
}

final class FakeSession: SignalSession {
    let notifications: AsyncStream<ParticipantNotification>
    private let continuation: AsyncStream<ParticipantNotification>.Continuation
    private let state = Mutex<(requests: [ParticipantRequest], isLost: Bool)>(([], false))

    init(_ join: JoinRequest) {
        (notifications, continuation) = AsyncStream.makeStream()
        continuation.yield(.joined(Self.snapshot(of: join)))
    }

    var requests: [ParticipantRequest] { state.withLock { $0.requests } }
    var isLost: Bool { state.withLock { $0.isLost } }

    func tell(_ notification: ParticipantNotification) { continuation.yield(notification) }
    func finish() { continuation.finish() }

    func request(_ request: ParticipantRequest) async {
        state.withLock { $0.requests.append(request) }
        if case .leave = request { continuation.finish() }
    }
    func signalLost() async { state.withLock { $0.isLost = true } }

    private static func snapshot(of join: JoinRequest) -> JoinSnapshot {
        JoinSnapshot(
            room: RoomInfo(sid: RoomSID("RM_test")!, name: join.grants.roomName, createdAtMilliseconds: 0),
            participant: ParticipantInfo(
                sid: ParticipantSID("PA_test")!, identity: join.grants.identity, joinedAtMilliseconds: 0),
            others: [], isSubscriberPrimary: join.mode == .dual, publishableCodecs: ["video/VP8", "audio/opus"])
    }
}
