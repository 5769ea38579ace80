import Basics
import MediaInterface
import RTP
import Testing

@testable import Forwarding

/// What goes again under its own number goes again byte for byte (RFC 3711 section 9.1).
@Suite struct RepetitionTests {
    private static let ids: HeaderExtensionIDs = {
        var ids = HeaderExtensionIDs()
        ids.mid = 4
        ids.audioLevel = 1
        ids.transportSequenceNumber = 3
        return ids
    }()

    @Test(arguments: [SpeechCall.wrapping, SpeechCall.unwrapping], [Float(0), 0.03, 0.1, 0.3])
    func repetitionsAreIdentical(payloads: [PayloadMapping], loss: Float) throws {
        var random = SeededRandom(seed: 5)
        var call = SpeechCall(payloads)
        call.ids = Self.ids
        var sent: [SentRTP] = []
        for number in 0..<400 {
            // Depth and spread change on the way, packets are lost and come late.
            if number % 40 == 0 {
                call.subscription.follow(PathState(loss: Float(number / 40) / 20 + loss), at: SpeechCall.time(number))
            }
            if number == 100 {
                let report = ReportBlock(
                    ssrc: 0xaaaa, fractionLost: 20, cumulativeLost: 0, extendedHighestSequence: 0, jitter: 0,
                    lastSenderReport: 0, delaySinceLastSenderReport: 0)
                call.subscription.noteReceiverReport(report, at: SpeechCall.time(number))
            }
            guard random.next() % 8 != 0 else { continue }
            let packet = number % 3 == 0 ? SpeechCall.opus(number) : SpeechCall.red(number, [1, 2])
            sent += call.take(packet, at: SpeechCall.time(number))
            if number > 20, random.next() % 4 == 0 {
                sent += call.take(SpeechCall.opus(number - 1), at: SpeechCall.time(number))
            }
            for first in sent.suffix(60) where random.next() % 8 == 0 {
                let again = call.subscription.resend(
                    first.header.sequenceNumber, of: call.track, extensions: Self.ids, at: SpeechCall.time(number))
                if let again { try #require(again.bytes == first.bytes) }
            }
        }
        // All of the last second are still there.
        for first in sent.suffix(40) {
            let again = call.subscription.resend(
                first.header.sequenceNumber, of: call.track, extensions: Self.ids, at: SpeechCall.time(450))
            #expect(again?.bytes == first.bytes)
        }
        #expect(Set(sent.map(\.header.sequenceNumber)).count == sent.count)
    }

    /// A frame that came after the first sending does not slip into the repetition.
    @Test func whatCameMeanwhileStaysOut() throws {
        var call = SpeechCall(SpeechCall.wrapping, loss: 0.3)
        for number in 0..<5 { _ = call.take(SpeechCall.opus(number), at: SpeechCall.time(number)) }
        let first = call.take(SpeechCall.opus(6), at: SpeechCall.time(6))
        _ = call.take(SpeechCall.opus(5), at: SpeechCall.time(6))
        call.subscription.follow(PathState(loss: 0), at: SpeechCall.time(6))
        let again = call.subscription.resend(first[0].header.sequenceNumber, of: call.track, at: SpeechCall.time(8))
        #expect(again?.bytes == first[0].bytes)
    }

    /// A later negotiation changes identifiers or payload types: rather nothing than another packet.
    @Test func whatWouldDifferIsNotRepeated() throws {
        var call = SpeechCall(SpeechCall.wrapping)
        call.ids = Self.ids
        var packet = SpeechCall.opus(0)
        packet.extensions = [(id: 9, value: [0x90])]
        var published = HeaderExtensionIDs()
        published.audioLevel = 9
        let accepted = try need(call.track.accept(packet, extensions: published))
        let first = try need(call.subscription.send(accepted, of: call.track, extensions: Self.ids))
        #expect(first.value(1) == [0x90])
        var other = Self.ids
        other.audioLevel = 7
        let number = first.header.sequenceNumber
        #expect(call.subscription.resend(number, of: call.track, extensions: other, at: .ms(100)) == nil)
        var moved = SpeechCall.wrapping
        moved[0].subscribed = 77
        moved[0].redundancy = .wrap(opus: 78)
        call.subscription.update(Fixture.subscription(.audio, payloads: moved))
        let again = call.subscription.resend(number, of: call.track, extensions: Self.ids, at: .ms(200))
        #expect(again?.bytes == first.bytes)
    }

    /// The history may outlive the cache.
    @Test func whatHasLeftTheCacheIsNotRepeated() throws {
        var call = SpeechCall(SpeechCall.wrapping, loss: 0.3)
        var sent: [SentRTP] = []
        for number in 0..<120 {
            sent += call.take(SpeechCall.opus(number, count: 330), at: SpeechCall.time(number))
        }
        var repeated = 0
        for first in sent {
            let again = call.subscription.resend(first.header.sequenceNumber, of: call.track, at: SpeechCall.time(130))
            guard let again else { continue }
            #expect(again.bytes == first.bytes)
            repeated += 1
        }
        #expect(repeated > 40 && repeated < 120, "\(repeated)")
    }

    /// A publisher that repeats a lost packet under its own number repairs the stream of all.
    @Test func repairsFromThePublisherAreForwarded() throws {
        var call = SpeechCall(SpeechCall.unwrapping)
        var sent: [SentRTP] = []
        for number in [0, 1, 2, 5] { sent += call.take(SpeechCall.opus(number), at: SpeechCall.time(number)) }
        let feedback = ParsedFeedback(call.track.feedback(at: SpeechCall.time(5) + .milliseconds(8)))
        #expect(feedback.missing[0x1000]?.count == 2)
        for number in [3, 4] { sent += call.take(SpeechCall.opus(number), at: SpeechCall.time(8)) }
        let start = sent[0].header.sequenceNumber
        #expect(sent.map { Int($0.header.sequenceNumber &- start) } == [0, 1, 2, 5, 3, 4])
        #expect(ParsedFeedback(call.track.feedback(at: SpeechCall.time(20))).missing.isEmpty)
    }

    @Test func theFingerprintSeesEveryByte() {
        let bytes = (0..<203).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var seen: Set = [PacketFingerprint.of(bytes.span)]
        for index in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << UInt8(bit)
                seen.insert(PacketFingerprint.of(changed.span))
            }
            let shorter = Array(bytes[..<index])
            seen.insert(PacketFingerprint.of(shorter.span))
        }
        #expect(seen.count == 1 + 203 * 9 && !seen.contains(0))
    }
}
