import Basics
import RTP
import Testing

@Suite struct ReceptionStatisticsTests {
    private static let rate: UInt32 = 90_000

    /// Notes packets of a steady stream, 3,000 units and a thirtieth of a second apart.
    private func steady(_ statistics: inout ReceptionStatistics, _ numbers: some Sequence<Int>, from start: Int = 0) {
        for number in numbers {
            let index = number - start
            statistics.noteArrival(
                sequence: UInt16(truncatingIfNeeded: number), timestamp: UInt32(truncatingIfNeeded: index * 3_000),
                clockRateHertz: Self.rate, at: MonotonicTime(nanoseconds: Int64(index) * 1_000_000_000 / 30))
        }
    }

    @Test func countsAcrossTheWrap() throws {
        var statistics = ReceptionStatistics()
        let nothing = statistics.takeReport(ssrc: 1, at: .zero)
        #expect(nothing == nil)
        steady(&statistics, 65_500..<65_700, from: 65_500)
        let taken = statistics.takeReport(ssrc: 7, at: .zero)
        let report = try #require(taken)
        #expect(report.ssrc == 7)
        #expect(report.extendedHighestSequence == 65_699)
        #expect(report.cumulativeLost == 0 && report.fractionLost == 0)
        // A steady stream has no jitter but what rounding gives.
        #expect(report.jitter <= 1)
        #expect(report.lastSenderReport == 0 && report.delaySinceLastSenderReport == 0)
    }

    @Test func countsLossesSinceTheReportBefore() throws {
        var statistics = ReceptionStatistics()
        steady(&statistics, (0..<100).filter { $0 % 4 != 3 })
        // 99 was lost and not noticed yet: 24 of 99.
        let first = statistics.takeReport(ssrc: 1, at: .zero)
        #expect(first?.cumulativeLost == 24 && first?.fractionLost == UInt8(24 * 256 / 99))
        steady(&statistics, 100..<200)
        let second = statistics.takeReport(ssrc: 1, at: .zero)
        #expect(second?.cumulativeLost == 25 && second?.fractionLost == UInt8(256 / 101))
        // Duplicates outnumber the losses: the total shrinks, the fraction is none.
        steady(&statistics, 150..<199)
        let third = statistics.takeReport(ssrc: 1, at: .zero)
        #expect(third?.cumulativeLost == 25 - 49 && third?.fractionLost == 0)
        #expect(statistics.lostCount == -24)
    }

    /// The recurrence of RFC 3550 appendix A.8 in floating point: J += (|D| - J) / 16.
    @Test func jitterFollowsTheRecurrence() {
        var random = SeededRandom(seed: 8)
        var statistics = ReceptionStatistics()
        var expected = 0.0
        var before: Double?
        for index in 0..<2_000 {
            let delayMilliseconds = Double(random.next() % 4_000) / 100
            let arrival = Double(index) * 20 + delayMilliseconds
            let transit = arrival - Double(index) * 20
            if let before { expected += (abs(transit - before) - expected) / 16 }
            before = transit
            statistics.noteArrival(
                sequence: UInt16(index), timestamp: UInt32(index * 960), clockRateHertz: 48_000,
                at: MonotonicTime(nanoseconds: Int64(arrival * 1_000_000)))
        }
        #expect(abs(statistics.jitterMilliseconds - expected) < 0.5, "\(statistics.jitterMilliseconds) \(expected)")
        #expect(expected > 5)
    }

    @Test func aNewClockBeginsAnew() {
        var statistics = ReceptionStatistics()
        for index in 0..<100 {
            statistics.noteArrival(
                sequence: UInt16(index), timestamp: UInt32(index * 960), clockRateHertz: index < 50 ? 48_000 : 8_000,
                at: MonotonicTime(nanoseconds: Int64(index) * 20_000_000 + (index == 20 ? 90_000_000 : 0)))
            if index == 49 { #expect(statistics.jitter > 0) }
            if index == 50 { #expect(statistics.jitter == 0) }
        }
    }

    @Test func oneStrayIsNotARestartTwoAre() {
        var statistics = ReceptionStatistics()
        steady(&statistics, 0..<50)
        let stray = statistics.noteArrival(sequence: 20_000, timestamp: 0, clockRateHertz: Self.rate, at: .zero)
        #expect(!stray)
        steady(&statistics, 50..<60)
        #expect(statistics.highestSequence == 59 && statistics.lostCount == 0)
        let first = statistics.noteArrival(sequence: 30_000, timestamp: 0, clockRateHertz: Self.rate, at: .zero)
        let second = statistics.noteArrival(sequence: 30_001, timestamp: 0, clockRateHertz: Self.rate, at: .zero)
        #expect(!first && second)
        #expect(statistics.highestSequence == 30_001 && statistics.receivedCount == 1 && statistics.lostCount == 0)
        // Late packets count, they do not restart.
        let late = statistics.noteArrival(sequence: 29_990, timestamp: 0, clockRateHertz: Self.rate, at: .zero)
        #expect(late && statistics.highestSequence == 30_001)
    }

    @Test func tellsTheLastSenderReport() {
        var statistics = ReceptionStatistics()
        steady(&statistics, 0..<2)
        statistics.noteSenderReport(
            NTPTime(rawValue: 0x1122_3344_5566_7788), at: MonotonicTime(nanoseconds: 1_000_000_000))
        let report = statistics.takeReport(ssrc: 1, at: MonotonicTime(nanoseconds: 2_500_000_000))
        #expect(report?.lastSenderReport == 0x3344_5566)
        // One and a half seconds in 1/65536.
        #expect(report?.delaySinceLastSenderReport == 98_304)
    }

    @Test func randomArrivalsAreHarmless() {
        var random = SeededRandom(seed: 3)
        var statistics = ReceptionStatistics()
        for round in 0..<100_000 {
            statistics.noteArrival(
                sequence: UInt16(truncatingIfNeeded: random.next()),
                timestamp: UInt32(truncatingIfNeeded: random.next()),
                clockRateHertz: round % 1_000 == 0
                    ? UInt32(truncatingIfNeeded: random.next()) : statistics.clockRateHertz,
                at: MonotonicTime(nanoseconds: Int64(bitPattern: random.next() >> 1)))
            if round % 100 == 0 {
                statistics.noteSenderReport(
                    NTPTime(rawValue: random.next()), at: MonotonicTime(nanoseconds: Int64(random.next() >> 1)))
                _ = statistics.takeReport(ssrc: 1, at: MonotonicTime(nanoseconds: Int64(random.next() >> 1)))
            }
        }
        #expect(statistics.receivedCount > 0)
    }
}
