import Basics
import CongestionControl
import Testing

private func milliseconds(_ count: Int) -> MonotonicTime { .zero + .milliseconds(count) }

@Suite struct PacingBudgetTests {
    /// A megabit per second is 125 bytes a millisecond.
    @Test func spreadsPacketsOverTime() {
        var budget = PacingBudget(bitrateBitsPerSecond: 1_000_000, at: .zero)
        #expect(budget.canSend(at: .zero))
        budget.charge(byteCount: 1_250, at: .zero)
        #expect(!budget.canSend(at: milliseconds(4)))
        #expect(budget.canSend(at: milliseconds(5)))
        #expect(budget.nextSendTime == milliseconds(5))
    }

    @Test func keepsTheRateOverALongTime() {
        var budget = PacingBudget(bitrateBitsPerSecond: 2_000_000, at: .zero)
        var now = MonotonicTime.zero
        var bytes = 0
        while now < milliseconds(10_000) {
            now = max(now, budget.nextSendTime)
            #expect(budget.canSend(at: now))
            budget.charge(byteCount: 1_200, at: now)
            bytes += 1_200
        }
        #expect((2_490_000...2_510_000).contains(bytes), "\(bytes)")
    }

    @Test func audioIsChargedToOthers() {
        var budget = PacingBudget(bitrateBitsPerSecond: 100_000, at: .zero)
        // Twice the rate of audio alone: video has to wait, but not for ever.
        for index in 0..<1_000 { budget.charge(byteCount: 500, at: milliseconds(index * 20)) }
        let end = milliseconds(999 * 20)
        #expect(!budget.canSend(at: end))
        #expect(budget.nextSendTime <= end + PacingBudget.largestDebt)
    }

    @Test func aNewRateKeepsWhatIsOwed() {
        var budget = PacingBudget(bitrateBitsPerSecond: 1_000_000, at: .zero)
        budget.charge(byteCount: 2_500, at: .zero)
        budget.setBitrate(2_000_000, at: .zero)
        #expect(budget.nextSendTime == milliseconds(5))
        budget.setBitrate(1_000_000, at: milliseconds(5))
        #expect(budget.nextSendTime == milliseconds(10))
    }

    @Test func absurdValuesAreHarmless() {
        var random = SeededRandom(seed: 7)
        var budget = PacingBudget(bitrateBitsPerSecond: .max, at: .zero)
        for _ in 0..<10_000 {
            let now = MonotonicTime(nanoseconds: Int64(bitPattern: random.next()))
            budget.charge(byteCount: Int(bitPattern: UInt(random.next())), at: now)
            budget.setBitrate(Int64(bitPattern: random.next()), at: now)
            #expect(budget.bitrateBitsPerSecond > 0)
            _ = budget.canSend(at: now)
        }
    }
}
