// Socket addresses as the kernel reads and writes them.

internal import Basics
internal import CLinux

extension SocketAddress {
    /// The wildcard addresses.
    static func anyIPv4(port: UInt16) -> SocketAddress { SocketAddress(ipv4: 0, port: port) }
    static func anyIPv6(port: UInt16) -> SocketAddress { SocketAddress(high: 0, low: 0, port: port) }

    /// 0.0.0.0 or ::.
    var isWildcard: Bool { isIPv4 ? ipv4 == 0 : high == 0 && low == 0 }

    /// Reads a `sockaddr`; nil when it is neither IPv4 nor IPv6.
    init?(native slot: UnsafeRawPointer?, length: UInt32) {
        guard let slot = unsafe slot else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        var port: UInt16 = 0
        var scope: UInt32 = 0
        guard unsafe relais_address_load(slot, length, &high, &low, &port, &scope) == 1 else { return nil }
        self.init(high: high, low: low, port: port, scope: scope)
    }

    /// Writes a `sockaddr` of `RELAIS_ADDRESS_BYTES` or less and returns its length.
    @inline(__always)
    func store(to slot: UnsafeMutableRawPointer, asIPv4: Bool) -> UInt32 {
        unsafe relais_address_store(slot, asIPv4 ? 1 : 0, high, low, port, scope)
    }
}
