import Basics
import MediaCore
import MediaInterface
import SyntheticPeer
import Testing

@Suite struct MovingAndVanishingTests {
    @Test(arguments: 0..<20)
    func aNATRebindingIsFollowed(seed: Int) throws {
        let world = try World(seed: UInt64(seed))
        let conditions = PathConditions(delay: .milliseconds(20))
        let publisher = try world.join(conditions)
        let track = world.publish(publisher)
        let subscriber = try world.join(conditions)
        world.subscribe(subscriber, to: track)
        world.run(for: .seconds(2))

        // Both get a new port: media must go on from and to the new ones.
        for client in [publisher, subscriber] {
            var address = client.transport.localAddress
            address.port += 1
            world.network.conditions[address] = conditions
            client.transport.move(to: address, at: world.now)
        }
        world.run(for: .seconds(2))
        let receiver = try #require(subscriber.receivers.values.first)
        #expect(world.now - (receiver.lastFrameAt ?? .zero) < .milliseconds(100), "seed \(seed): the picture stands")
        #expect(receiver.longestGap < .milliseconds(600), "seed \(seed): \(receiver.longestGap.milliseconds) ms")
        #expect(world.faults().isEmpty)
    }

    @Test func aVanishedParticipantIsToldAfterItsConsentHasExpired() throws {
        let world = try World(seed: 1)
        let publisher = try world.join()
        let track = world.publish(publisher)
        let gone = try world.join()
        let staying = try world.join()
        world.subscribe(gone, to: track)
        world.subscribe(staying, to: track)
        world.run(for: .seconds(2))
        world.unplug(gone)
        world.run(for: .seconds(28))
        #expect(failures(in: world).isEmpty)
        world.run(for: .seconds(8))
        #expect(failures(in: world) == [gone.id])
        world.leave(gone)
        world.run(for: .seconds(1))
        let receiver = try #require(staying.receivers.values.first)
        #expect(world.now - (receiver.lastFrameAt ?? .zero) < .milliseconds(100))
        #expect(world.faults().isEmpty)
    }

    @Test func aLeaverFreesEverything() throws {
        let world = try World(seed: 2)
        for _ in 0..<10 {
            let publisher = try world.join()
            let track = world.publish(publisher, rids: ["q", "h", "f"])
            let subscriber = try world.join()
            world.subscribe(subscriber, to: track)
            world.run(for: .seconds(1))
            world.leave(publisher)
            world.leave(subscriber)
        }
        world.run(for: .seconds(2))
        #expect(world.totals.peers == 0 && world.totals.rooms == 0)
        #expect(world.shardIsEmpty)
    }

    @Test func stateIsToldAgainWhenAsked() throws {
        let world = try World(seed: 3)
        let staying = try world.join()
        let gone = try world.join()
        world.run(for: .seconds(1))
        world.unplug(gone)
        world.run(for: .seconds(36))
        world.events = []
        world.apply(.tellState)
        #expect(failures(in: world) == [gone.id])
        let connected = world.events.compactMap { if case .peerConnected(let id) = $0 { id } else { nil } }
        #expect(connected == [staying.id])
    }

    private func failures(in world: World) -> [PeerID] {
        world.events.compactMap { if case .peerFailed(let id, _) = $0 { id } else { nil } }
    }
}
