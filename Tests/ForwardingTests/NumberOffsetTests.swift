import Basics
import MediaInterface
import RTP
import Testing

@testable import Forwarding

/// Picture ids of VP9 and frame numbers of dependency descriptors over a switch of encodings.
@Suite struct NumberOffsetTests {
    private static let vp9 = PayloadDescription(
        payloadType: 96, codec: .vp9, clockRateHertz: 90_000, retransmissionPayloadType: 97, supportsNACK: true)

    /// A picture of one VP9 encoding: flexible, 15 bits of picture id.
    private func vp9(_ encoding: Int, picture: Int, key: Bool, now: Int, wide: Bool = true) -> TestPacket {
        let id: [UInt8] = wide ? [0x80 | UInt8(picture >> 8 & 127), UInt8(picture & 255)] : [UInt8(picture & 127)]
        return TestPacket(
            sequence: UInt16(now / 40), timestamp: UInt32(now * 90), ssrc: 0x1000 + UInt32(encoding), marker: true,
            payload: [0xac | (key ? 0 : 0x40)] + id + [0x00, UInt8(picture & 255), 1, 2, 3])
    }

    @Test(arguments: [true, false]) func picturesAreContinuousOverASwitch(wide: Bool) throws {
        var track = PublishedTrack(Fixture.track(encodings: 2, payloads: [Self.vp9]), at: .zero)
        var subscription = Fixture.subscribe(settings: SubscriptionSettings(maximumSpatialLayer: 1))
        var descriptors: [VP9Descriptor] = []
        for step in 0..<30 {
            if step == 10 { subscription.allow(LayerTarget(spatial: 0, temporal: 0)) }
            if step == 20 { subscription.allow(.highest) }
            for encoding in 0..<2 {
                let isKey = [0, 12, 22].contains(step)
                let packet = try need(
                    track.accept(
                        vp9(
                            encoding, picture: (encoding == 0 ? 100 : 32_760) + step, key: isKey, now: step * 40,
                            wide: wide),
                        encoding: encoding, at: .ms(step * 40)))
                guard let sent = subscription.send(packet, of: track) else { continue }
                let descriptor = VP9Descriptor(parsing: sent.payload.span)
                descriptors.append(try #require(descriptor))
                #expect(Array(sent.payload.suffix(3)) == [1, 2, 3])
            }
        }
        // Twice a picture comes from both: the lower encoding goes until the keyframe of the upper one.
        #expect(descriptors.count == 32)
        let modulus = wide ? 32_768 : 128
        let steps = zip(descriptors, descriptors.dropFirst()).map {
            (Int($1.pictureID!) - Int($0.pictureID!) + modulus) % modulus
        }
        #expect(steps.allSatisfy { $0 == 1 })
        let levels = descriptors.compactMap(\.temporalLevel0PictureIndex)
        #expect(zip(levels, levels.dropFirst()).allSatisfy { $1 == $0 &+ 1 })
    }

    /// The publisher's own numbers go where nothing has been switched: references are differences of them.
    @Test func aSingleEncodingKeepsItsNumbers() throws {
        var track = PublishedTrack(Fixture.track(payloads: [Self.vp9]), at: .zero)
        var subscription = Fixture.subscribe()
        for step in 0..<5 {
            let packet = try need(
                track.accept(vp9(0, picture: 32_766 + step, key: step == 0, now: step * 40), at: .ms(step * 40)))
            let sent = try need(subscription.send(packet, of: track))
            let pictureID = VP9Descriptor(parsing: sent.payload.span)?.pictureID
            #expect(pictureID == UInt16((32_766 + step) % 32_768))
        }
    }

    /// Two encodings with descriptors: frame numbers go on over the switch, also in retransmissions.
    @Test func frameNumbersAreContinuousOverASwitch() throws {
        let payload = PayloadDescription(
            payloadType: 96, codec: .h264, clockRateHertz: 90_000, retransmissionPayloadType: 97, supportsNACK: true)
        var track = PublishedTrack(Fixture.track(encodings: 2, payloads: [payload]), at: .zero)
        var subscription = Fixture.subscribe()
        var ids = HeaderExtensionIDs()
        ids.dependencyDescriptor = 12
        var random = SeededRandom(seed: 4)
        var encoders = [LayerEncoder(.h264L1T3, &random), LayerEncoder(.h264L1T3, &random)]
        var numbers: [UInt16] = []
        var sequences: [UInt16: UInt16] = [:]
        for step in 0..<24 {
            if step == 8 { subscription.allow(LayerTarget(spatial: 0, temporal: 2)) }
            for encoding in 0..<2 {
                encoders[encoding].isKeyframeDue = step % 8 == 0
                for var packet in encoders[encoding].nextPicture(at: step * 40, &random) {
                    packet.ssrc = 0x1000 + UInt32(encoding)
                    let accepted = try need(
                        track.accept(packet, encoding: encoding, extensions: ids, at: .ms(step * 40)))
                    guard let sent = subscription.send(accepted, of: track, extensions: ids) else { continue }
                    let value = try #require(sent.value(12))
                    let number = UInt16(value[1]) << 8 | UInt16(value[2])
                    if number != numbers.last { numbers.append(number) }
                    sequences[sent.header.sequenceNumber] = number
                }
            }
        }
        #expect(numbers.count == 25)
        #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $1 == $0 &+ 1 })
        for (sequence, number) in sequences {
            let again = try need(subscription.resend(sequence, of: track, extensions: ids, at: .ms(1_000)))
            let value = try #require(again.value(12))
            #expect(UInt16(value[1]) << 8 | UInt16(value[2]) == number)
        }
    }
}
