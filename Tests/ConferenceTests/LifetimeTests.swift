import Basics
import MediaInterface
import Testing

@testable import Conference

/// Who comes, who goes, and when the room ends.
@Suite struct LifetimeTests {
    private func labels(_ facts: [RoomFact]) -> [String] {
        facts.map { String(String(describing: $0).prefix { $0 != "(" }) }
    }
    private func isClosed(_ room: RoomHarness) -> Bool {
        room.effects.contains { if case .closed = $0 { true } else { false } }
    }

    @Test func leavingIsToldToEverybodyElse() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob")
        room.publish([.camera], from: alice)
        room.reoffer(bob)
        room.clear()
        room.send(.leave(.clientInitiated), from: alice)
        #expect(room.transcript(of: alice) == ["end"])
        let infos = try #require(room.notifications(to: bob).first?.participants)
        #expect(infos.count == 1 && infos[0].sid == alice && infos[0].identity == "alice")
        #expect(infos[0].state == .disconnected && infos[0].disconnectReason == .clientInitiated)
        #expect(labels(room.facts) == ["trackUnpublished", "participantLeft"])
        // Late messages and events find nobody.
        room.clear()
        room.send(.addTrack(AddTrackRequest(cid: "x", kind: .audio, source: .microphone)), from: alice)
        room.take(room.state.signalLost(alice, at: room.now))
        #expect(room.effects.isEmpty && room.state.counters.stale == 1)
    }

    @Test func theSameIdentityReplacesTheFirst() throws {
        var room = RoomHarness(settings: RoomSettings(maximumParticipants: 2))
        let first = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob")
        room.clear()
        let second = try room.join("alice")
        #expect(first != second)
        #expect(room.transcript(of: first) == ["left", "end"])
        #expect(room.notifications(to: first) == [.left(.duplicateIdentity, .disconnect)])
        let infos = try #require(room.notifications(to: bob).first?.participants)
        #expect(infos.map(\.sid) == [first, second] && infos.map(\.state) == [.disconnected, .joined])
        let snapshot = try #require(room.notifications(to: second).first?.snapshot)
        #expect(snapshot.others.map(\.identity) == ["bob"])
        #expect(throws: JoinRefusal.roomFull(limit: 2)) { try room.join("carol") }
        // Those who serve the others do not count.
        _ = try room.join("scribe", kind: .agent)
    }

    @Test func whoNeverConnectsIsRemoved() throws {
        var room = RoomHarness()
        let alice = try room.join("alice", offer: "v1-join-offer")
        room.clear()
        room.wait(.seconds(59))
        #expect(room.state.hasSession(alice))
        room.wait(.seconds(2))
        #expect(room.notifications(to: alice).last == .left(.joinFailure, .disconnect))
        #expect(labels(room.facts) == ["participantConnectionAborted"] && room.checker.isEverythingRemoved)
    }

    @Test(arguments: [
        (PeerFailure.iceTimeout, LeaveAction.reconnect), (.fingerprintMismatch, .disconnect),
        (.handshakeFailed("alert"), .disconnect), (.overLimit, .disconnect),
    ]) func aDeadTransportEndsTheSession(failure: PeerFailure, action: LeaveAction) throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob")
        room.publish([.microphone], from: alice)
        room.reoffer(bob)
        room.clear()
        room.media(.peerFailed(room.peer(alice), failure))
        #expect(room.notifications(to: alice) == [.left(.mediaFailure, action)])
        #expect(room.checker.peers.count == 1 && room.checker.tracks.isEmpty && room.checker.subscriptions.isEmpty)
        #expect(room.state.hasSession(bob))
    }

    @Test func aClosedTransportWaitsForTheGoodbye() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        room.clear()
        room.media(.peerFailed(room.peer(alice), .closedByClient))
        #expect(room.state.hasSession(alice) && room.transcript(of: alice) == ["connectionQualityChanged"])
        room.wait(.seconds(6))
        #expect(room.notifications(to: alice).last == .left(.mediaFailure, .reconnect))
    }

    @Test func anEmptyRoomCloses() throws {
        var waiting = RoomHarness(settings: RoomSettings(emptyTimeoutSeconds: 30))
        waiting.wait(.seconds(29))
        #expect(!isClosed(waiting))
        waiting.wait(.seconds(2))
        #expect(isClosed(waiting) && labels(waiting.facts) == ["roomStarted", "roomFinished"])
        #expect(waiting.state.nextDeadline == nil)
        #expect(throws: JoinRefusal.roomNotFound) { try waiting.join("late") }

        var room = RoomHarness(settings: RoomSettings(departureTimeoutSeconds: 10))
        let alice = try room.enterConnected("alice")
        let scribe = try room.enterConnected("scribe", kind: .agent)
        room.wait(.seconds(1_000))
        #expect(!isClosed(room))
        room.send(.leave(.clientInitiated), from: alice)
        room.wait(.seconds(9))
        let again = try room.enterConnected("alice")
        room.wait(.seconds(20))
        #expect(!isClosed(room))
        room.send(.leave(.clientInitiated), from: again)
        room.clear()
        room.wait(.seconds(11))
        #expect(room.notifications(to: scribe).last == .left(.roomClosed, .disconnect))
        #expect(isClosed(room) && room.checker.isEverythingRemoved)
    }

    @Test(arguments: [true, false]) func theWholeRoomEnds(isShutdown: Bool) throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.join("bob", mode: .dual)
        room.publish([.camera, .microphone], from: alice)
        room.clear()
        room.take(isShutdown ? room.state.shutDown(at: room.now) : room.state.close(at: room.now))
        let left: ParticipantNotification =
            isShutdown ? .left(.serverShutdown, .reconnect) : .left(.roomDeleted, .disconnect)
        for sid in [alice, bob] {
            #expect(room.notifications(to: sid) == [left] && room.transcript(of: sid) == ["left", "end"])
        }
        #expect(labels(room.facts).last == "roomFinished" && isClosed(room) && room.checker.isEverythingRemoved)
        room.clear()
        room.take(room.state.close(at: room.now))
        #expect(room.effects.isEmpty)
    }

    @Test func tokensAreRefreshed() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        room.clear()
        room.wait(.seconds(299))
        #expect(!room.transcript(of: alice).contains("grantsRefreshed"))
        room.wait(.seconds(602))
        #expect(room.transcript(of: alice).count { $0 == "grantsRefreshed" } == 3)
    }

    @Test func aRecorderIsShown() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        room.clear()
        let recorder = try room.join("recorder", permissions: Permissions(isHidden: true, isRecorder: true))
        let info = try #require(room.notifications(to: alice).first?.room)
        #expect(info.isRecording)
        room.send(.leave(.clientInitiated), from: recorder)
        #expect(!room.state.info.isRecording)
    }

    @Test func joinsOfACrowdAreGathered() throws {
        var room = RoomHarness()
        let first = try room.enterConnected("first")
        for index in 0..<150 { _ = try room.join("guest-\(index)") }
        let told = room.transcript(of: first).count { $0 == "participantsUpdated" }
        #expect(told < 100, "\(told) messages at one moment")
        room.wait(.milliseconds(200))
        // Nobody is forgotten.
        var known: Set<String> = []
        for case .participantsUpdated(let infos) in room.notifications(to: first) {
            known.formUnion(infos.map(\.identity))
        }
        #expect(known.count == 151)
        // A track is never told after the answer that carries it, load or not (the checker looks).
        let last = try room.enterConnected("last")
        room.publish([.microphone], from: first)
        room.offer(Offers.make("last"), from: last)
        #expect(try room.answer(to: last).midToTrack.count == 1)
    }
}
