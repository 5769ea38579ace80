import Basics
import Testing

@testable import CongestionControl

private func milliseconds(_ count: Int) -> MonotonicTime { .zero + .milliseconds(count) }

@Suite struct RateTests {
    private func input(
        _ verdict: CongestionJudge.Verdict, throughput: Double?, queue: Double = 0, isLimited: Bool = false,
        sending: Double = 1e6
    ) -> DelayBasedRate.Input {
        DelayBasedRate.Input(
            verdict: verdict, throughput: throughput, recentThroughput: throughput, queueMilliseconds: queue,
            roundTrip: .milliseconds(100), isApplicationLimited: isLimited, sending: sending)
    }

    @Test func overuseGoesBelowWhatArrivesAndReturnsWhenTheQueueIsGone() {
        var rate = DelayBasedRate(2e6, within: 6e4...1e8, at: .zero)
        rate.update(input(.overusing, throughput: 1e6, queue: 300), at: milliseconds(1_000))
        #expect(rate.bitsPerSecond == 0.5e6 && rate.isDraining, "a long queue is drained faster")
        rate.update(input(.normal, throughput: 1e6, queue: 100), at: milliseconds(1_300))
        #expect(rate.bitsPerSecond == 0.5e6)
        rate.update(input(.hold, throughput: 0.6e6, queue: 2), at: milliseconds(1_600))
        #expect(rate.bitsPerSecond == 0.85e6 && !rate.isDraining)
    }

    @Test func oneQueueIsOneDecrease() {
        var rate = DelayBasedRate(1e6, within: 6e4...1e8, at: .zero)
        for step in 0..<6 {
            rate.update(input(.overusing, throughput: 0.9e6, queue: 30), at: milliseconds(1_000 + step * 50))
        }
        #expect(rate.bitsPerSecond == 0.85e6)
    }

    @Test func aQueueThatDrainsNeedsNoFurtherDecrease() {
        var rate = DelayBasedRate(2e6, within: 6e4...1e8, at: .zero)
        rate.update(input(.overusing, throughput: 1e6, queue: 200), at: milliseconds(1_000))
        let after = rate.bitsPerSecond
        rate.update(input(.overusing, throughput: 0.1e6, queue: 60), at: milliseconds(1_700))
        #expect(rate.bitsPerSecond == after)
        // A narrow link keeps a packet for some milliseconds: a second later that is no queue.
        rate.update(input(.normal, throughput: 0.1e6, queue: 18), at: milliseconds(2_100))
        #expect(rate.bitsPerSecond == 0.85e6 && !rate.isDraining)
    }

    @Test func littleThatIsSentAndArrivesTellsLittle() {
        var rate = DelayBasedRate(1e6, within: 6e4...1e8, at: .zero)
        rate.update(
            input(.overusing, throughput: 0.2e6, queue: 30, isLimited: true, sending: 0.2e6), at: milliseconds(1_000))
        #expect(rate.bitsPerSecond == 0.85e6)
        rate.update(
            input(.overusing, throughput: 0.2e6, queue: 120, isLimited: true, sending: 0.2e6), at: milliseconds(2_000))
        #expect(rate.bitsPerSecond == 0.51e6)
        // Far less arrives than is sent: the path has become narrow.
        rate.update(
            input(.overusing, throughput: 0.2e6, queue: 180, isLimited: true, sending: 0.45e6),
            at: milliseconds(3_000))
        #expect(rate.bitsPerSecond < 0.2e6)
    }

    @Test func growsOnlyNearWhatArrives() {
        var rate = DelayBasedRate(1e6, within: 6e4...1e8, at: .zero)
        for step in 1...1_000 { rate.update(input(.normal, throughput: 0.8e6), at: milliseconds(step * 100)) }
        #expect(rate.bitsPerSecond <= 0.8e6 * 1.5 + 10_000 && rate.bitsPerSecond > 1.1e6)
        var limited = DelayBasedRate(1e6, within: 6e4...1e8, at: .zero)
        for step in 1...1_000 {
            limited.update(input(.normal, throughput: 0.8e6, isLimited: true), at: milliseconds(step * 100))
        }
        #expect(limited.bitsPerSecond == 1e6)
    }

    @Test func aSingleLowProbeIsNotBelieved() {
        var rate = DelayBasedRate(1e6, within: 6e4...1e8, at: .zero)
        let low = ProbeResult(bitsPerSecond: 0.6e6, isSaturated: true)
        rate.apply(low, isApplicationLimited: true, throughput: 0.3e6, at: milliseconds(100))
        #expect(rate.bitsPerSecond == 1e6)
        rate.apply(low, isApplicationLimited: true, throughput: 0.3e6, at: milliseconds(1_100))
        #expect(rate.bitsPerSecond == 0.6e6)
        rate.apply(
            ProbeResult(bitsPerSecond: 5e6, isSaturated: false), isApplicationLimited: true, throughput: 0.3e6,
            at: milliseconds(2_000))
        #expect(rate.bitsPerSecond == 5e6)
    }

    /// Half a second of packets at a rate, of which a share is lost.
    private func send(
        _ rate: inout LossBasedRate, bitsPerSecond: Double, loss: Double, from start: Int, _ random: inout SeededRandom
    ) {
        let packets = Int(bitsPerSecond / 8 / 1_000 / 2)
        for index in 0..<packets {
            let packet = SentPacket(
                sendTime: milliseconds(start + 500 * index / packets), byteCount: 1_000, state: .inFlight)
            rate.note(packet, isLost: random.chance(loss))
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func lossThatFollowsTheRateLowersIt(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var rate = LossBasedRate()
        var sending = 2e6
        for step in 0..<20 {
            // A policer of 1 Mbit/s.
            send(&rate, bitsPerSecond: sending, loss: max(0, 1 - 1e6 / sending), from: step * 500, &random)
            rate.update(delayBased: 2e6, throughput: min(sending, 1e6))
            sending = min(2e6, rate.bitsPerSecond ?? 2e6)
        }
        #expect((0.6e6...1.25e6).contains(sending), "seed \(seed): \(sending)")
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func lossThatDoesNotFollowTheRateLeavesIt(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var rate = LossBasedRate()
        var sending = 2e6
        var sum = 0.0
        for step in 0..<60 {
            send(&rate, bitsPerSecond: sending, loss: 0.1, from: step * 500, &random)
            rate.update(delayBased: 2e6, throughput: sending * 0.9)
            sending = min(2e6, rate.bitsPerSecond ?? 2e6)
            if step >= 10 { sum += sending }
        }
        #expect(sum / 50 > 1.6e6, "seed \(seed): \(sum / 50)")
    }

    @Test func theLogarithmIsOne() {
        #expect(abs(naturalLogarithm(1)) < 1e-6)
        #expect(abs(naturalLogarithm(2) - 0.693_147_18) < 1e-6)
        #expect(abs(naturalLogarithm(0.001) + 6.907_755_28) < 1e-5)
        #expect(abs(naturalLogarithm(123_456) - 11.723_640) < 1e-5)
        #expect(
            naturalLogarithm(0) == -1_000 && naturalLogarithm(-.infinity) == -1_000 && naturalLogarithm(.nan) == -1_000)
    }
}
