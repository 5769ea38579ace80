import Basics
import MediaInterface
import SDP
import Testing

@testable import Conference

/// Every message against every grant: the server decides, whatever the client believes.
@Suite struct GrantTests {
    private static func outcome(_ notifications: [ParticipantNotification]) -> RequestOutcome? {
        for case .requestAnswered(_, let outcome, _, _) in notifications { return outcome }
        return nil
    }

    struct PublishCase: CustomStringConvertible, Sendable {
        var canPublish: Bool
        var sources: Set<TrackSource>
        var source: TrackSource
        var isAllowed: Bool
        var description: String { "\(canPublish) \(sources) \(source)" }
    }

    static let publishing: [PublishCase] = {
        var cases: [PublishCase] = []
        let all: [TrackSource] = [.camera, .microphone, .screenShare, .screenShareAudio, .unknown]
        for source in all {
            cases.append(PublishCase(canPublish: true, sources: [], source: source, isAllowed: true))
            cases.append(PublishCase(canPublish: false, sources: [], source: source, isAllowed: false))
            cases.append(PublishCase(canPublish: false, sources: [source], source: source, isAllowed: false))
            for granted in all {
                cases.append(
                    PublishCase(canPublish: true, sources: [granted], source: source, isAllowed: granted == source))
            }
        }
        return cases
    }()

    @Test(arguments: publishing) func publishingNeedsTheGrantForTheSource(test: PublishCase) throws {
        var room = RoomHarness()
        let permissions = Permissions(canPublish: test.canPublish, publishableSources: test.sources)
        let alice = try room.enterConnected("alice", permissions: permissions)
        let bob = try room.enterConnected("bob")
        room.clear()
        let tracks = room.publish([test.source], from: alice)
        #expect(tracks.isEmpty == !test.isAllowed)
        #expect(room.published().isEmpty == !test.isAllowed)
        #expect(Self.outcome(room.notifications(to: alice)) == (test.isAllowed ? nil : .notAllowed))
        #expect(room.state.counters.notAllowed == (test.isAllowed ? 0 : 1))
        room.reoffer(bob)
        #expect(room.subscribed().isEmpty == !test.isAllowed)
        // What is sent all the same is answered so that the client stops, when it may publish nothing.
        if !test.canPublish {
            #expect(try room.answer(to: alice).parsed.section("s0").direction == .inactive)
        }
    }

    @Test(arguments: [true, false]) func receivingNeedsTheGrant(isAllowed: Bool) throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob", permissions: Permissions(canSubscribe: isAllowed))
        let track = try #require(room.publish([.camera], from: alice).first)
        room.reoffer(bob)
        #expect(room.subscribed().isEmpty == !isAllowed)
        // Asking for it does not help.
        room.clear()
        room.send(.updateSubscription([track], isSubscribed: true), from: bob)
        room.reoffer(bob)
        let denied = ParticipantNotification.subscriptionPermissionChanged(alice, track, isAllowed: false)
        #expect(room.notifications(to: bob).contains(denied) == !isAllowed)
        #expect((room.subscription(of: bob, to: track) != nil) == isAllowed)
    }

    @Test(arguments: [true, false], ["_reliable", "_lossy"])
    func sendingDataNeedsTheGrant(isAllowed: Bool, label: String) throws {
        var room = RoomHarness()
        let alice = try room.enterConnected(
            "alice", permissions: Permissions(canPublish: !isAllowed, canPublishData: isAllowed))
        let bob = try room.enterConnected("bob")
        room.clear()
        room.media(.dataReceived(room.peer(alice), label: label, payload: Array("hello".utf8)))
        guard isAllowed else {
            #expect(room.commands.isEmpty && room.state.counters.notAllowed == 1)
            return
        }
        guard case .sendData(let peers, label, let payload) = try #require(room.commands.first) else {
            throw UnexpectedCase()
        }
        #expect(peers == [room.peer(bob)] && String(decoding: payload, as: UTF8.self) == "alice: hello")
    }

    @Test(arguments: [true, false]) func updatingOwnMetadataNeedsTheGrant(isAllowed: Bool) throws {
        var room = RoomHarness()
        let alice = try room.join(
            "alice", permissions: Permissions(canUpdateOwnMetadata: isAllowed), attributes: ["joined": "with"])
        let bob = try room.join("bob")
        #expect(room.state.participant(identity: "alice")?.attributes == (isAllowed ? ["joined": "with"] : [:]))
        room.clear()
        room.send(
            .updateMetadata(requestID: 5, metadata: "new", name: "Alice B", attributes: ["hand": "up", "joined": ""]),
            from: alice)
        #expect(Self.outcome(room.notifications(to: alice)) == (isAllowed ? .ok : .notAllowed))
        let info = try #require(room.state.participant(identity: "alice"))
        #expect(info.metadata == (isAllowed ? "new" : "") && info.name == (isAllowed ? "Alice B" : "ALICE"))
        #expect(info.attributes == (isAllowed ? ["hand": "up"] : [:]))
        #expect(room.transcript(of: bob) == (isAllowed ? ["participantsUpdated"] : []))
        if isAllowed {
            #expect(room.transcript(of: alice) == ["participantsUpdated", "grantsRefreshed", "requestAnswered"])
            let grants = try #require(room.notifications(to: alice)[1].grants)
            #expect(grants.name == "Alice B" && grants.attributes == ["hand": "up"] && grants.identity == "alice")
        }
    }

    @Test func whoIsHiddenIsSeenByNobody() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        room.clear()
        let ghost = try room.enterConnected("ghost", permissions: Permissions(isHidden: true))
        let track = try #require(room.publish([.microphone], from: ghost).first)
        let id = try #require(room.state.participants[ghost]?.tracks.first?.id)
        room.media(.audioLevels(RoomID(7), [TrackLevel(track: id, level: 0.5)]))
        room.wait(.seconds(3))
        #expect(room.transcript(of: alice).isEmpty)
        #expect(room.state.info.participantCount == 1)
        room.send(.updateSubscription([track], isSubscribed: true), from: alice)
        #expect(room.notifications(to: alice) == [.subscriptionFailed(track, .trackNotFound)])
        room.clear()
        let bob = try room.join("bob")
        let snapshot = try #require(room.notifications(to: bob).first?.snapshot)
        #expect(snapshot.others.map(\.identity) == ["alice"])
        // It sees the others and itself, and sends data without a name.
        room.media(.dataReceived(room.peer(ghost), label: "_lossy", payload: Array("boo".utf8)))
        guard case .sendData(_, _, let payload) = try #require(room.commands.last) else { throw UnexpectedCase() }
        #expect(String(decoding: payload, as: UTF8.self) == ": boo")
        room.clear()
        room.send(.leave(.clientInitiated), from: ghost)
        #expect(room.notifications(to: alice).isEmpty && room.transcript(of: ghost) == ["end"])
    }

    @Test func onlyAdministratorsAndOwnersMute() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob")
        let track = try #require(room.publish([.microphone], from: alice).first)
        room.clear()
        room.send(.muteTrack(track, isMuted: true, requestID: 3), from: bob)
        #expect(Self.outcome(room.notifications(to: bob)) == .notFound)
        #expect(room.notifications(to: alice).isEmpty && room.commands.isEmpty)
        #expect(room.state.counters.unknownTrack == 1)
        room.send(.updateAudioTrack(track, features: [1]), from: bob)
        room.send(.updateVideoTrack(track, width: 1, height: 1), from: bob)
        #expect(room.state.counters.unknownTrack == 3 && room.commands.isEmpty)
        room.clear()
        room.send(.muteTrack(track, isMuted: true), from: alice)
        guard case .setMuted(_, true) = try #require(room.commands.first) else { throw UnexpectedCase() }
        #expect(room.transcript(of: bob) == ["participantsUpdated"] && room.transcript(of: alice).count == 1)
    }

    // MARK: - Changes while present

    @Test func aRevokedGrantEndsWhatItAllowed() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob")
        let tracks = room.publish([.microphone, .camera, .screenShare], from: alice)
        room.reoffer(bob)
        #expect(room.subscribed().count == 3)
        room.clear()
        room.take(
            try room.state.updateParticipant(
                "alice", permissions: Permissions(publishableSources: [.microphone]), at: room.now))
        let toAlice = room.notifications(to: alice)
        #expect(toAlice.contains(.trackUnpublished(tracks[1])) && toAlice.contains(.trackUnpublished(tracks[2])))
        #expect(!toAlice.contains(.trackUnpublished(tracks[0])))
        #expect(room.transcript(of: alice).suffix(2) == ["participantsUpdated", "grantsRefreshed"])
        #expect(room.state.participant(identity: "alice")?.tracks.map(\.sid) == [tracks[0]])
        #expect(room.checker.tracks.count == 1 && room.checker.subscriptions.count == 1)
        // Its sections go on until the client offers anew; they are nobody's.
        room.clear()
        let sent = ["microphone", "camera", "screen_share"].map {
            Offers.Sent(kind: $0 == "microphone" ? .audio : .video, cid: "alice-\($0)")
        }
        room.offer(Offers.make("alice", sent: sent), from: alice)
        #expect(room.published().count == 0)
        let answer = try room.answer(to: alice).parsed
        #expect(try answer.section("s0").direction == .recvonly && answer.section("s1").direction == .inactive)
        // Granted again, announced again: the same section carries a new track.
        room.take(try room.state.updateParticipant("alice", permissions: Permissions(), at: room.now))
        room.clear()
        room.send(.addTrack(AddTrackRequest(cid: "alice-camera", kind: .video, source: .camera)), from: alice)
        #expect(room.published().map(\.mid) == ["s1"])
        #expect(room.state.participant(identity: "alice")?.tracks.last?.sid != tracks[1])
    }

    @Test func receivingAndHidingChangeAtOnce() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob")
        let track = try #require(room.publish([.microphone], from: alice).first)
        room.reoffer(bob)
        func set(_ permissions: Permissions, _ identity: String) throws {
            room.clear()
            room.take(try room.state.updateParticipant(identity, permissions: permissions, at: room.now))
        }
        try set(Permissions(canSubscribe: false), "bob")
        guard case .unsubscribe = try #require(room.commands.first) else { throw UnexpectedCase() }
        try set(Permissions(), "bob")
        #expect(room.subscription(of: bob, to: track) != nil)
        room.reoffer(bob)

        try set(Permissions(isHidden: true), "alice")
        let gone = try #require(room.notifications(to: bob).first?.participants)
        #expect(
            gone.map(\.state) == [.disconnected] && room.transcript(of: bob).count { $0 == "participantsUpdated" } == 1)
        #expect(room.subscription(of: bob, to: track) == nil)
        try set(Permissions(), "alice")
        let back = try #require(room.notifications(to: bob).first?.participants)
        #expect(back[0].state == .active && back[0].tracks.count == 1 && back[0].version > gone[0].version)
        #expect(room.subscription(of: bob, to: track) != nil)
    }

    @Test func theSubscriptionPermissionOfThePublisherHolds() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob")
        let carol = try room.enterConnected("carol")
        let tracks = room.publish([.microphone, .camera], from: alice)
        for sid in [bob, carol] { room.reoffer(sid) }
        #expect(room.subscribed().count == 4)
        room.clear()
        room.send(
            .setSubscriptionPermission(
                SubscriptionPermission(
                    allowsEverybody: false,
                    entries: [
                        .init(participant: nil, identity: "bob", allowsAllTracks: true, tracks: []),
                        .init(participant: carol, identity: "", allowsAllTracks: false, tracks: [tracks[0]]),
                    ])), from: alice)
        #expect(room.transcript(of: bob).isEmpty)
        #expect(
            room.notifications(to: carol) == [.subscriptionPermissionChanged(alice, tracks[1], isAllowed: false)])
        #expect(room.checker.subscriptions.count == 3)
        room.send(.updateSubscription([tracks[1]], isSubscribed: true), from: carol)
        #expect(room.subscription(of: carol, to: tracks[1]) == nil)
        room.clear()
        room.send(.setSubscriptionPermission(SubscriptionPermission(allowsEverybody: true)), from: alice)
        #expect(
            room.notifications(to: carol) == [.subscriptionPermissionChanged(alice, tracks[1], isAllowed: true)])
        #expect(room.subscription(of: carol, to: tracks[1]) != nil)
        // A newcomer is under the rule, too.
        room.send(.setSubscriptionPermission(SubscriptionPermission(allowsEverybody: false)), from: alice)
        let dave = try room.enterConnected("dave")
        #expect(room.state.participants[dave]?.subscriptions.isEmpty == true)
    }
}
