import Basics
import Testing

@testable import Forwarding

@Suite struct SequenceTrackerTests {
    @Test func extendsOverWraps() {
        var tracker = SequenceTracker()
        #expect(tracker.accept(65_534) == .newer(0x1_0000 + 65_534, isRestart: true))
        #expect(tracker.accept(65_535) == .newer(0x1_ffff, isRestart: false))
        #expect(tracker.accept(0) == .newer(0x2_0000, isRestart: false))
        #expect(tracker.accept(2) == .newer(0x2_0002, isRestart: false))
        #expect(tracker.accept(1) == .late(0x2_0001))
        #expect(tracker.accept(65_535) == .duplicate)
        #expect(tracker.accept(1) == .duplicate)
        // Before the first packet: late, not a copy.
        #expect(tracker.accept(65_533) == .late(0x1_fffd))
    }

    @Test func refusesWhatLeftTheWindow() {
        var tracker = SequenceTracker()
        _ = tracker.accept(0)
        _ = tracker.accept(1)
        for sequence in UInt16(3)...2_050 { _ = tracker.accept(sequence) }
        #expect(tracker.accept(3) == .duplicate)
        #expect(tracker.accept(2) == .tooOld)
        #expect(tracker.acceptRetransmitted(2) == .tooOld)
    }

    @Test func believesAJumpTheSecondTime() {
        var tracker = SequenceTracker()
        _ = tracker.accept(100)
        #expect(tracker.accept(20_000) == .onProbation)
        #expect(tracker.accept(101) == .newer(0x1_0000 + 101, isRestart: false))
        #expect(tracker.accept(20_001) == .onProbation)
        guard case .newer(let extended, isRestart: true) = tracker.accept(20_002) else {
            Issue.record("the second number in a row is a restart")
            return
        }
        #expect(UInt16(truncatingIfNeeded: extended) == 20_002)
        // A restart backwards: numbers go on rising, far above the old ones.
        #expect(tracker.accept(5) == .tooOld)
        guard case .newer(let again, isRestart: true) = tracker.accept(6) else {
            Issue.record("a restart backwards")
            return
        }
        #expect(again > extended + ForwardingLimits.maximumDropout && again & 0xffff == 6)
        #expect(tracker.accept(5) == .late(again - 1))
    }

    @Test func aNewStreamStartsAnywhere() {
        var tracker = SequenceTracker()
        _ = tracker.accept(1_000)
        tracker.restart()
        #expect(tracker.acceptRetransmitted(999) == .tooOld)
        guard case .newer(let extended, isRestart: true) = tracker.accept(1_001) else {
            Issue.record("the first packet of a new stream")
            return
        }
        #expect(extended & 0xffff == 1_001 && extended > 0x1_0000 + 1_000 + ForwardingLimits.maximumDropout)
        #expect(tracker.accept(1_001) == .duplicate)
    }

    /// Against a set that remembers everything.
    @Test(arguments: UInt64(1)...20) func agreesWithAModel(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var tracker = SequenceTracker()
        var sent = 0x1_0000 + Int64.random(in: 0..<0x1_0000, using: &random)
        var newest = sent
        var seen: Set<Int64> = [sent]
        _ = tracker.accept(UInt16(truncatingIfNeeded: sent))
        var wrong = 0
        for _ in 0..<3_000 {
            sent += Int64.random(in: 0...3, using: &random)
            let chosen =
                random.chance(0.3) ? max(newest - Int64.random(in: 0...2_040, using: &random), sent - 2_040) : sent
            let verdict = tracker.accept(UInt16(truncatingIfNeeded: chosen))
            if chosen > newest {
                if verdict != .newer(chosen, isRestart: false) { wrong += 1 }
                newest = chosen
            } else {
                if verdict != (seen.contains(chosen) ? .duplicate : .late(chosen)) { wrong += 1 }
            }
            seen.insert(chosen)
        }
        #expect(wrong == 0)
    }
}
