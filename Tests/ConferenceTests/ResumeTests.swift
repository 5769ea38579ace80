import Basics
import MediaInterface
import Testing

@testable import Conference

/// The WebSocket dies and comes back; media never stops.
@Suite struct ResumeTests {
    @Test func theSessionGoesOnWithAWholeSnapshot() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob")
        let carol = try room.enterConnected("carol")
        let tracks = room.publish([.camera], from: alice)
        room.reoffer(bob)
        room.clear()
        room.loseSignal(bob)
        #expect(room.effects.isEmpty)
        room.wait(.seconds(40))
        room.send(.leave(.clientInitiated), from: carol)
        room.send(.muteTrack(tracks[0], isMuted: true), from: alice)
        #expect(room.notifications(to: bob).isEmpty)
        #expect(!room.commands.contains { if case .unsubscribe = $0 { true } else { false } })

        room.clear()
        try room.resume(bob, identity: "bob")
        #expect(
            room.transcript(of: bob) == [
                "reconnected", "participantsUpdated", "participantsUpdated", "roomUpdated", "grantsRefreshed",
            ])
        let all = try #require(room.notifications(to: bob)[1].participants)
        let gone = try #require(room.notifications(to: bob)[2].participants)
        #expect(Set(all.map(\.identity)) == ["alice", "bob"])
        #expect(all.first { $0.identity == "alice" }?.tracks.first?.isMuted == true)
        #expect(gone.map(\.identity) == ["carol"] && gone[0].state == .disconnected)
        #expect(room.commands.isEmpty)
        room.wait(.seconds(100))
        #expect(room.state.hasSession(bob))
    }

    @Test func whatWasWantedMeanwhileIsAskedFor() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob")
        room.loseSignal(bob)
        room.publish([.camera], from: alice)
        room.wait(.seconds(2))
        room.clear()
        try room.resume(bob, identity: "bob")
        room.wait(.milliseconds(200))
        #expect(room.transcript(of: bob).last == "mediaSectionsRequired")
        room.reoffer(bob)
        #expect(room.subscribed().count == 1)
    }

    @Test func anUnknownSessionStartsAnew() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        room.clear()
        let unknown = try #require(ParticipantSID("PA_unknown"))
        #expect(throws: RoomHarness.MustStartAnew.self) { try room.resume(unknown, identity: "alice") }
        // Another identity's session, or one of the other mode, is no better.
        #expect(throws: RoomHarness.MustStartAnew.self) { try room.resume(alice, identity: "mallory") }
        #expect(throws: RoomHarness.MustStartAnew.self) { try room.resume(alice, identity: "alice", mode: .dual) }
        #expect(room.effects.isEmpty && room.state.counters.stale == 3)
    }

    @Test func aSessionWithoutTransportEndsSoon() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.join("bob")
        room.loseSignal(bob)
        room.clear()
        room.wait(.seconds(6))
        #expect(!room.state.hasSession(bob))
        guard case .participantConnectionAborted = try #require(room.facts.first) else { throw UnexpectedCase() }
        room.loseSignal(alice)
        room.media(.peerFailed(room.peer(alice), .iceTimeout))
        room.wait(.seconds(4))
        #expect(room.state.hasSession(alice))
        #expect(throws: RoomHarness.MustStartAnew.self) { try room.resume(alice, identity: "alice") }
        room.wait(.seconds(2))
        #expect(!room.state.hasSession(alice) && room.checker.isEverythingRemoved)
    }

    @Test func aClientThatHoldsAnUnknownTrackStartsAnew() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let track = try #require(room.publish([.microphone], from: alice).first)
        room.loseSignal(alice)
        try room.resume(alice, identity: "alice", state: SyncState(publishedTracks: [("cid", track)]))
        #expect(room.state.hasSession(alice))
        room.clear()
        let unknown = try #require(TrackSID("TR_unknown"))
        room.send(.syncState(SyncState(publishedTracks: [("cid", unknown)])), from: alice)
        #expect(room.notifications(to: alice) == [.left(.stateMismatch, .reconnect)])
        #expect(!room.state.hasSession(alice) && room.checker.isEverythingRemoved)
    }

    /// Both at once: what comes after the removal finds nobody, and must not stop the server.
    @Test func anOfferAfterATrackThatNeverWasFindsNobody() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        room.loseSignal(alice)
        room.clear()
        let unknown = try #require(TrackSID("TR_unknown"))
        let offer = SessionDescription(type: .offer, sdp: try Fixtures.text("v0-publisher-av1-offer"), id: 7)
        try room.resume(
            alice, identity: "alice", state: SyncState(publishedTracks: [("cid", unknown)]), offer: offer)
        #expect(room.notifications(to: alice).last == .left(.stateMismatch, .reconnect))
        #expect(!room.state.hasSession(alice) && room.checker.isEverythingRemoved)
    }

    @Test func choicesThatGotLostAreTakenFromTheClient() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob")
        let tracks = room.publish([.microphone, .camera, .screenShare], from: alice)
        room.reoffer(bob)
        room.loseSignal(bob)
        room.clear()
        // Automatic subscription: the list names what was unsubscribed.
        try room.resume(
            bob, identity: "bob",
            state: SyncState(subscribedTracks: [tracks[0]], listsSubscribed: false, disabledTracks: [tracks[1]]))
        #expect(room.subscription(of: bob, to: tracks[0]) == nil)
        #expect(room.configured().map(\.1) == [SubscriptionSettings(isEnabled: false)])
        #expect(room.configured().first?.0 == room.subscription(of: bob, to: tracks[1]))
    }

    @Test func reliableDataIsReplayed() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob")
        for number in 1...4 {
            room.media(
                .dataReceived(room.peer(alice), label: "_reliable", payload: Array("#\(number) m\(number)".utf8)))
        }
        room.media(.dataReceived(room.peer(alice), label: "_reliable", payload: Array("#5 @carol secret".utf8)))
        room.media(.dataReceived(room.peer(bob), label: "_reliable", payload: Array("#9 mine".utf8)))
        room.loseSignal(bob)
        room.clear()
        let received = [SyncState.ReceivedData(publisher: alice.rawValue, lastSequence: 2)]
        try room.resume(bob, identity: "bob", state: SyncState(receivedData: received))
        #expect(room.notifications(to: bob).first == .reconnected(lastReliableSequence: 9))
        let replayed = room.commands.compactMap { command -> String? in
            guard case .sendData(let peers, "_reliable", let payload) = command, peers == [room.peer(bob)] else {
                return nil
            }
            return String(decoding: payload, as: UTF8.self)
        }
        #expect(replayed == ["alice: m3", "alice: m4"])
        // Saying it again brings nothing again.
        room.clear()
        for _ in 0..<3 { room.send(.syncState(SyncState(receivedData: received)), from: bob) }
        #expect(room.commands.isEmpty)
    }
}
