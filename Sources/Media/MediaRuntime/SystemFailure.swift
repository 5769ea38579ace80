// What the system refused, in a sentence that an operator can act on.

public import Basics
internal import Glibc

/// Why a media thread could not be set up.
public enum SystemFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The UDP port cannot be opened on that address.
    case cannotBind(SocketAddress, errno: Int32)
    /// A descriptor for waiting or waking cannot be made; most often the limit of open files is reached.
    case cannotOpenDescriptor(errno: Int32)
    case cannotStartThread(errno: Int32)
    /// The media core refuses its configuration; with its own words.
    case cannotMakeShard(String)
    case cannotListAddresses(errno: Int32)
    /// More than one address of a family to bind to, or both a wildcard and an address of one family.
    case ambiguousBindAddresses
    /// Every port of the range is in use.
    case noFreePort(ClosedRange<UInt16>)

    public var description: String {
        switch self {
        case .cannotBind(let address, let errno): "cannot open UDP \(address): \(Self.text(errno))"
        case .cannotOpenDescriptor(let errno): "cannot open a descriptor for a media thread: \(Self.text(errno))"
        case .cannotStartThread(let errno): "cannot start a media thread: \(Self.text(errno))"
        case .cannotMakeShard(let reason): "cannot start the media core: \(reason)"
        case .cannotListAddresses(let errno): "cannot list the addresses of this machine: \(Self.text(errno))"
        case .ambiguousBindAddresses: "media can be bound to at most one IPv4 and one IPv6 address"
        case .noFreePort(let range): "no UDP port between \(range.lowerBound) and \(range.upperBound) is free"
        }
    }

    var isAddressInUse: Bool { if case .cannotBind(_, errno: EADDRINUSE) = self { true } else { false } }

    private static func text(_ errno: Int32) -> String {
        // Thread-safe in the C library of every supported system (glibc 2.32 and later).
        guard let text = unsafe strerror(errno) else { return "error \(errno)" }
        return unsafe String(cString: text)
    }
}
