import Basics
import Testing

@testable import MediaCore

@Suite struct PacedQueueTests {
    private let handle: SlotHandle = {
        var map = SlotMap<Int>(limit: 1)
        return map.insert(0)!
    }()

    private func packet(_ number: Int64) -> PacedPacket {
        PacedPacket(subscription: handle, outgoing: number, queuedAt: MonotonicTime(nanoseconds: number * 1_000_000))
    }

    @Test func firstComesFirst() {
        var queue = PacedQueue()
        var expected: Int64 = 0
        for number in 0..<1_000 as Range<Int64> {
            let fits = queue.append(packet(number))
            #expect(fits)
            if number % 3 > 0 {
                #expect(queue.first?.outgoing == expected)
                queue.removeFirst()
                expected += 1
            }
        }
        var rest: [Int64] = []
        queue.forEach { rest.append($0.outgoing) }
        #expect(rest == Array(expected..<1_000))
        #expect(queue.count == rest.count)
    }

    @Test func isBounded() {
        var queue = PacedQueue()
        for number in 0..<Int64(DownlinkLimits.queuedPackets) {
            let fits = queue.append(packet(number))
            #expect(fits)
        }
        let fitsFull = queue.append(packet(9_999))
        #expect(!fitsFull)
        queue.removeFirst()
        let fitsAgain = queue.append(packet(9_999))
        #expect(fitsAgain)
        queue.removeAll()
        #expect(queue.isEmpty && queue.first == nil)
    }

    @Test func tellsHowLongTheOldestHasWaited() {
        var queue = PacedQueue()
        #expect(queue.delay(at: MonotonicTime(nanoseconds: 5)) == .zero)
        _ = queue.append(packet(10))
        _ = queue.append(packet(20))
        #expect(queue.delay(at: MonotonicTime(nanoseconds: 30_000_000)) == .milliseconds(20))
    }
}
