import Basics
import Testing

@testable import CongestionControl

@Suite struct ProbeMeasurementTests {
    /// Packets of 1,000 bytes, one a millisecond: 8 Mbit/s.
    private func probe(packets: Int = 12, arrivals: (Int) -> Double?, usualLoss: Double = 0) -> ProbeResult? {
        var measurement = ProbeMeasurement(cluster: 1)
        for index in 0..<packets {
            measurement.noteSent(Int64(index), byteCount: 1_000)
            if let arrival = arrivals(index) {
                measurement.noteArrival(byteCount: 1_000, send: Double(index), arrival: arrival)
            }
        }
        return measurement.result(usualLoss: usualLoss)
    }

    @Test func aPathThatIsNotFullGivesTheRateOfSending() throws {
        let result = try #require(probe { 50 + Double($0) })
        #expect(!result.isSaturated)
        #expect(abs(result.bitsPerSecond - 8e6) < 1)
    }

    @Test func aFullPathGivesALittleLessThanItCarries() throws {
        let result = try #require(probe { 50 + Double($0) * 2 })
        #expect(result.isSaturated)
        #expect(abs(result.bitsPerSecond - 0.95 * 4e6) < 1)
    }

    @Test func oneLatePacketDoesNotDecide() throws {
        let result = try #require(probe { 50 + Double($0) + ($0 == 0 ? 2 : 0) })
        #expect(!result.isSaturated)
        #expect(result.bitsPerSecond > 7.2e6)
    }

    @Test func lossIsLimitUnlessItIsUsual() throws {
        let limited = try #require(probe { $0 % 5 == 4 ? nil : 50 + Double($0) })
        #expect(limited.isSaturated)
        let usual = try #require(probe(arrivals: { $0 % 5 == 4 ? nil : 50 + Double($0) }, usualLoss: 0.2))
        #expect(!usual.isSaturated)
    }

    @Test func tooLittleOrTooFastSaysNothing() {
        #expect(probe(packets: 3) { 50 + Double($0) } == nil)
        #expect(probe { $0 < 6 ? 50 + Double($0) : nil } == nil)
        #expect(probe { 50 + Double($0) / 4 } == nil, "held back on the way")
        #expect(probe { _ in 50 } == nil)
        #expect(probe { 50 - Double($0) } == nil)
    }
}
