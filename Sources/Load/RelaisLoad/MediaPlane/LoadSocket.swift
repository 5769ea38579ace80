// A participant's UDP socket.

import Basics
import CLinux
import Glibc

/// Closed with the value.
struct LoadSocket: ~Copyable {
    let descriptor: Int32
    let localAddress: SocketAddress

    /// Binds to the server's own address, with a port of its own: that works for addresses of this machine alone, so a
    /// server elsewhere is noticed whatever it calls itself.
    ///
    /// - Parameter allowsRemote: binds to any address instead
    init(towards server: SocketAddress, allowsRemote: Bool) throws(LoadFailure) {
        let wildcard = SocketAddress(high: 0, low: 0, port: 0)
        let (opened, error) = Self.open(boundTo: allowsRemote ? wildcard : server, isIPv4: server.isIPv4)
        guard error == 0 else {
            throw error == EADDRNOTAVAIL ? .remoteTarget(server.host) : .cannotOpenSocket(Self.text(error))
        }
        descriptor = opened
        var address = wildcard
        _ = unsafe relais_local_address(opened, &address.high, &address.low, &address.port, &address.scope)
        localAddress = address
        _ = relais_set_receive_buffer(opened, Int32(LoadLimits.socketBufferBytes))
        _ = relais_set_send_buffer(opened, Int32(LoadLimits.socketBufferBytes))
    }

    deinit { close(descriptor) }

    /// Returns a descriptor, or what is wrong as an errno; nothing is left open then.
    private static func open(boundTo local: SocketAddress, isIPv4: Bool) -> (descriptor: Int32, error: Int32) {
        let family: Int32 = isIPv4 ? 1 : 0
        let opened = relais_udp_open(family, 0)
        guard opened >= 0 else { return (-1, -opened) }
        let bound = relais_bind(opened, family, local.high, local.low, 0, local.scope)
        guard bound == 0 else {
            close(opened)
            return (-1, -bound)
        }
        return (opened, 0)
    }

    /// Datagrams that came and were dropped because this process was too slow to take them.
    var overflows: Int {
        var drops: UInt32 = 0
        return unsafe relais_receive_drops(descriptor, &drops) == 0 ? Int(drops) : 0
    }

    private static func text(_ error: Int32) -> String {
        guard let text = unsafe strerror(error) else { return "error \(error)" }
        return unsafe String(cString: text)
    }
}
