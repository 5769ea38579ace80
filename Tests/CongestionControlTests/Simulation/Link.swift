// A bottleneck: a drop-tail queue served at a rate that follows a schedule.

import Basics

final class Link {
    private struct Queued {
        var byteCount: Int
        var since: MonotonicTime
        var deliver: (_ queueMilliseconds: Double) -> Void
    }

    private let world: World
    private let capacities: [(second: Double, bitsPerSecond: Double)]
    private let queueMilliseconds: Double
    private let loss: () -> Bool
    private var queue: [Queued] = []
    private var head = 0
    private var backlogBytes = 0
    private var isBusy = false
    private(set) var drops = 0

    /// - Parameters:
    ///   - capacities: each from its second on
    ///   - queueMilliseconds: of the capacity of the moment
    ///   - loss: of packets that are not dropped by the queue
    init(
        _ world: World, capacities: [(second: Double, bitsPerSecond: Double)], queueMilliseconds: Double = 300,
        loss: @escaping () -> Bool = { false }
    ) {
        self.world = world
        self.capacities = capacities
        self.queueMilliseconds = queueMilliseconds
        self.loss = loss
    }

    func capacity(atSecond second: Double) -> Double {
        capacities.last { $0.second <= second }?.bitsPerSecond ?? capacities[0].bitsPerSecond
    }

    private var rate: Double { capacity(atSecond: world.seconds) }

    /// Queues a packet; `deliver` is called when its last bit has left the queue, never when it is dropped.
    func send(byteCount: Int, deliver: @escaping (_ queueMilliseconds: Double) -> Void) {
        guard Double(backlogBytes * 8) * 1_000 / rate <= queueMilliseconds else {
            drops += 1
            return
        }
        backlogBytes += byteCount
        queue.append(Queued(byteCount: byteCount, since: world.now, deliver: deliver))
        if !isBusy { serve() }
    }

    private func serve() {
        guard head < queue.count else {
            queue.removeAll(keepingCapacity: true)
            head = 0
            isBusy = false
            return
        }
        isBusy = true
        let packet = queue[head]
        head += 1
        if head > 4_096 {
            queue.removeFirst(head)
            head = 0
        }
        let waited = (world.now - packet.since).milliseconds
        world.schedule(after: .seconds(Double(packet.byteCount * 8) / rate)) { [self] in
            backlogBytes -= packet.byteCount
            if !loss() { packet.deliver(waited) }
            serve()
        }
    }
}
