import Basics
import MediaInterface
import RTP
import Testing

@testable import Forwarding

/// What the bandwidth allows, and what a subscriber begins with.
@Suite struct LayerAllowanceTests {
    /// Three encodings of VP8 with two temporal layers each, 25 pictures a second.
    private struct Camera: ~Copyable {
        var track = PublishedTrack(Fixture.track(encodings: 3), at: .zero)
        var subscription = Fixture.subscribe()
        var now = 0
        var picture = 0
        var keyframes: Set<Int> = [0, 1, 2]
        var sent: [SentRTP] = []

        /// One picture of each encoding; returns what went, as encodings.
        @discardableResult mutating func show() throws -> [Int] {
            var went: [Int] = []
            for encoding in 0..<3 {
                let isKey = keyframes.remove(encoding) != nil
                let temporal = isKey ? 0 : picture % 2
                let packet = TestPacket(
                    sequence: UInt16(picture), timestamp: UInt32(now * 90), ssrc: 0x1000 + UInt32(encoding),
                    marker: true,
                    payload: vp8Payload(
                        key: isKey, pictureID: picture, level: UInt8(picture / 2 & 255), temporal: UInt8(temporal),
                        keyIndex: 0, body: [UInt8](repeating: UInt8(encoding), count: 100)))
                let accepted = try need(track.accept(packet, encoding: encoding, at: .ms(now)))
                if let packet = subscription.send(accepted, of: track) {
                    went.append(encoding)
                    sent.append(packet)
                }
            }
            picture += 1
            now += 40
            return went
        }

        /// A few pictures, the keyframes that are asked for included.
        mutating func run(_ pictures: Int) throws -> [[Int]] {
            var went: [[Int]] = []
            for _ in 0..<pictures {
                if let wanted = subscription.wantedKeyframe { keyframes.insert(wanted) }
                went.append(try show())
            }
            return went
        }
    }

    @Test func theLessOfWishAndAllowanceGoes() throws {
        var camera = Camera()
        _ = try camera.run(3)
        #expect(camera.subscription.currentLayer.spatial == 2)
        camera.subscription.allow(LayerTarget(spatial: 1, temporal: 3))
        #expect(try camera.run(4).last == [1])
        camera.subscription.configure(SubscriptionSettings(maximumSpatialLayer: 0))
        #expect(try camera.run(4).last == [0])
        camera.subscription.allow(.highest)
        #expect(try camera.run(4).last == [0])
        camera.subscription.configure(SubscriptionSettings())
        #expect(try camera.run(4).last == [2])
        let numbers = camera.sent.map(\.header.sequenceNumber)
        #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $1 == $0 &+ 1 })
        let times = camera.sent.map(\.header.timestamp)
        #expect(zip(times, times.dropFirst()).allSatisfy { $1.isNewer(than: $0) })
        let pictures = camera.sent.compactMap { $0.vp8?.pictureID }
        #expect(zip(pictures, pictures.dropFirst()).allSatisfy { ($1 &- $0) & 0x7fff == 1 })
    }

    @Test func nothingPausesUntilAKeyframe() throws {
        var camera = Camera()
        _ = try camera.run(3)
        camera.subscription.allow(.nothing)
        #expect(camera.subscription.isPaused && camera.subscription.currentLayer == .nothing)
        #expect(camera.subscription.wantedKeyframe == nil)
        #expect(try camera.run(5).allSatisfy(\.isEmpty))
        camera.subscription.allow(LayerTarget(spatial: 0, temporal: 0))
        #expect(camera.subscription.isPaused == false)
        #expect(try camera.show() == [])
        #expect(camera.subscription.wantedKeyframe == 0)
        camera.keyframes = [0]
        #expect(try camera.show() == [0])
        #expect(camera.subscription.currentLayer == LayerTarget(spatial: 0, temporal: 0))
        // Without their wish the upper temporal layer does not come.
        #expect(try camera.run(6).filter { $0 == [0] }.count == 3)
    }

    /// Without the lower encoding's keyframe only temporal layers can be shed.
    @Test func shedsTemporalLayersWhenItIsUrgent() throws {
        var camera = Camera()
        _ = try camera.run(3)
        camera.subscription.allow(LayerTarget(spatial: 0, temporal: 3))
        var went: [[Int]] = []
        for _ in 0..<6 { went.append(try camera.show()) }
        #expect(went.allSatisfy { $0 == [2] })
        #expect(camera.subscription.wantedKeyframe == 0)
        camera.subscription.allow(LayerTarget(spatial: 0, temporal: 3), isUrgent: true)
        went = []
        for _ in 0..<6 { went.append(try camera.show()) }
        #expect(went.filter { $0 == [2] }.count == 3 && went.filter(\.isEmpty).count == 3)
        camera.keyframes = [0]
        #expect(try camera.show() == [0])
        #expect(camera.subscription.wantedKeyframe == nil)
    }

    @Test func beginsWithTheNewestKeyframeWhereLittleCameSince() throws {
        var camera = Camera()
        // Nobody looks while ten pictures go by.
        camera.subscription.configure(SubscriptionSettings(isEnabled: false))
        for _ in 0..<10 { try camera.show() }
        var subscription = Fixture.subscribe(seed: 9)
        let head = try need(subscription.groupToStart(of: camera.track, at: .ms(camera.now)))
        #expect(head.encoding == 2 && head.startsKeyframe)
        var sent: [SentRTP] = []
        var next: AcceptedPacket? = head
        while let packet = next {
            if let packet = subscription.send(packet, of: camera.track) { sent.append(packet) }
            next = camera.track.nextStored(after: packet)
        }
        #expect(sent.count == 10 && sent.first?.startsRun == true)
        #expect(subscription.wantedKeyframe == nil)
        #expect(sent.first?.vp8?.isKeyframe == true)
        #expect(subscription.groupToStart(of: camera.track, at: .ms(camera.now)) == nil)
        // The track goes on behind it.
        camera.subscription = subscription
        #expect(try camera.show() == [2])
        #expect(camera.sent.last?.header.sequenceNumber == sent.last.map { $0.header.sequenceNumber &+ 1 })
    }

    @Test func longGroupsAreNotReplayed() throws {
        var camera = Camera()
        camera.subscription.configure(SubscriptionSettings(isEnabled: false))
        for _ in 0..<Int(ForwardingLimits.groupAge.milliseconds / 40) + 2 { try camera.show() }
        var subscription = Fixture.subscribe(seed: 9)
        #expect(subscription.groupToStart(of: camera.track, at: .ms(camera.now)) == nil)
        #expect(subscription.wantedKeyframe == 2)
        // A lower encoding that can be shown at once is better than nothing; the wanted one follows.
        camera.keyframes = [1]
        try camera.show()
        let head = try need(subscription.groupToStart(of: camera.track, at: .ms(camera.now)))
        #expect(head.encoding == 1)
        #expect(subscription.send(head, of: camera.track) != nil)
        #expect(subscription.wantedKeyframe == 2)
    }

    /// After a pause, time must not run backwards.
    @Test func aGroupFromBeforeThePauseIsNotReplayed() throws {
        var camera = Camera()
        _ = try camera.run(5)
        camera.subscription.allow(.nothing)
        _ = try camera.run(5)
        camera.subscription.allow(.highest)
        #expect(camera.subscription.groupToStart(of: camera.track, at: .ms(camera.now)) == nil)
        #expect(camera.subscription.wantedKeyframe == 2)
    }
}
