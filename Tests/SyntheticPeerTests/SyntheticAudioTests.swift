import Basics
import MediaInterface
import RTP
import SyntheticPeer
import Testing

@Suite struct SyntheticAudioTests {
    private static let extensions: HeaderExtensionIDs = {
        var ids = HeaderExtensionIDs()
        ids.mid = 4
        ids.audioLevel = 1
        ids.transportSequenceNumber = 3
        return ids
    }()
    private static let start = MonotonicTime(nanoseconds: 5_000_000_000)

    private func microphone(seed: UInt64 = 1) -> SyntheticAudio {
        var random = SeededRandom(seed: seed)
        return SyntheticAudio(
            ssrc: 77, payloadType: 111, mid: "7", extensions: Self.extensions, random: &random, at: Self.start)
    }

    @Test func aPacketEveryTwentyMillisecondsWithEverythingInIt() throws {
        var microphone = microphone()
        var transportSequence: UInt16 = 65_535
        var packets: [[UInt8]] = []
        for millisecond in 0...1_000 {
            let now = Self.start + .milliseconds(millisecond)
            while let packet = microphone.nextPacket(at: now, transportSequence: &transportSequence) {
                let stamp = SendStamp.read(packet.span)
                #expect(stamp == now)
                packets.append(packet)
            }
        }
        #expect(packets.count == 50)
        let headers = try packets.map { try RTPHeader(parsing: $0.span) }
        for index in 1..<headers.count {
            #expect(headers[index].sequenceNumber == headers[index - 1].sequenceNumber &+ 1)
            #expect(headers[index].timestamp == headers[index - 1].timestamp &+ 960)
        }
        #expect(headers.allSatisfy { $0.ssrc == 77 && $0.payloadType == 111 && $0.payloadCount == 80 })
        let (first, second) = (packets[0], packets[1])
        let levelRange = headers[0].range(ofExtension: 1, in: first.span)
        let level = try #require(levelRange)
        let hasVoice = AudioLevel(at: level, in: first.span)?.hasVoiceActivity
        #expect(hasVoice == true)
        let numberRange = headers[1].range(ofExtension: 3, in: second.span)
        let number = try #require(numberRange)
        let wrapped = TransportSequenceNumber.value(at: number, in: second.span)
        #expect(wrapped == 0, "it wraps")
        let mid = headers[0].range(ofExtension: 4, in: first.span)
        #expect(mid.map { packets[0][$0.lowerBound] } == UInt8(ascii: "7"))
        let tag = SyntheticAudioTag(payload: first.span.extracting(headers[0].payload))
        #expect(tag?.number == 0)
        #expect(microphone.packetsSent == 50 && microphone.octetsSent == 50 * 80)
    }

    @Test func aLongPauseOfTheCallerIsSkippedAndTheClockGoesOn() throws {
        var microphone = microphone()
        var transportSequence: UInt16 = 0
        var last: RTPHeader?
        for now in [Self.start + .milliseconds(20), Self.start + .seconds(10)] {
            var count = 0
            while let packet = microphone.nextPacket(at: now, transportSequence: &transportSequence) {
                let header = try RTPHeader(parsing: packet.span)
                if let last { #expect(header.sequenceNumber == last.sequenceNumber &+ 1) }
                last = header
                count += 1
            }
            #expect(count <= 11, "\(count) packets at once")
        }
        let expected = microphone.timestamp(at: Self.start + .seconds(10))
        #expect(expected &- (try #require(last)).timestamp < 48_000 / 20)
    }

    // MARK: Receiver

    private func packets(_ count: Int) -> [[UInt8]] {
        var microphone = microphone(seed: 9)
        var transportSequence: UInt16 = 0
        return (1...count).compactMap {
            microphone.nextPacket(at: Self.start + .milliseconds(20 * $0), transportSequence: &transportSequence)
        }
    }

    private func receiver(of packets: [[UInt8]]) -> SyntheticAudioReceiver {
        var receiver = SyntheticAudioReceiver(ssrc: 77)
        for (index, packet) in packets.enumerated() {
            receiver.receive(packet.span, at: Self.start + .milliseconds(20 * index))
        }
        return receiver
    }

    @Test func aPerfectStream() {
        let receiver = receiver(of: packets(500))
        #expect(receiver.packetsReceived == 500 && receiver.packetsLost == 0 && receiver.packetsLeftOut == 0)
        #expect(receiver.reordered == 0 && receiver.duplicates == 0 && receiver.damaged == 0)
        #expect(receiver.longestGap == .milliseconds(20))
        #expect(receiver.firstPacketAt == Self.start)
    }

    @Test func lossOrderAndRepetitionAreToldApart() {
        var list = packets(300)
        list.remove(at: 100)
        list.swapAt(150, 151)
        list.insert(list[200], at: 210)
        let receiver = receiver(of: list)
        #expect(receiver.packetsReceived == 299 && receiver.packetsLost == 1)
        #expect(receiver.reordered == 1 && receiver.duplicates == 1)
    }

    /// A server that leaves packets out before it numbers them hides them from the sequence numbers, not from us.
    @Test func whatIsLeftOutBeforeNumberingIsSeen() throws {
        var list = packets(100)
        list.removeSubrange(40..<45)
        let start = list[0]
        let first = try RTPHeader(parsing: start.span).sequenceNumber
        for index in list.indices {
            let number = first &+ UInt16(index)
            list[index][2] = UInt8(number >> 8)
            list[index][3] = UInt8(number & 255)
        }
        let receiver = receiver(of: list)
        #expect(receiver.packetsLost == 0 && receiver.packetsLeftOut == 5)
    }

    @Test func damagedAndTruncatedPacketsAreCountedNeverFatal() {
        let packet = packets(1)[0]
        for count in 0..<packet.count {
            var receiver = SyntheticAudioReceiver(ssrc: 77)
            let part = Array(packet[..<count])
            receiver.receive(part.span, at: Self.start)
            #expect(receiver.packetsReceived + receiver.damaged == 1)
        }
        var random = SeededRandom(seed: 4)
        var receiver = SyntheticAudioReceiver(ssrc: 77)
        for _ in 0..<5_000 {
            let bytes = (0..<Int.random(in: 0...120, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            receiver.receive(bytes.span, at: Self.start)
        }
        #expect(receiver.damaged == 5_000)
    }
}
