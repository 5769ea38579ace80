// Coming in, coming back and leaving.

public import Basics
import MediaInterface
import SDP

extension RoomState {
    /// A participant comes in, or back. A second one of the same identity ends the session of the first.
    public mutating func join(_ request: JoinRequest, at now: MonotonicTime, wallMilliseconds: Int64)
        throws(JoinRefusal) -> (outcome: JoinOutcome, effects: [RoomEffect])
    {
        try check(request)
        if let resume = request.resume {
            guard canResume(resume.participant, request) else {
                count(\.stale)
                return (.mustStartAnew, finish(at: now))
            }
            self.resume(resume.participant, request, at: now)
            return (.resumed(resume.participant), finish(at: now))
        }
        if let first = identities[request.grants.identity] {
            remove(first, .duplicateIdentity, telling: .disconnect, at: now)
        }
        let sid = enter(request, at: now, wallMilliseconds: wallMilliseconds)
        return (.joined(sid), finish(at: now))
    }

    /// Throws when `join` would refuse now.
    public func check(_ request: JoinRequest) throws(JoinRefusal) {
        if isClosed { throw .roomNotFound }
        try validate(request)
        let limit = settings.maximumParticipants
        let isDependent = ParticipantRecord.isDependent(request.grants.kind, request.grants.permissions)
        guard limit > 0, request.resume == nil, !isDependent else { return }
        let replaced = identities[request.grants.identity]
        let others = order.count { $0 != replaced && participants[$0]?.isDependent == false }
        if others >= Int(limit) { throw .roomFull(limit: limit) }
    }

    private func validate(_ request: JoinRequest) throws(JoinRefusal) {
        let grants = request.grants
        guard !grants.identity.isEmpty, grants.identity.utf8.count <= ConferenceLimits.nameBytes else {
            throw .invalid("the identity must have 1 to \(ConferenceLimits.nameBytes) bytes")
        }
        guard grants.name.utf8.count <= ConferenceLimits.nameBytes else {
            throw .invalid("the name must have at most \(ConferenceLimits.nameBytes) bytes")
        }
        let attributes = grants.attributes.merging(request.attributes) { $1 }
        guard ParticipantText.fits(metadata: request.metadata ?? grants.metadata, attributes: attributes) else {
            throw .invalid("metadata and attributes must have at most \(ConferenceLimits.metadataBytes) bytes")
        }
        guard let offer = request.publisherOffer else { return }
        do {
            let session = try offer.session()
            try session.checkMids()
            _ = try session.remoteTransport()
        } catch {
            throw .invalid(error.sentence)
        }
    }

    private mutating func enter(_ request: JoinRequest, at now: MonotonicTime, wallMilliseconds: Int64)
        -> ParticipantSID
    {
        let sid = ParticipantSID(random: &random)
        var info = ParticipantInfo(
            sid: sid, identity: request.grants.identity, name: request.grants.name, metadata: request.grants.metadata,
            attributes: request.grants.attributes, state: .joined, kind: request.grants.kind,
            joinedAtMilliseconds: wallMilliseconds, permissions: request.grants.permissions,
            clientProtocol: request.client.clientProtocol, capabilities: request.client.capabilities)
        if request.grants.permissions.canUpdateOwnMetadata {
            info.attributes.merge(request.attributes) { $1 }
            info.metadata = request.metadata ?? info.metadata
        } else if !request.attributes.isEmpty {
            count(\.notAllowed)
        }
        let record = ParticipantRecord(
            ParticipantFields(
                info: info, grants: request.grants, mode: request.mode,
                subscribesAutomatically: request.subscribesAutomatically,
                usesAdaptiveStream: request.usesAdaptiveStream, takesSharedStreams: request.takesSharedStreams,
                joinedAt: now,
                negotiation: makeNegotiation(request.mode, at: now),
                removal: (now + ConferenceTimers.connectionTimeout, .joinFailure),
                tokenRefreshAt: now + ConferenceTimers.tokenRefresh, takesRedundancy: request.client.takesRedundancy,
                firstReliablePacket: reliableData.nextNumber, nextReliablePacket: reliableData.nextNumber))
        participants[sid] = record
        order.append(sid)
        identities[info.identity] = sid
        for peer in record.negotiation.peers { peerOwners[peer] = sid }
        if !record.isDependent { emptyAt = nil }
        noteRecorders()
        updates.add(.arrived(sid))

        emit(record.negotiation.opening)
        updateCounts()
        notify(
            sid,
            .joined(
                JoinSnapshot(
                    room: room, participant: info, others: others(of: sid),
                    isSubscriberPrimary: request.mode == .dual, publishableCodecs: settings.publishableCodecs)))
        refreshGrants(of: sid, at: now)
        tellSpeakers(to: sid)
        tellConnectionQualities(to: sid)
        for track in request.addTracks { addTrack(track, by: sid, at: now) }
        reconsiderSubscriptions(of: sid, at: now)
        if let offer = request.publisherOffer { receiveOffer(offer, from: sid, at: now) }
        if let offer = participants[sid]?.negotiation.offerNow(at: now) {
            flushUpdates(at: now)
            tellOffer(offer, to: sid)
        }
        return sid
    }

    private mutating func makeNegotiation(_ mode: PeerConnectionMode, at now: MonotonicTime)
        -> any PeerConnectionNegotiation
    {
        switch mode {
        case .single:
            SinglePeerConnectionNegotiation(peer: identifiers.peer(), room: id, local: local, random: &random)
        case .dual:
            DualPeerConnectionNegotiation(
                publisher: identifiers.peer(), subscriber: identifiers.peer(), room: id, local: local, at: now,
                random: &random)
        }
    }

    /// Speakers are told as changes: who comes in hears first how things stand.
    private mutating func tellSpeakers(to sid: ParticipantSID) {
        let visible = speakers.snapshot.filter { speaker in
            participants[speaker.participant].map { isVisible($0.info, to: sid) } ?? false
        }
        if !visible.isEmpty { notify(sid, .speakersChanged(visible)) }
    }

    func others(of sid: ParticipantSID) -> [ParticipantInfo] {
        order.filter { $0 != sid }.compactMap { participants[$0]?.info }.filter { isVisible($0, to: sid) }
    }

    /// The grants as they now stand; the door signs them.
    mutating func refreshGrants(of sid: ParticipantSID, at now: MonotonicTime) {
        guard let record = participants[sid] else { return }
        var grants = record.grants
        grants.name = record.info.name
        grants.metadata = record.info.metadata
        grants.attributes = record.info.attributes
        grants.permissions = record.info.permissions
        participants[sid]!.tokenRefreshAt = now + ConferenceTimers.tokenRefresh
        notify(sid, .grantsRefreshed(grants))
    }

    // MARK: - Coming back

    private func canResume(_ sid: ParticipantSID, _ request: JoinRequest) -> Bool {
        guard let record = participants[sid] else { return false }
        return record.info.identity == request.grants.identity && record.mode == request.mode && !record.hasFailed
    }

    private mutating func resume(_ sid: ParticipantSID, _ request: JoinRequest, at now: MonotonicTime) {
        participants[sid]!.isSignalConnected = true
        participants[sid]!.awaitsReplay = true
        // Who has not been connected yet has the rest of the time that joining gave.
        let joinDeadline = participants[sid]!.joinedAt + ConferenceTimers.connectionTimeout
        participants[sid]!.removal = participants[sid]!.info.state == .active ? nil : (joinDeadline, .joinFailure)
        // What is pending belongs into the snapshot.
        flushUpdates(at: now)
        notify(sid, .reconnected(lastReliableSequence: participants[sid]!.lastReliableSequence))
        notify(sid, .participantsUpdated([participants[sid]!.info] + others(of: sid)))
        let departures = participants[sid]!.missedDepartures
        participants[sid]!.missedDepartures = []
        if !departures.isEmpty { notify(sid, .participantsUpdated(departures)) }
        notify(sid, .roomUpdated(room))
        refreshGrants(of: sid, at: now)
        tellSpeakers(to: sid)
        tellConnectionQualities(to: sid)
        tellStreamStates(to: sid)
        for track in participants[sid]!.tracks where track.publication.kind == .video {
            tellQualities(of: track, to: sid)
        }
        emit(participants[sid]!.negotiation.resume(at: now, random: &random))
        if let state = request.syncState { synchronize(sid, with: state, at: now) }
        // What the client holds may have shown that it must start anew.
        guard participants[sid] != nil else { return }
        if let offer = request.publisherOffer { receiveOffer(offer, from: sid, at: now) }
        if let offer = participants[sid]?.negotiation.offerNow(at: now) { tellOffer(offer, to: sid) }
    }

    /// What the client still holds: the server's view is made to agree, or the client starts anew.
    mutating func synchronize(_ sid: ParticipantSID, with state: SyncState, at now: MonotonicTime) {
        guard let record = participants[sid] else { return }
        let known = state.publishedTracks.allSatisfy { published in
            record.trackIndex(published.sid) != nil || record.pendingTracks.contains { $0.info.sid == published.sid }
        }
        guard known else {
            remove(sid, .stateMismatch, telling: .reconnect, at: now)
            return
        }
        let listed = state.subscribedTracks.prefix(ConferenceLimits.trackChoices)
        setSubscriptions(Array(listed), isSubscribed: state.listsSubscribed, of: sid, at: now, isReported: false)
        for track in state.disabledTracks.prefix(ConferenceLimits.trackChoices) {
            var wish = participants[sid]?.wishes[track] ?? TrackSettings(tracks: [track])
            guard !wish.isDisabled else { continue }
            wish.isDisabled = true
            updateTrackSettings(wish, of: sid, at: now)
        }
        replayData(to: sid, after: state.receivedData)
    }

    // MARK: - Leaving

    /// The WebSocket is gone; the session lives as long as its transport does.
    public mutating func signalLost(_ sid: ParticipantSID, at now: MonotonicTime) -> [RoomEffect] {
        guard let record = participants[sid], record.isSignalConnected else { return finish(at: now) }
        participants[sid]!.isSignalConnected = false
        if record.info.state != .active || record.hasFailed {
            participants[sid]!.removal = (now + ConferenceTimers.departureGrace, .signalClose)
        }
        return finish(at: now)
    }

    /// Ends a session. `action` is what the client is told to do, nil when it knows.
    mutating func remove(
        _ sid: ParticipantSID, _ reason: DisconnectReason, telling action: LeaveAction?, at now: MonotonicTime
    ) {
        guard participants[sid] != nil else { return }
        if let action { notify(sid, .left(reason, action)) }
        emit(.endSession(sid))
        participants[sid]!.isSignalConnected = false
        for track in participants[sid]!.tracks { endTrack(track.info.sid, of: sid, at: now) }
        for track in Array(participants[sid]!.subscriptions.keys) {
            forgetSubscription(of: sid, to: track, at: now)
        }
        guard var record = participants.removeValue(forKey: sid) else { return }
        for peer in record.negotiation.livePeers { emit(.media(.removePeer(peer))) }
        for peer in record.negotiation.peers { peerOwners[peer] = nil }
        order.removeAll { $0 == sid }
        identities[record.info.identity] = nil
        speakers.remove(sid)
        let wasActive = record.info.state == .active
        record.info.state = .disconnected
        record.info.disconnectReason = reason
        record.info.version += 1
        record.info.tracks = []
        record.info.isPublisher = false
        updates.add(.departed(record.info))
        noteRecorders()
        updateCounts()
        emit(
            .fact(wasActive ? .participantLeft(room, record.info) : .participantConnectionAborted(room, record.info)))
        if !isClosed, emptyAt == nil, !order.contains(where: { participants[$0]?.isDependent == false }) {
            emptyAt = now + .seconds(Int(settings.departureTimeoutSeconds))
        }
    }

    /// A recorder in the room is shown to everybody.
    mutating func noteRecorders() {
        let isRecording = participants.values.contains { $0.permissions.isRecorder }
        guard room.isRecording != isRecording else { return }
        room.isRecording = isRecording
        roomUpdates.isUrgent = true
    }

    /// Ends the room: everybody leaves with `action`.
    mutating func end(_ reason: DisconnectReason, telling action: LeaveAction, at now: MonotonicTime) {
        guard !isClosed else { return }
        isClosed = true
        // Nobody is told of the others' going.
        let leaving = order
        for sid in leaving {
            notify(sid, .left(reason, action))
            participants[sid]?.isSignalConnected = false
        }
        for sid in leaving { remove(sid, reason, telling: nil, at: now) }
        _ = updates.take()
        emptyAt = nil
        roomUpdates.told(at: now)
        emit(.fact(.roomFinished(room)))
        emit(.closed)
    }
}

extension NegotiationError {
    var sentence: String {
        switch self {
        case .malformed(let reason), .unsupported(let reason): reason
        case .transportReplaced: "the transport was replaced"
        case .unexpectedAnswer: "there is no offer to answer"
        }
    }
}
