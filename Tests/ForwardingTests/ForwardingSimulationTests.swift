import Basics
import MediaInterface
import RTP
import Testing

@testable import Forwarding

/// A track, twenty subscribers, a network that loses, delays, reorders and doubles.
@Suite struct ForwardingSimulationTests {
    private final class Subscriber {
        var subscription: Subscription
        var checker = SubscriberChecker()
        /// Loses packets on the way and asks for them again.
        let isLossy: Bool
        let startsAt: Int
        var due: [(at: Int, sequence: UInt16)] = []

        init(seed: UInt64, isLossy: Bool, startsAt: Int) {
            subscription = Fixture.subscribe(seed: seed)
            self.isLossy = isLossy
            self.startsAt = startsAt
        }
    }

    private struct Arrival {
        var at: Int
        var encoding: Int
        var packet: TestPacket
        var isRetransmission = false
    }

    private struct Run {
        var random: SeededRandom
        var encodings: [SimulatedEncoding] = []
        var arrivals: [Arrival] = []
        var keyframesAt: [(at: Int, encoding: Int)] = []
        var accepted: [Set<Int64>] = [[], [], []]
        var retransmissionSequence: UInt16 = 0
        var lastRepair = 0

        /// 2 % loss, 5 to 20 ms of delay, 1 % doubled.
        mutating func transmit(_ packet: TestPacket, encoding: Int, at now: Int, isRetransmission: Bool = false) {
            for _ in 0..<(random.chance(0.01) ? 2 : 1) where !random.chance(0.02) {
                arrivals.append(
                    Arrival(
                        at: now + Int.random(in: 5...20, using: &random), encoding: encoding, packet: packet,
                        isRetransmission: isRetransmission))
            }
        }
    }

    private static let subscribers = 20
    private static let milliseconds = 3_000

    @Test(arguments: UInt64(1)...200) func everyStreamIsContinuous(seed: UInt64) {
        var run = Run(random: SeededRandom(seed: seed))
        run.encodings = (0..<3).map { SimulatedEncoding($0, &run.random) }
        var track = PublishedTrack(Fixture.track(encodings: 3), at: .zero)
        let subscribers = (0..<Self.subscribers).map {
            Subscriber(
                seed: seed &* 100 + UInt64($0), isLossy: $0 % 5 == 0,
                startsAt: $0 < 5 ? 0 : Int.random(in: 0...1_500, using: &run.random))
        }
        for encoding in run.encodings {
            track.noteSenderReport(
                NTPTime(rawValue: 3_000 << 32), rtpTimestamp: encoding.timestamp(0), encoding: encoding.index, at: .zero
            )
        }
        for now in 0..<Self.milliseconds + 500 {
            publish(&run, at: now)
            deliver(&run, &track, subscribers, at: now)
            repair(subscribers, track, at: now)
            giveFeedback(&run, &track, at: now)
        }
        var packets = 0
        for (index, subscriber) in subscribers.enumerated() {
            // One tick for a switch within one picture, one picture where the keyframe shows an earlier one.
            subscriber.checker.judge(
                accepted: run.accepted, padding: run.encodings.map(\.padding), toleranceTicks: 2 * 4_500)
            #expect(subscriber.checker.faults.isEmpty, "subscriber \(index): \(subscriber.checker.faults.prefix(3))")
            packets += subscriber.checker.received.count
            #expect(lipSyncError(subscriber, track, run) < .milliseconds(2))
        }
        #expect(packets > Self.subscribers * 25)
        // Residual loss on the way in, padding included.
        let sent = run.encodings.reduce(0) { $0 + $1.sent.count }
        let lost = sent - run.accepted.reduce(0) { $0 + $1.count }
        #expect(Double(lost) < 2 + 0.001 * Double(sent))
    }

    private func publish(_ run: inout Run, at now: Int) {
        guard now < Self.milliseconds else { return }
        for index in run.keyframesAt.indices where run.keyframesAt[index].at == now {
            run.encodings[run.keyframesAt[index].encoding].keyframeDue = true
        }
        guard now % 50 == 0 else { return }
        // The higher encodings stop and start again, as a publisher's bandwidth allows.
        for index in 1..<3 where run.random.chance(0.03) && now < Self.milliseconds - 500 {
            run.encodings[index].isOn.toggle()
            run.encodings[index].keyframeDue = true
        }
        for index in run.encodings.indices {
            let packets = run.encodings[index].nextFrame(at: now, &run.random)
            for packet in packets { run.transmit(packet, encoding: index, at: now) }
        }
    }

    private func deliver(
        _ run: inout Run, _ track: inout PublishedTrack, _ subscribers: [Subscriber], at now: Int
    ) {
        let due = run.arrivals.filter { $0.at <= now }
        run.arrivals.removeAll { $0.at <= now }
        for arrival in due {
            guard
                let packet = track.accept(
                    arrival.packet, encoding: arrival.encoding, isRetransmission: arrival.isRetransmission, at: .ms(now)
                )
            else { continue }
            run.accepted[arrival.encoding].insert(packet.extendedSequence)
            for subscriber in subscribers where subscriber.startsAt <= now {
                receive(packet, subscriber, track, &run.random, at: now)
                if let wanted = subscriber.subscription.wantedKeyframe {
                    track.requestKeyframe(encoding: wanted, at: .ms(now))
                }
            }
        }
        for subscriber in subscribers where run.random.chance(0.0005) {
            switch Int.random(in: 0..<3, using: &run.random) {
            case 0: subscriber.subscription.noteKeyframeRequest(at: .ms(now))
            case 1:
                let layer = UInt8.random(in: 0...2, using: &run.random)
                subscriber.subscription.configure(SubscriptionSettings(maximumSpatialLayer: layer))
            default:
                subscriber.subscription.configure(SubscriptionSettings(isEnabled: run.random.chance(0.5)))
            }
        }
    }

    private func receive(
        _ packet: AcceptedPacket, _ subscriber: Subscriber, _ track: borrowing PublishedTrack,
        _ random: inout SeededRandom, at now: Int
    ) {
        let isGoing = subscriber.subscription.selector.isForwarding(packet.encoding)
        guard let sent = subscriber.subscription.send(packet, of: track) else {
            if packet.isLate, !isGoing {
                subscriber.checker.refused.insert([Int64(packet.encoding), packet.extendedSequence])
            }
            return
        }
        pass(sent, to: subscriber, &random, at: now)
        // The head of a keyframe came behind its tail.
        guard packet.isLate, sent.startsRun else { return }
        // A number that a run before kept open for it stays open.
        subscriber.checker.refused.insert([Int64(packet.encoding), packet.extendedSequence])
        var last = packet
        while let next = track.nextStored(after: last) {
            if let sent = subscriber.subscription.send(next, of: track) {
                pass(sent, to: subscriber, &random, at: now)
            }
            last = next
        }
    }

    private func pass(_ sent: SentRTP, to subscriber: Subscriber, _ random: inout SeededRandom, at now: Int) {
        if subscriber.isLossy, !sent.payload.isEmpty, random.chance(0.05) {
            subscriber.due.append((now + 30, sent.header.sequenceNumber))
        } else {
            subscriber.checker.note(sent.header, sent.payload)
        }
    }

    /// Lost packets come back by RFC 4588, unwrapped by other code.
    private func repair(_ subscribers: [Subscriber], _ track: borrowing PublishedTrack, at now: Int) {
        for subscriber in subscribers where subscriber.due.first.map({ $0.at <= now }) ?? false {
            for lost in subscriber.due where lost.at <= now {
                guard let again = subscriber.subscription.resend(lost.sequence, of: track, at: .ms(now)) else {
                    Issue.record("\(lost.sequence) is not sent again")
                    continue
                }
                var buffer = [UInt8](repeating: 0, count: 1_500)
                var target = buffer.mutableSpan
                let count = Retransmission.unwrap(
                    again.bytes.span, again.header, payloadType: 100, ssrc: 0xaaaa, into: &target)
                guard let count, let header = try? RTPHeader(parsing: buffer[0..<count].span) else { continue }
                subscriber.checker.note(header, Array(buffer[header.payload]))
            }
            subscriber.due.removeAll { $0.at <= now }
        }
    }

    private func giveFeedback(_ run: inout Run, _ track: inout PublishedTrack, at now: Int) {
        guard let deadline = track.nextDeadline, deadline <= .ms(now) else { return }
        let feedback = ParsedFeedback(track.feedback(roundTrip: .milliseconds(40), at: .ms(now)))
        for ssrc in feedback.keyframeRequests { run.keyframesAt.append((now + 20, Int(ssrc - 0x1000))) }
        for (ssrc, sequences) in feedback.missing where !run.random.chance(0.02) {
            let encoding = Int(ssrc - 0x1000)
            for sequence in sequences {
                guard let packet = run.encodings[encoding].sent[sequence] else { continue }
                run.retransmissionSequence &+= 1
                // Padding is not repeated with its bytes, only its number.
                let again = packet.retransmitted(
                    payloadType: 97, ssrc: 0x2000 + UInt32(encoding), sequence: run.retransmissionSequence)
                run.transmit(again, encoding: encoding, at: now + 15, isRetransmission: true)
            }
        }
    }

    /// How far the subscriber's idea of the capture time of its last picture is from the truth.
    private func lipSyncError(_ subscriber: Subscriber, _ track: borrowing PublishedTrack, _ run: Run) -> Interval {
        let clock = NTPClock(unixNanoseconds: 0, at: .zero)
        guard
            let report = subscriber.subscription.senderReport(clock: clock, at: .ms(Self.milliseconds), track: track),
            let newest = subscriber.checker.received.keys.max(), let packet = subscriber.checker.received[newest]
        else { return .zero }
        let media = MediaClock(
            ntp: report.ntpTime, rtpTimestamp: report.rtpTimestamp, arrival: .zero, clockRateHertz: 90_000)
        let told = media.ntpTime(of: packet.timestamp) - NTPTime(rawValue: 3_000 << 32)
        return Interval(nanoseconds: abs((told - .milliseconds(packet.tag.captureMilliseconds)).nanoseconds))
    }
}
