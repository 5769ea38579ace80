import Basics
import MediaInterface
import Testing

@testable import Conference

@Suite struct AdministrationTests {
    @Test func mutingFromAfar() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob")
        let track = try #require(room.publish([.microphone], from: alice).first)
        room.clear()
        room.take(try room.state.muteTrack(track, of: "alice", isMuted: true, at: room.now))
        #expect(room.transcript(of: alice) == ["trackMuted", "participantsUpdated"])
        #expect(room.transcript(of: bob) == ["participantsUpdated"])
        #expect(room.state.participant(identity: "alice")?.tracks[0].isMuted == true)
        // The owner echoes it: nothing new.
        room.clear()
        room.send(.muteTrack(track, isMuted: true), from: alice)
        #expect(room.transcript(of: bob).isEmpty)
        #expect(throws: AdministrationError.remoteUnmute) {
            try room.state.muteTrack(track, of: "alice", isMuted: false, at: room.now)
        }
        #expect(throws: AdministrationError.trackNotFound) {
            try room.state.muteTrack(track, of: "bob", isMuted: true, at: room.now)
        }
        #expect(throws: AdministrationError.participantNotFound) {
            try room.state.muteTrack(track, of: "nobody", isMuted: true, at: room.now)
        }
    }

    @Test func updatingAndRemovingParticipants() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob")
        room.clear()
        room.take(
            try room.state.updateParticipant(
                "alice", metadata: "null", name: "A", attributes: ["handRaisedAt": "now"], at: room.now))
        #expect(room.transcript(of: alice) == ["participantsUpdated", "grantsRefreshed"])
        let infos = try #require(room.notifications(to: bob).first?.participants)
        #expect(infos[0].name == "A" && infos[0].metadata == "null" && infos[0].attributes == ["handRaisedAt": "now"])
        room.take(try room.state.updateParticipant("alice", attributes: ["handRaisedAt": ""], at: room.now))
        #expect(room.state.participant(identity: "alice")?.attributes.isEmpty == true)
        #expect(throws: AdministrationError.self) {
            try room.state.updateParticipant(
                "alice", metadata: String(repeating: "x", count: 70_000), at: room.now)
        }
        room.clear()
        room.take(try room.state.removeParticipant("alice", at: room.now))
        #expect(room.notifications(to: alice) == [.left(.participantRemoved, .disconnect)])
        #expect(throws: AdministrationError.participantNotFound) {
            try room.state.removeParticipant("alice", at: room.now)
        }
    }

    @Test func roomMetadataIsToldAtOnce() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        room.clear()
        for text in ["one", "two", "two"] { room.take(try room.state.updateMetadata(text, at: room.now)) }
        let told = room.notifications(to: alice).compactMap { notification -> String? in
            if case .roomUpdated(let info) = notification { info.metadata } else { nil }
        }
        #expect(told == ["one", "two"])
        #expect(throws: AdministrationError.self) {
            try room.state.updateMetadata(String(repeating: "x", count: 70_000), at: room.now)
        }
    }

    @Test func subscribingForSomebody() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob", automatic: false)
        let track = try #require(room.publish([.microphone], from: alice).first)
        room.take(try room.state.updateSubscriptions(of: "bob", to: [track], isSubscribed: true, at: room.now))
        #expect(room.subscription(of: bob, to: track) != nil)
    }

    @Test func dataOfTheServerGoesToWhomItIsFor() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob")
        room.clear()
        let text = Array("hello".utf8)
        room.take(room.state.sendData(RelayedData(payload: text), isReliable: true, at: room.now))
        room.take(
            room.state.sendData(
                RelayedData(payload: text, destinationIdentities: ["bob"]), isReliable: false, at: room.now))
        room.take(
            room.state.sendData(
                RelayedData(payload: text, destinationSIDs: [alice]), isReliable: true, at: room.now))
        let receivers = room.commands.map { command -> [PeerID] in
            if case .sendData(let peers, _, _) = command { peers } else { [] }
        }
        #expect(receivers == [[room.peer(alice), room.peer(bob)], [room.peer(bob)], [room.peer(alice)]])
    }
}
