// Commands that were taken from the queue and wait for their turn.

internal import Basics
internal import MediaCore
internal import MediaInterface

/// Spreads a burst of commands over several turns of the loop.
struct CommandBacklog: ~Copyable {
    private var commands: [MediaCommand] = []
    private var next = 0

    /// Memory that is kept between bursts, commands.
    private static let keptCapacity = 1_024

    var isEmpty: Bool { next == commands.count }

    /// Takes what waits in the queue when all of the earlier commands are done.
    mutating func refill(from queue: CommandQueue) {
        guard isEmpty else { return }
        commands.removeAll(keepingCapacity: commands.capacity <= Self.keptCapacity)
        next = 0
        queue.take(into: &commands)
    }

    /// Applies at most `limit` commands, and none more once the outbox is nearly full.
    mutating func apply(
        atMost limit: Int, to shard: inout MediaShard, at now: MonotonicTime, into outbox: inout Outbox
    ) {
        let end = min(commands.count, next + limit)
        while next < end, !outbox.isNearlyFull {
            shard.apply(commands[next], at: now, into: &outbox)
            next += 1
        }
        // Payloads of done commands are not kept until the next burst.
        if isEmpty, !commands.isEmpty {
            commands.removeAll(keepingCapacity: commands.capacity <= Self.keptCapacity)
            next = 0
        }
    }
}
