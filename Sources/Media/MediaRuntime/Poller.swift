// Where a media thread sleeps: until a socket has datagrams, a command waits, or a deadline comes.

internal import Basics
internal import CLinux

/// An epoll(7) set with nanosecond timeouts.
struct Poller: ~Copyable, Sendable {
    /// What can be read. Streams of ICE over TCP will be one more source, with a table of its own behind it.
    struct Sources: OptionSet {
        let rawValue: UInt64
        /// Datagrams at the first and, where a thread has two, the second socket.
        static let firstSocket = Sources(rawValue: 1)
        static let secondSocket = Sources(rawValue: 2)
        static let commands = Sources(rawValue: 4)
    }

    private let descriptor: FileDescriptor

    init() throws(SystemFailure) {
        let opened = relais_poll_open()
        guard opened >= 0 else { throw .cannotOpenDescriptor(errno: -opened) }
        descriptor = FileDescriptor(owning: opened)
    }

    /// Watches a descriptor until it is closed.
    func watch(_ watched: borrowing FileDescriptor, as source: Sources) throws(SystemFailure) {
        let result = relais_poll_add(descriptor.rawValue, watched.rawValue, source.rawValue)
        guard result == 0 else { throw .cannotOpenDescriptor(errno: -result) }
    }

    /// Sleeps until something can be read or `deadline` has come; returns at once for a deadline in the past.
    func wait(until deadline: MonotonicTime, at now: MonotonicTime) -> Sources {
        let timeout = deadline > now ? (deadline - now).nanoseconds : 0
        var ready: UInt64 = 0
        // An interruption counts as an early return: the loop looks at the clock anyway.
        _ = unsafe relais_poll_wait(descriptor.rawValue, timeout, &ready)
        return Sources(rawValue: ready)
    }
}
