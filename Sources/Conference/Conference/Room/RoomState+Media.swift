// What the media plane reports.

public import Basics
public import MediaInterface

extension RoomState {
    public mutating func receive(_ event: MediaEvent, at now: MonotonicTime) -> [RoomEffect] {
        switch event {
        case .peerConnected(let peer): withOwner(of: peer) { $0.connect($1, peer, at: now) }
        case .peerFailed(let peer, let failure): withOwner(of: peer) { $0.fail($1, peer, failure, at: now) }
        case .dataChannelOpened(let peer, let label): withOwner(of: peer) { $0.openChannel(label, of: $1, on: peer) }
        case .dataChannelClosed(let peer, let label): withOwner(of: peer) { $0.closeChannel(label, of: $1, on: peer) }
        case .dataReceived(let peer, let label, let payload):
            withOwner(of: peer) { $0.receiveData(payload, on: label, from: $1, at: now) }
        case .audioLevels(_, let levels): noteLevels(levels, at: now)
        case .peerQuality(let peer, let quality): withOwner(of: peer) { $0.noteQuality(quality, of: $1, at: now) }
        case .subscriptionPaused(let subscription, let isPaused): notePause(of: subscription, isPaused: isPaused)
        // Tracks and subscriptions begin with their descriptions.
        case .encodingStarted, .subscriptionStarted, .statistics: break
        }
        return finish(at: now)
    }

    private mutating func withOwner(of peer: PeerID, _ body: (inout RoomState, ParticipantSID) -> Void) {
        guard let sid = peerOwners[peer] else {
            count(\.stale)
            return
        }
        body(&self, sid)
    }

    private mutating func connect(_ sid: ParticipantSID, _ peer: PeerID, at now: MonotonicTime) {
        guard peer == participants[sid]!.negotiation.primaryPeer, participants[sid]!.info.state != .active else {
            return
        }
        participants[sid]!.info.state = .active
        participants[sid]!.removal = nil
        markChanged(sid)
        flushUpdates(at: now)
        emit(.fact(.participantJoined(room, participants[sid]!.info)))
    }

    /// A transport that is dead stays dead: the client needs a new session.
    private mutating func fail(_ sid: ParticipantSID, _ peer: PeerID, _ failure: PeerFailure, at now: MonotonicTime) {
        // Once is enough: a second transport that dies must not put the end off.
        guard !participants[sid]!.hasFailed else { return }
        participants[sid]!.hasFailed = true
        let isConnected = participants[sid]!.isSignalConnected
        let reason: DisconnectReason = participants[sid]!.info.state == .active ? .mediaFailure : .joinFailure
        switch failure {
        case .fingerprintMismatch, .handshakeFailed, .overLimit:
            remove(sid, reason, telling: .disconnect, at: now)
        case .iceTimeout where isConnected:
            remove(sid, reason, telling: .reconnect, at: now)
        // A client that closes its transport is about to leave, and one without signaling to come back.
        case .closedByClient, .iceTimeout:
            participants[sid]!.removal = (now + ConferenceTimers.departureGrace, isConnected ? reason : .signalClose)
            // Nobody has to guess for that long why the picture stands still.
            noteConnectionQualities([ConnectionQualityUpdate(participant: sid, quality: .lost, score: 0)])
        }
    }

    private mutating func noteLevels(_ levels: [TrackLevel], at now: MonotonicTime) {
        let known = levels.compactMap { item -> (participant: ParticipantSID, level: Float)? in
            guard let sid = trackOwners[item.track], participants[sid]?.permissions.isHidden == false else {
                return nil
            }
            return (sid, item.level)
        }
        let changes = speakers.update(known, at: now)
        if !changes.isEmpty { notifyAll(.speakersChanged(changes)) }
    }
}
