// The rooms as the doors see them.

import Conference
import Gateway
import Rooms

struct RoomEntrance: Entrance {
    let directory: RoomDirectory

    func check(_ request: JoinRequest) async throws(JoinRefusal) { try await directory.check(request) }

    func join(_ request: JoinRequest) async throws(JoinRefusal) -> any SignalSession {
        RoomSession(session: try await directory.join(request))
    }
}

struct RoomSession: SignalSession {
    let session: ParticipantSession
    var notifications: AsyncStream<ParticipantNotification> { session.notifications }
    func request(_ request: ParticipantRequest) async { await session.request(request) }
    func signalLost() async { await session.signalLost() }
}
