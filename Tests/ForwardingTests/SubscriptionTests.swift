import Basics
import MediaInterface
import RTP
import Testing

@testable import Forwarding

@Suite struct SubscriptionTests {
    private func video(
        _ sequence: UInt16, key: Bool = false, picture: Int, timestamp: UInt32, encoding: Int = 0, start: Bool = true
    ) -> TestPacket {
        TestPacket(
            sequence: sequence, timestamp: timestamp, ssrc: 0x1000 + UInt32(encoding), marker: true,
            payload: vp8Payload(
                key: key, start: start, pictureID: picture, level: UInt8(picture & 255), temporal: 0, keyIndex: 1,
                body: [UInt8(encoding), UInt8(sequence & 255)]))
    }

    @Test func numbersAreItsOwn() throws {
        var track = PublishedTrack(Fixture.track(), at: .zero)
        var subscription = Fixture.subscribe()
        let key = try need(track.accept(video(65_535, key: true, picture: 32_767, timestamp: 0xffff_fff0)))
        let plan = try need(subscription.plan(key, of: track))
        #expect(plan.isFirst && plan.startsRun && plan.payloadType == 100 && plan.marker)
        let next = try need(track.accept(video(0, picture: 0, timestamp: 2_984), at: .ms(33)))
        let second = try need(subscription.send(next, of: track))
        #expect(second.header.ssrc == 0xaaaa && second.header.payloadType == 100 && second.header.marker)
        #expect(second.header.sequenceNumber == plan.sequence &+ 1)
        #expect(second.header.timestamp == plan.timestamp &+ 3_000)
        let descriptor = try need(second.vp8)
        #expect(descriptor.pictureID == (plan.vp8.pictureID + 1) & 0x7fff)
        #expect(descriptor.temporalLevel0PictureIndex == plan.vp8.temporalLevelZeroIndex &+ 1)
        #expect(Array(second.payload.suffix(2)) == [0, 0])
        #expect(subscription.packetsSent == 1 && subscription.octetsSent == UInt64(second.payload.count))
        #expect(subscription.currentEncoding == 0)
        // Other seeds, other numbers.
        var other = Fixture.subscribe(seed: 2)
        let otherPlan = try need(other.plan(key, of: track))
        #expect(otherPlan.sequence != plan.sequence && otherPlan.timestamp != plan.timestamp)
    }

    @Test func ignoresPayloadTypesWithoutAMapping() throws {
        let payloads = [Fixture.audio, PayloadDescription(payloadType: 63, codec: .red, clockRateHertz: 48_000)]
        var track = PublishedTrack(Fixture.track(.audio, payloads: payloads), at: .zero)
        var subscription = Fixture.subscribe(.audio)
        var sequences: [UInt16] = []
        for number in UInt16(0)..<20 {
            let packet = TestPacket(
                payloadType: number % 3 == 2 ? 63 : 111, sequence: number, timestamp: UInt32(number) * 960,
                ssrc: 0x1000, payload: [0x78, 1, 2])
            let accepted = try need(track.accept(packet, at: .ms(Int(number) * 20)))
            if let sent = subscription.send(accepted, of: track) { sequences.append(sent.header.sequenceNumber) }
        }
        #expect(sequences.count == 14)
        #expect(zip(sequences, sequences.dropFirst()).allSatisfy { $1 == $0 &+ 1 })
    }

    @Test func fillsTheNumbersOfLatePadding() throws {
        var track = PublishedTrack(Fixture.track(), at: .zero)
        var subscription = Fixture.subscribe()
        func padding(_ sequence: UInt16) -> TestPacket {
            TestPacket(sequence: sequence, timestamp: 5, ssrc: 0x1000, padding: 50)
        }
        let first = try need(track.accept(video(10, key: true, picture: 1, timestamp: 5)))
        let start = try need(subscription.send(first, of: track)).header.sequenceNumber
        // In order: takes no number. Late: its number was kept open, and is closed without payload.
        #expect(subscription.send(try need(track.accept(padding(11))), of: track) == nil)
        let later = try need(track.accept(video(13, picture: 2, timestamp: 3_005)))
        #expect(try need(subscription.send(later, of: track)).header.sequenceNumber == start &+ 2)
        let filler = try need(subscription.send(try need(track.accept(padding(12))), of: track))
        #expect(filler.header.sequenceNumber == start &+ 1 && filler.payload.isEmpty && !filler.header.marker)
    }

    @Test func keepsPausesOfSound() throws {
        var track = PublishedTrack(Fixture.track(.audio), at: .zero)
        var subscription = Fixture.subscribe(.audio)
        var timestamps: [UInt32] = []
        // Speech, then discontinuous transmission: one packet in 400 ms.
        let steps: [UInt32] = [0, 960, 1_920, 21_120, 40_320, 41_280]
        for (number, step) in steps.enumerated() {
            let packet = TestPacket(
                payloadType: 111, sequence: UInt16(number), timestamp: step, ssrc: 0x1000, payload: [0x78, 1])
            let accepted = try need(track.accept(packet, at: .ms(Int(step / 48))))
            timestamps.append(try need(subscription.send(accepted, of: track)).header.timestamp)
        }
        #expect(timestamps.map { $0 &- timestamps[0] } == steps)
    }

    @Test func sendsTheMidUntilItIsKnown() throws {
        var track = PublishedTrack(Fixture.track(.audio), at: .zero)
        var subscription = Fixture.subscribe(.audio)
        var ids = HeaderExtensionIDs()
        ids.mid = 4
        ids.audioLevel = 1
        ids.transportSequenceNumber = 3
        var published = HeaderExtensionIDs()
        published.audioLevel = 9
        func send(_ number: Int) throws -> SentRTP {
            let packet = TestPacket(
                payloadType: 111, sequence: UInt16(number), timestamp: UInt32(number) * 960, ssrc: 0x1000,
                extensions: [(9, [0x80 | UInt8(number % 100)])], payload: [0x78, 1])
            let accepted = try need(track.accept(packet, extensions: published, at: .ms(number * 20)))
            return try need(subscription.send(accepted, of: track, extensions: ids))
        }
        for number in 0..<10 {
            let sent = try send(number)
            #expect(sent.value(4) == Array("5".utf8) && sent.value(1) == [0x80 | UInt8(number)])
            // Sound that is repeated as it was carries no numbers of the transport.
            #expect(sent.value(3) == nil && sent.written.transportSequenceOffset == 0)
        }
        subscription.noteReceiverReport(
            ReportBlock(
                ssrc: 0xaaaa, fractionLost: 64, cumulativeLost: 0, extendedHighestSequence: 0, jitter: 0,
                lastSenderReport: 0, delaySinceLastSenderReport: 0), at: .ms(200))
        #expect(subscription.fractionLost == 64)
        let later = try (10..<1_010).filter { try send($0).value(4) != nil }
        #expect(later == [260, 510, 760])
    }

    @Test func retransmitsByRTX() throws {
        var track = PublishedTrack(Fixture.track(), at: .zero)
        var subscription = Fixture.subscribe()
        var ids = HeaderExtensionIDs()
        ids.transportSequenceNumber = 3
        var sent: [SentRTP] = []
        for number in 0..<5 {
            let packet = video(UInt16(number), key: number == 0, picture: number, timestamp: UInt32(number) * 3_000)
            let accepted = try need(track.accept(packet, at: .ms(number * 33)))
            sent.append(try need(subscription.send(accepted, of: track, extensions: ids)))
        }
        let lost = sent[2]
        let again = try need(
            subscription.resend(
                lost.header.sequenceNumber, of: track, roundTrip: .milliseconds(50), extensions: ids, at: .ms(200)))
        #expect(again.header.ssrc == 0xbbbb && again.header.payloadType == 101)
        #expect(again.header.timestamp == lost.header.timestamp && again.header.marker == lost.header.marker)
        #expect(again.written.transportSequenceOffset != 0)
        // The receiver's side of RFC 4588, done by other code.
        var buffer = [UInt8](repeating: 0, count: 1_500)
        var target = buffer.mutableSpan
        let unwrapped = Retransmission.unwrap(
            again.bytes.span, again.header, payloadType: 100, ssrc: 0xaaaa, into: &target)
        let count = try need(unwrapped)
        let header = try RTPHeader(parsing: buffer[0..<count].span)
        #expect(header.sequenceNumber == lost.header.sequenceNumber)
        #expect(Array(buffer[header.payload]) == lost.payload)
        // Not again within most of a round trip, then under the next number.
        let early = subscription.resend(
            lost.header.sequenceNumber, of: track, roundTrip: .milliseconds(50), extensions: ids, at: .ms(237))
        #expect(early == nil)
        let third = try need(
            subscription.resend(
                lost.header.sequenceNumber, of: track, roundTrip: .milliseconds(50), extensions: ids, at: .ms(238)))
        #expect(third.header.sequenceNumber == again.header.sequenceNumber &+ 1)
        #expect(subscription.packetsRetransmitted == 2 && subscription.packetsSent == 5)
        // What was never sent.
        #expect(subscription.resend(sent[4].header.sequenceNumber &+ 1, of: track, at: .ms(260)) == nil)
        #expect(subscription.resend(sent[0].header.sequenceNumber &- 1, of: track, at: .ms(260)) == nil)
    }

    @Test func repeatsPlainPacketsByteByByte() throws {
        var track = PublishedTrack(Fixture.track(.audio), at: .zero)
        var subscription = Fixture.subscribe(.audio)
        var ids = HeaderExtensionIDs()
        ids.mid = 4
        ids.transportSequenceNumber = 3
        ids.absoluteSendTime = 2
        let packet = TestPacket(payloadType: 111, sequence: 7, timestamp: 960, ssrc: 0x1000, payload: [0x78, 1, 2])
        let accepted = try need(track.accept(packet))
        let first = try need(subscription.send(accepted, of: track, extensions: ids))
        subscription.noteReceiverReport(
            ReportBlock(
                ssrc: 0xaaaa, fractionLost: 0, cumulativeLost: 0, extendedHighestSequence: 0, jitter: 0,
                lastSenderReport: 0, delaySinceLastSenderReport: 0), at: .ms(10))
        let again = try need(
            subscription.resend(first.header.sequenceNumber, of: track, extensions: ids, at: .ms(20)))
        #expect(again.bytes == first.bytes && first.value(4) != nil)

        // Video without a retransmission payload type carries the transport's numbers: it cannot be repeated.
        var picture = PublishedTrack(Fixture.track(), at: .zero)
        var plain = Fixture.subscribe(payloads: [PayloadMapping(published: 96, subscribed: 96)])
        let key = try need(picture.accept(video(1, key: true, picture: 1, timestamp: 1)))
        let sent = try need(plain.send(key, of: picture, extensions: ids))
        #expect(plain.resend(sent.header.sequenceNumber, of: picture, extensions: ids, at: .ms(20)) == nil)
        #expect(plain.resend(sent.header.sequenceNumber, of: picture, at: .ms(20)) == nil)
        let next = try need(picture.accept(video(2, key: false, picture: 2, timestamp: 3_001)))
        let bare = try need(plain.send(next, of: picture))
        #expect(plain.resend(bare.header.sequenceNumber, of: picture, at: .ms(20))?.bytes == bare.bytes)
    }

    @Test func switchesWithoutABreak() throws {
        var track = PublishedTrack(Fixture.track(encodings: 2), at: .zero)
        var subscription = Fixture.subscribe()
        let starts: [UInt32] = [0xffff_f000, 77_000]
        for encoding in 0..<2 {
            track.noteSenderReport(
                NTPTime(rawValue: 1_000 << 32), rtpTimestamp: starts[encoding], encoding: encoding, at: .zero)
        }
        var sent: [SentRTP] = []
        var captures: [Int] = []
        var keyframeAt: [Int: Int] = [0: 0]
        for picture in 0..<200 {
            // The high encoding comes at 40, stops at 120.
            for encoding in 0..<(40..<120 ~= picture ? 2 : 1) {
                let key = keyframeAt[encoding].map { $0 <= picture } ?? false
                if key { keyframeAt[encoding] = nil }
                let packet = video(
                    UInt16(truncatingIfNeeded: 65_500 + encoding * 900 + picture), key: key,
                    picture: 30_000 * encoding + picture, timestamp: starts[encoding] &+ UInt32(picture * 3_000),
                    encoding: encoding)
                // The high one arrives 12 ms after the low one.
                let arrival = MonotonicTime.ms(picture * 33 + encoding * 12)
                let accepted = try need(track.accept(packet, encoding: encoding, at: arrival))
                if let packet = subscription.send(accepted, of: track) {
                    sent.append(packet)
                    captures.append(picture)
                }
                if let wanted = subscription.wantedKeyframe { track.requestKeyframe(encoding: wanted, at: arrival) }
                for ssrc in ParsedFeedback(track.feedback(at: arrival)).keyframeRequests {
                    keyframeAt[Int(ssrc - 0x1000)] = picture + 3
                }
            }
        }
        let switches = zip(sent, sent.dropFirst()).filter { $0.payload.suffix(2).first != $1.payload.suffix(2).first }
        #expect(switches.count == 2)
        for (before, after) in zip(sent, sent.dropFirst()) {
            #expect(after.header.sequenceNumber == before.header.sequenceNumber &+ 1)
            let (old, new) = try (need(before.vp8), need(after.vp8))
            #expect(new.pictureID == (old.pictureID! + 1) & 0x7fff)
            #expect(new.temporalLevel0PictureIndex == old.temporalLevel0PictureIndex! &+ 1)
            if before.payload.suffix(2).first != after.payload.suffix(2).first {
                #expect(new.isKeyframe && new.keyIndex == (old.keyIndex! + 1) & 31)
            }
        }
        // Media time is that of the capture, over both switches.
        for (packet, capture) in zip(sent, captures) {
            let ticks = Int64(Int32(bitPattern: packet.header.timestamp &- sent[0].header.timestamp))
            #expect(abs(ticks - Int64(capture - captures[0]) * 3_000) <= 3_002)
        }
        let settled = zip(sent, captures).filter { 60..<115 ~= $0.1 || $0.1 > 160 }
        for (packet, capture) in settled {
            let ticks = Int64(Int32(bitPattern: packet.header.timestamp &- sent[0].header.timestamp))
            #expect(abs(ticks - Int64(capture - captures[0]) * 3_000) <= 2)
        }
        #expect(settled.count > 80)
    }

    @Test func reportsThePublishersTime() throws {
        var track = PublishedTrack(Fixture.track(encodings: 2), at: .zero)
        var subscription = Fixture.subscribe()
        let clock = NTPClock(unixNanoseconds: 1_700_000_000_000_000_000, at: .zero)
        #expect(subscription.senderReport(clock: clock, at: .ms(10), track: track) == nil)
        let key = try need(track.accept(video(1, key: true, picture: 1, timestamp: 90_000), at: .ms(1_000)))
        let sent = try need(subscription.send(key, of: track))
        // Nothing is said before the publisher's own relation is known, or is known not to come.
        #expect(subscription.senderReport(clock: clock, at: .ms(2_000), track: track) == nil)
        let fallback = try need(subscription.senderReport(clock: clock, at: .ms(8_000), track: track))
        #expect(fallback.ntpTime == clock.time(at: .ms(8_000)))
        #expect(fallback.rtpTimestamp &- sent.header.timestamp == 7 * 90_000)
        // The publisher's clock: 90_000 was captured at 5_000 s, told 40 ms late.
        track.noteSenderReport(NTPTime(rawValue: 5_001 << 32), rtpTimestamp: 180_000, encoding: 0, at: .ms(9_040))
        let report = try need(subscription.senderReport(clock: clock, at: .ms(9_540), track: track))
        #expect(report.ssrc == 0xaaaa && report.packetCount == 1 && report.octetCount == UInt32(sent.payload.count))
        let told = MediaClock(
            ntp: report.ntpTime, rtpTimestamp: report.rtpTimestamp, arrival: .zero, clockRateHertz: 90_000)
        let captured = told.ntpTime(of: sent.header.timestamp) - NTPTime(rawValue: 5_000 << 32)
        #expect(abs(captured.nanoseconds) < 20_000)
        #expect(report.ntpTime.rawValue == 5_001 << 32 | 1 << 31)
        // The round trip comes from what was sent, whatever clock it was of.
        let block = ReportBlock(
            ssrc: 0xaaaa, fractionLost: 0, cumulativeLost: 0, extendedHighestSequence: 0, jitter: 0,
            lastSenderReport: report.ntpTime.compact, delaySinceLastSenderReport: 65_536)
        #expect(subscription.noteReceiverReport(block, at: .ms(10_600)) == .milliseconds(60))
        #expect(subscription.roundTrip == .milliseconds(60))
    }

    @Test func continuesAfterAPause() throws {
        var track = PublishedTrack(Fixture.track(), at: .zero)
        var subscription = Fixture.subscribe()
        var sent: [SentRTP] = []
        for number in 0..<100 {
            if number == 20 { subscription.configure(SubscriptionSettings(isEnabled: false)) }
            if number == 60 { subscription.configure(SubscriptionSettings()) }
            let packet = video(
                UInt16(number), key: number == 0 || number == 70, picture: number, timestamp: UInt32(number) * 3_000)
            let accepted = try need(track.accept(packet, at: .ms(number * 33)))
            if let packet = subscription.send(accepted, of: track) { sent.append(packet) }
        }
        #expect(sent.count == 50)
        for (before, after) in zip(sent, sent.dropFirst()) {
            #expect(after.header.sequenceNumber == before.header.sequenceNumber &+ 1)
            #expect(try need(after.vp8).pictureID == (need(before.vp8).pictureID! + 1) & 0x7fff)
        }
        #expect(sent[20].header.timestamp &- sent[19].header.timestamp == 51 * 3_000)
    }
}
