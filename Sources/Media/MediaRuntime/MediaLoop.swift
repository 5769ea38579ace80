// What a media thread does: wait, drain the sockets, apply commands, advance, seal, send.

internal import Basics
internal import MediaCore
internal import MediaInterface

/// The loop of one media thread. A local variable of that thread: nothing in it is shared, except through the two queues.
struct MediaLoop: ~Copyable {
    private let thread: MediaThread
    private let poller: Poller
    private var port: DatagramPort
    private var shard: MediaShard
    private var outbox = Outbox()
    private var slab = ReceiveSlab()
    private var backlog = CommandBacklog()
    private var meter: LoadMeter
    /// Drops of the sockets that the shard has been told of.
    private var notedDrops: UInt64 = 0
    /// Read after each wait and after each batch of datagrams.
    private var now: MonotonicTime

    /// To be made on the media thread itself, which then owns the shard.
    init(
        of thread: MediaThread, port: consuming DatagramPort, poller: consuming Poller,
        configuration: MediaShardConfiguration
    ) throws(SystemFailure) {
        let now = SystemClock.now()
        let shard: MediaShard
        do {
            shard = try MediaShard(configuration: configuration, at: now)
        } catch {
            throw .cannotMakeShard("\(error)")
        }
        self.now = now
        self.thread = thread
        self.poller = poller
        self.port = port
        self.shard = shard
        meter = LoadMeter(at: now)
    }

    /// Runs until the thread is told to stop, then flushes.
    mutating func run() {
        while !thread.isStopRequested {
            let ready = poller.wait(until: deadline, at: now)
            now = SystemClock.now()
            meter.beginTurn(at: now)
            turn(ready)
            now = SystemClock.now()
            if let load = meter.endTurn(at: now) { thread.publish(loadPermille: load, port.statistics) }
        }
        finish()
        thread.publish(loadPermille: 0, port.statistics)
    }

    private var deadline: MonotonicTime {
        if !backlog.isEmpty { return now }
        return min(shard.nextDeadline ?? .distantFuture, now + RuntimeLimits.longestWait)
    }

    private mutating func turn(_ ready: Poller.Sources) {
        if ready.contains(.firstSocket) { drain(.firstSocket) }
        if ready.contains(.secondSocket) { drain(.secondSocket) }
        if ready.contains(.commands) { backlog.refill(from: thread.commands) }
        backlog.apply(atMost: RuntimeLimits.commandsPerTurn, to: &shard, at: now, into: &outbox)
        shard.advance(to: now, into: &outbox)
        flush()
    }

    /// Takes what waits at a socket, a bounded number of batches. Draining before sending makes load itself lengthen
    /// the runs of datagrams that go as one message.
    private mutating func drain(_ source: Poller.Sources) {
        for _ in 0..<RuntimeLimits.receiveBatchesPerTurn {
            let count = port.receiveBatch(at: source, into: &slab)
            guard count > 0 else { return }
            now = SystemClock.now()
            for index in 0..<count {
                Self.deliver(index, at: source, &port, &slab, &shard, &outbox, now)
                if outbox.isNearlyFull { flush() }
            }
            // A batch that is not full was the last of what waited.
            guard count == slab.capacity else { return }
        }
    }

    private static func deliver(
        _ index: Int, at source: Poller.Sources, _ port: inout DatagramPort, _ slab: inout ReceiveSlab,
        _ shard: inout MediaShard, _ outbox: inout Outbox, _ now: MonotonicTime
    ) {
        port.withReceived(index, at: source, in: &slab) { bytes, address in
            shard.receive(&bytes, from: address, at: now, into: &outbox)
        }
    }

    /// Sends the datagrams and hands on the events of the outbox.
    private mutating func flush() {
        guard !outbox.isEmpty else { return }
        if outbox.count > 0 {
            shard.seal(&outbox)
            port.send(outbox)
            outbox.removeAll()
            let dropped = port.droppedCount
            if dropped != notedDrops {
                shard.noteSocketDrops(Int(truncatingIfNeeded: dropped &- notedDrops))
                notedDrops = dropped
            }
        }
        let lost = (events: outbox.lostEvents, messages: outbox.lostMessages)
        thread.events.post(outbox.takeEvents(), alreadyLost: lost.events, messages: lost.messages)
    }

    /// Applies the commands that still wait, as far as time allows, and sends the last datagrams.
    private mutating func finish() {
        thread.commands.close()
        let end = now + RuntimeLimits.flushTime
        repeat {
            backlog.refill(from: thread.commands)
            backlog.apply(atMost: RuntimeLimits.commandsPerTurn, to: &shard, at: now, into: &outbox)
            flush()
            now = SystemClock.now()
        } while !backlog.isEmpty && now < end
        shard.advance(to: now, into: &outbox)
        flush()
    }
}
