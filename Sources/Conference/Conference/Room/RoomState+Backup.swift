// The second codec of a track: asked for by the wishes of those who cannot decode the first, announced and offered like
// a track of its own, received under the same name.

import Basics
import MediaInterface

extension RoomState {
    // MARK: - Publishing

    /// A client that was asked for the backup announces it.
    mutating func addCodec(
        _ request: AddTrackRequest, to track: TrackSID, by sid: ParticipantSID, at now: MonotonicTime
    ) {
        let named = request.codecs.first { !$0.cid.isEmpty }
        guard let index = participants[sid]!.trackIndex(track) else {
            count(\.unknownTrack)
            answer(sid, request.requestID, .notFound, "no such track of yours", .addTrack(request))
            return
        }
        guard let backup = participants[sid]!.tracks[index].backup, let named,
            TrackInfo.mimeType(ofVideo: named.codec) == backup.type,
            backup.published == nil || backup.announced?.cid == named.cid
        else {
            count(\.unsupported)
            answer(
                sid, request.requestID, .invalidRequest, "that codec was not announced with the track",
                .addTrack(request))
            return
        }
        participants[sid]!.tracks[index].backup!.announced = (
            named.cid, named.layers.isEmpty ? request.layers : named.layers
        )
        participants[sid]!.tracks[index].describeBackup()
        markChanged(sid)
        notify(sid, .trackPublished(cid: request.cid, participants[sid]!.tracks[index].info))
        let waiting = participants[sid]!.unmatched.values.first { $0.trackIdentifier == named.cid }
        if let waiting { publishBackup(waiting, of: track, by: sid, at: now) }
    }

    /// The track whose backup a section sends.
    func trackOfBackup(_ section: OfferedPublication, by sid: ParticipantSID) -> PublishedTrackRecord? {
        participants[sid]?.tracks.first { track in
            guard let backup = track.backup, let announced = backup.announced else { return false }
            return backup.published == nil && announced.cid == section.trackIdentifier
        }
    }

    mutating func publishBackup(
        _ section: OfferedPublication, of track: TrackSID, by sid: ParticipantSID, at now: MonotonicTime
    ) {
        guard section.kind == .video, let index = participants[sid]!.trackIndex(track),
            let type = participants[sid]!.tracks[index].backup?.type
        else { return }
        let publication = section.preferring(type)
        // Another codec than the announced one would help nobody.
        guard publication.codecs.first?.identity.isOfType(type) == true else { return }
        let id = identifiers.track()
        participants[sid]!.tracks[index].backup!.published = (id, publication)
        participants[sid]!.unmatched[section.mid] = nil
        trackOwners[id] = sid
        tellMediaOfBackup(index, of: sid)
        if participants[sid]!.tracks[index].info.isMuted { emit(.media(.setMuted(id, true))) }
        flushUpdates(at: now)
        for subscriber in order where subscriber != sid {
            guard participants[subscriber]?.subscriptions[track]?.isWaiting == true else { continue }
            forgetSubscription(of: subscriber, to: track, at: now)
            reconsider(subscription: track, from: sid, to: subscriber, at: now)
        }
    }

    private mutating func tellMediaOfBackup(_ index: Int, of sid: ParticipantSID) {
        participants[sid]!.tracks[index].describeBackup()
        let track = participants[sid]!.tracks[index]
        let peer = participants[sid]!.negotiation.publisherPeer
        if let description = track.backup?.description(in: track.info, publisher: peer) {
            emit(.media(.publish(description)))
        }
        markChanged(sid)
    }

    /// Compares what an offer sends with the backup of a track that it still sends. Returns the section that is taken.
    mutating func reconcileBackup(
        of track: TrackSID, by sid: ParticipantSID, with offer: AcceptedOffer, at now: MonotonicTime
    ) -> String? {
        guard let index = participants[sid]!.trackIndex(track), let backup = participants[sid]!.tracks[index].backup,
            let known = backup.published
        else { return nil }
        guard let offered = offer.publications[known.publication.mid]?.preferring(backup.type),
            offered.trackIdentifier == known.publication.trackIdentifier
        else {
            endBackup(of: track, by: sid, at: now)
            return nil
        }
        if offered != known.publication {
            participants[sid]!.tracks[index].backup!.published = (known.id, offered)
            tellMediaOfBackup(index, of: sid)
            if offered.codecs != known.publication.codecs {
                renegotiateSubscriptions(to: track, .backup, of: sid, at: now)
            }
        }
        return offered.mid
    }

    /// The client sends it no longer; who needs it waits for it to come back.
    private mutating func endBackup(of track: TrackSID, by sid: ParticipantSID, at now: MonotonicTime) {
        guard let index = participants[sid]!.trackIndex(track),
            let ended = participants[sid]!.tracks[index].backup?.published
        else { return }
        let receivers = order.filter { participants[$0]?.subscriptions[track]?.codec == .backup }
        for subscriber in receivers { forgetSubscription(of: subscriber, to: track, at: now) }
        participants[sid]!.tracks[index].backup!.published = nil
        participants[sid]!.tracks[index].backup!.announced = nil
        participants[sid]!.tracks[index].describeBackup()
        trackOwners[ended.id] = nil
        emit(.media(.unpublish(ended.id)))
        markChanged(sid)
        for subscriber in receivers { reconsider(subscription: track, from: sid, to: subscriber, at: now) }
    }

    // MARK: - Receiving

    /// A client cannot decode what it was offered: it gets the other codec of the track, if there is one.
    mutating func refuse(_ track: TrackSID, for sid: ParticipantSID, at now: MonotonicTime) {
        let refused = participants[sid]?.subscriptions[track]
        forgetSubscription(of: sid, to: track, at: now)
        let source = refused.flatMap { participants[$0.publisher] }
        guard let refused, refused.codec == .primary, let source, let index = source.trackIndex(track),
            source.tracks[index].backup != nil
        else {
            notify(sid, .subscriptionFailed(track, .codecUnsupported))
            return
        }
        participants[sid]!.undecodable.insert(track)
        reconsider(subscription: track, from: refused.publisher, to: sid, at: now)
    }
}
