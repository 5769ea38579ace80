// The media threads as the rooms see them.

import Conference
import MediaInterface
import MediaRuntime
import Rooms

struct PoolPlacement: MediaPlacement {
    let pool: MediaPool
    let fingerprint: CertificateFingerprint

    func port(for room: RoomID) -> any MediaPort {
        let thread = pool.thread(for: room)
        return ThreadPort(
            thread: thread,
            local: LocalTransport(
                fingerprint: fingerprint, candidates: thread.candidates.map { LocalCandidate(address: $0) }))
    }

    func release(_ room: RoomID) { pool.release(room) }
}

struct ThreadPort: MediaPort {
    let thread: MediaThread
    let local: LocalTransport

    func submit(_ commands: [MediaCommand]) -> Bool { thread.commands.post(commands) == .accepted }
}
