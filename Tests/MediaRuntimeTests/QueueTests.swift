import Basics
import MediaInterface
import Synchronization
import Testing

@testable import MediaRuntime

@Suite struct CommandQueueTests {
    func message(_ bytes: Int) -> MediaCommand {
        .sendData([PeerID(1)], label: "_reliable", payload: payload(1, count: bytes))
    }

    @Test func refusesBeyondItsBound() throws {
        let queue = try CommandQueue(limit: 10)
        for number in 0..<10 { #expect(queue.post(.removePeer(PeerID(UInt64(number)))) == .accepted) }
        #expect(queue.post(.unpublish(TrackID(1))) == .full)
        var taken: [MediaCommand] = []
        queue.take(into: &taken)
        let ids = taken.map { if case .removePeer(let id) = $0 { Int(id.rawValue) } else { -1 } }
        #expect(ids == Array(0..<10))
        #expect(queue.post(.unpublish(TrackID(1))) == .accepted)
        #expect(queue.count == 1)
    }

    @Test func takesAllOrNothing() throws {
        let queue = try CommandQueue(limit: 4)
        let three = [MediaCommand](repeating: .unpublish(TrackID(1)), count: 3)
        #expect(queue.post(three) == .accepted)
        #expect(queue.post(three) == .full)
        #expect(queue.count == 3)
        #expect(queue.post([]) == .accepted)
    }

    @Test func boundsThePayload() throws {
        let queue = try CommandQueue(limit: 100, payloadLimitBytes: 1_000)
        #expect(queue.post(message(600)) == .accepted)
        #expect(queue.post(message(401)) == .full)
        #expect(queue.post(message(400)) == .accepted)
        // What carries no payload still passes.
        #expect(queue.post(.removePeer(PeerID(1))) == .accepted)
        var taken: [MediaCommand] = []
        queue.take(into: &taken)
        #expect(taken.count == 3)
        #expect(queue.post(message(1_000)) == .accepted)
    }

    @Test func dataLeavesRoomForWhatChangesWhoIsHere() throws {
        let queue = try CommandQueue(limit: 10)
        for _ in 0..<5 { #expect(queue.post(message(1)) == .accepted) }
        #expect(queue.post(message(1)) == .full)
        for number in 0..<5 { #expect(queue.post(.removePeer(PeerID(UInt64(number)))) == .accepted) }
        #expect(queue.post(.tellState) == .full)
    }

    @Test func refusesWhenClosed() throws {
        let queue = try CommandQueue()
        #expect(queue.post(.removePeer(PeerID(1))) == .accepted)
        queue.close()
        #expect(queue.post(.removePeer(PeerID(2))) == .closed)
        var taken: [MediaCommand] = []
        queue.take(into: &taken)
        #expect(taken.count == 1)
    }

    final class Tally: Sendable {
        let accepted = Atomic<Int>(0)
        let refused = Atomic<Int>(0)
        var total: Int { accepted.load(ordering: .relaxed) + refused.load(ordering: .relaxed) }
    }

    /// Many writers against a reader that sleeps in a poller: nothing lost, nothing beyond the bound, order kept.
    @Test func holdsItsBoundUnderContention() async throws {
        let queue = try CommandQueue(limit: 64)
        let poller = try Poller()
        try poller.watch(queue.signal.descriptor, as: .commands)
        let writers = 4
        let perWriter = 20_000
        let tally = Tally()
        let writing = Task {
            await withDiscardingTaskGroup { group in
                for writer in 0..<writers {
                    group.addTask {
                        for number in 0..<perWriter {
                            let id = PeerID(UInt64(writer) << 32 | UInt64(number))
                            if queue.post(.removePeer(id)) == .accepted {
                                tally.accepted.add(1, ordering: .relaxed)
                            } else {
                                tally.refused.add(1, ordering: .relaxed)
                            }
                        }
                    }
                }
            }
        }
        var last = [Int](repeating: -1, count: writers)
        var received = 0
        var isOrdered = true
        var longest = 0
        let start = SystemClock.now()
        while true {
            let done = tally.total == writers * perWriter
            let now = SystemClock.now()
            try #require(now - start < .seconds(60))
            let ready = poller.wait(until: now + (done ? .zero : .milliseconds(1)), at: now)
            if !ready.contains(.commands) {
                if done { break }
                await Task.yield()
                continue
            }
            var taken: [MediaCommand] = []
            queue.take(into: &taken)
            longest = max(longest, taken.count)
            for case .removePeer(let id) in taken {
                let writer = Int(id.rawValue >> 32)
                let number = Int(id.rawValue & 0xffff_ffff)
                if number <= last[writer] { isOrdered = false }
                last[writer] = number
                received += 1
            }
        }
        await writing.value
        #expect(received == tally.accepted.load(ordering: .relaxed))
        #expect(isOrdered)
        #expect(longest <= 64)
    }
}

@Suite struct EventQueueTests {
    func ids(_ batch: MediaEventBatch) -> [Int] {
        batch.map { if case .peerConnected(let id) = $0 { Int(id.rawValue) } else { -1 } }
    }
    func connected(_ range: Range<Int>) -> [MediaEvent] { range.map { .peerConnected(PeerID(UInt64($0))) } }
    func message(_ bytes: Int) -> MediaEvent {
        .dataReceived(PeerID(1), label: "_lossy", payload: payload(1, count: bytes))
    }

    @Test func handsOverWhatWaitsAsOneBatch() async throws {
        let queue = EventQueue()
        queue.post(connected(0..<3))
        queue.post([])
        queue.post(connected(3..<5))
        queue.finish()
        var batches: [[Int]] = []
        for await batch in queue { batches.append(ids(batch)) }
        #expect(batches == [[0, 1, 2, 3, 4]])
    }

    @Test func wakesAWaitingReader() async throws {
        let queue = EventQueue()
        let reader = Task {
            var seen: [Int] = []
            for await batch in queue { seen += ids(batch) }
            return seen
        }
        for number in 0..<200 {
            queue.post(connected(number..<number + 1))
            if number % 10 == 0 { await Task.yield() }
        }
        queue.finish()
        #expect(await reader.value == Array(0..<200))
    }

    @Test func overflowIsCountedOnce() async throws {
        let queue = EventQueue(limit: 5)
        queue.post(connected(0..<8), alreadyLost: 2)
        queue.post(connected(8..<9))
        var iterator = queue.makeAsyncIterator()
        let batch = try #require(await iterator.next())
        #expect(ids(batch) == [0, 1, 2, 3, 4])
        #expect(batch.lostEventCount == 6)
        #expect(batch.lostMessageCount == 0)
        queue.post(connected(20..<21))
        let next = try #require(await iterator.next())
        #expect(ids(next) == [20])
        #expect(next.lostEventCount == 0)
    }

    @Test func messagesDoNotDisplaceConnections() async throws {
        let queue = EventQueue(limit: 100, dataLimit: 10, payloadLimitBytes: 1_000)
        queue.post([MediaEvent](repeating: message(10), count: 50))
        queue.post(connected(0..<90))
        var iterator = queue.makeAsyncIterator()
        var batch = try #require(await iterator.next())
        #expect(batch.count == 100)
        #expect(batch.lostEventCount == 40)
        #expect(batch.lostMessageCount == 40)
        queue.post([message(999), message(2), message(1)])
        batch = try #require(await iterator.next())
        #expect(batch.count == 2)
        #expect(batch.lostMessageCount == 1)
    }

    @Test func cancelledReaderEnds() async throws {
        let queue = EventQueue()
        for round in 0..<100 {
            let reader = Task {
                var count = 0
                for await batch in queue { count += batch.count }
                return count
            }
            if round % 2 == 0 { try await Task.sleep(nanoseconds: 200_000) }
            reader.cancel()
            #expect(await reader.value == 0)
        }
        queue.post(connected(0..<1))
        var iterator = queue.makeAsyncIterator()
        #expect(await iterator.next().map(ids) == [0])
    }

    @Test func writerIsNeverStoppedByASlowReader() async throws {
        let queue = EventQueue(limit: 1_000)
        let total = 200_000
        let reader = Task {
            var seen = 0
            var lost = 0
            for await batch in queue {
                seen += batch.count
                lost += batch.lostEventCount
                try? await Task.sleep(nanoseconds: 1_000_000)
            }
            return (seen, lost)
        }
        for number in stride(from: 0, to: total, by: 10) { queue.post(connected(number..<number + 10)) }
        queue.finish()
        let (seen, lost) = await reader.value
        #expect(seen + lost == total)
        #expect(seen >= 1_000)
    }
}

@Suite struct PollerTests {
    @Test func sleepsUntilTheDeadline() throws {
        let poller = try Poller()
        for microseconds in [0, 50, 700, 3_300, 20_000] {
            let wanted = Interval.microseconds(microseconds)
            // Best of some trials: other tests keep the processors busy.
            var best = Interval.seconds(100)
            for _ in 0..<20 where best >= wanted + .microseconds(400) {
                let start = SystemClock.now()
                let ready = poller.wait(until: start + wanted, at: start)
                let slept = SystemClock.now() - start
                #expect(ready.isEmpty)
                #expect(slept >= wanted)
                best = min(best, slept)
            }
            // Below the millisecond that epoll_wait would have rounded up to.
            #expect(best < wanted + .microseconds(400))
        }
    }

    @Test func deadlineInThePastReturnsAtOnce() throws {
        let poller = try Poller()
        let start = SystemClock.now()
        _ = poller.wait(until: start - .seconds(5), at: start)
        _ = poller.wait(until: .zero, at: start)
        #expect(SystemClock.now() - start < .milliseconds(500))
    }

    @Test func tellsWhichSourceIsReady() throws {
        let poller = try Poller()
        let signal = try WakeSignal()
        let receiver = try UDPSocket(boundTo: SocketAddress(host: "127.0.0.1", port: 0)!)
        var sender = try UDPSocket(boundTo: SocketAddress(host: "127.0.0.1", port: 0)!)
        try poller.watch(signal.descriptor, as: .commands)
        try poller.watch(receiver.descriptor, as: .secondSocket)
        func ready() -> Poller.Sources {
            let now = SystemClock.now()
            return poller.wait(until: now + .milliseconds(100), at: now)
        }
        #expect(ready() == [])
        signal.raise()
        signal.raise()
        #expect(ready() == .commands)
        sender.sendAll([(receiver.localAddress, [1])])
        #expect(ready() == [.commands, .secondSocket])
        signal.lower()
        #expect(ready() == .secondSocket)
    }
}

@Suite struct SystemClockTests {
    @Test func clocksAdvance() {
        let first = SystemClock.now()
        let second = SystemClock.now()
        #expect(first > .zero && second >= first)
        // After 2020, before 2100.
        #expect((1_577_836_800_000_000_000..<4_102_444_800_000_000_000).contains(SystemClock.wallNanoseconds()))
    }
}
