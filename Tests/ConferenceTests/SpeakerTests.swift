import Basics
import MediaInterface
import Testing

@testable import Conference

@Suite struct SpeakerTests {
    private static let alice = ParticipantSID("PA_alice")!
    private static let bob = ParticipantSID("PA_bob")!

    /// Reports every 300 ms, as the media plane gives them.
    private struct Listener {
        var tracker = SpeakerTracker()
        var now = MonotonicTime.zero + .seconds(10)

        mutating func hear(_ levels: [(ParticipantSID, Float)]) -> [SpeakerUpdate] {
            now += .milliseconds(300)
            return tracker.update(levels.map { (participant: $0.0, level: $0.1) }, at: now)
        }
        mutating func hear(_ level: Float) -> [SpeakerUpdate] { hear([(SpeakerTests.alice, level)]) }
    }

    @Test func oneReportMakesNoSpeaker() {
        var room = Listener()
        #expect(room.hear(0.5).isEmpty)
        #expect(room.hear([]).isEmpty)
        #expect(room.hear(0.5).isEmpty, "not in a row")
        #expect(room.hear(0.5) == [SpeakerUpdate(participant: Self.alice, level: 0.5, isActive: true)])
        #expect(room.tracker.snapshot.map(\.participant) == [Self.alice])
    }

    @Test func reportsFarApartAreNotInARow() {
        var room = Listener()
        #expect(room.hear(0.5).isEmpty)
        room.now += .seconds(2)
        #expect(room.hear(0.5).isEmpty)
        #expect(room.hear(0.5).count == 1)
    }

    @Test func noiseIsNoSpeech() {
        var room = Listener()
        for _ in 0..<20 { #expect(room.hear(0.012).isEmpty) }
        for _ in 0..<5 { #expect(room.hear(.nan).isEmpty && room.hear(-1).isEmpty) }
        #expect(room.tracker.deadline == nil)
    }

    @Test func quietWordsAndPausesKeepASpeaker() {
        var room = Listener()
        _ = room.hear(0.02)
        #expect(room.hear(0.02).count == 1)
        // Too quiet to begin, loud enough to stay: only its level is told.
        for _ in 0..<20 { #expect(!room.hear(0.008).contains { !$0.isActive }) }
        // A pause of two reports.
        #expect(room.hear([]).isEmpty && room.hear([]).isEmpty)
        #expect(room.hear(0.008).isEmpty && room.tracker.snapshot.count == 1)
        // Silence that lasts is told once.
        #expect(room.hear([]).isEmpty && room.hear([]).isEmpty)
        #expect(room.hear([]) == [SpeakerUpdate(participant: Self.alice, level: 0, isActive: false)])
        #expect(room.hear([]).isEmpty && room.tracker.snapshot.isEmpty)
    }

    @Test func aTurnLastsASecond() {
        var room = Listener()
        _ = room.hear(0.1)
        #expect(room.hear(0.1).count == 1)
        for _ in 0..<3 { #expect(room.hear([]).isEmpty) }
        #expect(room.hear([]).map(\.isActive) == [false])
    }

    /// Levels at the threshold, up and down: one beginning, no end.
    @Test func levelsAtTheThresholdDoNotFlap() {
        var room = Listener()
        var changes: [SpeakerUpdate] = []
        for index in 0..<200 { changes += room.hear(index % 3 == 2 ? 0.007 : 0.013) }
        #expect(changes.count == 1 && changes[0].isActive)
    }

    @Test func onlyNoticeableLevelsAreTold() {
        var room = Listener()
        _ = room.hear(0.2)
        _ = room.hear(0.2)
        #expect(room.hear(0.21).isEmpty && room.hear(0.24).isEmpty)
        #expect(room.hear(0.3).map(\.level) == [0.3])
        #expect(room.hear(0.05).map(\.level) == [0.05])
        // The loudest track of a participant counts.
        #expect(room.hear([(Self.alice, 0.01), (Self.bob, 0.4), (Self.alice, 7)]).map(\.level) == [1])
    }

    @Test func theRoomTellsChangesAndTheEndByTime() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob")
        room.publish([.microphone, .screenShareAudio], from: alice)
        let ids = room.state.participants[alice]!.tracks.map(\.id)
        func hear(_ levels: [Float]) -> [ParticipantNotification] {
            room.wait(.milliseconds(300))
            room.clear()
            room.media(.audioLevels(RoomID(7), zip(ids, levels).map { TrackLevel(track: $0, level: $1) }))
            return room.notifications(to: bob)
        }
        func speaking(_ level: Float) -> [ParticipantNotification] {
            [.speakersChanged([SpeakerUpdate(participant: alice, level: level, isActive: level > 0)])]
        }
        #expect(hear([0.2, 0.4]).isEmpty)
        #expect(hear([0.2, 0.4]) == speaking(0.4))
        // Who comes in hears who speaks.
        let carol = try room.join("carol")
        #expect(room.notifications(to: carol).contains(speaking(0.4)[0]))
        #expect(hear([0.9]) == speaking(0.9))
        // The media plane falls silent: time ends the turn, once.
        #expect(hear([]).isEmpty)
        room.clear()
        room.wait(.seconds(3))
        #expect(room.notifications(to: bob).filter { $0.label == "speakersChanged" } == speaking(0))
        // Who hides has left, and is heard of no more.
        _ = hear([0.4])
        _ = hear([0.4])
        room.take(
            try room.state.updateParticipant("alice", permissions: Permissions(isHidden: true), at: room.now))
        #expect(hear([]).isEmpty && room.state.speakers.snapshot.isEmpty)
    }
}
