// What participants ask for, each request checked against the grants as they stand now.

public import Basics

extension RoomState {
    public mutating func handle(_ request: ParticipantRequest, from sid: ParticipantSID, at now: MonotonicTime)
        -> [RoomEffect]
    {
        guard participants[sid] != nil else {
            count(\.stale)
            return finish(at: now)
        }
        switch request {
        case .offer(let offer): receiveOffer(offer, from: sid, at: now)
        case .answer(let answer): receiveAnswer(answer, from: sid, at: now)
        // The server is lite: it learns the client's addresses from the client's checks.
        case .trickle: break
        case .addTrack(let track): addTrack(track, by: sid, at: now)
        case .muteTrack(let track, let isMuted, let requestID):
            setMuted(track, isMuted, by: sid, requestID: requestID)
        case .updateSubscription(let tracks, let isSubscribed):
            setSubscriptions(tracks, isSubscribed: isSubscribed, of: sid, at: now, isReported: true)
        case .updateTrackSettings(let settings): updateTrackSettings(settings, of: sid, at: now)
        case .setSubscriptionPermission(let permission): setPermission(permission, of: sid, at: now)
        case .updateMetadata(let requestID, let metadata, let name, let attributes):
            updateOwnMetadata(
                of: sid, requestID: requestID, metadata: metadata, name: name, attributes: attributes, at: now)
        case .updateAudioTrack(let track, let features): updateAudioTrack(track, features, by: sid)
        case .updateVideoTrack(let track, let width, let height):
            updateVideoTrack(track, width: width, height: height, by: sid)
        case .syncState(let state): synchronize(sid, with: state, at: now)
        case .leave: remove(sid, .clientInitiated, telling: nil, at: now)
        case .unsupported(let name, let requestID):
            count(\.unsupported)
            answer(sid, requestID, .unsupportedType, "\(name) is not supported by this server", .other)
        }
        return finish(at: now)
    }

    mutating func answer(
        _ sid: ParticipantSID, _ requestID: UInt32, _ outcome: RequestOutcome, _ message: String,
        _ subject: RequestSubject
    ) {
        notify(sid, .requestAnswered(requestID: requestID, outcome, message: message, subject))
    }

    // MARK: - Descriptions

    mutating func receiveOffer(_ offer: SessionDescription, from sid: ParticipantSID, at now: MonotonicTime) {
        guard participants[sid] != nil else { return }
        var lost: [TrackSID] = []
        do {
            let accepted = try participants[sid]!.negotiation.accept(offer: offer, lost: &lost, random: &random)
            emit(accepted.commands)
            for track in lost { forgetSubscription(of: sid, to: track, at: now) }
            if !lost.isEmpty { reconsiderSubscriptions(of: sid, at: now) }
            reconcilePublications(of: sid, with: accepted, at: now)
            // Clients must know a track before the answer that carries it.
            flushUpdates(at: now)
            let answers = publicationAnswers(of: sid, for: accepted)
            let outcome = participants[sid]!.negotiation.answer(
                accepted, publications: answers, at: now, random: &random)
            finishNegotiation(of: sid, outcome, at: now)
        } catch {
            refuseDescription(from: sid, error, at: now)
        }
    }

    private mutating func receiveAnswer(_ answer: SessionDescription, from sid: ParticipantSID, at now: MonotonicTime) {
        do {
            let outcome = try participants[sid]!.negotiation.accept(answer: answer, at: now)
            finishNegotiation(of: sid, outcome, at: now)
        } catch {
            refuseDescription(from: sid, error, at: now)
        }
    }

    private mutating func finishNegotiation(
        of sid: ParticipantSID, _ outcome: NegotiationOutcome, at now: MonotonicTime
    ) {
        if let description = outcome.description {
            notify(sid, .answer(description))
            tellCandidates(to: sid)
        }
        emit(outcome.commands)
        for track in outcome.started { noteStarted(track, for: sid) }
        for track in outcome.refused { refuse(track, for: sid, at: now) }
    }

    mutating func tellOffer(_ offer: SessionDescription, to sid: ParticipantSID) {
        notify(sid, .offer(offer))
        tellCandidates(to: sid)
    }

    private mutating func tellCandidates(to sid: ParticipantSID) {
        for candidate in participants[sid]?.negotiation.takeCandidates() ?? [] { notify(sid, .trickle(candidate)) }
    }

    private mutating func refuseDescription(from sid: ParticipantSID, _ error: NegotiationError, at now: MonotonicTime)
    {
        switch error {
        case .transportReplaced: remove(sid, .stateMismatch, telling: .reconnect, at: now)
        case .unexpectedAnswer: count(\.unexpectedAnswer)
        case .malformed, .unsupported:
            count(\.malformedDescription)
            answer(sid, 0, .invalidRequest, error.sentence, .other)
        }
    }

    // MARK: - Metadata

    private mutating func updateOwnMetadata(
        of sid: ParticipantSID, requestID: UInt32, metadata: String?, name: String?, attributes: [String: String],
        at now: MonotonicTime
    ) {
        let subject = RequestSubject.updateMetadata(metadata: metadata, name: name, attributes: attributes)
        guard participants[sid]!.permissions.canUpdateOwnMetadata else {
            count(\.notAllowed)
            answer(sid, requestID, .notAllowed, "the token does not allow to update own metadata", subject)
            return
        }
        guard setMetadata(of: sid, metadata: metadata, name: name, attributes: attributes, at: now) else {
            count(\.overLimit)
            answer(sid, requestID, .limitExceeded, "metadata, name or attributes are too long", subject)
            return
        }
        answer(sid, requestID, .ok, "", subject)
    }

    /// Nil leaves a field as it is. False when the result would be over the limits; then nothing changes.
    mutating func setMetadata(
        of sid: ParticipantSID, metadata: String?, name: String?, attributes: [String: String], at now: MonotonicTime
    ) -> Bool {
        guard var info = participants[sid]?.info else { return false }
        info.metadata = metadata ?? info.metadata
        info.name = name ?? info.name
        info.attributes = ParticipantText.merged(info.attributes, with: attributes)
        guard info.name.utf8.count <= ConferenceLimits.nameBytes,
            ParticipantText.fits(metadata: info.metadata, attributes: info.attributes)
        else { return false }
        participants[sid]!.info = info
        markChanged(sid)
        if updates.mayFlush(at: now) { flushUpdates(at: now) }
        refreshGrants(of: sid, at: now)
        return true
    }
}
