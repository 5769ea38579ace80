import Basics
import Testing

@testable import MediaCore

@Suite struct ClimbBackoffTests {
    private let start = MonotonicTime(nanoseconds: 0)

    @Test func isOpenUntilSomethingFalls() {
        var backoff = ClimbBackoff()
        backoff.note(fellBack: false, at: start)
        #expect(backoff.isOpen(at: start))
        backoff.note(fellBack: true, at: start)
        #expect(!backoff.isOpen(at: start + .seconds(3)))
        #expect(backoff.isOpen(at: start + .seconds(4)))
    }

    @Test func eachFallDoublesTheWaitUpToABound() {
        var backoff = ClimbBackoff()
        var now = start
        for wait in [4, 8, 16, 32, 32] {
            backoff.note(fellBack: true, at: now)
            #expect(!backoff.isOpen(at: now + .seconds(wait) - .milliseconds(1)))
            #expect(backoff.isOpen(at: now + .seconds(wait)))
            now += .seconds(wait)
        }
        now += .seconds(61)
        backoff.note(fellBack: true, at: now)
        #expect(backoff.isOpen(at: now + .seconds(4)))
    }

    @Test func stepsOfOneFallCountOnce() {
        var backoff = ClimbBackoff()
        for step in 0..<5 { backoff.note(fellBack: true, at: start + .milliseconds(200 * step)) }
        #expect(backoff.isOpen(at: start + .milliseconds(4_800)))
    }
}
