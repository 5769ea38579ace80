// Who receives what: a track reaches a participant when it may be seen, is allowed on both sides, and is wanted.

import Basics
import MediaInterface

extension RoomState {
    // MARK: - The rule

    func mayReceive(_ track: TrackSID, from publisher: ParticipantRecord, _ subscriber: ParticipantRecord) -> Bool {
        subscriber.permissions.canSubscribe && !publisher.permissions.isHidden && publisher.sid != subscriber.sid
            && publisher.rule.allows(subscriber.info.identity, track)
    }

    /// Makes the subscription agree with the rule.
    mutating func reconsider(
        subscription track: TrackSID, from publisher: ParticipantSID, to subscriber: ParticipantSID,
        at now: MonotonicTime
    ) {
        guard let source = participants[publisher], let receiver = participants[subscriber],
            let index = source.trackIndex(track)
        else { return }
        let isWanted = receiver.choices[track] ?? receiver.subscribesAutomatically
        let shallReceive = isWanted && mayReceive(track, from: source, receiver)
        if !shallReceive {
            forgetSubscription(of: subscriber, to: track, at: now)
        } else if receiver.subscriptions[track] == nil {
            subscribe(subscriber, to: source.tracks[index], of: publisher, at: now)
        }
    }

    mutating func reconsiderSubscriptions(of subscriber: ParticipantSID, at now: MonotonicTime) {
        for publisher in order where publisher != subscriber {
            for track in participants[publisher]?.tracks ?? [] {
                reconsider(subscription: track.info.sid, from: publisher, to: subscriber, at: now)
            }
        }
    }

    private mutating func reconsiderSubscribers(of publisher: ParticipantSID, at now: MonotonicTime) {
        for track in participants[publisher]?.tracks ?? [] {
            for subscriber in order where subscriber != publisher {
                reconsider(subscription: track.info.sid, from: publisher, to: subscriber, at: now)
            }
        }
    }

    private mutating func subscribe(
        _ subscriber: ParticipantSID, to track: PublishedTrackRecord, of publisher: ParticipantSID,
        at now: MonotonicTime
    ) {
        let (quality, settings) = wishedSettings(of: subscriber, for: track.info)
        let codec = track.codec(isUndecodable: participants[subscriber]!.undecodable.contains(track.info.sid))
        let source = track.source(codec)
        let record = SubscriptionRecord(
            id: identifiers.subscription(), publisher: publisher, codec: codec, isWaiting: source == nil,
            quality: quality, settings: settings)
        let wish = source.map { source in
            SubscriptionWish(
                id: record.id, sid: track.info.sid, track: source.id, publisher: publisher,
                stream: StreamName.name(
                    of: track.info, from: publisher, isShared: participants[subscriber]!.takesSharedStreams),
                kind: source.publication.kind, codecs: source.publication.codecs,
                redundancy: track.info.redundancy(toClientThatTakesIt: participants[subscriber]!.takesRedundancy),
                settings: settings)
        }
        let isFull = participants[subscriber]!.subscriptions.count >= MediaLimits.subscriptionsPerPeer
        guard !isFull, wish.map({ participants[subscriber]!.negotiation.add($0, at: now, random: &random) }) ?? true
        else {
            count(\.overLimit)
            notify(subscriber, .subscriptionFailed(track.info.sid, .unknown))
            return
        }
        participants[subscriber]!.subscriptions[track.info.sid] = record
        subscriptionOwners[record.id] = (subscriber, track.info.sid)
        guard let index = participants[publisher]!.trackIndex(track.info.sid) else { return }
        participants[publisher]!.tracks[index].subscribers.insert(subscriber)
        trackQualities(of: track.info.sid, codec, by: publisher, from: nil, to: quality, at: now)
    }

    /// What the publisher may send has changed: subscribers get other payload types, or the other codec of the track, or
    /// hear that they cannot follow.
    mutating func renegotiateSubscriptions(
        to track: TrackSID, _ codec: PublishedCodec, of publisher: ParticipantSID, at now: MonotonicTime
    ) {
        guard let index = participants[publisher]?.trackIndex(track),
            let source = participants[publisher]!.tracks[index].source(codec)
        else { return }
        let before = participants[publisher]!.tracks[index].subscribers
        for subscriber in order where participants[subscriber]?.subscriptions[track]?.codec == codec {
            var lost: [TrackSID] = []
            let commands = participants[subscriber]!.negotiation.update(
                track, codecs: source.publication.codecs, lost: &lost, at: now)
            emit(commands)
            for track in lost { refuse(track, for: subscriber, at: now) }
        }
        // Who could take nothing of it before may now.
        for subscriber in order where subscriber != publisher && !before.contains(subscriber) {
            participants[subscriber]!.undecodable.remove(track)
            reconsider(subscription: track, from: publisher, to: subscriber, at: now)
        }
    }

    /// Ends a subscription; nothing when there is none.
    mutating func forgetSubscription(of subscriber: ParticipantSID, to track: TrackSID, at now: MonotonicTime) {
        guard let record = participants[subscriber]?.subscriptions.removeValue(forKey: track) else { return }
        subscriptionOwners[record.id] = nil
        let commands = participants[subscriber]!.negotiation.remove(track, at: now)
        // The negotiation has already lost it when its section went away.
        emit(commands.isEmpty && record.isStarted ? [.unsubscribe(record.id)] : commands)
        guard let index = participants[record.publisher]?.trackIndex(track) else { return }
        participants[record.publisher]!.tracks[index].subscribers.remove(subscriber)
        trackQualities(of: track, record.codec, by: record.publisher, from: record.quality, to: nil, at: now)
    }

    /// Forwarding began: the publisher hears of the first receiver.
    mutating func noteStarted(_ track: TrackSID, for subscriber: ParticipantSID) {
        guard participants[subscriber]?.subscriptions[track] != nil, let publisher = publishers[track],
            let index = participants[publisher]?.trackIndex(track)
        else { return }
        participants[subscriber]!.subscriptions[track]!.isStarted = true
        guard !participants[publisher]!.tracks[index].hasBeenReceived else { return }
        participants[publisher]!.tracks[index].hasBeenReceived = true
        notify(publisher, .trackSubscribed(track))
    }

    // MARK: - Choices of the subscriber

    /// `isReported` tells the participant of tracks that do not exist.
    mutating func setSubscriptions(
        _ tracks: [TrackSID], isSubscribed: Bool, of sid: ParticipantSID, at now: MonotonicTime, isReported: Bool
    ) {
        for track in tracks.prefix(ConferenceLimits.trackChoices) {
            guard let publisher = publishers[track], publisher != sid, let source = participants[publisher],
                let receiver = participants[sid], !source.permissions.isHidden
            else {
                count(\.unknownTrack)
                if isReported, isSubscribed { notify(sid, .subscriptionFailed(track, .trackNotFound)) }
                continue
            }
            participants[sid]!.choices[track] = isSubscribed
            // A tile that comes back is shown again, whatever it was before.
            if isSubscribed, receiver.subscriptions[track] == nil {
                participants[sid]!.wishes[track]?.isDisabled = false
            }
            if isSubscribed, !mayReceive(track, from: source, receiver) {
                count(\.notAllowed)
                notify(sid, .subscriptionPermissionChanged(publisher, track, isAllowed: false))
            }
            reconsider(subscription: track, from: publisher, to: sid, at: now)
        }
    }

    mutating func updateTrackSettings(_ settings: TrackSettings, of sid: ParticipantSID, at now: MonotonicTime) {
        for track in settings.tracks.prefix(ConferenceLimits.trackChoices) {
            guard let publisher = publishers[track], publisher != sid, let source = participants[publisher],
                !source.permissions.isHidden, let index = source.trackIndex(track)
            else {
                count(\.unknownTrack)
                continue
            }
            participants[sid]!.wishes[track] = settings
            guard let before = participants[sid]!.subscriptions[track] else { continue }
            let (quality, wished) = wishedSettings(of: sid, for: source.tracks[index].info)
            if wished != before.settings {
                participants[sid]!.subscriptions[track]!.settings = wished
                emit(participants[sid]!.negotiation.configure(track, wished))
            }
            guard quality != before.quality else { continue }
            participants[sid]!.subscriptions[track]!.quality = quality
            trackQualities(of: track, before.codec, by: publisher, from: before.quality, to: quality, at: now)
        }
    }

    /// A tile that never said its size starts small under adaptive stream, never off: nothing shown would mean that
    /// nothing is ever asked for.
    private func wishedSettings(of subscriber: ParticipantSID, for track: TrackInfo)
        -> (quality: VideoQuality?, settings: SubscriptionSettings)
    {
        let record = participants[subscriber]
        let wish = record?.wishes[track.sid]
        let isSmall = record?.usesAdaptiveStream == true && track.kind == .video
        let quality = wish.map { LayerChoice.quality(for: $0, layers: track.layers) } ?? (isSmall ? .low : .high)
        return (quality, LayerChoice.settings(for: quality, wish: wish, of: track))
    }

    // MARK: - Permission of the publisher

    mutating func setPermission(_ permission: SubscriptionPermission, of sid: ParticipantSID, at now: MonotonicTime) {
        if permission.entries.count > ConferenceLimits.permissionEntries { count(\.overLimit) }
        let before = participants[sid]!.rule
        let rule = SubscriptionRule(permission) { participants[$0]?.info.identity }
        guard rule != before else { return }
        participants[sid]!.rule = rule
        // Nobody knows of the tracks of a hidden participant.
        let isHidden = participants[sid]!.permissions.isHidden
        for track in participants[sid]!.tracks.map(\.info.sid) {
            for subscriber in order where subscriber != sid {
                guard let identity = participants[subscriber]?.info.identity,
                    before.allows(identity, track) != rule.allows(identity, track)
                else { continue }
                if !isHidden {
                    notify(
                        subscriber,
                        .subscriptionPermissionChanged(sid, track, isAllowed: rule.allows(identity, track)))
                }
                reconsider(subscription: track, from: sid, to: subscriber, at: now)
            }
        }
    }

    /// Grants changed while the participant is here: what is no longer allowed ends now.
    mutating func applyPermissions(_ permissions: Permissions, to sid: ParticipantSID, at now: MonotonicTime) {
        guard let before = participants[sid]?.permissions, before != permissions else { return }
        participants[sid]!.info.permissions = permissions
        participants[sid]!.pendingTracks.removeAll { !permissions.allowsPublishing($0.info.source) }
        for track in participants[sid]!.tracks where !permissions.allowsPublishing(track.info.source) {
            revokeTrack(track.info.sid, of: sid, at: now)
        }
        if permissions.isHidden, !before.isHidden {
            flushUpdates(at: now)
            hide(sid)
        }
        markChanged(sid)
        flushUpdates(at: now)
        refreshGrants(of: sid, at: now)
        reconsiderSubscriptions(of: sid, at: now)
        reconsiderSubscribers(of: sid, at: now)
        noteRecorders()
    }

    /// For the others, who hides has left.
    private mutating func hide(_ sid: ParticipantSID) {
        guard var info = participants[sid]?.info else { return }
        speakers.remove(sid)
        info.state = .disconnected
        info.tracks = []
        info.version += 1
        participants[sid]!.info.version += 1
        for other in order where other != sid { notify(other, .participantsUpdated([info])) }
    }
}
