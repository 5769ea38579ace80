import Basics
import Testing

@testable import CongestionControl

private func milliseconds(_ count: Int) -> MonotonicTime { .zero + .milliseconds(count) }

@Suite struct CongestionJudgeTests {
    private func judge(
        _ judge: inout CongestionJudge, _ trend: BandwidthUsage, queue: Double, isLimited: Bool = false,
        hasGivenWay: Bool = false, at time: Int
    ) -> CongestionJudge.Verdict {
        judge.judge(
            trend: trend, queueMilliseconds: queue, isApplicationLimited: isLimited, hasGivenWay: hasGivenWay,
            at: milliseconds(time))
    }

    @Test func aTrendNeedsAQueue() {
        var state = CongestionJudge()
        let jitter = judge(&state, .overusing, queue: 3, at: 0)
        let real = judge(&state, .overusing, queue: 12, at: 100)
        let limited = judge(&state, .overusing, queue: 12, isLimited: true, at: 200)
        #expect(jitter == .hold && real == .overusing && limited == .hold)
    }

    @Test func aLongQueueIsOveruseWithoutATrend() {
        var state = CongestionJudge()
        let first = judge(&state, .normal, queue: 40, at: 0)
        let later = judge(&state, .normal, queue: 40, at: 200)
        let draining = judge(&state, .underusing, queue: 40, at: 300)
        #expect(first == .normal && later == .overusing && draining == .hold)
    }

    @Test func aQueueThatOutlivesOurGivingWayIsForeign() {
        var state = CongestionJudge()
        for step in 0..<50 {
            _ = judge(&state, .normal, queue: 100 + Double(step % 5) * 10, hasGivenWay: step > 20, at: step * 100)
        }
        #expect(state.queueIsForeign)
        for step in 50..<60 { _ = judge(&state, .normal, queue: 5, at: step * 100) }
        #expect(!state.queueIsForeign)
    }

    @Test func whoHasNotGivenWayMadeTheQueue() {
        var state = CongestionJudge()
        for step in 0..<100 {
            _ = judge(&state, .normal, queue: 100 + Double(step % 5) * 10, at: step * 100)
        }
        #expect(!state.queueIsForeign)
    }
}
