import Basics
import MediaInterface
import RTP
import Testing

@testable import Forwarding

@Suite struct PublishedTrackTests {
    private func video(_ sequence: UInt16, key: Bool = false, timestamp: UInt32 = 0, body: [UInt8] = [1]) -> TestPacket
    {
        TestPacket(
            sequence: sequence, timestamp: timestamp, ssrc: 0x1000,
            payload: vp8Payload(key: key, pictureID: Int(sequence & 0x7fff), body: body))
    }

    @Test func storesOneCopyWithoutHeaderAndPadding() throws {
        var track = PublishedTrack(Fixture.track(), at: .zero)
        var ids = HeaderExtensionIDs()
        ids.videoOrientation = 13
        ids.absoluteCaptureTime = 7
        ids.mid = 4
        var packet = video(65_535, key: true, timestamp: 90_000)
        packet.marker = true
        packet.padding = 5
        packet.extensions = [
            (4, [0x30]), (13, [2]), (7, [1, 2, 3, 4, 5, 6, 7, 8]), (13, [3]), (12, [1, 2, 3]),
        ]
        let accepted = try need(track.accept(packet, extensions: ids, at: .ms(5)))
        #expect(accepted.extendedSequence == 0x1_ffff && !accepted.isLate && accepted.arrival == .ms(5))
        #expect(accepted.timestamp == 90_000 && accepted.marker && accepted.codec == .vp8 && accepted.startsKeyframe)
        #expect(track.payload(accepted) == packet.payload)
        func value(_ kind: ForwardedExtension) -> [UInt8]? {
            accepted.extensions.range(of: kind).flatMap { range in
                track.withPacket(accepted) { $0.extracting(range).copied() }
            }
        }
        // The first of two wins; identifiers that were not negotiated, or are the transport's own, are left out.
        #expect(value(.videoOrientation) == [2] && value(.absoluteCaptureTime) == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(value(.audioLevel) == nil && value(.dependencyDescriptor) == nil)
        #expect(accepted.extensions.byteCount == 9)
        #expect(track.packet(encoding: 0, extendedSequence: 0x1_ffff)?.timestamp == 90_000)
        #expect(track.packet(encoding: 0, extendedSequence: 0xffff) == nil)
        #expect(track.packet(encoding: 7, extendedSequence: 0x1_ffff) == nil)
        #expect(track.statistics.packets == 1 && track.statistics.keyframes == 1)
    }

    @Test func undoesRetransmissions() throws {
        var track = PublishedTrack(Fixture.track(), at: .zero)
        let lost = video(11, timestamp: 3_000, body: [7, 7])
        #expect(track.accept(video(10, key: true), at: .ms(0)) != nil)
        #expect(track.accept(video(12, timestamp: 6_000), at: .ms(30)) != nil)
        #expect(ParsedFeedback(track.feedback(roundTrip: .milliseconds(40), at: .ms(38))).missing == [0x1000: [11]])
        var again = lost.retransmitted(payloadType: 97, ssrc: 0x2000, sequence: 500)
        again.padding = 3
        let accepted = try need(track.accept(again, isRetransmission: true, at: .ms(80)))
        #expect(accepted.extendedSequence & 0xffff == 11 && accepted.isLate && accepted.payloadType == 96)
        #expect(accepted.timestamp == 3_000 && track.payload(accepted) == lost.payload)
        #expect(track.statistics.recovered == 1)
        // The same again, and the original that comes after all, are copies.
        again.sequence = 501
        #expect(track.accept(again, isRetransmission: true, at: .ms(81)) == nil)
        #expect(track.accept(lost, at: .ms(82)) == nil)
        #expect(track.statistics.duplicates == 2)
        #expect(ParsedFeedback(track.feedback(at: .ms(100))).missing == [:])
        // A retransmission may be the newest packet (the tail of a burst was lost), and shows loss too.
        let tail = video(15, timestamp: 9_000).retransmitted(payloadType: 97, ssrc: 0x2000, sequence: 502)
        #expect(track.accept(tail, isRetransmission: true, at: .ms(120))?.isLate == false)
        #expect(ParsedFeedback(track.feedback(at: .ms(130))).missing == [0x1000: [13, 14]])
    }

    @Test func countsProbesAndBadRetransmissions() {
        var track = PublishedTrack(Fixture.track(), at: .zero)
        let early = video(9).retransmitted(payloadType: 97, ssrc: 0x2000, sequence: 1)
        #expect(track.accept(early, isRetransmission: true) == nil)
        #expect(track.statistics.tooOld == 1)
        _ = track.accept(video(10, key: true))
        // libwebrtc probes with packets of padding only, without an original number.
        var probe = TestPacket(payloadType: 97, sequence: 2, ssrc: 0x2000)
        probe.padding = 224
        #expect(track.accept(probe, isRetransmission: true) == nil)
        probe.padding = 0
        #expect(track.accept(probe, isRetransmission: true) == nil)
        #expect(track.statistics.probes == 2)
        probe.payload = [1]
        #expect(track.accept(probe, isRetransmission: true) == nil)
        #expect(track.statistics.malformed == 1)
        probe.payload = [0, 9, 1, 1, 1]
        probe.payloadType = 99
        #expect(track.accept(probe, isRetransmission: true) == nil)
        #expect(track.accept(TestPacket(payloadType: 3, sequence: 11, payload: [1])) == nil)
        #expect(track.statistics.unmappedPayloadType == 2)
        #expect(track.accept(video(11), encoding: 1) == nil && track.accept(video(11), encoding: -1) == nil)
        #expect(track.statistics.malformed == 3)
        // A retransmission of padding closes the gap.
        _ = track.accept(video(12), at: .ms(1))
        let padding = TestPacket(payloadType: 97, sequence: 3, ssrc: 0x2000, payload: [0, 11])
        #expect(track.accept(padding, isRetransmission: true, at: .ms(2))?.isPadding == true)
        #expect(ParsedFeedback(track.feedback(at: .ms(50))).missing == [:])
    }

    @Test func passesPaddingAndBrokenPayloadsAsNumbers() throws {
        var track = PublishedTrack(Fixture.track(), at: .zero)
        var padding = TestPacket(sequence: 5, ssrc: 0x1000)
        padding.padding = 100
        #expect(try need(track.accept(padding)).isPadding)
        // Padding is no sign of life of an encoding.
        #expect(track.isFlowing(encoding: 0, at: .zero) == false)
        // A descriptor that runs over the end.
        let broken = try need(track.accept(TestPacket(sequence: 6, ssrc: 0x1000, payload: [0x90, 0xf0])))
        #expect(broken.isPadding && !broken.startsKeyframe && track.statistics.malformed == 1)
        let large = video(7, body: [UInt8](repeating: 0, count: 2_000))
        #expect(try need(track.accept(large)).isPadding && track.statistics.malformed == 2)
    }

    @Test func reportsReception() throws {
        var track = PublishedTrack(Fixture.track(encodings: 2), at: .zero)
        #expect(track.nextDeadline == nil)
        for number in UInt16(0)..<10 where number != 4 && number != 5 {
            _ = track.accept(video(number, key: number == 0), at: .ms(1_000 + Int(number)))
        }
        track.noteSenderReport(NTPTime(rawValue: 0x1122_3344_5566_7788), rtpTimestamp: 5, encoding: 0, at: .ms(1_050))
        #expect(ParsedFeedback(track.feedback(at: .ms(1_099))).reports.isEmpty)
        let report = try need(ParsedFeedback(track.feedback(at: .ms(1_100))).reports.first)
        #expect(report.ssrc == 0x1000 && report.cumulativeLost == 2 && report.fractionLost == UInt8(2 * 256 / 10))
        #expect(report.extendedHighestSequence == 9 && report.lastSenderReport == 0x3344_5566)
        #expect(report.delaySinceLastSenderReport == 65_536 * 50 / 1_000)
        // Nothing came since: nothing to report; then once a second.
        #expect(ParsedFeedback(track.feedback(at: .ms(5_000))).reports.isEmpty)
        _ = track.accept(video(10), at: .ms(5_001))
        #expect(ParsedFeedback(track.feedback(at: .ms(5_001))).reports.count == 1)
        _ = track.accept(video(11), at: .ms(5_002))
        #expect(ParsedFeedback(track.feedback(at: .ms(6_000))).reports.isEmpty)
        #expect(ParsedFeedback(track.feedback(at: .ms(6_001))).reports.count == 1)
    }

    @Test func asksForKeyframesOfOneEncoding() {
        var track = PublishedTrack(Fixture.track(encodings: 3), at: .zero)
        for _ in 0..<50 { track.requestKeyframe(encoding: 1, at: .ms(10)) }
        track.requestKeyframe(encoding: 9, at: .ms(10))
        #expect(track.nextDeadline == .ms(10))
        #expect(ParsedFeedback(track.feedback(at: .ms(10))).keyframeRequests == [0x1001])
        #expect(ParsedFeedback(track.feedback(at: .ms(10))).keyframeRequests.isEmpty)
        #expect(track.nextDeadline == .ms(310))
        var key = video(1, key: true)
        key.ssrc = 0x1001
        _ = track.accept(key, encoding: 1, at: .ms(100))
        _ = track.feedback(at: .ms(200))
        #expect(track.nextDeadline == nil && track.statistics.keyframeRequestsSent == 1)
        // Nobody is asked while the track is muted.
        track.requestKeyframe(encoding: 1, at: .ms(900))
        track.setMuted(true)
        track.requestKeyframe(encoding: 1, at: .ms(901))
        #expect(track.nextDeadline == nil)
    }

    @Test func writesNothingBeyondTheRoom() {
        var track = PublishedTrack(Fixture.track(), at: .zero)
        _ = track.accept(video(0, key: true))
        _ = track.accept(video(200))
        track.requestKeyframe(encoding: 0, at: .ms(500))
        for room in 0..<16 { #expect(track.feedback(room: room, at: .ms(500)).isEmpty) }
        var missing: [UInt16] = []
        var keyframes = 0
        for room in 16..<400 {
            let bytes = track.feedback(roundTrip: .seconds(20), room: room, at: .ms(501))
            #expect(bytes.count <= room)
            let parsed = ParsedFeedback(bytes)
            missing += parsed.missing[0x1000] ?? []
            keyframes += parsed.keyframeRequests.count
        }
        #expect(missing == Array(1...199) && keyframes == 1)
    }

    @Test func asksForAKeyframeAfterAnOutage() {
        var track = PublishedTrack(Fixture.track(), at: .zero)
        _ = track.accept(video(0, key: true))
        _ = track.accept(video(1_000), at: .ms(5_000))
        #expect(ParsedFeedback(track.feedback(at: .ms(5_000))).keyframeRequests == [0x1000])
    }

    @Test func doesNotAskWhereItWasNotNegotiated() {
        var payload = Fixture.video
        payload.supportsNACK = false
        var track = PublishedTrack(Fixture.track(payloads: [payload]), at: .zero)
        _ = track.accept(video(0, key: true))
        _ = track.accept(video(5))
        #expect(ParsedFeedback(track.feedback(at: .ms(300))).missing == [:])
    }

    @Test func keepsStreamsOverALaterOffer() throws {
        var description = Fixture.track(encodings: 2)
        var track = PublishedTrack(description, at: .zero)
        _ = track.accept(video(10, key: true))
        description.payloads.append(PayloadDescription(payloadType: 120, codec: .h264, clockRateHertz: 90_000))
        track.update(description)
        #expect(track.accept(video(10)) == nil && track.statistics.duplicates == 1)
        let other = TestPacket(payloadType: 120, sequence: 11, timestamp: 9, ssrc: 0x1000, payload: [0x65, 0x88, 2])
        #expect(try need(track.accept(other)).startsKeyframe)
        // Another SSRC is another stream, with later numbers.
        track.bind(ssrc: 0x9999, encoding: 0, isRetransmission: false)
        let first = try need(track.accept(video(10, key: true)))
        #expect(!first.isLate && first.extendedSequence > 0x1_0000 + 11 + ForwardingLimits.maximumDropout)
        description.encodings.removeLast()
        track.update(description)
        #expect(track.encodingCount == 1 && track.accept(video(1), encoding: 1) == nil)
    }

    @Test func knowsTheBeginOfAPictureByItsTimestamp() throws {
        let payload = PayloadDescription(payloadType: 96, codec: .h264, clockRateHertz: 90_000)
        var track = PublishedTrack(Fixture.track(payloads: [payload]), at: .zero)
        let parameters = TestPacket(sequence: 1, timestamp: 9, payload: [0x67, 1, 2, 3])
        let picture = TestPacket(sequence: 2, timestamp: 9, payload: [0x65, 0x88, 2, 3])
        #expect(try need(track.accept(parameters)).startsKeyframe)
        let second = try need(track.accept(picture))
        #expect(!second.startsKeyframe && second.traits.isKeyframe)
        #expect(track.packet(encoding: 0, extendedSequence: second.extendedSequence)?.startsKeyframe == false)
    }

    /// Random and cut datagrams of every kind: nothing stops the process, what is accepted can be read.
    @Test(arguments: UInt64(1)...40) func survivesAnything(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let codecs: [MediaCodec] = [.vp8, .vp9, .h264, .av1, .opus, .red, .opaque]
        let payloads = codecs.enumerated().map {
            PayloadDescription(
                payloadType: UInt8(90 + $0.offset), codec: $0.element, clockRateHertz: 90_000,
                retransmissionPayloadType: UInt8(110 + $0.offset), supportsNACK: true)
        }
        var track = PublishedTrack(Fixture.track(encodings: 3, payloads: payloads), at: .zero)
        var subscription = Fixture.subscribe(
            payloads: codecs.indices.map {
                PayloadMapping(published: UInt8(90 + $0), subscribed: 100, subscribedRetransmission: 101)
            })
        var ids = HeaderExtensionIDs()
        ids.dependencyDescriptor = 12
        ids.audioLevel = 1
        ids.videoOrientation = 13
        var now = MonotonicTime.ms(1)
        for _ in 0..<400 {
            now += .microseconds(Int.random(in: 0...50_000, using: &random))
            let isRetransmission = random.chance(0.3)
            var packet = TestPacket(
                payloadType: UInt8.random(in: isRetransmission ? 109...117 : 89...97, using: &random),
                sequence: UInt16.random(in: 0...(random.chance(0.1) ? 65_535 : 300), using: &random),
                timestamp: UInt32.random(in: .min ... .max, using: &random), marker: random.chance(0.3))
            packet.payload = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
            if random.chance(0.5) {
                packet.extensions = [
                    (12, [0x80, 0, 1]), (1, [5]), (UInt8.random(in: 1...14, using: &random), [1, 2]),
                ]
            }
            packet.padding = random.chance(0.2) ? UInt8.random(in: 1...255, using: &random) : 0
            let bytes = Array(packet.bytes.prefix(random.chance(0.3) ? Int.random(in: 0...70, using: &random) : .max))
            guard let header = try? RTPHeader(parsing: bytes.span) else { continue }
            let encoding = Int.random(in: -1...4, using: &random)
            if let accepted = track.accept(
                bytes.span, header, encoding: encoding, isRetransmission: isRetransmission, extensions: ids, at: now)
            {
                #expect(accepted.isPadding || track.payload(accepted)?.count == accepted.payload.count)
                _ = subscription.send(accepted, of: track, extensions: ids)
                _ = subscription.resend(UInt16.random(in: .min ... .max, using: &random), of: track, at: now)
            }
            track.noteSenderReport(
                NTPTime(rawValue: random.next()), rtpTimestamp: UInt32.random(in: .min ... .max, using: &random),
                encoding: encoding, at: now)
            if let wanted = subscription.wantedKeyframe { track.requestKeyframe(encoding: wanted, at: now) }
            _ = track.feedback(room: Int.random(in: 0...200, using: &random), at: now)
            _ = subscription.senderReport(
                clock: NTPClock(unixNanoseconds: 0, at: .zero), at: now, track: track)
        }
    }
}
