import Testing

@testable import CongestionControl

@Suite struct TrendlineDetectorTests {
    /// Groups each 20 ms whose delay grows by `growth` milliseconds per group.
    private func feed(_ detector: inout TrendlineDetector, groups: Int, growth: Double, from start: Double) -> Double {
        var arrival = start
        for _ in 0..<groups {
            arrival += 20 + growth
            detector.note(PacketGroups.Delta(sendMilliseconds: 20, arrivalMilliseconds: 20 + growth, arrival: arrival))
        }
        return arrival
    }

    @Test func aGrowingDelayIsOveruseAndAShrinkingOneUnderuse() {
        var detector = TrendlineDetector()
        var end = feed(&detector, groups: 60, growth: 0, from: 0)
        #expect(detector.usage == .normal)
        end = feed(&detector, groups: 30, growth: 3, from: end)
        #expect(detector.usage == .overusing)
        _ = feed(&detector, groups: 60, growth: -2, from: end)
        #expect(detector.usage == .underusing)
    }

    @Test func theThresholdFollowsSmallTrendsWithinItsBounds() {
        var detector = TrendlineDetector()
        let start = detector.threshold
        let end = feed(&detector, groups: 500, growth: 0, from: 0)
        #expect(detector.threshold < start && detector.threshold >= 6)
        let low = detector.threshold
        _ = feed(&detector, groups: 100, growth: 1, from: end)
        #expect(detector.threshold > low && detector.threshold <= 600)
    }

    @Test func timesThatStandStillSayNothing() {
        var detector = TrendlineDetector()
        for _ in 0..<100 {
            detector.note(PacketGroups.Delta(sendMilliseconds: 0, arrivalMilliseconds: 0, arrival: 5))
        }
        #expect(detector.usage == .normal && detector.threshold.isFinite)
    }
}
