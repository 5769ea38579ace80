import Basics
import MediaInterface
import Testing

@testable import Conference

@Suite struct ConnectionScoreTests {
    private func score(_ sample: PeerQuality) -> Double {
        ConnectionScore.opinion(ofRating: ConnectionScore.rating(of: sample))
    }
    private func score(loss: Float, roundTrip: UInt32 = 40) -> Double {
        score(PeerQuality(uplinkLoss: 0, downlinkLoss: loss, roundTripMilliseconds: roundTrip))
    }

    /// ITU-T G.107 annex B: ratings and the opinions that belong to them (table B.1 gives 90 → 4.34, 80 → 4.03,
    /// 70 → 3.60, 60 → 3.10, 50 → 2.58).
    @Test(arguments: [(90.0, 4.34), (80, 4.03), (70, 3.60), (60, 3.10), (50, 2.58), (0, 1), (100, 4.5), (-5, 1)])
    func opinionsFollowTheStandard(rating: Double, opinion: Double) {
        #expect(abs(ConnectionScore.opinion(ofRating: rating) - opinion) < 0.007)
    }

    @Test func lossAndDelayCost() {
        #expect(score(loss: 0) > 4.3 && score(loss: 0.01) > 4.1)
        #expect((3.2..<4.0).contains(score(loss: 0.06)), "repaired, yet felt")
        #expect(score(loss: 0.2) < 3.0 && score(loss: 1) < 1.2)
        #expect(score(loss: 0, roundTrip: 200) > 4.1 && score(loss: 0, roundTrip: 600) < 4.0)
        #expect(score(loss: 0, roundTrip: .max) == 1)
        // The worse direction counts, and nonsense does no harm.
        #expect(score(PeerQuality(uplinkLoss: 0.2, downlinkLoss: 0)) == score(PeerQuality(uplinkLoss: 0.2)))
        #expect(score(PeerQuality(uplinkLoss: .nan, downlinkLoss: -3)) == score(PeerQuality(uplinkLoss: 0)))
        var last = 5.0
        for percent in 0...100 {
            let next = score(loss: Float(percent) / 100)
            #expect(next <= last)
            last = next
        }
    }

    @Test func missingPicturesCost() {
        let fine = PeerQuality(downlinkLoss: 0, roundTripMilliseconds: 20)
        var reduced = fine
        reduced.reducedSubscriptions = 1
        var paused = fine
        paused.pausedSubscriptions = 2
        #expect((3.0..<4.0).contains(score(reduced)) && score(paused) < 3.0)
    }

    private struct Follower {
        var scorer = ConnectionScorer()
        var changes: [ConnectionQuality] = []

        /// One period with the usual number of reports.
        mutating func period(_ sample: PeerQuality, isExpected: Bool = true) {
            for _ in 0..<3 { scorer.note(sample) }
            if let change = scorer.assess(isExpected: isExpected) { changes.append(change.quality) }
        }
        mutating func period(loss: Float) { period(PeerQuality(downlinkLoss: loss, roundTripMilliseconds: 20)) }
    }

    @Test func worseAtOnceAndBetterSlowly() {
        var follower = Follower()
        follower.period(loss: 0)
        #expect(follower.changes == [.excellent])
        follower.period(loss: 0.3)
        #expect(follower.changes == [.excellent, .poor])
        follower.changes = []
        for _ in 0..<2 { follower.period(loss: 0) }
        #expect(!follower.changes.contains(.excellent), "not after ten seconds")
        for _ in 0..<8 { follower.period(loss: 0) }
        #expect(follower.changes.last == .excellent)
        for _ in 0..<20 { follower.period(loss: 0) }
        #expect(follower.changes.filter { $0 == .excellent }.count <= 2, "said, and refined once")
    }

    /// A loss around the border between two classes.
    @Test func nothingFlaps() {
        var follower = Follower()
        for index in 0..<60 { follower.period(loss: index % 2 == 0 ? 0.028 : 0.034) }
        #expect(follower.changes.count <= 2)
    }

    @Test func silenceMeansLostOnlyWhereSomethingShouldCome() {
        var follower = Follower()
        follower.period(loss: 0)
        follower.period(PeerQuality(), isExpected: false)
        #expect(follower.changes == [.excellent])
        follower.period(PeerQuality(roundTripMilliseconds: 20))
        follower.period(PeerQuality())
        #expect(follower.changes == [.excellent, .lost])
        // One report without anything is no proof.
        follower = Follower()
        follower.scorer.note(PeerQuality())
        #expect(follower.scorer.assess(isExpected: true) == nil)
        // Back again, it counts from there.
        follower.period(PeerQuality())
        follower.period(loss: 0.05)
        #expect(follower.changes == [.lost, .good])
    }

    @Test func theRoomTellsScoresInOneMessage() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob")
        room.publish([.microphone], from: alice)
        func report(_ sid: ParticipantSID, _ sample: PeerQuality) { room.media(.peerQuality(room.peer(sid), sample)) }
        func told(_ sid: ParticipantSID) -> [[ConnectionQualityUpdate]] {
            room.notifications(to: sid).compactMap {
                if case .connectionQualityChanged(let updates) = $0 { updates } else { nil }
            }
        }
        let fine = PeerQuality(uplinkLoss: 0, downlinkLoss: 0, roundTripMilliseconds: 20)
        room.clear()
        for _ in 0..<2 {
            report(alice, fine)
            report(bob, PeerQuality(downlinkLoss: 0.06, roundTripMilliseconds: 20))
            room.wait(.seconds(2))
        }
        #expect(told(bob).isEmpty)
        room.wait(.seconds(2))
        #expect(told(bob).count == 1 && told(alice) == told(bob))
        #expect(told(bob).first?.map(\.participant) == [alice, bob])
        #expect(told(bob).first?.map(\.quality) == [.excellent, .good])
        #expect(told(bob).first?.allSatisfy { (3...4.5).contains($0.score) } == true)

        // The same again is not told; a microphone that falls silent without being muted is.
        room.clear()
        for _ in 0..<10 {
            report(alice, fine)
            room.wait(.seconds(2))
        }
        #expect(told(bob).isEmpty)
        for _ in 0..<4 {
            report(alice, PeerQuality())
            room.wait(.seconds(2))
        }
        #expect(told(bob).last == [ConnectionQualityUpdate(participant: alice, quality: .lost, score: 0)])
        // Somebody new hears of both, and nobody's reports leave nothing behind.
        let carol = try room.join("carol")
        #expect(told(carol).first?.map(\.quality) == [.lost, .good])
        room.wait(.seconds(20))
        room.media(.peerQuality(PeerID(1), fine))
        #expect(room.state.counters.stale == 1)
    }
}
