import Basics
import Testing

@testable import Forwarding

@Suite struct TimestampMapperTests {
    private func clock(_ timestamp: UInt32, seconds: Double, at now: MonotonicTime = .zero) -> MediaClock {
        MediaClock(
            ntp: NTPTime(rawValue: UInt64(seconds * 4_294_967_296)), rtpTimestamp: timestamp, arrival: now,
            clockRateHertz: 90_000)
    }

    private func start(
        _ mapper: inout TimestampMapper, _ encoding: UInt8, _ timestamp: UInt32, at now: Int, from: MediaClock? = nil,
        to: MediaClock? = nil
    ) {
        mapper.start(
            encoding: encoding, timestamp: timestamp, arrival: .ms(now), from: from, to: to, clockRateHertz: 90_000)
    }

    @Test func keepsThePublishersSteps() {
        var mapper = TimestampMapper(first: 0xffff_ffff)
        start(&mapper, 0, 1_000, at: 0)
        #expect(mapper.map(1_000, arrival: .ms(0)) == 0xffff_ffff)
        #expect(mapper.map(4_000, arrival: .ms(33)) == 2_999)
        // Silence for an hour, and a late packet.
        #expect(mapper.map(4_000 + 324_000_000, arrival: .ms(3_600_033)) == 2_999 + 324_000_000)
        #expect(mapper.map(1_000, arrival: .ms(3_600_034)) == 0xffff_ffff)
    }

    @Test func joinsEncodingsByTheirReports() {
        var mapper = TimestampMapper(first: 50_000)
        start(&mapper, 0, 1_000_000, at: 0)
        _ = mapper.map(1_000_000, arrival: .ms(0))
        _ = mapper.map(1_003_000, arrival: .ms(33))
        // Same instant: 1_000_000 of the one and 7_000_000 of the other. The packet was captured 66.7 ms after it, and
        // came late.
        let low = clock(1_000_000, seconds: 500)
        let high = clock(7_000_000 + 180_000, seconds: 502)
        start(&mapper, 1, 7_006_000, at: 140, from: low, to: high)
        #expect(abs(Int64(mapper.map(7_006_000, arrival: .ms(140))) - 56_000) <= 1)
        #expect(abs(Int64(mapper.map(7_009_000, arrival: .ms(170))) - 59_000) <= 1)
        #expect(mapper.mapPrevious(1_003_000) == 53_000)
    }

    @Test func joinsByArrivalWithoutReports() {
        var mapper = TimestampMapper(first: 50_000)
        start(&mapper, 0, 1_000, at: 1_000)
        _ = mapper.map(4_000, arrival: .ms(1_033))
        start(&mapper, 1, 9_000_000, at: 1_133)
        #expect(mapper.map(9_000_000, arrival: .ms(1_133)) == 53_000 + 9_000)
    }

    @Test func refusesReportsThatContradictTheArrival() {
        var mapper = TimestampMapper(first: 50_000)
        start(&mapper, 0, 1_000, at: 0)
        start(&mapper, 1, 9_000_000, at: 100, from: clock(1_000, seconds: 500), to: clock(9_000_000, seconds: 900))
        #expect(mapper.map(9_000_000, arrival: .ms(100)) == 59_000)
    }

    @Test func neverStandsStillAndForgetsTheForcedStep() {
        var mapper = TimestampMapper(first: 50_000)
        let low = clock(1_000, seconds: 500)
        let high = clock(80_000, seconds: 500)
        start(&mapper, 0, 1_000, at: 0)
        _ = mapper.map(10_000, arrival: .ms(100))
        // The other encoding's keyframe shows the instant of 7_000 of the first: it goes one tick after the newest.
        start(&mapper, 1, 86_000, at: 101, from: low, to: high)
        #expect(mapper.map(86_000, arrival: .ms(101)) == 59_001)
        // Back again later: the step does not pile up.
        start(&mapper, 0, 100_000, at: 1_100, from: high, to: low)
        #expect(mapper.map(100_000, arrival: .ms(1_100)) == 50_000 + 99_000)
    }

    @Test func resumesAnEncodingInItsOwnTime() {
        var mapper = TimestampMapper(first: 0)
        start(&mapper, 0, 1_000, at: 0)
        start(&mapper, 0, 1_000 + 900_000, at: 10_020)
        #expect(mapper.map(901_000, arrival: .ms(10_020)) == 900_000)
        // A stream that has begun anew has nothing to do with the old numbers.
        start(&mapper, 0, 77, at: 11_020)
        #expect(mapper.map(77, arrival: .ms(11_020)) == 990_000)
    }

    @Test func estimatesTheTimestampOfNow() {
        var mapper = TimestampMapper(first: 1_000)
        start(&mapper, 0, 0, at: 0)
        #expect(mapper.estimate(at: .ms(2_000)) == 181_000)
    }
}
