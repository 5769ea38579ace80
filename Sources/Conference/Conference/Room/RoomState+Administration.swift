// What administrators do, from outside of the room.

public import Basics

public enum AdministrationError: Error, Hashable, Sendable {
    case participantNotFound
    case trackNotFound
    /// Nobody's microphone or camera is switched on from afar.
    case remoteUnmute
    case overLimit(String)
}

extension RoomState {
    private func session(of identity: String) throws(AdministrationError) -> ParticipantSID {
        guard let sid = identities[identity] else { throw .participantNotFound }
        return sid
    }

    /// Mutes a published track; its owner is told and everybody sees it.
    public mutating func muteTrack(
        _ track: TrackSID, of identity: String, isMuted: Bool, at now: MonotonicTime
    ) throws(AdministrationError) -> [RoomEffect] {
        let sid = try session(of: identity)
        guard let index = participants[sid]!.trackIndex(track) else { throw .trackNotFound }
        let before = participants[sid]!.tracks[index].info.isMuted
        guard isMuted || !before else { throw .remoteUnmute }
        if before != isMuted {
            notify(sid, .trackMuted(track, isMuted: isMuted))
            setMuted(track, isMuted, by: sid, requestID: 0)
        }
        return finish(at: now)
    }

    /// Nil leaves a field as it is; an attribute with an empty value is deleted.
    public mutating func updateParticipant(
        _ identity: String, metadata: String? = nil, name: String? = nil, attributes: [String: String] = [:],
        permissions: Permissions? = nil, at now: MonotonicTime
    ) throws(AdministrationError) -> [RoomEffect] {
        let sid = try session(of: identity)
        if metadata != nil || name != nil || !attributes.isEmpty {
            guard setMetadata(of: sid, metadata: metadata, name: name, attributes: attributes, at: now) else {
                throw .overLimit("metadata, name or attributes are too long")
            }
        }
        if let permissions { applyPermissions(permissions, to: sid, at: now) }
        return finish(at: now)
    }

    public mutating func removeParticipant(_ identity: String, at now: MonotonicTime)
        throws(AdministrationError) -> [RoomEffect]
    {
        remove(try session(of: identity), .participantRemoved, telling: .disconnect, at: now)
        return finish(at: now)
    }

    public mutating func updateSubscriptions(
        of identity: String, to tracks: [TrackSID], isSubscribed: Bool, at now: MonotonicTime
    ) throws(AdministrationError) -> [RoomEffect] {
        let sid = try session(of: identity)
        setSubscriptions(tracks, isSubscribed: isSubscribed, of: sid, at: now, isReported: true)
        return finish(at: now)
    }

    public mutating func updateMetadata(_ metadata: String, at now: MonotonicTime)
        throws(AdministrationError) -> [RoomEffect]
    {
        guard metadata.utf8.count <= ConferenceLimits.metadataBytes else {
            throw .overLimit("a room's metadata have at most \(ConferenceLimits.metadataBytes) bytes")
        }
        if room.metadata != metadata {
            room.metadata = metadata
            roomUpdates.isUrgent = true
        }
        return finish(at: now)
    }

    /// Sends a packet in the name of the server. It must carry no sequence number and no sender, or clients would take
    /// later packets of that sender for repetitions.
    public mutating func sendData(_ data: RelayedData, isReliable: Bool, at now: MonotonicTime) -> [RoomEffect] {
        guard serverNonces.insert(data.nonce) else {
            count(\.repeatedData)
            return finish(at: now)
        }
        deliver(data, from: nil, on: isReliable ? DataChannelLabel.reliable : DataChannelLabel.lossy, at: now)
        return finish(at: now)
    }

    /// The room is deleted: everybody leaves for good.
    public mutating func close(at now: MonotonicTime) -> [RoomEffect] {
        end(.roomDeleted, telling: .disconnect, at: now)
        return finish(at: now)
    }

    /// The server stops: clients come back at once, here or elsewhere.
    public mutating func shutDown(at now: MonotonicTime) -> [RoomEffect] {
        end(.serverShutdown, telling: .reconnect, at: now)
        return finish(at: now)
    }
}
