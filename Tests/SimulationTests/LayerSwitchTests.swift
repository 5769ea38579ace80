import Basics
import MediaInterface
import SyntheticPeer
import Testing

/// How long a change of the wished layer takes, and whether the picture stands still meanwhile.
@Suite struct LayerSwitchTests {
    @Test(arguments: 0..<20)
    func switchesInTimeWithoutAGap(seed: Int) throws {
        let world = try World(seed: UInt64(seed))
        let conditions = PathConditions(delay: .milliseconds(20), jitter: .milliseconds(4))
        let publisher = try world.join(conditions)
        let track = world.publish(publisher, rids: ["q", "h", "f"])
        let subscriber = try world.join(conditions)
        let (id, ssrc) = world.subscribe(subscriber, to: track)
        world.run(for: .seconds(3))
        var layer: UInt8 = 2
        for _ in 0..<12 {
            let wished = (layer + UInt8.random(in: 1...2, using: &world.random)) % 3
            let asked = world.now
            world.apply(.configure(id, SubscriptionSettings(maximumSpatialLayer: wished)))
            world.run(for: .milliseconds(Int.random(in: 1_500...2_500, using: &world.random)))
            let receiver = try #require(subscriber.receivers[ssrc])
            #expect(receiver.lastLayer == wished, "seed \(seed)")
            let took = try #require(receiver.lastLayerSince) - asked
            #expect(
                took < .milliseconds(wished > layer ? 500 : 200),
                "seed \(seed): \(layer) to \(wished) took \(took.milliseconds) ms")
            layer = wished
        }
        let receiver = try #require(subscriber.receivers[ssrc])
        #expect(receiver.longestGap < .milliseconds(150), "seed \(seed): \(receiver.longestGap.milliseconds) ms")
        #expect(receiver.framesUndecodable == 0 && world.faults().isEmpty, "seed \(seed): \(world.faults())")
    }

    /// A hundred people join within a minute: each sees a picture soon, and the publisher is not made to send keyframes
    /// only.
    @Test(arguments: 0..<3)
    func manyJoinsCostFewKeyframes(seed: Int) throws {
        let world = try World(seed: UInt64(seed))
        let conditions = PathConditions(delay: .milliseconds(20))
        let publisher = try world.join(conditions)
        let track = world.publish(publisher)
        world.run(for: .seconds(1))
        var waits: [Interval] = []
        var joined: [(client: SimulatedClient, ssrc: UInt32)] = []
        var requests: [Int] = []
        for _ in 0..<20 {
            let before = publisher.keyframeRequests
            // Five in a second and a half.
            for _ in 0..<5 {
                let client = try world.join(conditions)
                joined.append((client, world.subscribe(client, to: track).ssrc))
                world.run(for: .milliseconds(Int.random(in: 100...320, using: &world.random)))
            }
            requests.append(publisher.keyframeRequests - before)
        }
        world.run(for: .seconds(1))
        for (client, ssrc) in joined {
            let connected = try #require(client.connectedAt)
            let first = try #require(client.receivers[ssrc]?.firstFrameAt)
            waits.append(first - connected)
        }
        waits.sort()
        #expect(waits[waits.count / 2] < .milliseconds(100), "seed \(seed): \(waits[waits.count / 2].milliseconds) ms")
        #expect(waits[waits.count - 1] < .milliseconds(400), "seed \(seed): \(waits[waits.count - 1].milliseconds) ms")
        #expect(requests.allSatisfy { $0 <= 2 }, "seed \(seed): \(requests)")
        #expect(world.faults().isEmpty, "seed \(seed): \(world.faults())")
    }
}
