import Basics
import Testing

@testable import MediaCore

@Suite struct DeadlineQueueTests {
    private func time(_ milliseconds: Int) -> MonotonicTime { .zero + .milliseconds(milliseconds) }

    @Test func popsInOrderEachPeerOnceAtItsEarliestDeadline() throws {
        var random = SeededRandom(seed: 2)
        var slots = SlotMap<Int>(limit: 50)
        var queue = DeadlineQueue()
        var earliest: [SlotHandle: Int] = [:]
        for number in 0..<50 {
            let inserted = slots.insert(number)
            let peer = try #require(inserted)
            for _ in 0..<5 {
                let deadline = Int.random(in: 1...1_000, using: &random)
                queue.schedule(peer, at: time(deadline))
                earliest[peer] = min(earliest[peer] ?? .max, deadline)
            }
        }
        var popped: [SlotHandle] = []
        for now in 1...1_000 {
            while let peer = queue.popDue(at: time(now)) {
                #expect(earliest[peer] == now)
                popped.append(peer)
            }
        }
        #expect(Set(popped).count == 50 && popped.count == 50)
    }

    @Test func aSlotUsedAgainKeepsNoDeadlineOfItsPredecessor() throws {
        var slots = SlotMap<Int>(limit: 1)
        var queue = DeadlineQueue()
        let inserted = slots.insert(1)
        let first = try #require(inserted)
        queue.schedule(first, at: time(10))
        queue.forget(first)
        _ = slots.remove(first)
        let again = slots.insert(2)
        let second = try #require(again)
        queue.schedule(second, at: time(50))
        let early = queue.popDue(at: time(20))
        #expect(early == nil)
        let due = queue.popDue(at: time(50))
        #expect(due == second)
    }
}
