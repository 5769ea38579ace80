import Basics
import CongestionControl
import RTP
import Testing

private func milliseconds(_ count: Int) -> MonotonicTime { .zero + .milliseconds(count) }

@Suite struct SendSideEstimatorTests {
    @Test func numbersFollowEachOtherAcrossTheWrap() {
        var estimator = SendSideEstimator(at: .zero)
        var expected: UInt16 = 1
        for index in 0..<70_000 {
            let number = estimator.packetSent(byteCount: 100, kind: .audio, at: milliseconds(index))
            #expect(number == expected)
            expected &+= 1
        }
    }

    @Test func startsWithItsStartBitrateAndProbesAtOnce() throws {
        var estimator = SendSideEstimator(at: .zero)
        let start = estimator.targetBitrateBitsPerSecond
        let without = estimator.nextProbe(at: .zero)
        #expect(start == 1_000_000 && without == nil, "no wishes, no probe")
        estimator.desiredBitrateBitsPerSecond = 2_000_000
        let wished = estimator.nextProbe(at: .zero)
        let plan = try #require(wished)
        #expect(plan.bitrateBitsPerSecond == 2_400_000, "not far beyond the wishes")
        #expect(plan.byteCount == 7_500 && plan.start == .zero)
        // 2.4 Mbit/s are 300 bytes a millisecond.
        let first = estimator.probeByteCountDue(at: .zero)
        _ = estimator.packetSent(byteCount: 1_200, kind: .padding, at: .zero)
        let second = estimator.probeByteCountDue(at: milliseconds(2))
        let third = estimator.probeByteCountDue(at: milliseconds(6))
        #expect(first > 0 && second == 0 && (600...602).contains(third))
        #expect(estimator.nextDeadline == milliseconds(4))
    }

    @Test func measuresTheRoundTrip() throws {
        var estimator = SendSideEstimator(at: .zero)
        var numbers: [UInt16] = []
        for index in 0..<20 {
            numbers.append(estimator.packetSent(byteCount: 1_000, kind: .media, at: milliseconds(index * 5)))
        }
        let arrivals = (0..<20).map { TransportFeedbackBuilder.units(milliseconds(5_000 + $0 * 5)) }
        let datagram = try #require(FeedbackWriting.datagram(from: numbers[0], arrivals: arrivals))
        let feedback = try #require(FeedbackWriting.parse(datagram))
        estimator.receive(feedback, in: datagram.span, at: milliseconds(175))
        #expect(estimator.roundTrip == .milliseconds(80))
        #expect(estimator.statistics.packetsReceived == 20)
        #expect(estimator.queueDelay == .zero && !estimator.isOverusing)
    }

    @Test func countsDuplicatesAndLateNews() throws {
        var estimator = SendSideEstimator(at: .zero)
        for index in 0..<4 { _ = estimator.packetSent(byteCount: 1_000, kind: .media, at: milliseconds(index)) }
        let lost = TransportFeedbackBuilder.notReceived
        let first = try #require(FeedbackWriting.datagram(from: 1, arrivals: [400, lost, 408, 412]))
        let second = try #require(FeedbackWriting.datagram(from: 1, arrivals: [400, 416, 408, 412]))
        for datagram in [first, first, second, second] {
            let feedback = try #require(FeedbackWriting.parse(datagram))
            estimator.receive(feedback, in: datagram.span, at: milliseconds(100))
        }
        let statistics = estimator.statistics
        #expect(statistics.packetsReceived == 3 && statistics.packetsLost == 1 && statistics.packetsLate == 1)
        #expect(estimator.lossFraction == 0)
    }

    @Test func theReceiversOwnEstimateBinds() {
        var configuration = SendSideConfiguration()
        configuration.usesTransportFeedback = false
        var estimator = SendSideEstimator(configuration: configuration, at: .zero)
        estimator.desiredBitrateBitsPerSecond = 5_000_000
        estimator.receiveEstimate(bitrateBitsPerSecond: 400_000, at: .zero)
        #expect(estimator.targetBitrateBitsPerSecond == 400_000)
        let plan = estimator.nextProbe(at: .zero)
        #expect(plan == nil, "nobody would tell the result")
        estimator.receiveEstimate(bitrateBitsPerSecond: 1_700_000, at: milliseconds(1_000))
        #expect(estimator.targetBitrateBitsPerSecond == 1_700_000)
        estimator.receiveEstimate(bitrateBitsPerSecond: 0, at: milliseconds(2_000))
        #expect(estimator.targetBitrateBitsPerSecond == configuration.minimumBitrateBitsPerSecond)
        estimator.receiveEstimate(bitrateBitsPerSecond: .max, at: milliseconds(3_000))
        #expect(estimator.targetBitrateBitsPerSecond == configuration.maximumBitrateBitsPerSecond)
    }

    @Test func reportedLossLowersAndItsAbsenceRaises() {
        var configuration = SendSideConfiguration()
        configuration.usesTransportFeedback = false
        var estimator = SendSideEstimator(configuration: configuration, at: .zero)
        func send(_ estimator: inout SendSideEstimator, second: Int) {
            for index in 0..<100 {
                _ = estimator.packetSent(byteCount: 1_200, kind: .media, at: milliseconds(second * 1_000 + index * 10))
            }
        }
        for second in 0..<5 {
            send(&estimator, second: second)
            estimator.receiveReport(
                fractionLost: 64, roundTrip: .milliseconds(50), at: milliseconds(second * 1_000 + 999))
        }
        let lowered = estimator.targetBitrateBitsPerSecond
        #expect((400_000...600_000).contains(lowered), "\(lowered)")
        for second in 5..<20 {
            send(&estimator, second: second)
            estimator.receiveReport(
                fractionLost: 0, roundTrip: .milliseconds(50), at: milliseconds(second * 1_000 + 999))
        }
        let raised = estimator.targetBitrateBitsPerSecond
        #expect(raised > lowered * 2 && raised <= 1_460_000, "\(raised): not far above the 960 kbit/s that are sent")
    }
}
