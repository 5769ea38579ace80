import Basics
import Conference
import MediaInterface
import Testing

@testable import Rooms

@Suite(.timeLimit(.minutes(1))) struct ParticipantSessionTests {
    @Test func theFirstNotificationIsTheWelcome() async throws {
        let rooms = Rooms()
        let alice = try await rooms.join("alice")
        let seen = try #require(await alice.until("offer"))
        #expect(seen.map(\.label) == ["joined", "grantsRefreshed", "offer"])
        // Its transport was there before it heard of it.
        let room = try #require(await rooms.directory.room(named: "room"))
        let commands = rooms.placement.port(of: room).commands
        guard case .addPeer(let peer) = try #require(commands.first) else { throw UnexpectedCase() }
        #expect(peer.room == room.id && commands.count == 3)
    }

    @Test func requestsAreAnsweredInOrder() async throws {
        let rooms = Rooms()
        let alice = try await rooms.join("alice")
        for number in 1...50 {
            await alice.request(
                .updateMetadata(requestID: UInt32(number), metadata: "\(number)", name: nil, attributes: [:]))
        }
        await alice.request(.leave(.clientInitiated))
        let rest = await alice.rest()
        let answered = rest.compactMap { if case .requestAnswered(let id, .ok, _, _) = $0 { id } else { nil } }
        #expect(answered == Array(1...50))
        let versions = rest.compactMap {
            if case .participantsUpdated(let infos) = $0 { infos[0].version } else { nil }
        }
        #expect(versions.count == 50 && versions == versions.sorted() && Set(versions).count == 50)
        // Over is over.
        await alice.request(.updateMetadata(requestID: 99, metadata: "x", name: nil, attributes: [:]))
        #expect(await alice.rest().isEmpty)
    }

    /// Parsing takes milliseconds for a large room's offer: it must be done before the room's actor is entered.
    @Test func descriptionsArriveParsed() async throws {
        let rooms = Rooms()
        let alice = try await rooms.join("alice")
        let offer = SessionDescription(type: .offer, sdp: "v=0", id: 1)
        await alice.request(.offer(offer))
        #expect(offer.isPrepared)
        var request = rooms.request("bob", mode: .single)
        let first = SessionDescription(type: .offer, sdp: "v=0", id: 1)
        request.publisherOffer = first
        await #expect(throws: JoinRefusal.self) { try await rooms.directory.check(request) }
        #expect(first.isPrepared)
    }

    @Test func manyClientsAtOnceSeeOneOrder() async throws {
        let rooms = Rooms()
        let watcher = try await rooms.join("watcher")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask {
                    let session = try await rooms.join("client-\(number)")
                    for round in 0..<10 {
                        await session.request(
                            .updateMetadata(requestID: 1, metadata: "\(round)", name: nil, attributes: [:]))
                    }
                    await session.request(.leave(.clientInitiated))
                }
            }
            try await group.waitForAll()
        }
        // What was gathered under load goes out with the next turn.
        rooms.clock.advance(by: .seconds(1))
        let room = try #require(await rooms.directory.room(named: "room"))
        try await room.updateMetadata("all gone")
        #expect(await room.participants.count == 1)
        try await room.removeParticipant("watcher")
        var versions: [ParticipantSID: UInt32] = [:]
        var departed: Set<ParticipantSID> = []
        for case .participantsUpdated(let infos) in await watcher.rest() {
            for info in infos {
                #expect(info.version >= versions[info.sid] ?? 0 && !departed.contains(info.sid))
                versions[info.sid] = info.version
                if info.state == .disconnected { departed.insert(info.sid) }
            }
        }
        #expect(departed.count == 20)
    }

    @Test func theSameIdentityEndsTheFirstSession() async throws {
        let rooms = Rooms()
        let first = try await rooms.join("alice")
        let second = try await rooms.join("alice")
        #expect(await first.rest().last == .left(.duplicateIdentity, .disconnect))
        #expect(await second.until("joined") != nil)
        // What the first one's door still says reaches nobody.
        await first.request(.leave(.clientInitiated))
        await first.signalLost()
        let room = try #require(await rooms.directory.room(named: "room"))
        #expect(await room.participants.map(\.sid) == [second.sid])
    }

    @Test func aResumedSessionTakesOver() async throws {
        let rooms = Rooms()
        let first = try await rooms.join("alice")
        try await rooms.connectLast()
        await first.signalLost()
        rooms.clock.advance(by: .seconds(30))
        let second = try await rooms.directory.join(rooms.request("alice", resume: first.sid))
        #expect(second.sid == first.sid)
        let seen = try #require(await second.until("roomUpdated"))
        #expect(seen.map(\.label) == ["reconnected", "participantsUpdated", "roomUpdated"])
        await first.request(.leave(.clientInitiated))
        let room = try #require(await rooms.directory.room(named: "room"))
        #expect(await room.participants.count == 1)
        // A client may come back before its old connection is known to be dead.
        let third = try await rooms.directory.join(rooms.request("alice", resume: first.sid))
        #expect(await second.until("nothing") == nil)
        await second.signalLost()
        rooms.clock.advance(by: .seconds(30))
        #expect(await third.until("reconnected") != nil)
        #expect(await room.participants.count == 1)
    }

    @Test func anUnknownSessionIsToldToStartAnew() async throws {
        let rooms = Rooms(RoomDirectoryConfiguration(createsRoomsOnJoin: false))
        let unknown = try #require(ParticipantSID("PA_unknown"))
        let session = try await rooms.directory.join(rooms.request("alice", resume: unknown))
        #expect(await session.rest() == [.left(.stateMismatch, .reconnect)])
        #expect(await rooms.directory.rooms.isEmpty && rooms.facts.labels.isEmpty)
        let other = Rooms()
        let alice = try await other.join("alice")
        let lost = try await other.directory.join(other.request("alice", resume: unknown))
        #expect(await lost.rest() == [.left(.stateMismatch, .reconnect)])
        #expect(await alice.until("joined") != nil)
    }

    @Test func aSlowReaderLosesItsSignalingOnly() async throws {
        let rooms = Rooms()
        let slow = try await rooms.join("slow")
        try await rooms.connectLast()
        // The other one has no signaling at the moment, so that it is not slow as well; its media keeps it here.
        let busy = try await rooms.join("busy")
        try await rooms.connectLast()
        await busy.signalLost()
        let room = try #require(await rooms.directory.room(named: "room"))
        for number in 0...ConferenceLimits.queuedNotifications {
            try await room.updateParticipant("busy", metadata: "\(number)")
            // Not so fast that the room gathers the updates.
            if number % 500 == 499 { rooms.clock.advance(by: .seconds(1)) }
        }
        let kept = await slow.rest()
        #expect(kept.count == ConferenceLimits.queuedNotifications && kept.first?.label == "joined")
        // It may come back to a whole picture.
        let again = try await rooms.directory.join(rooms.request("slow", resume: slow.sid))
        let infos = try #require(await again.until("participantsUpdated")?.last?.participants)
        #expect(infos.first { $0.identity == "busy" }?.metadata == "\(ConferenceLimits.queuedNotifications)")
        #expect(await room.participants.count == 2)
    }
}
