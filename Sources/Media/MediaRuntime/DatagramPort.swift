// The UDP port of one media thread: one socket for everything, or one for each family when addresses are given.

public import Basics
internal import Glibc
internal import MediaCore

/// One port number with the sockets behind it.
public struct DatagramPort: ~Copyable, Sendable {
    var first: UDPSocket
    /// The IPv6 one, when each family has its own.
    var second: UDPSocket?

    public var number: UInt16 { first.localAddress.port }
    public var carriesIPv4: Bool { first.carriesIPv4 }
    public var carriesIPv6: Bool { first.carriesIPv6 || second != nil }
    /// Smallest that the kernel granted.
    public var receiveBufferBytes: Int {
        switch second {
        case .none: first.receiveBufferBytes
        case .some(let second): min(first.receiveBufferBytes, second.receiveBufferBytes)
        }
    }
    /// Smallest that the kernel granted.
    public var sendBufferBytes: Int {
        switch second {
        case .none: first.sendBufferBytes
        case .some(let second): min(first.sendBufferBytes, second.sendBufferBytes)
        }
    }

    /// Opens the sockets of a port.
    ///
    /// - Parameters:
    ///   - number: 0 lets the system choose
    ///   - addresses: at most one of each family, their ports are not looked at; none means all addresses of the
    ///     machine, over IPv4 alone where it has no IPv6
    public init(number: UInt16, addresses: [SocketAddress] = []) throws(SystemFailure) {
        let ipv4 = addresses.filter(\.isIPv4)
        let ipv6 = addresses.filter { !$0.isIPv4 }
        guard ipv4.count <= 1, ipv6.count <= 1 else { throw .ambiguousBindAddresses }
        guard let ipv6 = ipv6.first else {
            if let ipv4 = ipv4.first {
                try self.init(only: ipv4.withPort(number))
            } else {
                try self.init(allAt: number)
            }
            return
        }
        guard let ipv4 = ipv4.first else {
            try self.init(only: ipv6.withPort(number))
            return
        }
        if ipv6.isWildcard {
            // The IPv6 wildcard carries IPv4 from every address.
            guard ipv4.isWildcard else { throw .ambiguousBindAddresses }
            try self.init(allAt: number)
        } else {
            try self.init(ipv4: ipv4, ipv6: ipv6, number: number)
        }
    }

    private init(only address: SocketAddress) throws(SystemFailure) {
        first = try UDPSocket(boundTo: address)
        second = nil
    }

    private init(allAt number: UInt16) throws(SystemFailure) {
        do {
            first = try UDPSocket(boundTo: .anyIPv6(port: number))
        } catch .cannotBind(_, errno: EAFNOSUPPORT), .cannotBind(_, errno: EADDRNOTAVAIL) {
            first = try UDPSocket(boundTo: .anyIPv4(port: number))
        }
        second = nil
    }

    private init(ipv4: SocketAddress, ipv6: SocketAddress, number: UInt16) throws(SystemFailure) {
        var trials = number == 0 ? 16 : 1
        while true {
            let first = try UDPSocket(boundTo: ipv4.withPort(number))
            do {
                second = try UDPSocket(boundTo: ipv6.withPort(first.localAddress.port))
                self.first = first
                return
            } catch {
                // A port that the system chose for one family can be taken in the other.
                trials -= 1
                if trials == 0 { throw error }
            }
        }
    }

    func watch(with poller: borrowing Poller) throws(SystemFailure) {
        try poller.watch(first.descriptor, as: .firstSocket)
        switch second {
        case .none: break
        case .some(let second): try poller.watch(second.descriptor, as: .secondSocket)
        }
    }

    /// As `UDPSocket.receiveBatch`, at one of the sockets.
    mutating func receiveBatch(at source: Poller.Sources, into slab: inout ReceiveSlab) -> Int {
        source == .firstSocket ? first.receiveBatch(into: &slab) : second!.receiveBatch(into: &slab)
    }

    /// As `UDPSocket.withReceived`, at one of the sockets.
    mutating func withReceived(
        _ index: Int, at source: Poller.Sources, in slab: inout ReceiveSlab,
        _ body: (inout MutableSpan<UInt8>, SocketAddress) -> Void
    ) {
        if source == .firstSocket {
            first.withReceived(index, in: &slab, body)
        } else {
            second!.withReceived(index, in: &slab, body)
        }
    }

    /// Sends all datagrams of the outbox; what is not taken is dropped and counted.
    mutating func send(_ outbox: borrowing Outbox) {
        first.beginBatch()
        if second == nil {
            unsafe outbox.forEachDatagram { destination, bytes in unsafe first.enqueue(bytes, to: destination) }
        } else {
            second!.beginBatch()
            unsafe outbox.forEachDatagram { destination, bytes in
                if destination.isIPv4 {
                    unsafe first.enqueue(bytes, to: destination)
                } else {
                    unsafe second!.enqueue(bytes, to: destination)
                }
            }
            second!.flush()
        }
        first.flush()
    }

    var statistics: SocketStatistics {
        switch second {
        case .none: first.statistics
        case .some(let second): first.statistics + second.statistics
        }
    }

    /// Datagrams that were to be sent and were not, since the port was opened.
    var droppedCount: UInt64 {
        switch second {
        case .none: first.droppedCount
        case .some(let second): first.droppedCount &+ second.droppedCount
        }
    }
}

extension SocketAddress {
    func withPort(_ port: UInt16) -> SocketAddress {
        SocketAddress(high: high, low: low, port: port, scope: scope)
    }
}
