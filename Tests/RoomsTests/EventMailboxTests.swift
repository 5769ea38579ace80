import Basics
import Conference
import Foundation
import MediaInterface
import Synchronization
import Testing

@testable import Rooms

private final class Flag: Sendable {
    private let value = Mutex(false)
    var isSet: Bool { value.withLock { $0 } }
    func set() { value.withLock { $0 = true } }
}

@Suite(.timeLimit(.minutes(1))) struct EventMailboxTests {
    private func message(_ number: UInt8, bytes: Int = 1) -> MediaEvent {
        .dataReceived(PeerID(1), label: "_lossy", payload: [UInt8](repeating: number, count: bytes))
    }
    private func numbers(_ batch: EventMailbox.Batch?) -> [Int] {
        (batch?.events ?? []).map { event in
            switch event {
            case .dataReceived(_, label: _, let payload): Int(payload[0])
            case .peerConnected(let peer): Int(peer.rawValue)
            default: -1
            }
        }
    }

    @Test func ordersAndWakesOnce() {
        let box = EventMailbox()
        #expect(box.isIdle && box.post([message(1), .peerConnected(PeerID(2))]) && !box.post([message(3)]))
        #expect(numbers(box.take(atMost: 2)) == [1, 2] && numbers(box.take(atMost: 2)) == [3] && !box.isIdle)
        #expect(!box.post([message(4)]) && numbers(box.take()) == [4])
        #expect(box.take() == nil && box.isIdle)
        #expect(box.post([message(5)]) && numbers(box.take()) == [5])
    }

    @Test func messagesHaveAShareOfTheirOwn() {
        let box = EventMailbox(limit: 4, messageLimit: 2, payloadLimitBytes: 10)
        _ = box.post([message(1), message(2, bytes: 10), message(3), message(4), .peerConnected(PeerID(5))])
        _ = box.post([.peerConnected(PeerID(6)), .peerConnected(PeerID(7))])
        let batch = box.take()
        #expect(numbers(batch) == [1, 3, 5, 6] && batch?.lostMessages == 2 && batch?.lostEvents == 1)
        // The loss is told once, and what was taken makes room.
        _ = box.post([message(8), message(9, bytes: 9)])
        let next = box.take()
        #expect(numbers(next) == [8, 9] && next?.lostMessages == 0 && next?.lostEvents == 0)
    }

    @Test func aLossIsToldEvenWithoutEvents() {
        let box = EventMailbox(limit: 1, messageLimit: 0)
        #expect(box.post([message(1)]))
        let batch = box.take()
        #expect(batch?.events.isEmpty == true && batch?.lostMessages == 1)
        #expect(box.take() == nil)
    }

    @Test func aGapIsClosedByAskingAgain() async throws {
        let port = RecordingPort(port: 9)
        let clock = ManualClock()
        let room = Room(
            state: RoomState(
                name: "room", id: RoomID(1), settings: RoomSettings(), local: port.local, random: .system,
                rewriteData: { _, _ in nil }, at: clock.now, wallMilliseconds: 0),
            port: port, clock: RoomClock(now: { clock.now }, wallMilliseconds: { 0 }),
            mailbox: EventMailbox(limit: 2), onFact: { _ in }, onClosed: { _ in })
        room.post((0..<5).map { .peerConnected(PeerID(1 << 32 | $0)) })
        #expect(await eventually { room.isIdle })
        #expect(await room.lostEvents == 3)
        #expect(port.commands.contains { if case .tellState = $0 { true } else { false } })
    }

    /// One room that takes its time must not hold up another on the same media thread.
    @Test(.enabled(if: ProcessInfo.processInfo.activeProcessorCount > 1))
    func aSlowRoomDelaysNoOther() async throws {
        let (isReleased, wasDelayed) = (Flag(), Flag())
        let rooms = Rooms(rewriteData: { packet, _ in
            for _ in 0..<3_000 where !isReleased.isSet { Thread.sleep(forTimeInterval: 0.001) }
            if !isReleased.isSet { wasDelayed.set() }
            return RelayedData(payload: packet)
        })
        _ = try await rooms.join("alice", room: "slow")
        _ = try await rooms.join("bob", room: "quick")
        let slow = try #require(await rooms.directory.room(named: "slow"))
        let quick = try #require(await rooms.directory.room(named: "quick"))
        let peers = try [slow, quick].map { room in
            try #require(rooms.placement.port(of: room).peers.first { MediaIdentifiers.room(of: $0) == room.id })
        }
        await rooms.directory.receive([
            .dataReceived(peers[0], label: "_lossy", payload: [1]), .peerConnected(peers[1]),
        ])
        #expect(await eventually { await quick.participants.first?.state == .active })
        isReleased.set()
        #expect(await eventually { slow.isIdle })
        #expect(!wasDelayed.isSet)
    }
}
