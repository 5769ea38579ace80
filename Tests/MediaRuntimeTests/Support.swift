import Basics
import Glibc

@testable import MediaRuntime

/// A UDP socket on loopback that collects what arrives.
struct Receiver: ~Copyable {
    var socket: UDPSocket
    private let poller: Poller
    private var slab = ReceiveSlab()

    init(host: String = "127.0.0.1", port: UInt16 = 0) throws {
        let socket = try UDPSocket(boundTo: SocketAddress(host: host, port: port)!)
        let poller = try Poller()
        try poller.watch(socket.descriptor, as: .firstSocket)
        self.socket = socket
        self.poller = poller
    }

    var address: SocketAddress { socket.localAddress }

    /// Datagrams and their sources, until there are `count` or nothing comes for a while.
    mutating func collect(_ count: Int, patience: Interval = .milliseconds(500)) -> [Datagram] {
        var collected: [Datagram] = []
        while collected.count < count {
            let now = SystemClock.now()
            guard poller.wait(until: now + patience, at: now).contains(.firstSocket) else { break }
            let received = socket.receiveBatch(into: &slab)
            for index in 0..<received {
                socket.withReceived(index, in: &slab) { bytes, source in
                    collected.append(Datagram(bytes: bytes.span.copied(), source: source))
                }
            }
        }
        return collected
    }
}

struct Datagram: Hashable {
    var bytes: [UInt8]
    var source: SocketAddress
}

extension UDPSocket {
    /// Sends datagrams as one batch, as a media thread does.
    mutating func sendAll(_ datagrams: [(SocketAddress, [UInt8])]) {
        let total = datagrams.reduce(0) { $0 + $1.1.count }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, total), alignment: 16)
        defer { unsafe memory.deallocate() }
        var offset = 0
        beginBatch()
        for (destination, bytes) in datagrams {
            let slot = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[offset..<offset + bytes.count])
            unsafe slot.copyBytes(from: bytes)
            offset += bytes.count
            unsafe enqueue(UnsafeRawBufferPointer(slot), to: destination)
        }
        flush()
    }
}

/// Bytes that tell where they came from.
func payload(_ number: Int, count: Int) -> [UInt8] {
    var random = SeededRandom(seed: UInt64(number) &* 31 &+ UInt64(count))
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
}

/// Number of descriptors that the process has open.
func openDescriptorCount() -> Int {
    guard let directory = unsafe opendir("/proc/self/fd") else { return -1 }
    defer { unsafe closedir(directory) }
    var count = 0
    while unsafe readdir(directory) != nil { count += 1 }
    return count
}
