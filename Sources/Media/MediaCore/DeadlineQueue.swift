// Which peer must be visited next: a binary heap with lazy deletion.

internal import Basics

/// Deadlines of peers. Each peer has at most one live entry; older ones are skipped when they surface.
struct DeadlineQueue {
    private struct Entry {
        var time: MonotonicTime
        var peer: SlotHandle
    }
    private var heap: [Entry] = []
    /// The live deadline per peer slot: what does not equal it is stale.
    private var live: [MonotonicTime] = []

    /// Earliest live or stale deadline; a stale one only causes an early visit.
    var next: MonotonicTime? { heap.first?.time }

    /// Sets the peer's deadline when it is earlier than the one that stands.
    mutating func schedule(_ peer: SlotHandle, at time: MonotonicTime) {
        let slot = Int(peer.index)
        if slot >= live.count {
            live.append(
                contentsOf: repeatElement(.distantFuture, count: max(slot + 1, 64, live.count * 2) - live.count))
        }
        guard time < live[slot] else { return }
        live[slot] = time
        heap.append(Entry(time: time, peer: peer))
        siftUp(heap.count - 1)
    }

    /// A peer whose deadline has come, nil when none has.
    mutating func popDue(at now: MonotonicTime) -> SlotHandle? {
        while let first = heap.first, first.time <= now {
            removeFirst()
            let slot = Int(first.peer.index)
            guard live[slot] == first.time else { continue }
            live[slot] = .distantFuture
            return first.peer
        }
        return nil
    }

    /// A removed peer's slot may be used again: its entry must not keep a newer one out.
    mutating func forget(_ peer: SlotHandle) {
        if Int(peer.index) < live.count { live[Int(peer.index)] = .distantFuture }
    }

    private mutating func removeFirst() {
        heap[0] = heap[heap.count - 1]
        heap.removeLast()
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count {
                if heap[child].time < heap[least].time { least = child }
            }
            if least == index { return }
            heap.swapAt(index, least)
            index = least
        }
    }

    private mutating func siftUp(_ start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            if heap[parent].time <= heap[index].time { return }
            heap.swapAt(parent, index)
            index = parent
        }
    }
}
