// All media threads of the process, and which room lives on which.

public import Basics
internal import CLinux
public import MediaCore
public import MediaInterface
internal import Synchronization

public struct MediaPoolConfiguration: Hashable, Sendable {
    /// UDP ports that may be used: one means one thread and exactly that port, a range one thread per port up to the
    /// processors. Port 0 alone lets the system choose.
    public var ports: ClosedRange<UInt16>
    /// At most one of each family, their ports are not looked at; none means all addresses of the machine.
    public var bindAddresses: [SocketAddress]
    public var addresses: AddressSelection
    /// Most threads; nil for the number of processors.
    public var maximumThreads: Int?

    public init(
        ports: ClosedRange<UInt16>, bindAddresses: [SocketAddress] = [],
        addresses: AddressSelection = AddressSelection(), maximumThreads: Int? = nil
    ) {
        self.ports = ports
        self.bindAddresses = bindAddresses
        self.addresses = addresses
        self.maximumThreads = maximumThreads
    }

    /// Threads to start: no more than ports or processors.
    var threadCount: Int {
        max(1, min(ports.count, maximumThreads ?? .max, Int(relais_processor_count())))
    }
}

/// The media threads. They stop when the pool goes, or with `stop`.
public final class MediaPool: Sendable {
    public let threads: [MediaThread]

    private struct Placement {
        var threadOfRoom: [RoomID: Int] = [:]
        var roomCounts: [Int]
    }
    private let placement: Mutex<Placement>

    /// Opens the ports and starts the threads.
    ///
    /// - Parameter shard: configuration of the shard of thread 0, 1, …
    public init(
        _ configuration: MediaPoolConfiguration, shard: (_ threadIndex: Int) -> MediaShardConfiguration
    ) throws(SystemFailure) {
        let interfaces = try LocalAddresses.discover()
        var threads: [MediaThread] = []
        do throws(SystemFailure) {
            var numbers = configuration.ports.makeIterator()
            while threads.count < configuration.threadCount {
                guard let port = try Self.openNext(&numbers, configuration) else { break }
                let candidates = Self.candidates(
                    of: configuration, interfaces: interfaces, carriesIPv4: port.carriesIPv4,
                    carriesIPv6: port.carriesIPv6)
                let number = port.number
                threads.append(
                    try MediaThread(
                        index: threads.count, port: port, candidates: candidates.map { $0.withPort(number) },
                        configuration: shard(threads.count)))
            }
            guard !threads.isEmpty else { throw SystemFailure.noFreePort(configuration.ports) }
        } catch {
            for thread in threads { thread.stop() }
            throw error
        }
        self.threads = threads
        placement = Mutex(Placement(roomCounts: [Int](repeating: 0, count: threads.count)))
    }

    deinit { stop() }

    /// The next port of the range that is free; a port that was named alone must be free.
    private static func openNext(
        _ numbers: inout ClosedRange<UInt16>.Iterator, _ configuration: MediaPoolConfiguration
    ) throws(SystemFailure) -> DatagramPort? {
        while let number = numbers.next() {
            do {
                return try DatagramPort(number: number, addresses: configuration.bindAddresses)
            } catch {
                guard configuration.ports.count > 1, error.isAddressInUse else { throw error }
            }
        }
        return nil
    }

    /// Addresses to offer for a port, with port 0.
    static func candidates(
        of configuration: MediaPoolConfiguration, interfaces: [InterfaceAddress], carriesIPv4: Bool, carriesIPv6: Bool
    ) -> [SocketAddress] {
        var selection = configuration.addresses
        var available = interfaces
        // An address that was bound is offered, whatever interface it is on; a wildcard stands for all of its family.
        let wildcards = configuration.bindAddresses.filter(\.isWildcard)
        let given = configuration.bindAddresses.filter { !$0.isWildcard }
        if !given.isEmpty {
            available = available.filter { entry in wildcards.contains { $0.isIPv4 == entry.address.isIPv4 } }
            available += given.map { InterfaceAddress(interface: "", address: $0) }
            selection.includedInterfaces?.append("")
            if given.contains(where: \.isLoopback) { selection.includesLoopback = true }
        }
        selection.nodeAddresses = selection.nodeAddresses.filter { $0.isIPv4 ? carriesIPv4 : carriesIPv6 }
        available = available.filter { $0.address.isIPv4 ? carriesIPv4 : carriesIPv6 }
        return selection.candidates(from: available)
    }

    // MARK: Placement

    /// The thread of a room; a room that is not placed yet goes to the least loaded one and stays there until `release`.
    public func thread(for room: RoomID) -> MediaThread {
        let loads = threads.map(\.loadPermille)
        let index = placement.withLock { placement in
            if let index = placement.threadOfRoom[room] { return index }
            let index = Self.leastLoaded(loads, rooms: placement.roomCounts)
            placement.threadOfRoom[room] = index
            placement.roomCounts[index] += 1
            return index
        }
        return threads[index]
    }

    /// Forgets where a room was. Call it when its last peer has been removed.
    public func release(_ room: RoomID) {
        placement.withLock { placement in
            guard let index = placement.threadOfRoom.removeValue(forKey: room) else { return }
            placement.roomCounts[index] -= 1
        }
    }

    /// Measured load decides, in steps of 5 % so that noise does not; then the number of rooms, then the order.
    static func leastLoaded(_ loadsPermille: [Int], rooms: [Int]) -> Int {
        var best = 0
        for index in loadsPermille.indices.dropFirst() {
            let candidate = (loadsPermille[index] / 50, rooms[index])
            if candidate < (loadsPermille[best] / 50, rooms[best]) { best = index }
        }
        return best
    }

    // MARK: End

    /// Tells all threads to flush and end; returns at once.
    public func stop() {
        for thread in threads { thread.stop() }
    }

    /// Waits until all threads have ended. Call `stop` first.
    public func finished() async {
        for thread in threads { await thread.finished() }
    }
}
