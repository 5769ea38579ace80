import Basics
import CongestionControl
import Testing

@Suite struct RoundTripEstimatorTests {
    /// The example of RFC 3550 section 6.4.1, figure 2: 6.125 s.
    @Test func measuresTheExampleOfTheStandard() {
        var estimator = RoundTripEstimator()
        let measured = estimator.note(
            lastReport: 0xb705_2000, delay: 0x0005_4000, at: NTPTime(rawValue: 0x0000_b710_8000_0000))
        #expect(measured == Interval(nanoseconds: 6_125_000_000))
        #expect(estimator.latest == measured && estimator.smoothed == measured && estimator.smallest == measured)
    }

    @Test func smoothsByAnEighth() {
        var estimator = RoundTripEstimator()
        estimator.note(.milliseconds(80))
        estimator.note(.milliseconds(160))
        estimator.note(.milliseconds(40))
        #expect(estimator.latest == .milliseconds(40) && estimator.smallest == .milliseconds(40))
        #expect(estimator.smoothed == Interval(nanoseconds: 83_750_000))
    }

    @Test func refusesTheImpossible() {
        var estimator = RoundTripEstimator()
        let now = NTPTime(rawValue: 0x0000_0001_0000_0000)
        let without = estimator.note(lastReport: 0, delay: 0, at: now)
        let negative = estimator.note(lastReport: now.compact, delay: 0x1000, at: now)
        let tooLong = estimator.note(lastReport: now.compact &- 0x0040_0000, delay: 0, at: now)
        #expect(without == nil && negative == nil && tooLong == nil && estimator.latest == nil)
        // A tick of rounding below nothing is none, and the compact clock wraps.
        let rounded = estimator.note(lastReport: now.compact, delay: 1, at: now)
        #expect(rounded == .zero)
        let wrapped = estimator.note(lastReport: 0xffff_8000, delay: 0x4000, at: NTPTime(rawValue: 0x7_0000_8000_0000))
        #expect(wrapped == .milliseconds(750))
    }
}
