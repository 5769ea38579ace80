import Basics
import MediaInterface
import Testing

@testable import Conference

@Suite struct DataTests {
    private func sent(_ room: RoomHarness) -> [(peers: [PeerID], label: String, text: String)] {
        room.commands.compactMap { command in
            guard case .sendData(let peers, let label, let payload) = command else { return nil }
            return (peers, label, String(decoding: payload, as: UTF8.self))
        }
    }

    @Test func packetsGoToTheOthersOrToWhomTheyAreFor() throws {
        var room = RoomHarness()
        let sids = try ["alice", "bob", "carol"].map { try room.enterConnected($0) }
        room.clear()
        room.media(.dataReceived(room.peer(sids[0]), label: "_lossy", payload: Array("all".utf8)))
        room.media(.dataReceived(room.peer(sids[0]), label: "_reliable", payload: Array("@carol one".utf8)))
        room.media(.dataReceived(room.peer(sids[0]), label: "_reliable", payload: Array("@nobody one".utf8)))
        room.media(.dataReceived(room.peer(sids[0]), label: "_reliable", payload: Array("@alice self".utf8)))
        #expect(sent(room).map(\.peers) == [[room.peer(sids[1]), room.peer(sids[2])], [room.peer(sids[2])]])
        #expect(sent(room).map(\.label) == ["_lossy", "_reliable"])
    }

    @Test func refusedPacketsAreCounted() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        _ = try room.enterConnected("bob")
        room.clear()
        room.media(.dataReceived(room.peer(alice), label: "_reliable", payload: Array("malformed".utf8)))
        room.media(.dataReceived(room.peer(alice), label: "_data_track", payload: Array("x".utf8)))
        room.media(.dataReceived(room.peer(alice), label: "_lossy", payload: [UInt8](repeating: 0, count: 70_000)))
        room.media(.dataReceived(PeerID(99), label: "_lossy", payload: [1]))
        #expect(room.effects.isEmpty && room.state.counters.refusedData == 3 && room.state.counters.stale == 1)
    }

    @Test func reliablePacketsWaitForTheChannel() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        room.media(.dataReceived(room.peer(alice), label: "_reliable", payload: Array("before".utf8)))
        room.wait(.milliseconds(1))
        let bob = try room.join("bob")
        room.offer(Offers.make("bob"), from: bob)
        room.media(.dataReceived(room.peer(alice), label: "_reliable", payload: Array("early".utf8)))
        room.media(.dataReceived(room.peer(alice), label: "_lossy", payload: Array("lost".utf8)))
        #expect(sent(room).isEmpty)
        room.media(.dataChannelOpened(room.peer(bob), label: "_lossy"))
        room.media(.dataChannelOpened(room.peer(bob), label: "_reliable"))
        #expect(sent(room).map(\.text) == ["alice: early"] && sent(room).map(\.peers) == [[room.peer(bob)]])
        room.clear()
        room.media(.dataChannelClosed(room.peer(bob), label: "_reliable"))
        room.media(.dataReceived(room.peer(alice), label: "_reliable", payload: Array("later".utf8)))
        #expect(sent(room).isEmpty)
        // A channel that comes back gets what it missed, and nothing again.
        room.media(.dataChannelOpened(room.peer(bob), label: "_reliable"))
        #expect(sent(room).map(\.text) == ["alice: later"])
        room.media(.dataReceived(room.peer(alice), label: "_reliable", payload: Array("direct".utf8)))
        for _ in 0..<3 {
            room.media(.dataChannelClosed(room.peer(bob), label: "_reliable"))
            room.media(.dataChannelOpened(room.peer(bob), label: "_reliable"))
        }
        #expect(sent(room).map(\.text) == ["alice: later", "alice: direct"])
    }

    @Test func repetitionsAreDropped() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob")
        room.clear()
        for (sid, text) in [
            (alice, "!1 a"), (alice, "!1 a"), (alice, "!2 b"), (bob, "!1 c"), (alice, "x"), (alice, "x"),
        ] {
            room.media(.dataReceived(room.peer(sid), label: "_reliable", payload: Array(text.utf8)))
        }
        #expect(sent(room).map(\.text) == ["alice: a", "alice: b", "bob: c", "alice: x", "alice: x"])
        #expect(room.state.counters.repeatedData == 1)
        // The same holds for what the server was asked to send.
        room.clear()
        let data = RelayedData(payload: Array("s".utf8), nonce: [UInt8](repeating: 7, count: 16))
        for _ in 0..<2 { room.take(room.state.sendData(data, isReliable: true, at: room.now)) }
        #expect(sent(room).count == 1 && room.state.counters.repeatedData == 2)
    }

    @Test func noncesAreRememberedForAWhile() {
        var recent = RecentNonces()
        func nonce(_ number: Int) -> [UInt8] {
            [UInt8](repeating: 9, count: 14) + [UInt8(number >> 8), UInt8(number & 0xff)]
        }
        func insert(_ nonces: [[UInt8]]) -> [Bool] { nonces.map { recent.insert($0) } }
        #expect(!insert((0..<ConferenceLimits.recentNonces).map(nonce)).contains(false))
        #expect(insert([nonce(0), nonce(60_000)]) == [false, true])
        // The oldest one went, the others are known.
        #expect(insert([nonce(0), nonce(2), nonce(60_000)]) == [true, false, false])
        #expect(insert([[], [], [1, 2, 3], [1, 2, 3]]) == [true, true, true, true])
    }

    @Test func theCacheKeepsItsBounds() {
        var cache = ReliableDataCache()
        let receiver = ParticipantSID("PA_receiver")!
        func kept() -> [RelayedData] {
            cache.packets(for: receiver, identity: "r", from: 0).map(\.data)
        }
        for number in 1...1_000 {
            cache.append(.init(sender: nil, data: RelayedData(payload: [1], sequence: UInt32(number))))
        }
        #expect(kept().count == ConferenceLimits.retainedDataPackets && kept().last?.sequence == 1_000)
        let large = [UInt8](repeating: 0, count: 60_000)
        for number in 1...100 {
            cache.append(.init(sender: nil, data: RelayedData(payload: large, sequence: UInt32(number))))
        }
        let bytes = kept().reduce(0) { $0 + $1.payload.count }
        #expect(bytes <= ConferenceLimits.retainedDataBytes && bytes > ConferenceLimits.retainedDataBytes - 60_000)
        #expect(kept().last?.sequence == 100)
        let huge = [UInt8](repeating: 0, count: ConferenceLimits.retainedDataBytes + 1)
        cache.append(.init(sender: nil, data: RelayedData(payload: huge)))
        #expect(kept().last?.sequence == 100)
    }
}
