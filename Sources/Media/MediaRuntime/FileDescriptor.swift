// An owned descriptor of the system.

internal import Glibc

/// A descriptor that is closed exactly once, when its owner goes.
struct FileDescriptor: ~Copyable, Sendable {
    let rawValue: Int32

    /// Takes over an open descriptor.
    init(owning rawValue: Int32) { self.rawValue = rawValue }

    deinit { _ = close(rawValue) }
}
