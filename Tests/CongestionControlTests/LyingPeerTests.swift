import Basics
import CongestionControl
import RTP
import Testing

/// A receiver whose feedback is made up: nothing it says may trap, or move the target out of its bounds.
@Suite struct LyingPeerTests {
    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64]) func liesAreHarmless(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var configuration = SendSideConfiguration()
        configuration.usesTransportFeedback = seed % 4 != 0
        var estimator = SendSideEstimator(configuration: configuration, at: .zero)
        var now = MonotonicTime.zero
        var newest: UInt16 = 0
        for step in 0..<1_000 {
            now += .microseconds(Int(random.next() % 20_000))
            if random.chance(0.005) { now += .seconds(Int(random.next() % 100)) }
            if random.chance(0.01) { estimator.desiredBitrateBitsPerSecond = Int64(bitPattern: random.next()) }
            for _ in 0..<random.next() % 8 {
                newest = estimator.packetSent(byteCount: Int(random.next() % 1_500), kind: .media, at: now)
            }
            _ = estimator.nextProbe(at: now)
            let due = estimator.probeByteCountDue(at: now)
            if due > 0 { newest = estimator.packetSent(byteCount: min(due, 1_200), kind: .padding, at: now) }
            switch random.next() % 6 {
            case 0: estimator.receiveReport(fractionLost: UInt8(random.next() & 0xff), roundTrip: nil, at: now)
            case 1:
                estimator.receiveReport(
                    fractionLost: 0, roundTrip: Interval(nanoseconds: Int64(bitPattern: random.next())), at: now)
            case 2: estimator.receiveEstimate(bitrateBitsPerSecond: random.next() >> (random.next() % 64), at: now)
            default: lie(&estimator, newest, &random, at: now)
            }
            estimator.advance(to: now)
            let target = estimator.targetBitrateBitsPerSecond
            let bounds = configuration.minimumBitrateBitsPerSecond...configuration.maximumBitrateBitsPerSecond
            let loss = estimator.lossFraction
            let deadline = estimator.nextDeadline
            #expect(bounds.contains(target), "seed \(seed), step \(step)")
            #expect((0...1).contains(loss), "seed \(seed), step \(step)")
            #expect(deadline > .zero, "seed \(seed), step \(step)")
        }
        if configuration.usesTransportFeedback {
            let statistics = estimator.statistics
            #expect(statistics.neverSent > 0 && statistics.forgotten > 0 && statistics.clockJumps > 0, "seed \(seed)")
        }
    }

    /// Numbers near and far, times that go back, jump or stand still; sometimes bytes without any sense.
    private func lie(
        _ estimator: inout SendSideEstimator, _ newest: UInt16, _ random: inout SeededRandom, at now: MonotonicTime
    ) {
        let base = random.chance(0.8) ? newest &- UInt16(random.next() % 100) : UInt16(random.next() & 0xffff)
        var time = random.chance(0.9) ? TransportFeedbackBuilder.units(now) : Int64(random.next() >> 24)
        var arrivals: [Int64] = []
        for _ in 0...random.next() % 200 {
            if random.chance(0.2) {
                arrivals.append(TransportFeedbackBuilder.notReceived)
            } else {
                time += Int64(random.next() % 400) - 150
                arrivals.append(time)
            }
        }
        guard var datagram = FeedbackWriting.datagram(from: base, arrivals: arrivals) else { return }
        if random.chance(0.2) {
            for _ in 0..<4 {
                datagram[12 + Int(random.next() % UInt64(datagram.count - 12))] = UInt8(random.next() & 0xff)
            }
        }
        guard let feedback = FeedbackWriting.parse(datagram) else { return }
        estimator.receive(feedback, in: datagram.span, at: now)
    }

    /// A receiver that acknowledges everything at once, before it can have come, gains no more than the maximum.
    @Test func anEagerPeerIsBoundedByWhatIsSent() throws {
        var estimator = SendSideEstimator(at: .zero)
        estimator.desiredBitrateBitsPerSecond = 3_000_000
        for step in 0..<3_000 {
            let now = MonotonicTime.zero + .milliseconds(step * 10)
            let number = estimator.packetSent(byteCount: 600, kind: .media, at: now)
            let datagram = try #require(
                FeedbackWriting.datagram(from: number, arrivals: [TransportFeedbackBuilder.units(now)]))
            let feedback = try #require(FeedbackWriting.parse(datagram))
            estimator.receive(feedback, in: datagram.span, at: now)
            estimator.advance(to: now)
        }
        // 480 kbit/s are sent, no probes are: the start bitrate is all that was ever granted.
        #expect(estimator.targetBitrateBitsPerSecond <= 1_000_000)
    }
}
