import Basics
import MediaInterface
import RTP
import Testing

@testable import Forwarding

/// Video that libvpx has made, forwarded under random changes of layers, decoded by libvpx: every picture must be the one
/// that a decoder of the whole stream shows in that layer.
@Suite struct RealVideoTests {
    /// A publisher: one encoder per encoding, and what each picture should look like.
    private final class Publisher {
        let codec: RealCodec
        var encoders: [RealEncoder] = []
        /// By encoding or spatial layer.
        var references: [RealDecoder] = []
        /// By layer, then picture.
        var expected: [[DecodedPicture]] = [[], [], []]
        var isKeyframeDue: [Bool]
        private var places: [Int]
        private var sequences: [UInt16]
        private var levels: [UInt8]
        private var picture = 0

        init?(_ codec: RealCodec, encodings: Int) {
            self.codec = codec
            let isVP9 = codec != .vp8Temporal
            for encoding in 0..<encodings {
                let scale = 1 << (encodings - 1 - encoding)
                guard
                    let encoder = RealEncoder(
                        codec, width: 320 / scale, height: 192 / scale, kilobitsPerSecond: 800 / scale)
                else { return nil }
                encoders.append(encoder)
            }
            for _ in 0..<(isVP9 ? 3 : encodings) {
                guard let decoder = RealDecoder(isVP9: isVP9) else { return nil }
                references.append(decoder)
            }
            isKeyframeDue = Array(repeating: true, count: encodings)
            places = Array(repeating: 0, count: encodings)
            sequences = (0..<encodings).map { UInt16(65_000 + $0 * 100) }
            levels = Array(repeating: 250, count: encodings)
        }

        /// The packets of the next picture of one encoding.
        func packets(encoding: Int) throws -> [TestPacket] {
            let encoder = encoders[encoding]
            let isKey = isKeyframeDue[encoding]
            isKeyframeDue[encoding] = false
            if isKey { places[encoding] = 0 }
            let image = movingPicture(picture, width: encoder.width, height: encoder.height)
            let frames = try #require(encoder.encode(image, number: picture, isKeyframe: isKey))
            #expect(frames.count == (codec == .vp8Temporal ? 1 : 3))
            #expect(frames.allSatisfy { $0.temporal == [0, 2, 1, 2][places[encoding] % 4] })
            try expect(frames, encoding: encoding)
            if frames[0].temporal == 0 { levels[encoding] &+= 1 }
            var packets: [TestPacket] = []
            for frame in frames { packets += split(frame, encoding: encoding, isKey: isKey) }
            packets[packets.count - 1].marker = true
            places[encoding] += 1
            return packets
        }

        func endPicture() { picture += 1 }

        /// What a decoder of everything up to a layer shows.
        private func expect(_ frames: [CodedFrame], encoding: Int) throws {
            if codec == .vp8Temporal {
                expected[encoding].append(try #require(references[encoding].decode(frames[0].bytes)))
                return
            }
            for layer in 0..<3 {
                let bytes = frames.filter { $0.spatial <= layer }.flatMap(\.bytes)
                expected[layer].append(try #require(references[layer].decode(bytes)))
            }
        }

        private func split(_ frame: CodedFrame, encoding: Int, isKey: Bool) -> [TestPacket] {
            let pieces = stride(from: 0, to: frame.bytes.count, by: 400).map {
                Array(frame.bytes[$0..<min($0 + 400, frame.bytes.count)])
            }
            return pieces.enumerated().map { index, piece in
                let head =
                    codec == .vp8Temporal
                    ? vp8(frame, encoding, isFirst: index == 0)
                    : vp9(frame, encoding, isFirst: index == 0, isLast: index == pieces.count - 1, isKey: isKey)
                defer { sequences[encoding] &+= 1 }
                return TestPacket(
                    sequence: sequences[encoding], timestamp: UInt32(picture * 3_000), ssrc: 0x1000 + UInt32(encoding),
                    payload: head + piece)
            }
        }

        /// RFC 7741 section 4.2: the first of the highest layer and the middle one refer to the lowest only.
        private func vp8(_ frame: CodedFrame, _ encoding: Int, isFirst: Bool) -> [UInt8] {
            let isSync = frame.temporal > 0 && [1, 2].contains(places[encoding] % 4)
            let id = 32_700 + picture
            return [
                0x80 | (frame.temporal == 2 ? 0x20 : 0) | (isFirst ? 0x10 : 0), 0xe0, 0x80 | UInt8(id >> 8 & 127),
                UInt8(id & 255), levels[encoding], UInt8(frame.temporal << 6) | (isSync ? 0x20 : 0),
            ]
        }

        /// RFC 9628 section 4.2, in the non-flexible mode: references by the group of the keyframe.
        private func vp9(_ frame: CodedFrame, _ encoding: Int, isFirst: Bool, isLast: Bool, isKey: Bool) -> [UInt8] {
            let isInterLayer = frame.spatial > 0 && (isKey || codec == .vp9Scalable)
            let hasStructure = isKey && frame.spatial == 0 && isFirst
            let id = 32_700 + picture
            let flags: UInt8 =
                0xa0 | (isKey ? 0 : 0x40) | (isFirst ? 0x08 : 0) | (isLast ? 0x04 : 0) | (hasStructure ? 0x02 : 0)
            let layers = UInt8(frame.temporal << 5 | frame.spatial << 1) | (isInterLayer ? 1 : 0)
            var bytes = [flags, 0x80 | UInt8(id >> 8 & 127), UInt8(id & 255), layers, levels[encoding]]
            if hasStructure { bytes += [0x48, 4, 0x04, 4, 0x44, 1, 0x24, 2, 0x48, 1, 3] }
            return bytes
        }
    }

    /// Depacketises and decodes.
    private final class Viewer {
        var subscription: Subscription
        private let decoder: RealDecoder
        private let isVP9: Bool
        private var bytes: [UInt8] = []
        private var layer = 0
        private var timestamp: UInt32?
        private(set) var shown: [(layer: Int, picture: Int)] = []
        private(set) var wrong: [String] = []

        init?(_ payload: PayloadMapping, isVP9: Bool, seed: UInt64) {
            guard let decoder = RealDecoder(isVP9: isVP9) else { return nil }
            self.decoder = decoder
            self.isVP9 = isVP9
            subscription = Fixture.subscribe(seed: seed, payloads: [payload])
        }

        func take(_ packet: AcceptedPacket, of track: borrowing PublishedTrack, picture: Int, _ publisher: Publisher) {
            guard let sent = subscription.send(packet, of: track) else { return }
            if timestamp != sent.header.timestamp, !bytes.isEmpty {
                wrong.append("\(picture): a picture without an end")
            }
            timestamp = sent.header.timestamp
            let payload = sent.payload
            if isVP9 {
                guard let descriptor = VP9Descriptor(parsing: payload.span) else { return }
                bytes += payload[descriptor.byteCount...]
                layer = Int(descriptor.spatialLayer ?? 0)
            } else {
                guard let descriptor = VP8Descriptor(parsing: payload.span) else { return }
                bytes += payload[descriptor.byteCount...]
                layer = Int(packet.encoding)
            }
            guard sent.header.marker else { return }
            let decoded = decoder.decode(bytes)
            if decoded == nil {
                wrong.append("\(picture): layer \(layer) does not decode")
            } else if decoded != publisher.expected[layer][picture] {
                wrong.append("\(picture): another picture than that of layer \(layer)")
            }
            shown.append((layer, picture))
            bytes = []
        }
    }

    private static let pictures = 180

    private func run(_ codec: RealCodec, encodings: Int, seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let isVP9 = codec != .vp8Temporal
        let payload = PayloadDescription(
            payloadType: 96, codec: isVP9 ? .vp9 : .vp8, clockRateHertz: 90_000, retransmissionPayloadType: 97,
            supportsNACK: true)
        var track = PublishedTrack(Fixture.track(encodings: encodings, payloads: [payload]), at: .zero)
        let mapping = PayloadMapping(published: 96, subscribed: 100, subscribedRetransmission: 101)
        let publisher = try #require(Publisher(codec, encodings: encodings))
        let viewers = try (0..<4).map { try #require(Viewer(mapping, isVP9: isVP9, seed: seed &* 9 + UInt64($0))) }
        for picture in 0..<Self.pictures {
            let now = MonotonicTime.ms(picture * 1_000 / 30)
            for viewer in viewers where random.chance(0.06) {
                viewer.subscription.allow(
                    LayerTarget(
                        spatial: Int8.random(in: 0...2, using: &random),
                        temporal: UInt8.random(in: 0...2, using: &random)))
            }
            for encoding in 0..<encodings {
                for packet in try publisher.packets(encoding: encoding) {
                    let accepted = try need(track.accept(packet, encoding: encoding, at: now))
                    for viewer in viewers { viewer.take(accepted, of: track, picture: picture, publisher) }
                }
            }
            publisher.endPicture()
            for viewer in viewers where picture % 5 == 0 {
                if let wanted = viewer.subscription.wantedKeyframe { publisher.isKeyframeDue[wanted] = true }
            }
        }
        for (index, viewer) in viewers.enumerated() {
            #expect(viewer.wrong.isEmpty, "viewer \(index), seed \(seed): \(viewer.wrong.prefix(4))")
            // A quarter of the pictures at the least (the lowest temporal layer), and in several layers.
            #expect(viewer.shown.count > Self.pictures / 4)
            #expect(Set(viewer.shown.map(\.layer)).count >= (encodings > 1 || isVP9 ? 2 : 1))
        }
    }

    @Test(arguments: UInt64(1)...4) func vp8TemporalLayers(seed: UInt64) throws {
        try run(.vp8Temporal, encodings: 1, seed: seed)
    }

    @Test(arguments: UInt64(1)...4) func vp8SimulcastWithTemporalLayers(seed: UInt64) throws {
        try run(.vp8Temporal, encodings: 3, seed: seed)
    }

    @Test(arguments: UInt64(1)...4) func vp9SpatialAndTemporalLayers(seed: UInt64) throws {
        try run(.vp9Scalable, encodings: 1, seed: seed)
    }

    @Test(arguments: UInt64(1)...4) func vp9LayersThatMeetInKeyframesOnly(seed: UInt64) throws {
        try run(.vp9KeyScalable, encodings: 1, seed: seed)
    }
}
