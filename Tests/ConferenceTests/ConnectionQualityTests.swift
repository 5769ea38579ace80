import Basics
import MediaInterface
import Testing

@testable import Conference

@Suite struct ConnectionQualityTests {
    private func lost(_ sid: ParticipantSID) -> ParticipantNotification {
        .connectionQualityChanged([ConnectionQualityUpdate(participant: sid, quality: .lost, score: 0)])
    }

    @Test func aDeadTransportIsToldAtOnce() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob")
        room.loseSignal(alice)
        room.clear()
        room.media(.peerFailed(room.peer(alice), .iceTimeout))
        #expect(room.notifications(to: bob) == [lost(alice)] && room.notifications(to: alice).isEmpty)
        // Who comes now is told, too.
        let carol = try room.join("carol")
        #expect(room.notifications(to: carol).contains(lost(alice)))
        // It is said once, and it is the last word.
        room.clear()
        room.media(.peerFailed(room.peer(alice), .closedByClient))
        room.state.noteConnectionQualities([.init(participant: alice, quality: .excellent, score: 5)])
        room.take(room.state.finish(at: room.now))
        #expect(room.notifications(to: bob).isEmpty)
        // A second death does not put the end off.
        room.wait(.seconds(3))
        room.media(.peerFailed(room.peer(alice), .iceTimeout))
        room.wait(.seconds(3))
        #expect(!room.state.hasSession(alice))
    }

    @Test func changesReachThoseWhoSeeTheParticipant() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let ghost = try room.enterConnected("ghost", permissions: Permissions(isHidden: true))
        room.clear()
        let updates = [alice, ghost].map { ConnectionQualityUpdate(participant: $0, quality: .good, score: 3.5) }
        for _ in 0..<2 {
            room.state.noteConnectionQualities(updates + [.init(participant: bobSID, quality: .good, score: 3)])
            room.take(room.state.finish(at: room.now))
        }
        #expect(room.notifications(to: alice) == [.connectionQualityChanged([updates[0]])])
        #expect(room.notifications(to: ghost) == [.connectionQualityChanged(updates)])
        // Back from an interruption it hears how things stand.
        room.loseSignal(alice)
        room.clear()
        try room.resume(alice, identity: "alice")
        #expect(room.notifications(to: alice).contains(.connectionQualityChanged([updates[0]])))
    }

    private let bobSID = ParticipantSID("PA_nobody")!
}
