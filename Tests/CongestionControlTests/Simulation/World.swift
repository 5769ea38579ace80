// A virtual clock that jumps from event to event. Everything in a run comes from one seed.

import Basics
import Foundation

final class World {
    private struct Event {
        var time: MonotonicTime
        var order: Int
        var action: () -> Void

        func isBefore(_ other: Event) -> Bool {
            time == other.time ? order < other.order : time < other.time
        }
    }

    private(set) var now = MonotonicTime.zero
    var random: SeededRandom
    private var heap: [Event] = []
    private var scheduled = 0

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    var seconds: Double { (now - .zero).seconds }

    func schedule(at time: MonotonicTime, _ action: @escaping () -> Void) {
        scheduled += 1
        heap.append(Event(time: max(time, now), order: scheduled, action: action))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBefore(heap[parent]) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    func schedule(after interval: Interval, _ action: @escaping () -> Void) { schedule(at: now + interval, action) }

    func run(untilSeconds end: Double) {
        let end = MonotonicTime.zero + .seconds(end)
        while let first = heap.first, first.time <= end {
            removeFirst()
            now = first.time
            first.action()
        }
        now = end
    }

    /// 0..<1.
    func uniform() -> Double { Double(random.next() >> 11) * 0x1p-53 }

    /// Exponential distribution.
    func exponential(mean: Double) -> Double { -mean * log(max(1e-12, 1 - uniform())) }

    /// Normal distribution cut at three deviations.
    func normal(deviation: Double) -> Double {
        // Sum of twelve uniforms: variance 1, and the tails are cut anyway.
        var sum = -6.0
        for _ in 0..<12 { sum += uniform() }
        return max(-3, min(3, sum)) * deviation
    }

    private func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [parent * 2 + 1, parent * 2 + 2] where child < heap.count {
                if heap[child].isBefore(heap[least]) { least = child }
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
