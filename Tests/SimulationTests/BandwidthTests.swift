import Basics
import MediaCore
import MediaInterface
import SyntheticPeer
import Testing

/// A camera of three layers (200, 300 and 600 kbit/s of payload) and ways to the subscriber that carry less.
@Suite struct BandwidthTests {
    private struct Call {
        let world: World
        let track: TrackDescription
        let subscriber: SimulatedClient
        let subscription: (id: SubscriptionID, ssrc: UInt32)

        init(seed: Int, downlink: Int64?, delay: Interval = .milliseconds(15)) throws {
            world = try World(seed: UInt64(seed))
            let publisher = try world.join(PathConditions(delay: .milliseconds(15)))
            track = world.publish(publisher, rids: ["q", "h", "f"])
            subscriber = try world.join(PathConditions(delay: delay, downlinkBitsPerSecond: downlink))
            subscription = world.subscribe(subscriber, to: track)
        }

        func setDownlink(_ rate: Int64?) { world.network.conditions[subscriber.address]?.downlinkBitsPerSecond = rate }

        func receiver() throws -> SyntheticReceiver { try #require(subscriber.receivers[subscription.ssrc]) }

        /// Runs until a frame of that layer has been decoded; the time it took, nil when it did not in `limit`.
        func time(toLayer layer: UInt8, within limit: Interval) throws -> Interval? {
            let begin = world.now
            while world.now - begin < limit {
                world.run(for: .milliseconds(20))
                if try receiver().lastLayer == layer { return world.now - begin }
            }
            return nil
        }

        var pauses: [Bool] {
            world.events.compactMap {
                if case .subscriptionPaused(subscription.id, let isPaused) = $0 { isPaused } else { nil }
            }
        }
    }

    @Test(arguments: 0..<6)
    func aLinkThatNarrowsGetsALowerLayerAtOnceAndTheHighOneBackSoon(seed: Int) throws {
        let call = try Call(seed: seed, downlink: 20_000_000)
        call.world.run(for: .seconds(8))
        #expect(try call.receiver().lastLayer == 2, "seed \(seed)")
        call.setDownlink(420_000)
        let down = try #require(try call.time(toLayer: 0, within: .seconds(4)), "seed \(seed): no lower layer")
        #expect(down < .milliseconds(1_500), "seed \(seed): \(down.milliseconds) ms to the low layer")
        call.world.run(for: .seconds(8))
        let gap = try call.receiver().longestGap
        #expect(
            gap < .milliseconds(500), "seed \(seed): \(gap.milliseconds) ms")
        call.setDownlink(20_000_000)
        let up = try #require(
            try call.time(toLayer: 2, within: .seconds(12)), "seed \(seed): not back on the high layer")
        #expect(up < .seconds(6), "seed \(seed): \(up.milliseconds) ms to the high layer")
        call.world.run(for: .seconds(2))
        #expect(try call.receiver().lastLayer == 2, "seed \(seed)")
        #expect(call.world.faults().isEmpty, "seed \(seed): \(call.world.faults())")
    }

    @Test(arguments: 0..<6)
    func aNarrowLinkIsFilledByTheBestLayerThatFitsAndStaysThere(seed: Int) throws {
        let call = try Call(seed: seed, downlink: 480_000)
        call.world.run(for: .seconds(10))
        let framesBefore = try call.receiver().framesDecoded
        var layers: Set<UInt8> = []
        for _ in 0..<100 {
            call.world.run(for: .milliseconds(100))
            if let layer = try call.receiver().lastLayer { layers.insert(layer) }
        }
        #expect(!layers.contains(2), "seed \(seed)")
        let frames = try call.receiver().framesDecoded - framesBefore
        #expect(frames > 230, "seed \(seed): \(frames) of 250 frames")
        #expect(call.world.faults().isEmpty, "seed \(seed): \(call.world.faults())")
    }

    @Test func whatDoesNotFitAtAllIsPausedToldAndComesBack() throws {
        let call = try Call(seed: 4, downlink: 20_000_000)
        call.world.run(for: .seconds(4))
        call.setDownlink(120_000)
        call.world.run(for: .seconds(6))
        #expect(call.pauses.first == true)
        call.setDownlink(20_000_000)
        call.world.run(for: .seconds(10))
        #expect(call.pauses.last == false)
        let last = try #require(try call.receiver().lastFrameAt)
        #expect(call.world.now - last < .milliseconds(100))
        #expect(call.world.faults().isEmpty)
    }

    @Test func tenPicturesShareALink() throws {
        let world = try World(seed: 9)
        let subscriber = try world.join(PathConditions(delay: .milliseconds(15), downlinkBitsPerSecond: 3_200_000))
        for _ in 0..<10 {
            let publisher = try world.join()
            let track = world.publish(publisher, rids: ["q", "h", "f"])
            world.subscribe(subscriber, to: track)
        }
        world.run(for: .seconds(10))
        let before = subscriber.receivers.mapValues(\.framesDecoded)
        world.run(for: .seconds(4))
        for (ssrc, receiver) in subscriber.receivers {
            let frames = receiver.framesDecoded - (before[ssrc] ?? 0)
            #expect(frames > 90, "\(frames) of 100 frames of \(ssrc)")
        }
        #expect(world.faults().isEmpty)
    }

    @Test func aClientThatGivesNoFeedbackGetsEverything() throws {
        let world = try World(seed: 2)
        let publisher = try world.join()
        let track = world.publish(publisher, rids: ["q", "h", "f"], payloadBytes: 1_200)
        let subscriber = try world.join()
        subscriber.givesTransportFeedback = false
        let (_, ssrc) = world.subscribe(subscriber, to: track)
        world.run(for: .seconds(5))
        #expect(try #require(subscriber.receivers[ssrc]).lastLayer == 2)
        #expect(world.faults().isEmpty)
    }

    @Test func theNetworkIsReportedEveryTwoSeconds() throws {
        let call = try Call(seed: 3, downlink: 330_000)
        call.world.run(for: .seconds(9))
        let reports = call.world.events.compactMap { event -> PeerQuality? in
            guard case .peerQuality(call.subscriber.id, let quality) = event else { return nil }
            return quality
        }
        #expect(reports.count == 4)
        let last = try #require(reports.last)
        #expect(last.reducedSubscriptions == 1)
        #expect(last.uplinkLoss == nil)
        #expect(25..<200 ~= last.roundTripMilliseconds)
    }
}
