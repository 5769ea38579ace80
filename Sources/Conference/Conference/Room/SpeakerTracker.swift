// Who speaks: from the levels of the tracks to changes that participants are told.

import Basics
import MediaInterface

/// Levels are linear amplitudes from 0 to 1. A cough or a key does not make a speaker, a pause between words does not
/// end one.
struct SpeakerTracker: Sendable {
    /// About -38 dBov: speech from an arm's length, at a usual gain.
    static let startLevel: Float = 0.0125
    /// About -44 dBov: quiet words of somebody who is speaking already.
    static let stayLevel: Float = 0.006
    /// So many reports in a row (they come about three times a second).
    static let startReports = 2
    /// Two reports without: the levels fall slowly by themselves.
    static let silence = Interval.milliseconds(700)
    static let shortestTurn = Interval.seconds(1)
    /// Reports further apart are not in a row.
    private static let reportGap = Interval.milliseconds(700)

    private struct Speaker {
        var toldLevel: Float
        var since: MonotonicTime
        var lastHeard: MonotonicTime
        var endsAt: MonotonicTime { max(lastHeard + SpeakerTracker.silence, since + SpeakerTracker.shortestTurn) }
    }
    private struct Candidate {
        var reports: Int
        var lastHeard: MonotonicTime
    }
    private var speakers: [ParticipantSID: Speaker] = [:]
    private var candidates: [ParticipantSID: Candidate] = [:]

    /// The loudest track of each participant counts. Returns what changed.
    mutating func update(_ levels: [(participant: ParticipantSID, level: Float)], at now: MonotonicTime)
        -> [SpeakerUpdate]
    {
        var loudest: [ParticipantSID: Float] = [:]
        var order: [ParticipantSID] = []
        for (participant, level) in levels where level.isFinite {
            if loudest[participant] == nil { order.append(participant) }
            loudest[participant] = max(loudest[participant] ?? 0, min(max(level, 0), 1))
        }
        candidates = candidates.filter { loudest[$0.key] ?? 0 >= Self.startLevel }
        var changes: [SpeakerUpdate] = []
        for participant in order {
            guard let change = hear(participant, loudest[participant] ?? 0, at: now) else { continue }
            changes.append(change)
        }
        return changes + expire(at: now)
    }

    private mutating func hear(_ participant: ParticipantSID, _ level: Float, at now: MonotonicTime) -> SpeakerUpdate? {
        if var speaker = speakers[participant] {
            guard level >= Self.stayLevel else { return nil }
            speaker.lastHeard = now
            let isNoticeable = abs(speaker.toldLevel - level) >= max(0.01, speaker.toldLevel * 0.25)
            if isNoticeable { speaker.toldLevel = level }
            speakers[participant] = speaker
            return isNoticeable ? SpeakerUpdate(participant: participant, level: level, isActive: true) : nil
        }
        guard level >= Self.startLevel else { return nil }
        var candidate = candidates[participant] ?? Candidate(reports: 0, lastHeard: now)
        candidate.reports = now - candidate.lastHeard > Self.reportGap ? 1 : candidate.reports + 1
        candidate.lastHeard = now
        guard candidate.reports >= Self.startReports else {
            candidates[participant] = candidate
            return nil
        }
        candidates[participant] = nil
        speakers[participant] = Speaker(toldLevel: level, since: now, lastHeard: now)
        return SpeakerUpdate(participant: participant, level: level, isActive: true)
    }

    /// Time passed: who has been silent for long enough does not speak any more. Returns what changed.
    mutating func expire(at now: MonotonicTime) -> [SpeakerUpdate] {
        let silent = speakers.filter { $0.value.endsAt <= now }.keys.sorted { $0.rawValue < $1.rawValue }
        for participant in silent { speakers[participant] = nil }
        return silent.map { SpeakerUpdate(participant: $0, level: 0, isActive: false) }
    }

    /// When `expire` has something to do, unless somebody is heard before.
    var deadline: MonotonicTime? { speakers.values.lazy.map(\.endsAt).min() }

    /// All who speak now, for somebody who has heard of none.
    var snapshot: [SpeakerUpdate] {
        speakers.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { SpeakerUpdate(participant: $0.key, level: $0.value.toldLevel, isActive: true) }
    }

    mutating func remove(_ participant: ParticipantSID) {
        speakers[participant] = nil
        candidates[participant] = nil
    }
}
