// Who speaks: from the levels of the tracks to changes that participants are told.

import MediaInterface

struct SpeakerTracker: Sendable {
    /// Smaller changes of an active speaker's level are not worth a message.
    static let noticeableChange: Float = 0.01
    private(set) var active: [ParticipantSID: Float] = [:]

    /// The loudest track of each participant counts. Returns what changed.
    mutating func update(_ levels: [(participant: ParticipantSID, level: Float)]) -> [SpeakerUpdate] {
        var loudest: [ParticipantSID: Float] = [:]
        var order: [ParticipantSID] = []
        for (participant, level) in levels where level.isFinite {
            if loudest[participant] == nil { order.append(participant) }
            loudest[participant] = max(loudest[participant] ?? 0, min(max(level, 0), 1))
        }
        var changes: [SpeakerUpdate] = []
        for participant in order {
            guard let level = loudest[participant] else { continue }
            if let told = active[participant], abs(told - level) < Self.noticeableChange { continue }
            active[participant] = level
            changes.append(SpeakerUpdate(participant: participant, level: level, isActive: true))
        }
        for participant in active.keys.filter({ loudest[$0] == nil }).sorted(by: { $0.rawValue < $1.rawValue }) {
            active[participant] = nil
            changes.append(SpeakerUpdate(participant: participant, level: 0, isActive: false))
        }
        return changes
    }

    /// All who speak now, for somebody who has heard of none.
    var snapshot: [SpeakerUpdate] {
        active.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { SpeakerUpdate(participant: $0.key, level: $0.value, isActive: true) }
    }

    mutating func remove(_ participant: ParticipantSID) { active[participant] = nil }
}
