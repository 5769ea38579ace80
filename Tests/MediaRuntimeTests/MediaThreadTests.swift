import Basics
import MediaCore
import MediaInterface
import Testing

@testable import MediaRuntime

/// Threads that the tests start one after the other, so that counts of descriptors mean something.
@Suite(.serialized) struct MediaThreadTests {
    func makeThread() throws -> MediaThread {
        let port = try DatagramPort(number: 0, addresses: [SocketAddress(host: "127.0.0.1", port: 0)!])
        return try MediaThread(index: 0, port: port, candidates: [], configuration: Shards.configuration())
    }

    func address(_ thread: MediaThread) -> SocketAddress { SocketAddress(host: "127.0.0.1", port: thread.udpPort)! }

    /// Best of some trials: other tests keep the processors busy.
    @Test(arguments: [0, 20_000])
    func stopsInTime(waitingCommands: Int) async throws {
        var best = Interval.seconds(100)
        for _ in 0..<10 where best >= .milliseconds(100) {
            let thread = try makeThread()
            for number in 0..<waitingCommands {
                #expect(thread.submit(.removePeer(PeerID(UInt64(number)))) == .accepted)
            }
            let start = SystemClock.now()
            thread.stop()
            await thread.finished()
            best = min(best, SystemClock.now() - start)
            // Told again, and waited for again, nothing happens.
            thread.stop()
            await thread.finished()
            #expect(thread.submit(.removePeer(PeerID(1))) == .closed)
        }
        #expect(best < .milliseconds(100))
    }

    @Test func portIsFreeAfterTheEnd() async throws {
        let thread = try makeThread()
        let address = address(thread)
        #expect(throws: SystemFailure.cannotBind(address, errno: 98)) { _ = try UDPSocket(boundTo: address) }
        thread.stop()
        await thread.finished()
        _ = try UDPSocket(boundTo: address)
    }

    @Test func eventsEndWithTheThread() async throws {
        let thread = try makeThread()
        let reader = Task {
            var statistics = 0
            for await batch in thread.events {
                for case .statistics in batch { statistics += 1 }
            }
            return statistics
        }
        try await Task.sleep(nanoseconds: 1_500_000_000)
        thread.stop()
        #expect(await reader.value >= 1)
    }

    @Test func noDescriptorLeaks() async throws {
        // Warm up what the process opens once.
        let first = try makeThread()
        first.stop()
        await first.finished()
        let before = openDescriptorCount()
        for _ in 0..<200 {
            let thread = try makeThread()
            thread.stop()
            await thread.finished()
        }
        // Three descriptors a thread; other tests run at the same time and hold some.
        #expect(openDescriptorCount() - before < 150)
    }

    /// Random datagrams from many sources while commands name nothing alive: the thread lives and counts.
    @Test func survivesAFlood() async throws {
        let thread = try makeThread()
        let destination = address(thread)
        var random = SeededRandom(seed: 5)
        var sent: UInt64 = 0
        for round in 0..<50 {
            var client = try UDPSocket(boundTo: SocketAddress(host: "127.0.0.1", port: 0)!)
            let batch = (0..<100).map { _ -> (SocketAddress, [UInt8]) in
                let count = Int.random(in: 0...1_400, using: &random)
                return (destination, (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) })
            }
            client.sendAll(batch)
            sent += 100
            for number in 0..<20 {
                #expect(thread.submit(.unpublish(TrackID(UInt64(round * 100 + number)))) == .accepted)
            }
            try await Task.sleep(nanoseconds: 1_000_000)
        }
        func taken() -> UInt64 {
            thread.socketStatistics.datagramsReceived + thread.socketStatistics.receiveBufferOverflows
        }
        // Published about once a second.
        for _ in 0..<100 where taken() < sent { try await Task.sleep(nanoseconds: 100_000_000) }
        thread.stop()
        await thread.finished()
        let statistics = thread.socketStatistics
        #expect(statistics.datagramsReceived + statistics.receiveBufferOverflows == sent)
        #expect(statistics.truncated == 0)
    }
}

@Suite(.serialized) struct MediaPoolTests {
    let loopback = [SocketAddress(host: "127.0.0.1", port: 0)!, SocketAddress(host: "::1", port: 0)!]

    @Test func onePortMakesOneThread() async throws {
        let pool = try MediaPool(
            MediaPoolConfiguration(ports: 0...0, bindAddresses: loopback), shard: Shards.configuration)
        #expect(pool.threads.count == 1)
        let thread = pool.threads[0]
        #expect(thread.udpPort != 0)
        #expect(thread.candidates.map(\.host) == ["127.0.0.1", "::1"])
        #expect(thread.candidates.allSatisfy { $0.port == thread.udpPort })
        pool.stop()
        await pool.finished()
    }

    @Test func namedPortThatIsTakenIsAnError() throws {
        let taken = try UDPSocket(boundTo: loopback[0])
        let port = taken.localAddress.port
        #expect(throws: SystemFailure.self) {
            _ = try MediaPool(
                MediaPoolConfiguration(ports: port...port, bindAddresses: [loopback[0]]), shard: Shards.configuration)
        }
    }

    @Test func rangeMakesAThreadPerPortAndSkipsTakenOnes() async throws {
        let taken = try UDPSocket(boundTo: loopback[0])
        let port = taken.localAddress.port
        guard port < 65_500 else { return }
        var configuration = MediaPoolConfiguration(ports: port...port + 20, bindAddresses: [loopback[0]])
        configuration.maximumThreads = 2
        let pool = try MediaPool(configuration, shard: Shards.configuration)
        #expect(pool.threads.count == configuration.threadCount)
        #expect(pool.threads.allSatisfy { $0.udpPort > port && $0.udpPort <= port + 20 })
        #expect(Set(pool.threads.map(\.udpPort)).count == pool.threads.count)
        pool.stop()
        await pool.finished()
    }

    @Test func rangeWithoutAFreePortIsAnError() throws {
        // Two neighbours, both taken by us.
        for _ in 0..<100 {
            let first = try UDPSocket(boundTo: loopback[0])
            let port = first.localAddress.port
            guard port < .max, let second = try? UDPSocket(boundTo: loopback[0].withPort(port + 1)) else { continue }
            #expect(throws: SystemFailure.noFreePort(port...port + 1)) {
                _ = try MediaPool(
                    MediaPoolConfiguration(ports: port...port + 1, bindAddresses: [loopback[0]]),
                    shard: Shards.configuration)
            }
            #expect(first.localAddress.port + 1 == second.localAddress.port)
            return
        }
        Issue.record("no two free ports next to each other")
    }

    @Test func roomsStayWhereTheyArePlaced() async throws {
        var configuration = MediaPoolConfiguration(ports: 0...0, bindAddresses: [loopback[0]])
        configuration.maximumThreads = 1
        let pool = try MediaPool(configuration, shard: Shards.configuration)
        let thread = pool.thread(for: RoomID(1))
        #expect(pool.thread(for: RoomID(1)) === thread)
        pool.release(RoomID(1))
        pool.release(RoomID(1))
        pool.stop()
        await pool.finished()
    }

    @Test func leastLoadedThreadIsChosen() {
        #expect(MediaPool.leastLoaded([0, 0], rooms: [3, 2]) == 1)
        #expect(MediaPool.leastLoaded([200, 0], rooms: [0, 9]) == 1)
        // Noise below 5 % does not decide.
        #expect(MediaPool.leastLoaded([30, 10], rooms: [1, 2]) == 0)
        #expect(MediaPool.leastLoaded([10, 10, 10], rooms: [1, 1, 1]) == 0)
    }

    @Test func candidatesFollowWhatIsBound() {
        func hosts(_ bound: [String], node: [String] = [], carriesIPv6: Bool = true) -> [String] {
            let configuration = MediaPoolConfiguration(
                ports: 1...1, bindAddresses: bound.map { SocketAddress(host: $0, port: 0)! },
                addresses: AddressSelection(nodeAddresses: node.map { SocketAddress(host: $0, port: 0)! }))
            return MediaPool.candidates(
                of: configuration, interfaces: AddressSelectionTests.machine, carriesIPv4: true,
                carriesIPv6: carriesIPv6
            ).map(\.host)
        }
        #expect(hosts([]) == ["192.0.2.7", "2001:db8::7", "172.17.0.1"])
        #expect(hosts([], carriesIPv6: false) == ["192.0.2.7", "172.17.0.1"])
        #expect(hosts(["0.0.0.0"], carriesIPv6: false) == ["192.0.2.7", "172.17.0.1"])
        #expect(hosts(["192.0.2.7"], carriesIPv6: false) == ["192.0.2.7"])
        #expect(hosts(["127.0.0.1", "::1"]) == ["127.0.0.1", "::1"])
        #expect(hosts(["0.0.0.0", "2001:db8::7"]) == ["192.0.2.7", "172.17.0.1", "2001:db8::7"])
        #expect(hosts(["192.0.2.7"], node: ["203.0.113.9"], carriesIPv6: false) == ["203.0.113.9"])
        #expect(hosts([], node: ["203.0.113.9"]) == ["203.0.113.9", "2001:db8::7"])
    }

    @Test func threadsEndWithThePool() async throws {
        var pool: MediaPool? = try MediaPool(
            MediaPoolConfiguration(ports: 0...0, bindAddresses: [loopback[0]]), shard: Shards.configuration)
        let threads = pool!.threads
        pool = nil
        for thread in threads { await thread.finished() }
        #expect(threads[0].submit(.removePeer(PeerID(1))) == .closed)
    }

    @Test func ambiguousAddressesAreRefused() {
        for addresses in [["127.0.0.1", "127.0.0.2"], ["::1", "2001:db8::1"], ["127.0.0.1", "::"]] {
            #expect(throws: SystemFailure.ambiguousBindAddresses) {
                _ = try DatagramPort(number: 0, addresses: addresses.map { SocketAddress(host: $0, port: 0)! })
            }
        }
    }
}
