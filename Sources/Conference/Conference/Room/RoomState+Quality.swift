// How well everybody's media comes through, as everybody else is told.

import Basics

extension RoomState {
    /// Takes down what changed and tells it to those who see these participants, themselves among them. What is known
    /// already is not told again; the last word on a transport that is dead is `lost`.
    mutating func noteConnectionQualities(_ updates: [ConnectionQualityUpdate]) {
        let changes = updates.filter { update in
            guard let record = participants[update.participant] else { return false }
            let isFinal = record.hasFailed && update.quality != .lost
            return !isFinal && record.connectionQuality != update
        }
        guard !changes.isEmpty else { return }
        for change in changes { participants[change.participant]!.connectionQuality = change }
        for sid in order { tell(changes, to: sid) }
    }

    /// Qualities are told as changes: who comes in, or back, hears first how things stand.
    mutating func tellConnectionQualities(to sid: ParticipantSID) {
        tell(order.compactMap { participants[$0]?.connectionQuality }, to: sid)
    }

    private mutating func tell(_ updates: [ConnectionQualityUpdate], to sid: ParticipantSID) {
        let visible = updates.filter { update in
            participants[update.participant].map { isVisible($0.info, to: sid) } ?? false
        }
        if !visible.isEmpty { notify(sid, .connectionQualityChanged(visible)) }
    }
}
