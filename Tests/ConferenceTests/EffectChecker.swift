// What must hold for every sequence of effects, whatever the inputs were.

import MediaInterface
import SDP
import Testing

@testable import Conference

struct EffectChecker {
    private var present: Set<ParticipantSID> = []
    private var connected: Set<ParticipantSID> = []
    private var welcomed: Set<ParticipantSID> = []
    private var versions: [ParticipantSID: UInt32] = [:]
    private(set) var peers: Set<PeerID> = []
    private(set) var tracks: [TrackID: PeerID] = [:]
    private(set) var subscriptions: [SubscriptionID: (track: TrackID, peer: PeerID, mid: String, ssrc: UInt32)] = [:]
    private var usedNames: Set<UInt64> = []
    /// Tracks that each participant was told of, by the participant's updates.
    private var knownTracks: [ParticipantSID: Set<TrackSID>] = [:]

    var isEverythingRemoved: Bool { peers.isEmpty && tracks.isEmpty && subscriptions.isEmpty }

    mutating func joined(_ sid: ParticipantSID) {
        #expect(present.insert(sid).inserted)
        connected.insert(sid)
    }
    mutating func resumed(_ sid: ParticipantSID) { connected.insert(sid) }
    mutating func signalLost(_ sid: ParticipantSID) { connected.remove(sid) }

    mutating func check(_ effects: [RoomEffect]) {
        for effect in effects {
            switch effect {
            case .notify(let sid, let notification): check(notification, to: sid)
            case .media(let command): check(command)
            case .endSession(let sid):
                #expect(present.remove(sid) != nil, "ended twice")
                connected.remove(sid)
            case .fact, .closed: break
            }
        }
    }

    private mutating func check(_ notification: ParticipantNotification, to sid: ParticipantSID) {
        #expect(present.contains(sid), "\(notification.label) after the end of the session")
        #expect(connected.contains(sid), "\(notification.label) without signaling")
        switch notification {
        case .joined(let snapshot):
            #expect(welcomed.insert(sid).inserted)
            for info in snapshot.others + [snapshot.participant] { learn(info, sid) }
        case .left: welcomed.insert(sid)
        default: #expect(welcomed.contains(sid), "\(notification.label) before the welcome")
        }
        switch notification {
        case .participantsUpdated(let infos):
            for info in infos {
                learn(info, sid)
                let last = versions[info.sid] ?? 0
                #expect(info.version >= last, "the version of \(info.identity) went back")
                versions[info.sid] = max(last, info.version)
            }
        case .answer(let description), .offer(let description): check(description, to: sid)
        default: break
        }
    }

    private mutating func learn(_ info: ParticipantInfo, _ sid: ParticipantSID) {
        knownTracks[sid, default: []].formUnion(info.tracks.map(\.sid))
    }

    private func check(_ description: SessionDescription, to sid: ParticipantSID) {
        guard let session = try? SDPSession(parsing: description.sdp) else {
            Issue.record("an unreadable description")
            return
        }
        let mids = session.sections.map(\.mid)
        #expect(Set(mids).count == mids.count, "mids are not unique")
        var streams: [String: TrackSID] = [:]
        for section in session.sections {
            guard let track = section.sentMediaStream?.track.flatMap(TrackSID.init) else { continue }
            #expect(section.direction == .sendonly)
            streams[section.mid] = track
        }
        #expect(streams == description.midToTrack, "the map says something else than the sections")
        #expect(Set(description.midToTrack.values).count == description.midToTrack.count)
        for track in description.midToTrack.values {
            #expect(knownTracks[sid]?.contains(track) == true, "a track before its participant")
        }
        let sources = session.sections.filter { $0.direction == .sendonly }.flatMap { $0.sources.map(\.ssrc) }
        #expect(Set(sources).count == sources.count, "sources are not unique")
    }

    private mutating func check(_ command: MediaCommand) {
        switch command {
        case .addPeer(let peer):
            #expect(usedNames.insert(peer.id.rawValue).inserted, "a peer's name is used twice")
            peers.insert(peer.id)
        case .removePeer(let peer):
            #expect(peers.remove(peer) != nil, "an unknown peer is removed")
            tracks = tracks.filter { $0.value != peer }
            subscriptions = subscriptions.filter { $0.value.peer != peer }
        case .setRemote(let peer, _), .restartICE(let peer, _, _), .setHeaderExtensions(let peer, _),
            .openDataChannel(let peer, _, _, _):
            #expect(peers.contains(peer), "a command for a peer that is not there")
        case .publish(let track):
            #expect(peers.contains(track.publisher) && !track.payloads.isEmpty && !track.encodings.isEmpty)
            if tracks[track.id] == nil { #expect(usedNames.insert(track.id.rawValue).inserted) }
            tracks[track.id] = track.publisher
        case .unpublish(let track):
            #expect(tracks.removeValue(forKey: track) != nil, "an unknown track is removed")
            #expect(!subscriptions.values.contains { $0.track == track }, "a track ends before its subscriptions")
        case .setMuted(let track, _): #expect(tracks[track] != nil)
        case .subscribe(let wish): checkSubscription(wish)
        case .configure(let id, _): #expect(subscriptions[id] != nil, "an unknown subscription is configured")
        case .unsubscribe(let id): #expect(subscriptions.removeValue(forKey: id) != nil, "an unknown subscription ends")
        case .sendData(let receivers, _, _): #expect(receivers.allSatisfy(peers.contains))
        case .tellState: break
        }
    }

    private mutating func checkSubscription(_ wish: SubscriptionDescription) {
        if let known = subscriptions[wish.id] {
            // Only its payload types and settings may change.
            #expect(known == (wish.track, wish.subscriber, wish.mid, wish.ssrc) && !wish.payloads.isEmpty)
            return
        }
        #expect(usedNames.insert(wish.id.rawValue).inserted, "a subscription's name is used twice")
        #expect(tracks[wish.track] != nil, "a subscription to nothing")
        #expect(peers.contains(wish.subscriber) && tracks[wish.track] != wish.subscriber && !wish.payloads.isEmpty)
        for other in subscriptions.values where other.peer == wish.subscriber {
            #expect(other.mid != wish.mid && other.ssrc != wish.ssrc && other.track != wish.track)
        }
        subscriptions[wish.id] = (wish.track, wish.subscriber, wish.mid, wish.ssrc)
    }
}
