import Basics
import Conference
import MediaInterface
import Testing

@testable import Rooms

@Suite(.timeLimit(.minutes(1))) struct RoomDirectoryTests {
    @Test func roomsComeIntoBeingByTheirNames() async throws {
        let rooms = Rooms()
        let (one, two) = (try await rooms.join("alice"), try await rooms.join("bob"))
        _ = try await rooms.join("alice", room: "other")
        #expect(await rooms.directory.rooms.count == 2)
        let room = try #require(await rooms.directory.room(named: "room"))
        let other = try #require(await rooms.directory.room(named: "other"))
        #expect(room.id != other.id)
        #expect(await room.participants.map(\.sid) == [one.sid, two.sid])
        #expect(rooms.facts.labels == ["roomStarted", "roomStarted"])
        // Each lives on the thread that it was placed on, and tells that thread's address.
        let description = try #require(await one.until("offer")?.last?.offer)
        #expect(description.sdp.contains("127.0.0.1 \(room.id.rawValue % 2 == 0 ? 1_000 : 1_001) typ host"))
    }

    @Test func theOneWhoMakesARoomSaysHowItShallBe() async throws {
        let settings = RoomSettings(emptyTimeoutSeconds: 300, departureTimeoutSeconds: 20, metadata: "site")
        let rooms = Rooms(RoomDirectoryConfiguration(settings: settings))
        var request = rooms.request("alice")
        request.grants.roomConfiguration = RoomConfiguration(departureTimeoutSeconds: 5, maximumParticipants: 1)
        let alice = try await rooms.directory.join(request)
        let room = try #require(await rooms.directory.room(named: "room"))
        let info = await room.info
        #expect(info.emptyTimeoutSeconds == 300 && info.departureTimeoutSeconds == 5 && info.metadata == "site")
        #expect(info.maximumParticipants == 1)
        await #expect(throws: JoinRefusal.roomFull(limit: 1)) { try await rooms.join("bob") }
        // A room that exists does not change, whatever the next one asks for.
        request.grants.roomConfiguration = RoomConfiguration(maximumParticipants: 9, metadata: "mine")
        _ = try await rooms.directory.join(request)
        #expect(await room.info.maximumParticipants == 1)
        #expect(await room.info.metadata == "site")
        _ = alice
    }

    @Test func manyWhoComeAtOnceMeetInOneRoom() async throws {
        let rooms = Rooms()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<50 { group.addTask { _ = try await rooms.join("client-\(number)") } }
            try await group.waitForAll()
        }
        #expect(await rooms.directory.rooms.count == 1 && rooms.facts.labels == ["roomStarted"])
        #expect(await rooms.directory.room(named: "room")?.participants.count == 50)
    }

    @Test func refusals() async throws {
        let closed = Rooms(RoomDirectoryConfiguration(createsRoomsOnJoin: false))
        await #expect(throws: JoinRefusal.roomNotFound) { try await closed.join("alice") }
        await #expect(throws: JoinRefusal.roomNotFound) { try await closed.directory.check(closed.request("alice")) }

        let full = Rooms(RoomDirectoryConfiguration(settings: RoomSettings(maximumParticipants: 1), maximumRooms: 1))
        await #expect(throws: JoinRefusal.roomNotFound) {
            try await full.directory.join(full.request("alice", mayCreate: false))
        }
        _ = try await full.join("alice")
        _ = try await full.directory.join(full.request("alice", mayCreate: false))
        await #expect(throws: JoinRefusal.serverFull) { try await full.join("bob", room: "second") }
        await #expect(throws: JoinRefusal.serverFull) {
            try await full.directory.check(full.request("bob", room: "second"))
        }
        await #expect(throws: JoinRefusal.roomFull(limit: 1)) { try await full.join("bob") }
        await #expect(throws: JoinRefusal.roomFull(limit: 1)) { try await full.directory.check(full.request("bob")) }
        try await full.directory.check(full.request("alice"))
        await #expect(throws: JoinRefusal.self) { try await full.directory.check(full.request("")) }
    }

    @Test func aRoomThatClosesIsForgotten() async throws {
        let rooms = Rooms()
        let alice = try await rooms.join("alice")
        let first = try #require(await rooms.directory.room(named: "room"))
        await first.close()
        #expect(await alice.rest().last == .left(.roomDeleted, .disconnect))
        #expect(await eventually { await rooms.directory.rooms.isEmpty })
        #expect(rooms.placement.releasedRooms == [first.id])
        #expect(rooms.placement.port(of: first).removedPeers.count == 1)
        _ = try await rooms.join("alice")
        #expect(await rooms.directory.room(named: "room")?.id != first.id)
        #expect(rooms.facts.labels.suffix(2) == ["roomFinished", "roomStarted"])
    }

    @Test func timersRunOnTheGivenClock() async throws {
        let rooms = Rooms(
            RoomDirectoryConfiguration(settings: RoomSettings(emptyTimeoutSeconds: 300, departureTimeoutSeconds: 20)))
        let alice = try await rooms.join("alice")
        rooms.clock.advance(by: .seconds(16))
        // It never answered the first offer.
        #expect(await alice.rest().last == .left(.stateMismatch, .reconnect))
        #expect(await rooms.directory.rooms.count == 1)
        let room = try #require(await rooms.directory.room(named: "room"))
        #expect(
            await eventually {
                rooms.clock.advance(by: .seconds(5))
                return await rooms.directory.rooms.isEmpty
            })
        #expect(rooms.facts.labels.last == "roomFinished")
        #expect(await room.participants.isEmpty)
    }

    @Test func eventsFindTheirRooms() async throws {
        let rooms = Rooms()
        var sessions: [String: ParticipantSession] = [:]
        for name in ["a", "b", "c"] { sessions[name] = try await rooms.join("alice", room: name) }
        var events: [MediaEvent] = []
        for name in ["a", "c"] {
            let room = try #require(await rooms.directory.room(named: name))
            let peer = try #require(
                rooms.placement.port(of: room).peers.first { MediaIdentifiers.room(of: $0) == room.id })
            events.append(.peerConnected(peer))
        }
        events.insert(.statistics(MediaStatistics()), at: 1)
        events.append(.peerConnected(PeerID(999 << 32 | 1)))
        await rooms.deliver(events)
        for (name, state) in [("a", ParticipantState.active), ("b", .joined), ("c", .active)] {
            #expect(await rooms.directory.room(named: name)?.participants.map(\.state) == [state])
        }
        #expect(rooms.facts.labels.count { $0 == "participantJoined" } == 2)
    }

    @Test func stoppingSendsEverybodyElsewhere() async throws {
        let rooms = Rooms()
        let alice = try await rooms.join("alice")
        let bob = try await rooms.join("bob", room: "other")
        await rooms.directory.shutDown()
        for session in [alice, bob] {
            #expect(await session.rest().last == .left(.serverShutdown, .reconnect))
        }
        await #expect(throws: JoinRefusal.shuttingDown) { try await rooms.join("carol") }
        await #expect(throws: JoinRefusal.shuttingDown) { try await rooms.directory.check(rooms.request("carol")) }
        #expect(rooms.placement.ports.flatMap(\.peers).count == rooms.placement.ports.flatMap(\.removedPeers).count)
        #expect(await eventually { await rooms.directory.rooms.isEmpty })
    }

    @Test func administratorsReachTheirRoom() async throws {
        let rooms = Rooms()
        let alice = try await rooms.join("alice")
        let room = try #require(await rooms.directory.room(named: "room"))
        try await room.updateMetadata("m")
        try await room.updateParticipant("alice", attributes: ["role": "host"])
        await #expect(throws: AdministrationError.participantNotFound) { try await room.updateParticipant("bob") }
        try await room.removeParticipant("alice")
        let labels = await alice.rest().map(\.label)
        #expect(labels.contains("roomUpdated") && labels.contains("participantsUpdated") && labels.last == "left")
        #expect(await room.info.metadata == "m")
        #expect(await room.counters == RoomCounters())
    }
}
