// Addresses of this machine that clients may reach.

public import Basics
internal import CLinux
internal import Glibc

/// One address of one network interface.
public struct InterfaceAddress: Hashable, Sendable {
    public var interface: String
    /// With port 0.
    public var address: SocketAddress

    public init(interface: String, address: SocketAddress) {
        self.interface = interface
        self.address = address
    }
}

/// Which addresses of the machine become candidates.
public struct AddressSelection: Hashable, Sendable {
    /// Loopback addresses too: for clients on this machine.
    public var includesLoopback: Bool
    /// Only these interfaces; nil for all. Bridges of containers are interfaces like others.
    public var includedInterfaces: [String]?
    public var excludedInterfaces: [String]
    /// Addresses that stand for this machine (behind a NAT that maps ports one to one): each replaces all addresses of
    /// its family.
    public var nodeAddresses: [SocketAddress]

    public init(
        includesLoopback: Bool = false, includedInterfaces: [String]? = nil, excludedInterfaces: [String] = [],
        nodeAddresses: [SocketAddress] = []
    ) {
        self.includesLoopback = includesLoopback
        self.includedInterfaces = includedInterfaces
        self.excludedInterfaces = excludedInterfaces
        self.nodeAddresses = nodeAddresses
    }

    /// The addresses to offer, loopback last, each once, with port 0.
    ///
    /// Link-local IPv6 addresses mean nothing without a zone, which candidates cannot carry (RFC 8839 section 5.1).
    /// Loopback is taken without being asked for when nothing else is left.
    public func candidates(from all: [InterfaceAddress]) -> [SocketAddress] {
        var global: [SocketAddress] = []
        var loopback: [SocketAddress] = []
        for candidate in all where allows(candidate.interface) {
            let address = candidate.address.withPort(0)
            guard !address.isWildcard, !address.isMulticast, !(address.isLinkLocal && !address.isIPv4) else { continue }
            if address.isLoopback {
                if !loopback.contains(address) { loopback.append(address) }
            } else if !global.contains(address) {
                global.append(address)
            }
        }
        for node in nodeAddresses {
            global.removeAll { $0.isIPv4 == node.isIPv4 }
        }
        global = nodeAddresses.map { $0.withPort(0) } + global
        return includesLoopback || global.isEmpty ? global + loopback : global
    }

    private func allows(_ interface: String) -> Bool {
        !excludedInterfaces.contains(interface) && (includedInterfaces?.contains(interface) ?? true)
    }
}

extension SocketAddress {
    /// 224.0.0.0/4 or ff00::/8.
    var isMulticast: Bool { isIPv4 ? ipv4 >> 28 == 0xe : high >> 56 == 0xff }
}

public enum LocalAddresses {
    /// IPv4 and IPv6 addresses of all interfaces that are up, in the system's order.
    public static func discover() throws(SystemFailure) -> [InterfaceAddress] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard unsafe getifaddrs(&first) == 0 else { throw .cannotListAddresses(errno: errno) }
        defer { unsafe freeifaddrs(first) }
        var found: [InterfaceAddress] = []
        var current = unsafe first
        while let entry = unsafe current?.pointee {
            unsafe current = entry.ifa_next
            // The slot is at least as long as its family says; other families are not read further.
            guard unsafe entry.ifa_flags & UInt32(IFF_UP) != 0,
                let name = unsafe entry.ifa_name,
                let address = unsafe SocketAddress(native: entry.ifa_addr, length: UInt32(RELAIS_ADDRESS_BYTES))
            else { continue }
            found.append(InterfaceAddress(interface: unsafe String(cString: name), address: address))
        }
        return found
    }
}
