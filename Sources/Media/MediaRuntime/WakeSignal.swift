// Wakes a thread that waits in a `Poller`.

internal import CLinux

/// A level that any thread may raise and that the waiting thread lowers (eventfd(2)).
struct WakeSignal: ~Copyable, Sendable {
    let descriptor: FileDescriptor

    init() throws(SystemFailure) {
        let opened = relais_event_open()
        guard opened >= 0 else { throw .cannotOpenDescriptor(errno: -opened) }
        descriptor = FileDescriptor(owning: opened)
    }

    /// Raising a raised signal changes nothing.
    func raise() { _ = relais_event_signal(descriptor.rawValue) }

    func lower() { _ = relais_event_clear(descriptor.rawValue) }
}
