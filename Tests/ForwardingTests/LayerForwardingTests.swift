import Basics
import MediaInterface
import RTP
import Testing

@testable import Forwarding

/// Random changes of layers on a bad network: what goes must be decodable, whole and continuous.
@Suite struct LayerForwardingTests {
    /// One subscriber and all that it got.
    private final class Receiver {
        struct Packet {
            var frame: Int
            var index: Int
            var marker: Bool
            var timestamp: UInt32
            var pictureID: Int?
        }
        var subscription: Subscription
        var packets: [Int64: Packet] = [:]
        var fillers: Set<Int64> = []
        private var unwrapper = SequenceUnwrapper()
        /// What was allowed at which picture.
        var target = LayerTarget.highest
        var faults: [String] = []

        init(_ payload: PayloadMapping, seed: UInt64) {
            subscription = Fixture.subscribe(seed: seed, payloads: [payload])
        }

        func take(_ packet: AcceptedPacket, _ track: borrowing PublishedTrack, _ ids: HeaderExtensionIDs) -> Bool {
            guard let sent = subscription.send(packet, of: track, extensions: ids) else { return false }
            let number = unwrapper.unwrap(sent.header.sequenceNumber)
            if packets[number] != nil || fillers.contains(number) { faults.append("number \(number) twice") }
            guard !sent.payload.isEmpty else {
                fillers.insert(number)
                return sent.startsRun
            }
            let tag = Array(sent.payload.suffix(6))
            let pictureID: UInt16? =
                switch packet.codec {
                case .vp8: sent.vp8?.pictureID
                case .vp9: VP9Descriptor(parsing: sent.payload.span)?.pictureID
                default: nil
                }
            packets[number] = Packet(
                frame: tag[..<4].reduce(0) { $0 << 8 | Int($1) }, index: Int(tag[4]), marker: sent.header.marker,
                timestamp: sent.header.timestamp, pictureID: pictureID.map(Int.init))
            return sent.startsRun
        }
    }

    private struct Arrival {
        var at: Int
        var order: Int
        var packet: TestPacket
        var isRetransmission = false
    }

    private final class World {
        var random: SeededRandom
        var encoder: LayerEncoder
        var track: PublishedTrack
        var ids = HeaderExtensionIDs()
        var receivers: [Receiver] = []
        var arrivals: [Arrival] = []
        var order = 0
        var retransmission: UInt16 = 0
        var keyframeAt: Int?
        var lastKeyframe = -300
        /// Packets that the server has had, by frame.
        var accepted: [Int: Int] = [:]
        let codec: MediaCodec

        init(_ structure: LayerStructure, seed: UInt64, receivers count: Int) {
            random = SeededRandom(seed: seed)
            encoder = LayerEncoder(structure, &random)
            codec = structure.isVP8 ? .vp8 : structure.isVP9 ? .vp9 : structure == .h264L1T3 ? .h264 : .av1
            let payload = PayloadDescription(
                payloadType: 96, codec: codec, clockRateHertz: 90_000, retransmissionPayloadType: 97,
                supportsNACK: true)
            track = PublishedTrack(Fixture.track(payloads: [payload]), at: .zero)
            ids.dependencyDescriptor = 12
            let mapping = PayloadMapping(published: 96, subscribed: 100, subscribedRetransmission: 101)
            receivers = (0..<count).map { Receiver(mapping, seed: seed &* 50 + UInt64($0)) }
        }

        func send(_ packets: [TestPacket], at now: Int, loss: Double, jitter: Int) {
            for packet in packets {
                order += 1
                if random.chance(loss) {
                    retransmission &+= 1
                    let again = packet.retransmitted(payloadType: 97, ssrc: 0x2000, sequence: retransmission)
                    arrivals.append(
                        Arrival(
                            at: now + Int.random(in: 30...120, using: &random), order: order, packet: again,
                            isRetransmission: true))
                } else {
                    arrivals.append(
                        Arrival(at: now + Int.random(in: 0...jitter, using: &random), order: order, packet: packet))
                }
            }
        }

        func deliver(at now: Int) {
            let due = arrivals.filter { $0.at <= now }.sorted { ($0.at, $0.order) < ($1.at, $1.order) }
            arrivals.removeAll { $0.at <= now }
            for arrival in due {
                guard
                    let packet = track.accept(
                        arrival.packet, isRetransmission: arrival.isRetransmission, extensions: ids, at: .ms(arrival.at)
                    )
                else { continue }
                accepted[arrival.packet.payload.suffix(6).prefix(4).reduce(0) { $0 << 8 | Int($1) }, default: 0] += 1
                for receiver in receivers {
                    if receiver.take(packet, track, ids), packet.isLate {
                        var last = packet
                        while let next = track.nextStored(after: last) {
                            _ = receiver.take(next, track, ids)
                            last = next
                        }
                    }
                    if receiver.subscription.wantedKeyframe != nil, keyframeAt == nil {
                        // Requests are not sent more often than this, and take their time.
                        keyframeAt = max(now, lastKeyframe + 300) + 60
                    }
                }
            }
        }
    }

    private static let pictures = 300

    private func run(
        _ structure: LayerStructure, seed: UInt64, loss: Double, jitter: Int, changes: Double = 0.04
    ) -> World {
        let world = World(structure, seed: seed, receivers: 6)
        for now in 0..<Self.pictures * 33 {
            if let due = world.keyframeAt, due <= now {
                world.encoder.isKeyframeDue = true
                world.lastKeyframe = now
                world.keyframeAt = nil
            }
            if now % 33 == 0 {
                let packets = world.encoder.nextPicture(at: now, &world.random)
                world.send(packets, at: now, loss: loss, jitter: jitter)
                for receiver in world.receivers where world.random.chance(changes) {
                    receiver.target = LayerTarget(
                        spatial: Int8.random(in: 0...2, using: &world.random),
                        temporal: UInt8.random(in: 0...2, using: &world.random))
                    receiver.subscription.allow(receiver.target)
                }
            }
            world.deliver(at: now)
        }
        world.deliver(at: 1_000_000)
        return world
    }

    /// Every frame that goes has all that it refers to, is whole, and ends its picture with the only marker.
    private func judge(_ receiver: Receiver, _ world: World, label: String) {
        let frames = world.encoder.frames
        let numbers = receiver.packets.keys.sorted()
        #expect(receiver.faults.isEmpty, "\(label): \(receiver.faults.prefix(3))")
        guard let first = numbers.first, let last = numbers.last else {
            Issue.record("\(label): nothing came")
            return
        }
        // Everything lost is repaired: no number may be missing.
        let missing = (first...last).filter { receiver.packets[$0] == nil && !receiver.fillers.contains($0) }
        #expect(missing.isEmpty, "\(label): \(missing.count) numbers are missing")
        var packets: [Int: Set<Int>] = [:]
        for packet in receiver.packets.values { packets[packet.frame, default: []].insert(packet.index) }
        for (id, indices) in packets {
            guard let frame = frames[id] else {
                Issue.record("\(label): unknown frame \(id)")
                continue
            }
            #expect(indices.count == frame.packets, "\(label): frame \(frame) in part")
            for reference in frame.references where packets[reference] == nil {
                Issue.record("\(label): \(frame) lacks \(frames[reference]!)")
            }
        }
        judgePictures(receiver, numbers, frames, label: label)
    }

    private func judgePictures(
        _ receiver: Receiver, _ numbers: [Int64], _ frames: [Int: LayerFrame], label: String
    ) {
        var last: (picture: Int, packet: Receiver.Packet)?
        for number in numbers {
            guard let packet = receiver.packets[number], let frame = frames[packet.frame] else { continue }
            if let last {
                if last.picture == frame.picture {
                    #expect(!last.packet.marker, "\(label): marker within picture \(frame.picture)")
                    #expect(last.packet.timestamp == packet.timestamp)
                } else {
                    #expect(last.packet.marker, "\(label): no marker at the end of picture \(last.picture)")
                    #expect(packet.timestamp.isNewer(than: last.packet.timestamp))
                    if let before = last.packet.pictureID, let after = packet.pictureID {
                        let step = (after - before) & 0x7fff
                        #expect(1...(frame.picture - last.picture) ~= step, "\(label): picture id by \(step)")
                    }
                }
            }
            last = (frame.picture, packet)
        }
    }

    @Test(arguments: LayerStructure.allCases, UInt64(1)...4)
    func whatGoesIsDecodable(structure: LayerStructure, seed: UInt64) {
        for (loss, jitter) in [(0.0, 0), (0.0, 12), (0.05, 3), (0.2, 12)] {
            let world = run(structure, seed: seed, loss: loss, jitter: jitter)
            for (index, receiver) in world.receivers.enumerated() {
                judge(receiver, world, label: "seed \(seed), loss \(loss), jitter \(jitter), subscriber \(index)")
            }
        }
    }

    /// Without loss the wished layer is reached: at once downwards, upwards within a keyframe or a group of pictures.
    @Test(arguments: LayerStructure.allCases, UInt64(1)...4)
    func theWishedLayerComes(structure: LayerStructure, seed: UInt64) {
        let world = World(structure, seed: seed, receivers: 1)
        let receiver = world.receivers[0]
        let targets: [(spatial: Int, temporal: Int)] = [(2, 2), (0, 0), (2, 0), (1, 2), (0, 2), (2, 2), (1, 1)]
        var counts: [[Int]] = []
        for (step, target) in targets.enumerated() {
            receiver.subscription.allow(LayerTarget(spatial: Int8(target.spatial), temporal: UInt8(target.temporal)))
            for picture in step * 60..<(step + 1) * 60 {
                if let due = world.keyframeAt, due <= picture * 33 {
                    world.encoder.isKeyframeDue = true
                    world.keyframeAt = nil
                }
                let packets = world.encoder.nextPicture(at: picture * 33, &world.random)
                world.send(packets, at: picture * 33, loss: 0, jitter: 0)
                world.deliver(at: picture * 33)
            }
            // The last pictures of the step show all layers up to the wished ones, and none above.
            let shown = Set(receiver.packets.values.map(\.frame))
            let expected = world.encoder.frames.values.filter {
                $0.picture >= (step + 1) * 60 - 45 && $0.picture < (step + 1) * 60
                    && $0.spatial <= target.spatial && $0.temporal <= target.temporal
            }
            let missing = expected.count { !shown.contains($0.id) }
            #expect(missing == 0, "step \(step): \(missing) of \(expected.count) frames are missing")
            let above = shown.compactMap { world.encoder.frames[$0] }.count {
                $0.picture > step * 60 && $0.picture < (step + 1) * 60
                    && ($0.spatial > target.spatial || $0.temporal > target.temporal)
            }
            #expect(above == 0, "step \(step): \(above) frames above the target")
            counts.append([missing, above])
            let layer = receiver.subscription.currentLayer
            #expect(Int(layer.spatial) == min(target.spatial, structure.spatialLayers - 1))
            #expect(
                min(Int(layer.temporal), structure.temporalLayers - 1)
                    == min(target.temporal, structure.temporalLayers - 1))
        }
        // Temporal layers need no keyframe.
        #expect(world.encoder.keyframes <= (structure.spatialLayers > 1 ? 4 : 1))
    }
}
