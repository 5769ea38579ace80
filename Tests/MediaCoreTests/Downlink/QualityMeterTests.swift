import Basics
import Testing

@testable import MediaCore

@Suite struct QualityMeterTests {
    @Test func isDueOncePerInterval() {
        var meter = QualityMeter()
        let start = MonotonicTime(nanoseconds: 1_000)
        let answer1 = meter.isDue(at: start)
        #expect(!answer1)
        meter.start(at: start)
        let answer2 = meter.isDue(at: start + .milliseconds(1_999))
        #expect(!answer2)
        let answer3 = meter.isDue(at: start + .milliseconds(2_000))
        #expect(answer3)
        let answer4 = meter.isDue(at: start + .milliseconds(2_001))
        #expect(!answer4)
        #expect(meter.nextDeadline == start + .milliseconds(4_000))
    }

    @Test func countsLossSinceTheLastTime() {
        var meter = QualityMeter()
        let answer5 = meter.uplinkLoss(ReceptionTotals(expected: 100, lost: 10))
        #expect(answer5 == 0.1)
        let answer6 = meter.uplinkLoss(ReceptionTotals(expected: 200, lost: 10))
        #expect(answer6 == 0)
        let answer7 = meter.uplinkLoss(ReceptionTotals(expected: 200, lost: 10))
        #expect(answer7 == nil)
        // A repaired loss is no gain, and a track that went is no loss.
        let answer8 = meter.uplinkLoss(ReceptionTotals(expected: 210, lost: 5))
        #expect(answer8 == 0)
        let answer9 = meter.uplinkLoss(ReceptionTotals(expected: 20, lost: 0))
        #expect(answer9 == nil)
    }
}
