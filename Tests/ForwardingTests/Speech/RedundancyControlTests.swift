import Basics
import Testing

@testable import Forwarding

@Suite struct RedundancyControlTests {
    /// Feeds packets of 20 ms, of which those are asked for again 100 ms later that `isLost` names.
    private func depths(
        seconds: Int, _ control: inout RedundancyControl, from start: Int = 0, isLost: (Int) -> Bool
    ) -> [Int] {
        (start..<start + seconds * 50).map { number in
            let now = MonotonicTime.ms(number * 20)
            control.noteSent(at: now)
            if number >= start + 5, isLost(number - 5) { control.noteMissing(Int64(number - 5), at: now) }
            return control.depth
        }
    }

    @Test func requestsRaiseItWithinASecondAndSilenceLowersItSlowly() {
        var control = RedundancyControl()
        var random = SeededRandom(seed: 3)
        let clean = depths(seconds: 20, &control) { _ in false }
        #expect(clean.first == 1 && clean.last == 0)
        let rising = depths(seconds: 10, &control, from: 1_000) { _ in random.next() % 5 == 0 }
        #expect((rising[75...].min() ?? 0) >= 3, "20 % loss")
        let falling = depths(seconds: 30, &control, from: 1_500) { _ in false }
        #expect(falling[300] >= 3, "loss comes in waves")
        #expect(falling.last == 0)
        #expect(zip(falling, falling.dropFirst()).allSatisfy { $1 == $0 || $1 == $0 - 1 })
    }

    @Test func aLossAroundAThresholdDoesNotFlap() {
        var control = RedundancyControl()
        var changes = 0
        var before = 0
        for second in 0..<120 {
            let now = MonotonicTime.ms(second * 1_000)
            // 5 and 7 % in turn, the threshold of two frames between them.
            control.follow(PathState(loss: second % 2 == 0 ? 0.05 : 0.07), at: now)
            if control.depth != before { changes += 1 }
            before = control.depth
        }
        #expect(changes <= 2 && control.depth == 2)
    }

    @Test func reportsCountAndGrowOld() {
        var control = RedundancyControl()
        control.noteSent(at: .zero)
        control.noteReport(fractionLost: 255, at: .ms(10))
        #expect(control.depth == 4 && control.pattern.count == 3)
        let after = depths(seconds: 60, &control, from: 100) { _ in false }
        #expect(after[400] >= 3 && after.last == 0)
        control.follow(PathState(loss: .nan), at: .ms(70_000))
        control.follow(PathState(loss: -1), at: .ms(70_000))
        #expect(control.depth == 0)
        control.follow(PathState(loss: .infinity), at: .ms(70_000))
        #expect(control.depth == 4)
    }

    @Test func rowsOfLossesSpreadTheDistances() {
        /// A quarter of the packets is lost, in rows of this mean length (Gilbert-Elliott).
        func spread(_ row: Double, seed: UInt64) -> LossSpread {
            var control = RedundancyControl()
            var random = SeededRandom(seed: seed)
            var isBad = false
            _ = depths(seconds: 60, &control) { _ in
                let chance = Double(random.next() >> 11) * 0x1p-53
                isBad = isBad ? chance >= 1 / row : chance < 0.25 / 0.75 / row
                return isBad
            }
            return control.spread
        }
        let found = [1.33, 2, 4].map { row in (0..<20).map { spread(row, seed: $0) } }
        #expect(found[0].count { $0 == .scattered } >= 19, "as chance has it")
        #expect(found[1].count { $0 != .scattered } >= 16)
        #expect(found[2].allSatisfy { $0 == .bursts })
        #expect(RedundancyPattern(depth: 3, .bursts) == RedundancyPattern(2, 5, 9))
        #expect(RedundancyPattern(depth: 7, .bursts) == RedundancyPattern(1, 3, 6, 9))
        #expect(RedundancyPattern(depth: 7, .scattered).count == 3 && RedundancyPattern(depth: -1, .bursts).isEmpty)
    }

    @Test func patternsAreVisitedFromBothEnds() {
        var near = RedundancyPattern(8, 2, 5, 16, 0, 17)
        var far = near
        #expect(near.count == 4)
        #expect([near.popNearest(), near.popNearest(), near.popNearest(), near.popNearest()] == [2, 5, 8, 16])
        #expect([far.popFarthest(), far.popFarthest(), far.popFarthest(), far.popFarthest()] == [16, 8, 5, 2])
        #expect(near.popNearest() == nil && far.popFarthest() == nil)
    }

    @Test func aNarrowPathGetsOneEarlierFrameAtMost() {
        var control = RedundancyControl()
        control.follow(PathState(loss: 0.3, redundancyByteCount: 200), at: .zero)
        #expect(control.depth == 4)
        #expect(control.pattern(frameByteCount: 80).count == 2)
        #expect(control.pattern(frameByteCount: 160).count == 1)
        control.follow(PathState(loss: 0.3, redundancyByteCount: 0), at: .ms(100))
        #expect(control.pattern(frameByteCount: 80).count == 1)
        control.follow(PathState(loss: 0.3), at: .ms(200))
        #expect(control.pattern(frameByteCount: 80).count == 3)
    }
}
