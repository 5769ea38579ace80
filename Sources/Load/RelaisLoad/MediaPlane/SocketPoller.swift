// Where a media thread sleeps: until one of its sockets can be read, it is woken, or a deadline comes.

import Basics
import CLinux
import Glibc

/// Two levels of epoll(7) sets, 64 sockets in each of up to 63 inner ones: a wait tells which sockets are ready as bits.
struct SocketPoller: ~Copyable {
    private let outer: Int32
    private let wakeUp: Int32
    private var groups: [Int32] = []
    private var freeSlots: [Int] = []
    private var usedSlots = 0

    private static let wakeUpFlag: UInt64 = 1 << 63
    static let capacity = 63 * 64

    /// - Parameter wakeUp: an event descriptor, which stays its maker's
    init(wakeUp: Int32) throws(LoadFailure) {
        outer = relais_poll_open()
        self.wakeUp = wakeUp
        guard outer >= 0, relais_poll_add(outer, wakeUp, Self.wakeUpFlag) == 0 else {
            throw .cannotOpenSocket("no epoll set")
        }
    }

    deinit {
        for group in groups { close(group) }
        close(outer)
    }

    /// Watches a socket until it is closed. Returns its slot, nil when all are taken.
    mutating func add(_ descriptor: Int32) -> Int? {
        guard let slot = freeSlots.popLast() ?? (usedSlots < Self.capacity ? usedSlots : nil) else { return nil }
        if slot == usedSlots { usedSlots += 1 }
        if slot / 64 == groups.count {
            let group = relais_poll_open()
            guard group >= 0 else { return nil }
            groups.append(group)
            guard relais_poll_add(outer, group, 1 << UInt64(slot / 64)) == 0 else { return nil }
        }
        return relais_poll_add(groups[slot / 64], descriptor, 1 << UInt64(slot % 64)) == 0 ? slot : nil
    }

    /// The socket of a slot was closed.
    mutating func free(_ slot: Int) { freeSlots.append(slot) }

    /// Calls `body` for each slot that can be read. Returns true when the thread was woken.
    func wait(until deadline: MonotonicTime, at now: MonotonicTime, _ body: (Int) -> Void) -> Bool {
        var ready: UInt64 = 0
        let timeout = deadline > now ? (deadline - now).nanoseconds : 0
        guard unsafe relais_poll_wait(outer, timeout, &ready) == 0 else { return false }
        for group in groups.indices where ready >> UInt64(group) & 1 == 1 {
            var sockets: UInt64 = 0
            guard unsafe relais_poll_wait(groups[group], 0, &sockets) == 0 else { continue }
            while sockets != 0 {
                body(group * 64 + sockets.trailingZeroBitCount)
                sockets &= sockets - 1
            }
        }
        guard ready & Self.wakeUpFlag != 0 else { return false }
        _ = relais_event_clear(wakeUp)
        return true
    }
}
