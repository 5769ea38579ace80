// What happens because time passes.

public import Basics

extension RoomState {
    /// The next time at which `advance` has something to do; nil when nothing is pending.
    public var nextDeadline: MonotonicTime? {
        guard !isClosed else { return nil }
        var next = [
            emptyAt, updates.deadline, roomUpdates.deadline, speakers.deadline, qualityPeriods.dueAt,
        ].compactMap(\.self).min()
        for record in participants.values {
            if let deadline = deadline(of: record) { next = min(next ?? deadline, deadline) }
        }
        return next
    }

    private func deadline(of record: ParticipantRecord) -> MonotonicTime? {
        var next = record.removal?.at
        func consider(_ deadline: MonotonicTime?) {
            if let deadline { next = min(next ?? deadline, deadline) }
        }
        for track in record.tracks { consider(track.qualityDeadline) }
        guard record.isSignalConnected else { return next }
        consider(record.tokenRefreshAt)
        consider(record.negotiation.deadline)
        return next
    }

    public mutating func advance(to now: MonotonicTime) -> [RoomEffect] {
        if let due = emptyAt, due <= now {
            end(.roomClosed, telling: .disconnect, at: now)
            return finish(at: now)
        }
        let silent = speakers.expire(at: now)
        if !silent.isEmpty { notifyAll(.speakersChanged(silent)) }
        if let due = qualityPeriods.dueAt, due <= now { assessQualities(at: now) }
        for sid in order {
            guard let record = participants[sid], let due = deadline(of: record), due <= now else { continue }
            advance(sid, record, to: now)
        }
        return finish(at: now)
    }

    private mutating func advance(_ sid: ParticipantSID, _ record: ParticipantRecord, to now: MonotonicTime) {
        if let removal = record.removal, removal.at <= now {
            let action: LeaveAction = removal.reason == .joinFailure ? .disconnect : .reconnect
            remove(sid, removal.reason, telling: action, at: now)
            return
        }
        for track in record.tracks where track.qualityDeadline.map({ $0 <= now }) ?? false {
            releaseQualities(of: track.info.sid, by: sid, at: now)
        }
        guard record.isSignalConnected else { return }
        if record.tokenRefreshAt <= now { refreshGrants(of: sid, at: now) }
        guard record.negotiation.deadline.map({ $0 <= now }) ?? false,
            let proposal = participants[sid]!.negotiation.propose(at: now)
        else { return }
        switch proposal {
        case .sections(let audios, let videos):
            notify(sid, .mediaSectionsRequired(audios: audios, videos: videos))
        case .offer(let offer):
            flushUpdates(at: now)
            tellOffer(offer, to: sid)
        case .timedOut: remove(sid, .stateMismatch, telling: .reconnect, at: now)
        }
    }
}
