import Basics
import CLinux
import Glibc
import Testing

@testable import MediaRuntime

@Suite struct UDPSocketTests {
    static let hosts = ["127.0.0.1", "::1"]

    func socket(_ host: String, segmentation: Bool = true) throws -> UDPSocket {
        try UDPSocket(boundTo: SocketAddress(host: host, port: 0)!, segmentation: segmentation)
    }

    @Test(arguments: hosts, [true, false])
    func batchArrivesWholeAndInOrder(host: String, segmentation: Bool) throws {
        var receiver = try Receiver(host: host)
        var sender = try socket(host, segmentation: segmentation)
        let sent = (0..<700).map { payload($0, count: 1 + $0 * 7 % 1_400) }
        for part in stride(from: 0, to: sent.count, by: 100) {
            sender.sendAll(sent[part..<part + 100].map { (receiver.address, $0) })
            let received = receiver.collect(100)
            #expect(received.map(\.bytes) == Array(sent[part..<part + 100]))
            #expect(received.allSatisfy { $0.source == sender.localAddress })
        }
        let statistics = sender.statistics
        #expect(statistics.datagramsSent == 700)
        #expect(statistics.bytesSent == UInt64(sent.reduce(0) { $0 + $1.count }))
        #expect(statistics.dropped == 0)
        #expect(receiver.socket.statistics.datagramsReceived == 700)
        #expect(receiver.socket.statistics.bytesReceived == statistics.bytesSent)
    }

    /// Sizes of the datagrams to one destination, and the messages that they must make.
    @Test(arguments: hosts)
    func runsOfEqualSizeShareAMessage(host: String) throws {
        let cases: [(sizes: [Int], messages: Int)] = [
            ([1_200], 1),
            ([1_200, 1_200, 1_200], 1),
            // Only the last may be shorter, and it ends the run.
            ([1_200, 1_200, 300], 1),
            ([1_200, 300, 300], 2),
            ([1_200, 300, 1_200], 2),
            // A longer one begins anew.
            ([1_000, 1_000, 1_200, 1_200, 500, 80], 3),
            ([100, 200, 300], 3),
            ([300, 200, 100], 2),
            // The number of segments and the bytes of a message are bounded.
            ([Int](repeating: 100, count: 65), 2),
            ([Int](repeating: 1_200, count: 60), 2),
        ]
        for (sizes, messages) in cases {
            var receiver = try Receiver(host: host)
            var sender = try socket(host)
            let sent = sizes.enumerated().map { payload($0.offset, count: $0.element) }
            sender.sendAll(sent.map { (receiver.address, $0) })
            #expect(receiver.collect(sent.count).map(\.bytes) == sent, "\(sizes)")
            #expect(sender.statistics.messagesSent == UInt64(messages), "\(sizes)")
            #expect(sender.statistics.segmentationRefusals == 0)
        }
    }

    @Test func runsOfManyDestinationsDoNotMix() throws {
        var first = try Receiver()
        var second = try Receiver()
        var sender = try socket("127.0.0.1")
        let one = (0..<8).map { payload($0, count: 900) }
        let two = (100..<108).map { payload($0, count: 900) }
        sender.sendAll(one.map { (first.address, $0) } + two.map { (second.address, $0) })
        #expect(first.collect(8).map(\.bytes) == one)
        #expect(second.collect(8).map(\.bytes) == two)
        #expect(sender.statistics.messagesSent == 2)
        #expect(sender.statistics.sendCalls == 1)
    }

    @Test func randomMixesArriveExactly() throws {
        var random = SeededRandom(seed: 20)
        var sender = try socket("127.0.0.1")
        for round in 0..<60 {
            var receivers = [try Receiver().address]
            var first = try Receiver()
            var second = try Receiver()
            receivers = [first.address, second.address]
            var expected: [[[UInt8]]] = [[], []]
            var batch: [(SocketAddress, [UInt8])] = []
            let sizes = [60, 100, 100, 1_200, 1_200, 1_200, 1_203]
            for number in 0..<Int.random(in: 1...90, using: &random) {
                let which = random.chance(0.8) ? 0 : 1
                let bytes = payload(round * 1_000 + number, count: sizes.randomElement(using: &random)!)
                expected[which].append(bytes)
                batch.append((receivers[which], bytes))
            }
            sender.sendAll(batch)
            #expect(first.collect(expected[0].count).map(\.bytes) == expected[0])
            #expect(second.collect(expected[1].count).map(\.bytes) == expected[1])
        }
        #expect(sender.statistics.dropped == 0)
    }

    /// More than a system call holds, in messages and in segments.
    @Test(arguments: [(count: 700, destinations: 350), (count: 2_500, destinations: 1)])
    func batchLargerThanASystemCall(count: Int, destinations: Int) throws {
        var receivers: [UInt16: Int] = [:]
        var sender = try socket("127.0.0.1")
        var receiver = try Receiver()
        let other = try Receiver()
        let batch = (0..<count).map { number -> (SocketAddress, [UInt8]) in
            // Alternating destinations make single messages; what goes to the other is not looked at.
            let destination = destinations > 1 && number % 2 == 1 ? other.address : receiver.address
            receivers[destination.port, default: 0] += 1
            return (destination, payload(number, count: 64))
        }
        sender.sendAll(batch)
        let received = receiver.collect(receivers[receiver.address.port]!)
        #expect(received.map(\.bytes) == batch.filter { $0.0 == receiver.address }.map(\.1))
        #expect(sender.statistics.datagramsSent == UInt64(count))
    }

    // MARK: What the kernel refuses

    @Test(arguments: hosts)
    func refusedSegmentationFallsBackAndIsRemembered(host: String) throws {
        var receiver = try Receiver(host: host)
        var sender = try socket(host)
        // Without checksums the kernel takes no runs over IPv4; over IPv6 the option does nothing, so nothing is refused.
        #expect(relais_disable_checksums(sender.descriptor.rawValue) == 0)
        for round in 0..<40 {
            let sent = (0..<10).map { payload(round * 10 + $0, count: $0 == 9 ? 200 : 1_100) }
            sender.sendAll(sent.map { (receiver.address, $0) })
            #expect(receiver.collect(10).map(\.bytes) == sent)
        }
        let statistics = sender.statistics
        #expect(statistics.datagramsSent == 400)
        #expect(statistics.dropped == 0)
        if host == "127.0.0.1" {
            #expect(statistics.segmentationRefusals == UInt64(SegmentationPolicy.refusalsBeforeOff))
            #expect(statistics.messagesSent == 400)
        }
    }

    @Test func closedPortAmongOthersStopsNobody() throws {
        var open = try Receiver()
        let closed = try Receiver().address
        var sender = try socket("127.0.0.1")
        for round in 0..<20 {
            let good = (0..<4).map { payload(round * 10 + $0, count: 500) }
            sender.sendAll(
                [(closed, payload(0, count: 500)), (closed, payload(1, count: 500))]
                    + good[..<2].map { (open.address, $0) } + [(closed, payload(2, count: 70))]
                    + good[2...].map { (open.address, $0) })
            #expect(open.collect(4).map(\.bytes) == good)
        }
    }

    /// Port 0, too long for UDP, a family that the socket does not carry: each refused for itself.
    @Test func impossibleDatagramsAreCountedAlone() throws {
        var receiver = try Receiver()
        var sender = try socket("127.0.0.1")
        let good = (0..<3).map { payload($0, count: 1_000) }
        sender.sendAll([
            (receiver.address, good[0]),
            (receiver.address.withPort(0), payload(7, count: 1_000)),
            (receiver.address, good[1]),
            (receiver.address, [UInt8](repeating: 1, count: 66_000)),
            (SocketAddress(host: "::1", port: receiver.address.port)!, payload(8, count: 1_000)),
            (receiver.address, good[2]),
        ])
        #expect(receiver.collect(3).map(\.bytes) == good)
        #expect(sender.statistics.datagramsSent == 3)
        #expect(sender.statistics.droppedRefused == 3)
        #expect(sender.droppedCount == 3)
    }

    /// Whole runs to a destination that the kernel refuses, between runs that it takes.
    @Test func refusedRunsDoNotStopOthers() throws {
        var receiver = try Receiver()
        var sender = try socket("127.0.0.1")
        let good = (0..<12).map { payload($0, count: 800) }
        let bad = receiver.address.withPort(0)
        sender.sendAll(
            good[..<6].map { (receiver.address, $0) } + good.map { (bad, $0) }
                + good[6...].map { (receiver.address, $0) })
        #expect(receiver.collect(12).map(\.bytes) == good)
        #expect(sender.statistics.datagramsSent == 12)
        #expect(sender.statistics.droppedRefused == 12)
    }

    // MARK: Receiving

    @Test func oversizedDatagramsAreDroppedAndCounted() throws {
        var receiver = try Receiver()
        var sender = try socket("127.0.0.1")
        let whole = payload(1, count: RuntimeLimits.datagramBytes)
        let last = payload(3, count: 10)
        sender.sendAll([
            (receiver.address, whole), (receiver.address, payload(2, count: RuntimeLimits.datagramBytes + 1)),
            (receiver.address, payload(4, count: 60_000)), (receiver.address, last),
        ])
        #expect(receiver.collect(2).map(\.bytes) == [whole, last])
        #expect(receiver.socket.statistics.truncated == 2)
    }

    @Test func emptyDatagramArrives() throws {
        var receiver = try Receiver()
        var sender = try socket("127.0.0.1")
        sender.sendAll([(receiver.address, []), (receiver.address, []), (receiver.address, [7])])
        #expect(receiver.collect(3).map(\.bytes) == [[], [], [7]])
    }

    @Test func overflowOfTheReceiveBufferIsTold() throws {
        let silent = try socket("127.0.0.1")
        var sender = try socket("127.0.0.1")
        let granted = silent.receiveBufferBytes
        #expect(granted > 0)
        let bytes = payload(1, count: 60_000)
        for _ in 0..<(granted / 60_000 * 2 + 20) { sender.sendAll([(silent.localAddress, bytes)]) }
        #expect(silent.statistics.receiveBufferOverflows > 0)
    }

    // MARK: Opening

    @Test func dualStackCarriesBothFamilies() throws {
        var both = try UDPSocket(boundTo: .anyIPv6(port: 0))
        #expect(both.carriesIPv4 && both.carriesIPv6)
        let port = both.localAddress.port
        for host in Self.hosts {
            var client = try Receiver(host: host)
            client.socket.sendAll([(SocketAddress(host: host, port: port)!, [1, 2, 3])])
            var slab = ReceiveSlab()
            let poller = try Poller()
            try poller.watch(both.descriptor, as: .firstSocket)
            let now = SystemClock.now()
            _ = poller.wait(until: now + .seconds(2), at: now)
            let count = both.receiveBatch(into: &slab)
            try #require(count == 1)
            var source: SocketAddress?
            both.withReceived(0, in: &slab) { _, address in source = address }
            #expect(source == client.address)
            let answer = (0..<5).map { payload($0, count: 1_000) }
            both.sendAll(answer.map { (client.address, $0) })
            #expect(client.collect(5).map(\.bytes) == answer)
            #expect(both.statistics.dropped == 0)
        }
        #expect(both.statistics.messagesSent == 2)
    }

    @Test func takenPortIsRefusedWithASentence() throws {
        let first = try socket("127.0.0.1")
        let address = first.localAddress
        do {
            _ = try UDPSocket(boundTo: address)
            Issue.record("a port was opened twice")
        } catch {
            #expect(error == .cannotBind(address, errno: EADDRINUSE))
            #expect(error.isAddressInUse)
            #expect(error.description == "cannot open UDP \(address): Address already in use")
        }
    }

    @Test func descriptorIsClosedOnce() throws {
        let before = openDescriptorCount()
        for _ in 0..<400 {
            let socket = try socket("127.0.0.1")
            _ = socket.localAddress
        }
        let after = openDescriptorCount()
        // Other tests run at the same time and hold some.
        #expect(after - before < 150)
    }
}

@Suite struct SegmentationPolicyTests {
    @Test func oneDestinationDoesNotSpoilItForAll() {
        var policy = SegmentationPolicy()
        for _ in 0..<1_000 {
            policy.beginBatch()
            for _ in 0..<(SegmentationPolicy.refusalsBeforeOff - 1) { policy.noteRefused() }
            policy.noteAccepted()
        }
        #expect(policy.isOn)
    }

    @Test func rowOfRefusalsTurnsOffUntilATrial() {
        var policy = SegmentationPolicy()
        for _ in 0..<SegmentationPolicy.refusalsBeforeOff { policy.noteRefused() }
        #expect(!policy.isOn)
        for _ in 0..<(SegmentationPolicy.batchesBeforeTrial - 1) { policy.beginBatch() }
        #expect(!policy.isOn)
        policy.beginBatch()
        #expect(policy.isOn)
        policy.noteRefused()
        #expect(!policy.isOn)
        for _ in 0..<SegmentationPolicy.batchesBeforeTrial { policy.beginBatch() }
        policy.noteAccepted()
        policy.noteRefused()
        #expect(policy.isOn)
    }

    @Test func forcedOffStaysOff() {
        var policy = SegmentationPolicy(isForcedOff: true)
        for _ in 0..<(2 * SegmentationPolicy.batchesBeforeTrial) { policy.beginBatch() }
        policy.noteAccepted()
        #expect(!policy.isOn)
    }
}
