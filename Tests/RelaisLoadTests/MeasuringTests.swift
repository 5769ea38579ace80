import Basics
import Foundation
import Glibc
import Testing

@testable import RelaisLoad

@Suite struct MeasuringTests {
    @Test(arguments: 0..<20)
    func histogramPercentilesAreThoseOfTheSortedValues(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        var histogram = LatencyHistogram()
        // From microseconds to seconds, evenly over the orders of magnitude.
        let values = (0..<5_000).map { _ in exp(Double.random(in: 0...15, using: &random)) }
        for value in values { histogram.record(Interval(nanoseconds: Int64(value * 1_000))) }
        for share in [0.01, 0.5, 0.9, 0.99, 0.999, 1] {
            let exact = try #require(Percentiles.nearestRank(values, share))
            let found = try #require(histogram.percentile(share)).milliseconds * 1_000
            #expect(abs(found - exact) <= exact * 0.02 + 1, "seed \(seed), \(share): \(found) against \(exact)")
        }
        #expect(histogram.count == 5_000)
    }

    @Test func histogramsAddUpAndTakeEverything() {
        var first = LatencyHistogram()
        #expect(first.percentile(0.5) == nil)
        var second = LatencyHistogram()
        first.record(.milliseconds(1))
        second.record(.milliseconds(3))
        second.record(Interval(nanoseconds: .min))
        second.record(Interval(nanoseconds: .max))
        first.add(second)
        #expect(first.count == 4 && first.largest == Interval(nanoseconds: .max))
        #expect(first.percentile(0.25) == .zero)
        #expect(first.percentile(0) == .zero)
    }

    @Test func percentilesByNearestRank() {
        // The example of the method: 15, 20, 35, 40, 50.
        let values = [35.0, 20, 15, 50, 40]
        #expect(Percentiles.nearestRank(values, 0.05) == 15)
        #expect(Percentiles.nearestRank(values, 0.3) == 20)
        #expect(Percentiles.nearestRank(values, 0.4) == 20)
        #expect(Percentiles.nearestRank(values, 0.5) == 35)
        #expect(Percentiles.nearestRank(values, 1) == 50)
        #expect(Percentiles.nearestRank([], 0.5) == nil)
    }

    @Test func theProcessIsRead() throws {
        let stat = "42 (a (strange) name) S 1 42 42 0 -1 4194560 1 2 3 4 150 50 0 0 20 0 7 0 100 1000000 2500 18446744"
        let usage = try #require(ProcessUsage(stat: stat))
        #expect(usage.cpuTicks == 200 && usage.threads == 7 && usage.residentPages == 2_500)
        #expect(ProcessUsage(stat: stat.replacing(") S", with: ") Z")) == nil, "ended")
        // Cut within its last number it is another number.
        for length in 0...stat.count - "2500 18446744".count {
            #expect(ProcessUsage(stat: String(stat.prefix(length))) == nil)
        }
        let status = "Name:\tx\nvoluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t30\n"
        #expect(ServerProbe.contextSwitches(status: status) == 42)
    }

    @Test func theProbeSeesThisProcess() throws {
        let probe = ServerProbe(pid: getpid())
        let first = try #require(probe.sample(at: .zero))
        let end = ContinuousClock.now + .milliseconds(100)
        var sum = 0.0
        while ContinuousClock.now < end { sum += sin(sum) + 1 }
        let second = try #require(probe.sample(at: .zero))
        #expect(second.cpu - first.cpu >= .milliseconds(20), "\(sum)")
        #expect(second.residentBytes > 1_000_000 && second.threads >= 1 && second.contextSwitches > 0)
        #expect(ServerProbe(pid: 0x7fff_fff0).sample(at: .zero) == nil)
    }

    @Test func tooManyParticipantsAreRefusedBeforeTheStart() throws {
        try OwnProcess.requireDescriptors(participants: 1)
        #expect(throws: LoadFailure.self) { try OwnProcess.requireDescriptors(participants: 1_000_000_000) }
        #expect(OwnProcess.cpu() > .zero)
    }

    @Test(arguments: 0..<10)
    func theHeapGivesDeadlinesInOrder(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        var heap = DeadlineHeap()
        var expected: [Int: MonotonicTime] = [:]
        for _ in 0..<2_000 {
            let slot = Int.random(in: 0..<50, using: &random)
            if Int.random(in: 0..<4, using: &random) == 0 {
                heap.remove(slot)
                expected[slot] = nil
            } else {
                let time = MonotonicTime(nanoseconds: Int64.random(in: 0..<1_000, using: &random))
                heap.set(slot, to: time)
                expected[slot] = time
            }
            #expect(heap.first?.time == expected.values.min())
        }
        var last = MonotonicTime.zero
        while let first = heap.first {
            #expect(first.time >= last && expected.removeValue(forKey: first.slot) == first.time)
            last = first.time
            heap.remove(first.slot)
        }
        #expect(expected.isEmpty)
    }
}
