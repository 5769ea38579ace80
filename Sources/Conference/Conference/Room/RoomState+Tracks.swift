// Publishing: announced by a request, begun and ended by the offers, told to everybody.

import Basics
import MediaInterface

extension RoomState {
    // MARK: - Announcing

    mutating func addTrack(_ request: AddTrackRequest, by sid: ParticipantSID, at now: MonotonicTime) {
        let subject = RequestSubject.addTrack(request)
        if let (outcome, message) = refusal(of: request, by: participants[sid]!) {
            switch outcome {
            case .notAllowed: count(\.notAllowed)
            case .limitExceeded: count(\.overLimit)
            default: count(\.unsupported)
            }
            answer(sid, request.requestID, outcome, message, subject)
            return
        }
        if let existing = request.existingTrack {
            addCodec(request, to: existing, by: sid, at: now)
            return
        }
        if let pending = participants[sid]!.pendingTracks.first(where: { $0.cid == request.cid }) {
            notify(sid, .trackPublished(cid: request.cid, pending.info))
            return
        }
        let info = TrackInfo(
            announced: request,
            sid: TrackSID(kind: request.kind, source: request.source, random: &random), settings: settings)
        let isCodecNamed = info.kind == .video && request.codecs.contains { !$0.codec.isEmpty && !$0.cid.isEmpty }
        let pending = PendingTrack(
            cid: request.cid, info: info, preferredType: isCodecNamed ? info.mimeType : nil,
            backup: BackupCodec(announcedBy: request, beside: info.mimeType, settings: settings))
        participants[sid]!.pendingTracks.append(pending)
        notify(sid, .trackPublished(cid: request.cid, info))
        // The offer may have come first.
        let waiting = participants[sid]!.unmatched.values.first { pending.isNamed($0.trackIdentifier) }
        if let waiting { publish(waiting, as: pending, by: sid, at: now) }
    }

    private func refusal(of request: AddTrackRequest, by record: ParticipantRecord) -> (RequestOutcome, String)? {
        if request.kind == .data { return (.unsupportedType, "data tracks are not supported by this server") }
        guard request.source.mayBe(request.kind) else {
            return (.invalidRequest, "a \(request.source.rawValue) is not published as \(request.kind)")
        }
        guard record.permissions.allowsPublishing(request.source) else {
            return (.notAllowed, "the token does not allow to publish \(request.source.rawValue)")
        }
        // All of it is told to everybody in the room: nothing goes in without a bound.
        var texts = [request.cid, request.name, request.stream]
        for codec in request.codecs { texts += [codec.codec, codec.cid] + codec.layers.map(\.rid) }
        texts += request.layers.map(\.rid)
        guard !request.cid.isEmpty, texts.allSatisfy({ $0.utf8.count <= ConferenceLimits.nameBytes }),
            request.layers.count <= 8, request.codecs.count <= 8, request.codecs.allSatisfy({ $0.layers.count <= 8 }),
            request.audioFeatures.count <= 32,
            request.packetTrailerFeatures.count <= 32
        else { return (.invalidRequest, "the track has no name or one that is too long") }
        let backups = record.tracks.count { $0.backup?.announced != nil }
        guard record.tracks.count + record.pendingTracks.count + backups < ConferenceLimits.tracksPerParticipant else {
            return (.limitExceeded, "a participant has at most \(ConferenceLimits.tracksPerParticipant) tracks")
        }
        return nil
    }

    // MARK: - Offers

    /// Compares what an offer sends with what is published.
    mutating func reconcilePublications(of sid: ParticipantSID, with offer: AcceptedOffer, at now: MonotonicTime) {
        var unmatched = offer.publications
        for track in participants[sid]!.tracks {
            let known = track.publication
            let mimeType = track.info.mimeType
            guard let offered = offer.publications[known.mid]?.preferring(mimeType),
                offered.trackIdentifier == known.trackIdentifier
            else {
                endTrack(track.info.sid, of: sid, at: now)
                continue
            }
            unmatched[known.mid] = nil
            if offered != known { republish(track.info.sid, as: offered, by: sid, at: now) }
            if let taken = reconcileBackup(of: track.info.sid, by: sid, with: offer, at: now) { unmatched[taken] = nil }
        }
        participants[sid]!.unmatched = unmatched
        participants[sid]!.retired.formIntersection(unmatched.values.map(\.trackIdentifier))

        // In the order of the offer, names first: then only sections are left that a browser renamed.
        let sections = offer.mids.compactMap { unmatched[$0] }
        for section in sections {
            guard let pending = participants[sid]!.pendingTracks.first(where: { $0.isNamed(section.trackIdentifier) })
            else {
                let track = trackOfBackup(section, by: sid)
                if let track { publishBackup(section, of: track.info.sid, by: sid, at: now) }
                continue
            }
            publish(section.preferring(pending.preferredType), as: pending, by: sid, at: now)
        }
        for section in sections where participants[sid]!.unmatched[section.mid] != nil {
            guard !participants[sid]!.retired.contains(section.trackIdentifier),
                let pending = participants[sid]!.pendingTracks.first(where: {
                    ($0.info.kind == .audio) == (section.kind == .audio)
                })
            else { continue }
            publish(section.preferring(pending.preferredType), as: pending, by: sid, at: now)
        }
    }

    func publicationAnswers(of sid: ParticipantSID, for offer: AcceptedOffer) -> [String: PublicationAnswer] {
        guard let record = participants[sid] else { return [:] }
        var answers: [String: PublicationAnswer] = [:]
        for (mid, publication) in offer.publications {
            if let track = record.tracks.first(where: { $0.publication.mid == mid }) {
                answers[mid] = PublicationAnswer(
                    usesDTX: !track.info.disablesDTX, isStereo: track.info.isStereo,
                    preferredType: track.info.kind == .video ? track.info.mimeType : nil,
                    usesRedundancy: track.info.usesRedundancy && sendsRedundancy(record))
            } else if let backup = record.tracks.lazy.compactMap(\.backup).first(where: {
                $0.published?.publication.mid == mid
            }) {
                answers[mid] = PublicationAnswer(preferredType: backup.type)
            } else {
                let isWanted = record.permissions.canPublish && !record.retired.contains(publication.trackIdentifier)
                answers[mid] = PublicationAnswer(isWanted: isWanted)
            }
        }
        return answers
    }

    /// Whether speech is answered with redundancy where the track allows it.
    private func sendsRedundancy(_ record: ParticipantRecord) -> Bool {
        record.takesRedundancy && settings.publishableCodecs.contains { $0.lowercased() == "audio/red" }
    }

    private mutating func publish(
        _ publication: OfferedPublication, as pending: PendingTrack, by sid: ParticipantSID, at now: MonotonicTime
    ) {
        var info = pending.info
        guard (info.kind == .audio) == (publication.kind == .audio),
            participants[sid]!.permissions.allowsPublishing(info.source)
        else { return }
        info.describe(publication, isRedundant: sendsRedundancy(participants[sid]!))
        var track = PublishedTrackRecord(id: identifiers.track(), info: info, publication: publication)
        if let backup = pending.backup, backup.type != info.mimeType { track.backup = backup }
        participants[sid]!.pendingTracks.removeAll { $0.info.sid == info.sid }
        participants[sid]!.unmatched[publication.mid] = nil
        participants[sid]!.retired.remove(publication.trackIdentifier)
        participants[sid]!.tracks.append(track)
        trackOwners[track.id] = sid
        publishers[info.sid] = sid
        emit(.media(.publish(track.description(publisher: participants[sid]!.negotiation.publisherPeer))))
        if info.isMuted { emit(.media(.setMuted(track.id, true))) }
        markChanged(sid)
        emit(.fact(.trackPublished(room, participants[sid]!.info, info)))
        flushUpdates(at: now)
        for subscriber in order where subscriber != sid {
            reconsider(subscription: info.sid, from: sid, to: subscriber, at: now)
        }
        releaseQualities(of: info.sid, by: sid, at: now)
    }

    /// A later offer changed a published section.
    private mutating func republish(
        _ track: TrackSID, as publication: OfferedPublication, by sid: ParticipantSID, at now: MonotonicTime
    ) {
        guard let index = participants[sid]!.trackIndex(track) else { return }
        let areCodecsNew = participants[sid]!.tracks[index].publication.codecs != publication.codecs
        participants[sid]!.tracks[index].publication = publication
        let isRedundant = sendsRedundancy(participants[sid]!)
        participants[sid]!.tracks[index].info.describe(publication, isRedundant: isRedundant)
        let peer = participants[sid]!.negotiation.publisherPeer
        emit(.media(.publish(participants[sid]!.tracks[index].description(publisher: peer))))
        markChanged(sid)
        if areCodecsNew { renegotiateSubscriptions(to: track, .primary, of: sid, at: now) }
    }

    // MARK: - Ending

    /// Ends a published track for everybody.
    mutating func endTrack(_ track: TrackSID, of sid: ParticipantSID, at now: MonotonicTime) {
        guard let index = participants[sid]?.trackIndex(track) else { return }
        let subscribers = participants[sid]!.tracks[index].subscribers
        participants[sid]!.tracks[index].subscribers = []
        for subscriber in order where subscribers.contains(subscriber) {
            forgetSubscription(of: subscriber, to: track, at: now)
        }
        let record = participants[sid]!.tracks.remove(at: index)
        trackOwners[record.id] = nil
        if let backup = record.backup?.published {
            trackOwners[backup.id] = nil
            emit(.media(.unpublish(backup.id)))
        }
        publishers[track] = nil
        for participant in order {
            participants[participant]?.choices[track] = nil
            participants[participant]?.wishes[track] = nil
            participants[participant]?.undecodable.remove(track)
        }
        emit(.media(.unpublish(record.id)))
        markChanged(sid)
        emit(.fact(.trackUnpublished(room, participants[sid]!.info, record.info)))
    }

    /// The server ends a track: its section goes on until the client offers anew.
    mutating func revokeTrack(_ track: TrackSID, of sid: ParticipantSID, at now: MonotonicTime) {
        guard let index = participants[sid]?.trackIndex(track) else { return }
        let record = participants[sid]!.tracks[index]
        endTrack(track, of: sid, at: now)
        for publication in [record.publication, record.backup?.published?.publication].compactMap(\.self) {
            participants[sid]!.unmatched[publication.mid] = publication
            participants[sid]!.retired.insert(publication.trackIdentifier)
        }
        notify(sid, .trackUnpublished(track))
    }

    // MARK: - Changes of a track

    mutating func setMuted(_ track: TrackSID, _ isMuted: Bool, by sid: ParticipantSID, requestID: UInt32) {
        guard changeOwnTrack(track, of: sid, { $0.isMuted = isMuted }) else {
            answer(sid, requestID, .notFound, "no such track of yours", .mute(track, isMuted: isMuted))
            return
        }
        let record = participants[sid]!.tracks.first { $0.info.sid == track }
        for id in [record?.id, record?.backup?.published?.id].compactMap(\.self) {
            emit(.media(.setMuted(id, isMuted)))
        }
    }

    mutating func updateAudioTrack(_ track: TrackSID, _ features: [Int32], by sid: ParticipantSID) {
        let bounded = Array(features.prefix(32))
        _ = changeOwnTrack(track, of: sid) { info in
            if info.kind == .audio { info.audioFeatures = bounded }
        }
    }

    mutating func updateVideoTrack(_ track: TrackSID, width: UInt32, height: UInt32, by sid: ParticipantSID) {
        _ = changeOwnTrack(track, of: sid) { info in
            guard info.kind == .video else { return }
            info.width = width
            info.height = height
        }
    }

    /// False, and counted, for tracks of others and of nobody.
    private mutating func changeOwnTrack(
        _ track: TrackSID, of sid: ParticipantSID, _ change: (inout TrackInfo) -> Void
    ) -> Bool {
        if let index = participants[sid]!.trackIndex(track) {
            let before = participants[sid]!.tracks[index].info
            change(&participants[sid]!.tracks[index].info)
            if participants[sid]!.tracks[index].info != before { markChanged(sid) }
        } else if let index = participants[sid]!.pendingTracks.firstIndex(where: { $0.info.sid == track }) {
            change(&participants[sid]!.pendingTracks[index].info)
        } else {
            count(\.unknownTrack)
            return false
        }
        return true
    }
}
