// From the media plane's reports of everybody's network to the scores that participants are told.

import Basics
import MediaInterface

/// Periods of the scores, common to a room so that all changes go out in one message.
struct QualityPacer: Sendable {
    private(set) var dueAt: MonotonicTime?
    private var last: MonotonicTime?

    mutating func reported(at now: MonotonicTime) {
        guard dueAt == nil else { return }
        dueAt = max(now, (last ?? now) + ConferenceTimers.qualityPeriod)
    }

    mutating func assessed(at now: MonotonicTime) {
        dueAt = nil
        last = now
    }
}

extension RoomState {
    mutating func noteQuality(_ sample: PeerQuality, of sid: ParticipantSID, at now: MonotonicTime) {
        participants[sid]!.scorer.note(sample)
        qualityPeriods.reported(at: now)
    }

    mutating func assessQualities(at now: MonotonicTime) {
        qualityPeriods.assessed(at: now)
        var updates: [ConnectionQualityUpdate] = []
        for sid in order {
            guard let record = participants[sid], record.scorer.hasSamples else { continue }
            let isExpected = record.tracks.contains(where: \.isExpectedToFlow)
            guard let change = participants[sid]!.scorer.assess(isExpected: isExpected) else { continue }
            let score = Float((change.score * 10).rounded() / 10)
            updates.append(ConnectionQualityUpdate(participant: sid, quality: change.quality, score: score))
        }
        noteConnectionQualities(updates)
    }
}

extension PublishedTrackRecord {
    /// A live microphone or camera always gives something; a screen may stand still.
    fileprivate var isExpectedToFlow: Bool {
        guard !info.isMuted else { return false }
        switch info.source {
        case .microphone: return true
        case .camera: return qualities.announced != nil
        default: return false
        }
    }
}
