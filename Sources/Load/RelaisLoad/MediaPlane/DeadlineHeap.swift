// Who is due next: a binary heap of slots by deadline, each slot at most once.

import Basics

struct DeadlineHeap {
    private var heap: [(time: MonotonicTime, slot: Int)] = []
    /// Where a slot stands in the heap, -1 when it does not.
    private var positions: [Int] = []

    var first: (time: MonotonicTime, slot: Int)? { heap.first }
    var isEmpty: Bool { heap.isEmpty }

    /// Enters a slot or moves it.
    mutating func set(_ slot: Int, to time: MonotonicTime) {
        while positions.count <= slot { positions.append(-1) }
        let position = positions[slot]
        guard position >= 0 else {
            heap.append((time, slot))
            positions[slot] = heap.count - 1
            rise(heap.count - 1)
            return
        }
        let before = heap[position].time
        heap[position].time = time
        if time < before { rise(position) } else { sink(position) }
    }

    mutating func remove(_ slot: Int) {
        guard slot < positions.count, positions[slot] >= 0 else { return }
        let position = positions[slot]
        swap(position, heap.count - 1)
        heap.removeLast()
        positions[slot] = -1
        guard position < heap.count else { return }
        rise(position)
        sink(position)
    }

    private mutating func swap(_ a: Int, _ b: Int) {
        heap.swapAt(a, b)
        positions[heap[a].slot] = a
        positions[heap[b].slot] = b
    }

    private mutating func rise(_ start: Int) {
        var index = start
        while index > 0, heap[index].time < heap[(index - 1) / 2].time {
            swap(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func sink(_ start: Int) {
        var index = start
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2]
            where child < heap.count && heap[child].time < heap[least].time {
                least = child
            }
            if least == index { return }
            swap(index, least)
            index = least
        }
    }
}
