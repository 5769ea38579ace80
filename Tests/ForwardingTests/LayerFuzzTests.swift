import Basics
import MediaInterface
import RTP
import Testing

@testable import Forwarding

/// Descriptors that lie: nothing may crash, and every number goes out once at most.
@Suite struct LayerFuzzTests {
    private func send(
        _ packets: [TestPacket], codec: MediaCodec, random: inout SeededRandom
    ) -> (sent: Int, numbersAreUnique: Bool) {
        let payload = PayloadDescription(
            payloadType: 96, codec: codec, clockRateHertz: 90_000, retransmissionPayloadType: 97, supportsNACK: true)
        var track = PublishedTrack(Fixture.track(payloads: [payload]), at: .zero)
        var subscription = Fixture.subscribe()
        var ids = HeaderExtensionIDs()
        ids.dependencyDescriptor = 12
        var unwrapper = SequenceUnwrapper()
        var numbers: Set<Int64> = []
        var sent = 0
        for (index, packet) in packets.enumerated() {
            let now = MonotonicTime.ms(index * 5)
            if random.chance(0.05) {
                subscription.allow(
                    LayerTarget(
                        spatial: Int8.random(in: -1...4, using: &random),
                        temporal: UInt8.random(in: 0...9, using: &random)),
                    isUrgent: random.chance(0.5))
            }
            if random.chance(0.05) { _ = subscription.groupToStart(of: track, at: now) }
            guard let accepted = track.accept(packet, extensions: ids, at: now) else { continue }
            if let packet = subscription.send(accepted, of: track, extensions: ids) {
                sent += 1
                numbers.insert(unwrapper.unwrap(packet.header.sequenceNumber))
            }
            _ = track.layerRates(at: now)
            _ = subscription.currentLayer
        }
        return (sent, numbers.count == sent)
    }

    @Test(arguments: LayerStructure.allCases, UInt64(1)...6)
    func damagedDescriptorsAreHarmless(structure: LayerStructure, seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var encoder = LayerEncoder(structure, &random)
        var packets: [TestPacket] = []
        for picture in 0..<300 {
            if random.chance(0.05) { encoder.isKeyframeDue = true }
            packets += encoder.nextPicture(at: picture * 33, &random)
        }
        for index in packets.indices where random.chance(0.3) {
            let place = Int.random(in: 0..<min(12, packets[index].payload.count), using: &random)
            packets[index].payload[place] = UInt8.random(in: .min ... .max, using: &random)
            guard !packets[index].extensions.isEmpty, random.chance(0.7) else { continue }
            var value = packets[index].extensions[0].value
            if random.chance(0.5) { value = Array(value.prefix(Int.random(in: 1...value.count, using: &random))) }
            value[Int.random(in: 0..<value.count, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
            packets[index].extensions[0].value = value
        }
        for _ in 0..<50 {
            let (first, second) = (
                Int.random(in: 0..<packets.count, using: &random), Int.random(in: 0..<packets.count, using: &random)
            )
            if abs(first - second) < 40 { packets.swapAt(first, second) }
        }
        let codec: MediaCodec =
            structure.isVP8 ? .vp8 : structure.isVP9 ? .vp9 : structure == .h264L1T3 ? .h264 : .av1
        let result = send(packets, codec: codec, random: &random)
        #expect(result.sent > 0 && result.numbersAreUnique)
    }

    @Test(arguments: [MediaCodec.vp8, .vp9, .av1, .h264], UInt64(1)...6)
    func randomBytesAreHarmless(codec: MediaCodec, seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let packets = (0..<3_000).map { index in
            var packet = TestPacket(
                sequence: UInt16(truncatingIfNeeded: index), timestamp: UInt32(index / 3 * 3_000), ssrc: 0x1000,
                marker: random.chance(0.3))
            packet.payload = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
            if random.chance(0.7) {
                packet.extensions = [
                    (
                        12,
                        (0..<Int.random(in: 1...80, using: &random)).map { _ in
                            UInt8.random(in: .min ... .max, using: &random)
                        }
                    )
                ]
            }
            return packet
        }
        #expect(send(packets, codec: codec, random: &random).numbersAreUnique)
    }
}
