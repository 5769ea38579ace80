import Basics
import MediaCore
import MediaInterface
import SyntheticPeer
import Testing

@Suite struct SimulcastTests {
    @Test(arguments: 0..<20)
    func theHighestLayerIsForwarded(seed: Int) throws {
        let world = try World(seed: UInt64(seed))
        let conditions = PathConditions(delay: .milliseconds(20), jitter: .milliseconds(5), loss: 0.01)
        let publisher = try world.join(conditions)
        let track = world.publish(publisher, rids: ["q", "h", "f"])
        let subscriber = try world.join(conditions)
        world.subscribe(subscriber, to: track)
        world.run(for: .seconds(4))
        let receiver = try #require(subscriber.receivers.values.first)
        #expect(receiver.lastLayer == 2, "seed \(seed)")
        #expect(receiver.framesDecoded > 50, "seed \(seed): \(receiver.framesDecoded)")
        #expect(world.faults().isEmpty, "seed \(seed): \(world.faults())")
        #expect(publisher.transportFeedbacks > 20)
    }

    /// The wished layer is a ceiling: lowering it switches down, raising it switches up, without a fault in the stream.
    @Test(arguments: 0..<20)
    func theCeilingIsFollowedBothWays(seed: Int) throws {
        let world = try World(seed: UInt64(seed))
        let publisher = try world.join()
        let track = world.publish(publisher, rids: ["q", "h", "f"])
        let subscriber = try world.join()
        let (id, ssrc) = world.subscribe(subscriber, to: track)
        world.run(for: .seconds(2))
        for layer in [UInt8(0), 2, 1, 0, 1] {
            world.apply(.configure(id, SubscriptionSettings(maximumSpatialLayer: layer)))
            world.run(for: .seconds(1))
            let receiver = try #require(subscriber.receivers[ssrc])
            #expect(receiver.lastLayer == layer, "seed \(seed)")
        }
        let receiver = try #require(subscriber.receivers[ssrc])
        #expect(receiver.longestGap < .milliseconds(150), "seed \(seed): \(receiver.longestGap.milliseconds) ms")
        #expect(world.faults().isEmpty, "seed \(seed): \(world.faults())")
    }

    @Test func aDisabledSubscriptionCostsNothingAndComesBack() throws {
        let world = try World(seed: 5)
        let publisher = try world.join()
        let track = world.publish(publisher)
        let subscriber = try world.join()
        let (id, ssrc) = world.subscribe(subscriber, to: track)
        world.run(for: .seconds(2))
        world.apply(.configure(id, SubscriptionSettings(isEnabled: false)))
        world.run(for: .milliseconds(100))
        let before = try #require(subscriber.receivers[ssrc]).packetsReceived
        world.run(for: .seconds(2))
        #expect(try #require(subscriber.receivers[ssrc]).packetsReceived == before)
        world.apply(.configure(id, SubscriptionSettings(isEnabled: true)))
        world.run(for: .seconds(1))
        #expect(try #require(subscriber.receivers[ssrc]).packetsReceived > before + 40)
        #expect(world.faults().isEmpty)
    }
}
