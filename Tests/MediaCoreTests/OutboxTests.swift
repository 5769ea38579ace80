import Basics
import MediaInterface
import Testing

@testable import MediaCore

@Suite struct OutboxTests {
    private let address = SocketAddress(ipv4: 0x0a00_0001, port: 1)

    private func put(_ bytes: [UInt8], peer: UInt32, _ outbox: inout Outbox) -> Bool {
        outbox.append(peer: peer, destination: address, seal: .none, capacity: bytes.count) { span in
            span.put(bytes.span, at: 0)
            return bytes.count
        }
    }

    private func contents(_ outbox: borrowing Outbox) -> [[UInt8]] {
        var all: [[UInt8]] = []
        unsafe outbox.forEachDatagram { _, bytes in all.append(unsafe Array(bytes)) }
        return all
    }

    @Test func datagramsOfOnePeerStandTogetherInOrder() {
        var outbox = Outbox()
        for number in 0..<6 as Range<UInt8> { _ = put([number], peer: UInt32(number % 2), &outbox) }
        #expect(contents(outbox) == [[0], [2], [4], [1], [3], [5]])
        outbox.removeAll()
        #expect(contents(outbox) == [])
        _ = put([9], peer: 1, &outbox)
        #expect(contents(outbox) == [[9]])
    }

    @Test func growsToItsBoundAndThenRefuses() {
        var outbox = Outbox()
        let large = [UInt8](repeating: 7, count: 60_000)
        var taken = 0
        while put(large, peer: 3, &outbox), taken < 1_000 { taken += 1 }
        #expect(taken > 100 && taken * large.count <= OutboxLimits.bytes)
        let isNearlyFull = outbox.isNearlyFull
        #expect(isNearlyFull)
        #expect(contents(outbox).allSatisfy { $0 == large })
    }

    @Test func whatTheWriterGivesUpTakesNoRoom() {
        var outbox = Outbox()
        let refused = outbox.append(peer: 0, destination: address, seal: .none, capacity: 100) { _ in nil }
        let tooLong = outbox.append(peer: 0, destination: address, seal: .none, capacity: 10) { _ in 11 }
        #expect(!refused && !tooLong)
        let count = outbox.count
        #expect(count == 0)
    }

    @Test func eventsAreBoundedAndTheLossIsCounted() {
        var outbox = Outbox()
        for number in 0..<OutboxLimits.events + 5 { outbox.tell(.peerConnected(PeerID(UInt64(number)))) }
        let lost = outbox.lostEvents
        #expect(lost == 5)
        let events = outbox.takeEvents()
        #expect(events.count == OutboxLimits.events)
    }

    @Test func aFloodOfMessagesLeavesRoomForWhatTellsOfConnections() {
        var outbox = Outbox()
        for _ in 0..<OutboxLimits.dataEvents + 7 { outbox.tell(.dataReceived(PeerID(1), label: "x", payload: [])) }
        outbox.tell(.peerConnected(PeerID(2)))
        let isNearlyFull = outbox.isNearlyFull
        #expect(isNearlyFull)
        let lost = [outbox.lostEvents, outbox.lostMessages]
        #expect(lost == [7, 7])
        let events = outbox.takeEvents()
        #expect(events.count == OutboxLimits.dataEvents + 1)
        let isNearlyFullStill = outbox.isNearlyFull
        #expect(!isNearlyFullStill)
    }
}
