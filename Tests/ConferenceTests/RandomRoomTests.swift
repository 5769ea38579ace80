import Basics
import MediaInterface
import SDP
import Testing

@testable import Conference

/// A client as the room sees it: answers what it is asked, in its own time.
private struct SimulatedClient {
    let identity: String
    let mode: PeerConnectionMode
    var sid: ParticipantSID
    var audios = 1
    var videos = 1
    var sent: [Offers.Sent] = []
    var requests: [Request] = []
    var isAway = false
    var restarts = 0

    enum Request {
        case offer
        case answer(SessionDescription)
    }

    /// Takes what came in since the last look.
    mutating func read(_ notifications: [ParticipantNotification]) {
        for notification in notifications {
            switch notification {
            case .mediaSectionsRequired(let moreAudios, let moreVideos):
                audios += Int(moreAudios)
                videos += Int(moreVideos)
                requests.append(.offer)
            case .offer(let offer): requests.append(.answer(offer))
            case .trackUnpublished: requests.append(.offer)
            default: break
            }
        }
    }

    var offer: String {
        Offers.make(
            identity, sent: sent, audios: mode == .single ? audios : 0, videos: mode == .single ? videos : 0,
            fragment: "frag-\(identity)-\(restarts)")
    }

    /// A browser's answer: the same sections, turned around.
    func answer(_ offer: SessionDescription) throws -> String {
        var session = try SDPSession(parsing: offer.sdp)
        let own = try SDPSession(parsing: Offers.make("sub-\(identity)", audios: 0, videos: 0))
        session.transport = own.transport
        session.transport.setup = .active
        session.isICELite = false
        for index in session.sections.indices {
            session.sections[index].transport = SDPTransport()
            session.sections[index].sources = []
            session.sections[index].sourceGroups = []
            session.sections[index].mediaStreams = []
            if session.sections[index].direction == .sendonly { session.sections[index].direction = .recvonly }
        }
        return session.text
    }
}

@Suite struct RandomRoomTests {
    /// Everybody does everything in any order. The checker looks at each effect; at rest everybody receives exactly
    /// what the rules say; at the end nothing is left.
    @Test(arguments: 1...16) func whateverHappensTheRulesHold(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        var room = RoomHarness(settings: RoomSettings(emptyTimeoutSeconds: 100_000), seed: UInt64(seed))
        var clients: [SimulatedClient] = []
        for step in 0..<160 {
            try act(step, &room, &clients, &random)
            room.wait(.milliseconds(Int.random(in: 0...80, using: &random)))
            try look(&room, &clients)
        }
        try settle(&room, &clients)
        expectWhatTheRulesSay(room)
        #expect(room.subscribed().count > 10 && room.published().count > 10, "nothing happened")
        for client in clients { room.send(.leave(.clientInitiated), from: client.sid) }
        #expect(room.checker.isEverythingRemoved)
        #expect(room.state.participants.isEmpty && room.state.peerOwners.isEmpty)
        #expect(room.state.trackOwners.isEmpty && room.state.publishers.isEmpty && room.state.identities.isEmpty)
        #expect(room.state.subscriptionOwners.isEmpty)
    }

    private func act(
        _ step: Int, _ room: inout RoomHarness, _ clients: inout [SimulatedClient], _ random: inout SeededRandom
    ) throws {
        let action = Int.random(in: 0..<20, using: &random)
        if clients.isEmpty || (action < 3 && clients.count < 8) {
            try enter("client-\(Int.random(in: 0..<10, using: &random))", &room, &clients, &random)
            return
        }
        let index = Int.random(in: 0..<clients.count, using: &random)
        let sid = clients[index].sid
        let tracks = room.state.publishers.keys.sorted { $0.rawValue < $1.rawValue }
        if clients[index].isAway {
            try room.resume(sid, identity: clients[index].identity, mode: clients[index].mode)
            clients[index].isAway = false
            clients[index].restarts += 1
            clients[index].requests.append(.offer)
            return
        }
        switch action {
        case 0...6: publish(step, &room, &clients[index], &random)
        case 7...9:
            guard !clients[index].sent.isEmpty else { return }
            clients[index].sent[Int.random(in: 0..<clients[index].sent.count, using: &random)].direction = .inactive
            room.offer(clients[index].offer, from: sid)
        case 10, 11:
            guard let track = tracks.randomElement(using: &random) else { return }
            room.send(.updateSubscription([track], isSubscribed: .random(using: &random)), from: sid)
        case 12:
            guard let track = tracks.randomElement(using: &random) else { return }
            let quality = VideoQuality.allCases.randomElement(using: &random) ?? .low
            room.send(
                .updateTrackSettings(
                    TrackSettings(tracks: [track], isDisabled: .random(using: &random), quality: quality)), from: sid)
        case 13:
            let other = clients[Int.random(in: 0..<clients.count, using: &random)].identity
            room.send(
                .setSubscriptionPermission(
                    SubscriptionPermission(
                        allowsEverybody: .random(using: &random),
                        entries: [.init(participant: nil, identity: other, allowsAllTracks: true, tracks: [])])),
                from: sid)
        case 14:
            let permissions = Permissions(
                canSubscribe: random.chance(0.7), canPublish: random.chance(0.7),
                publishableSources: random.chance(0.3) ? [.camera] : [], isHidden: random.chance(0.2))
            room.take(
                try room.state.updateParticipant(clients[index].identity, permissions: permissions, at: room.now))
        case 15:
            clients[index].isAway = true
            room.loseSignal(sid)
        case 16:
            room.send(.leave(.clientInitiated), from: sid)
            clients.remove(at: index)
        case 17: room.media(.peerConnected(room.peer(sid)))
        default: answerOne(&room, &clients[index])
        }
    }

    private func enter(
        _ identity: String, _ room: inout RoomHarness, _ clients: inout [SimulatedClient],
        _ random: inout SeededRandom
    ) throws {
        let mode: PeerConnectionMode = .random(using: &random) ? .single : .dual
        let sid = try room.join(
            identity, mode: mode, permissions: Permissions(isHidden: random.chance(0.1)),
            adaptive: .random(using: &random))
        clients.removeAll { $0.identity == identity }
        var client = SimulatedClient(identity: identity, mode: mode, sid: sid)
        client.requests.append(.offer)
        clients.append(client)
        room.media(.peerConnected(room.peer(sid)))
    }

    private func publish(
        _ step: Int, _ room: inout RoomHarness, _ client: inout SimulatedClient, _ random: inout SeededRandom
    ) {
        guard client.sent.count(where: { $0.direction == .sendonly }) < 5 else { return }
        let isCamera = Bool.random(using: &random)
        let cid = "\(client.identity)-\(step)"
        let announce = ParticipantRequest.addTrack(
            AddTrackRequest(
                cid: cid, kind: isCamera ? .video : .audio, source: isCamera ? .camera : .microphone,
                layers: isCamera ? SinglePeerConnectionTests.layers : []))
        var sent = Offers.Sent(kind: isCamera ? .video : .audio, cid: cid, rids: isCamera ? ["q", "h", "f"] : [])
        sent.mid = "m\(step)"
        client.sent.append(sent)
        let comesFirst = Bool.random(using: &random)
        if comesFirst { room.send(announce, from: client.sid) }
        room.offer(client.offer, from: client.sid)
        if !comesFirst { room.send(announce, from: client.sid) }
    }

    private func answerOne(_ room: inout RoomHarness, _ client: inout SimulatedClient) {
        guard !client.requests.isEmpty else { return }
        switch client.requests.removeFirst() {
        case .offer: room.offer(client.offer, from: client.sid)
        case .answer(let offer):
            guard let text = try? client.answer(offer) else {
                Issue.record("an offer that cannot be answered")
                return
            }
            room.send(.answer(SessionDescription(type: .answer, sdp: text, id: offer.id)), from: client.sid)
        }
    }

    private func look(_ room: inout RoomHarness, _ clients: inout [SimulatedClient]) throws {
        clients.removeAll { !room.state.hasSession($0.sid) }
        for index in clients.indices { clients[index].read(room.read(clients[index].sid)) }
    }

    /// Everybody comes back and answers until nothing is asked any more.
    private func settle(_ room: inout RoomHarness, _ clients: inout [SimulatedClient]) throws {
        for index in clients.indices where clients[index].isAway {
            try room.resume(clients[index].sid, identity: clients[index].identity, mode: clients[index].mode)
            clients[index].isAway = false
        }
        for _ in 0..<60 {
            room.wait(.milliseconds(200))
            try look(&room, &clients)
            for index in clients.indices {
                while !clients[index].requests.isEmpty { answerOne(&room, &clients[index]) }
            }
        }
        room.wait(.seconds(6))
        try look(&room, &clients)
        for index in clients.indices { #expect(clients[index].requests.isEmpty, "\(clients[index]) is still asked") }
    }

    private func expectWhatTheRulesSay(_ room: RoomHarness) {
        for receiver in room.state.participants.values {
            for publisher in room.state.participants.values where publisher.sid != receiver.sid {
                for track in publisher.tracks {
                    let sid = track.info.sid
                    let isWanted = receiver.choices[sid] ?? receiver.subscribesAutomatically
                    let shall = isWanted && room.state.mayReceive(sid, from: publisher, receiver)
                    #expect((receiver.subscriptions[sid] != nil) == shall)
                    guard let record = receiver.subscriptions[sid] else { continue }
                    #expect(room.state.subscriptionOwners[record.id]?.subscriber == receiver.sid)
                    #expect(record.isStarted && room.checker.subscriptions[record.id]?.track == track.id)
                    #expect(room.checker.subscriptions[record.id]?.peer == receiver.negotiation.dataPeer)
                }
            }
            #expect(receiver.info.tracks.map(\.sid) == receiver.tracks.map(\.info.sid))
        }
        let started = room.state.participants.values.reduce(0) { $0 + $1.subscriptions.count }
        #expect(room.checker.subscriptions.count == started)
        #expect(room.checker.tracks.count == room.state.trackOwners.count)
    }
}
