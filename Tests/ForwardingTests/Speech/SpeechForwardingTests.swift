import Basics
import MediaInterface
import RTP
import Testing

@testable import Forwarding

@Suite struct SpeechForwardingTests {
    private func opusFrames(_ numbers: [Int]) -> [[UInt8]] { numbers.map { SpeechCall.frame($0) } }

    // MARK: Opus to RED

    /// Depth 0, 1, 2, 3 by loss; blocks with the subscriber's payload type, oldest first, at the right age.
    @Test(arguments: 1...3)
    func redundancyIsMadeForWhoLosesPackets(depth: Int) throws {
        let loss: Float = [0, 0.02, 0.08, 0.2][depth]
        let distances = Array((1...depth).reversed())
        var call = SpeechCall(SpeechCall.wrapping, loss: loss)
        var first: SentRTP?
        for number in 0..<30 {
            let sent = call.take(SpeechCall.opus(number), at: SpeechCall.time(number))
            try #require(sent.count == 1)
            let packet = sent[0]
            let start = first ?? packet
            first = start
            #expect(packet.header.sequenceNumber == start.header.sequenceNumber &+ UInt16(number))
            #expect(packet.header.timestamp == start.header.timestamp &+ UInt32(number * 960))
            let expected = distances.filter { $0 <= number }
            guard !expected.isEmpty else {
                #expect(packet.header.payloadType == 109 && packet.payload == SpeechCall.frame(number))
                continue
            }
            #expect(packet.header.payloadType == 64)
            let blocks =
                expected.map { TestBlock(payloadType: 109, age: $0 * 960, bytes: SpeechCall.frame(number - $0)) }
                + [TestBlock(payloadType: 109, bytes: SpeechCall.frame(number))]
            #expect(TestBlock.parse(packet.payload) == blocks)
        }
    }

    @Test func withoutLossThereIsNoRedundancy() throws {
        var call = SpeechCall(SpeechCall.wrapping)
        var types: [UInt8] = []
        for number in 0..<1_200 {
            for packet in call.take(SpeechCall.opus(number), at: SpeechCall.time(number)) {
                types.append(packet.header.payloadType)
            }
        }
        #expect(types.count == 1_200)
        #expect(types[1] == 64, "until the first report comes, one lost packet is made good")
        #expect(types.suffix(500).allSatisfy { $0 == 109 })
    }

    /// The marker of a talk spurt stays on its packet, and what was said before the pause is not repeated after it.
    @Test func pausesStayPauses() throws {
        var call = SpeechCall(SpeechCall.wrapping, loss: 0.3)
        for number in 0..<10 { _ = call.take(SpeechCall.opus(number), at: SpeechCall.time(number)) }
        // Silence: one frame that codes nothing, then 120 ms of nothing.
        var silence = SpeechCall.opus(10)
        silence.payload = [0xf8]
        let comfort = call.take(silence, at: SpeechCall.time(10))
        #expect(TestBlock.parse(comfort[0].payload)?.last?.bytes == [0xf8])
        var speech = SpeechCall.opus(11)
        speech.timestamp &+= 6 * 960
        speech.marker = true
        let sent = call.take(speech, at: SpeechCall.time(17))
        #expect(sent.count == 1 && sent[0].header.marker)
        #expect(sent[0].header.payloadType == 109 && sent[0].payload == SpeechCall.frame(11))
        let difference = sent[0].header.timestamp &- comfort[0].header.timestamp
        #expect(difference == 7 * 960)
        #expect(sent[0].header.sequenceNumber == comfort[0].header.sequenceNumber &+ 1)
        var next = SpeechCall.opus(12)
        next.timestamp &+= 6 * 960
        let blocks = TestBlock.parse(call.take(next, at: SpeechCall.time(18))[0].payload)
        #expect(blocks?.map(\.age) == [960, 0], "only what was said since the pause")
    }

    /// Blocks have at most 1,023 bytes and packets at most what a datagram carries.
    @Test func largeFramesAreNotRepeated() throws {
        var call = SpeechCall(SpeechCall.wrapping, loss: 0.3)
        var sent: [SentRTP] = []
        for (number, count) in [40, 1_024, 40, 1_023, 40, 600, 600, 600].enumerated() {
            sent += call.take(SpeechCall.opus(number, count: count), at: SpeechCall.time(number))
        }
        let blocks = sent.map { $0.header.payloadType == 64 ? TestBlock.parse($0.payload)!.map(\.bytes.count) : [] }
        #expect(blocks == [[], [40, 1_024], [40, 40], [40, 1_023], [1_023, 40], [40, 600], [], []])
        #expect(sent.allSatisfy { $0.payload.count <= 1_100 })
    }

    /// A packet that comes late goes alone, under its own number.
    @Test func lateFramesGoAlone() throws {
        var call = SpeechCall(SpeechCall.wrapping, loss: 0.3)
        for number in 0..<5 { _ = call.take(SpeechCall.opus(number), at: SpeechCall.time(number)) }
        let six = call.take(SpeechCall.opus(6), at: SpeechCall.time(6))
        #expect(TestBlock.parse(six[0].payload)?.map(\.age) == [2_880, 1_920, 0], "what has not come cannot go")
        let five = call.take(SpeechCall.opus(5), at: SpeechCall.time(7))
        #expect(five[0].payload == SpeechCall.frame(5) && five[0].header.payloadType == 109)
        #expect(five[0].header.sequenceNumber == six[0].header.sequenceNumber &- 1)
        let seven = call.take(SpeechCall.opus(7), at: SpeechCall.time(7))
        #expect(TestBlock.parse(seven[0].payload)?.map(\.age) == [2_880, 1_920, 960, 0])
    }

    // MARK: RED to RED and to Opus

    @Test func redundancyIsMadeAnew() throws {
        var call = SpeechCall(SpeechCall.wrapping, loss: 0.08)
        var sent: [SentRTP] = []
        for number in 0..<6 { sent += call.take(SpeechCall.red(number), at: SpeechCall.time(number)) }
        let last = try #require(sent.last)
        #expect(last.header.payloadType == 64)
        #expect(
            TestBlock.parse(last.payload) == [
                TestBlock(payloadType: 109, age: 1_920, bytes: SpeechCall.frame(3)),
                TestBlock(payloadType: 109, age: 960, bytes: SpeechCall.frame(4)),
                TestBlock(payloadType: 109, bytes: SpeechCall.frame(5)),
            ])
    }

    @Test func redundancyIsTakenOutForWhoDoesNotKnowIt() throws {
        var call = SpeechCall(SpeechCall.unwrapping, loss: 0.3)
        var sent: [SentRTP] = []
        for number in 0..<20 { sent += call.take(SpeechCall.red(number, [1, 2]), at: SpeechCall.time(number)) }
        #expect(sent.map(\.payload) == opusFrames(Array(0..<20)))
        #expect(sent.allSatisfy { $0.header.payloadType == 109 })
        #expect(call.subscription.octetsSent == 20 * 40)
    }

    /// What was lost on the way from the publisher goes in order, under its own number and time.
    @Test(arguments: [SpeechCall.unwrapping, SpeechCall.wrapping])
    func lostFramesComeBackFromRedundancy(payloads: [PayloadMapping]) throws {
        var call = SpeechCall(payloads)
        var sent: [SentRTP] = []
        let lost: Set = [3, 7, 8, 12, 13, 14]
        for number in 0..<20 where !lost.contains(number) {
            sent += call.take(SpeechCall.red(number, [1, 2]), at: SpeechCall.time(number))
        }
        let start = sent[0].header
        let places = sent.map { Int($0.header.sequenceNumber &- start.sequenceNumber) }
        let times = sent.map { Int($0.header.timestamp &- start.timestamp) / 960 }
        // Of three in a row the first is older than what a packet brings.
        #expect(places == Array(0..<20).filter { $0 != 12 })
        #expect(times == places)
        let frames = sent.map { TestBlock.parse($0.payload).flatMap { $0.last?.bytes } ?? [] }
        let plain = sent.map(\.payload)
        for (index, place) in places.enumerated() {
            let found = sent[index].header.payloadType == 64 ? frames[index] : plain[index]
            #expect(found == SpeechCall.frame(place))
        }
        let statistics = call.track.statistics
        #expect(statistics.recoveredFromRedundancy == 5)
        // The one that is left is asked for, the others not.
        let feedback = ParsedFeedback(call.track.feedback(at: SpeechCall.time(20)))
        #expect(feedback.missing[0x1000] == [UInt16(truncatingIfNeeded: 65_530 + 12)])
        // It comes: late, but in its place. A copy of a frame that came back does not go again.
        let late = call.take(SpeechCall.red(12, [1, 2]), at: SpeechCall.time(21))
        #expect(late.map { Int($0.header.sequenceNumber &- start.sequenceNumber) } == [12])
        let copy = call.take(SpeechCall.red(13, [1, 2]), at: SpeechCall.time(21))
        #expect(copy.isEmpty)
    }

    /// A frame that comes back behind newer packets fills the number that was kept open.
    @Test func recoveredFramesMayBeLate() throws {
        var call = SpeechCall(SpeechCall.unwrapping)
        var sent: [SentRTP] = []
        for number in [0, 1, 3] { sent += call.take(SpeechCall.opus(number), at: SpeechCall.time(number)) }
        sent += call.take(SpeechCall.red(4, [2, 1]), at: SpeechCall.time(4))
        let start = sent[0].header
        #expect(sent.map { Int($0.header.sequenceNumber &- start.sequenceNumber) } == [0, 1, 3, 2, 4])
        #expect(sent.map(\.payload) == opusFrames([0, 1, 3, 2, 4]))
        #expect(sent.allSatisfy { !$0.startsRun || $0.header.sequenceNumber == start.sequenceNumber })
    }

    /// Blocks tell only their time. Where the number does not follow from it, nothing is guessed.
    @Test func doubtfulBlocksAreLeftAlone() throws {
        func received(_ packets: [TestPacket]) -> UInt64 {
            var call = SpeechCall(SpeechCall.unwrapping)
            for packet in packets { _ = call.take(packet, at: .zero) }
            return call.track.statistics.recoveredFromRedundancy
        }
        // The stream begins: nobody missed what was before.
        #expect(received([SpeechCall.red(5)]) == 0)
        // Nothing is missing.
        #expect(received([SpeechCall.opus(4), SpeechCall.red(5)]) == 0)
        #expect(received([SpeechCall.opus(3), SpeechCall.red(5)]) == 1)
        // A pause lies before the block: its frame fits between all the same.
        var after = SpeechCall.red(5)
        after.timestamp &+= 10 * 960
        #expect(received([SpeechCall.opus(3), after]) == 1)
        // Half a frame older than a packet before it would be.
        var odd = SpeechCall.red(5)
        odd.payload = TestBlock.payload([
            TestBlock(age: 1_000, bytes: SpeechCall.frame(4)), TestBlock(bytes: SpeechCall.frame(5)),
        ])
        #expect(received([SpeechCall.opus(3), odd]) == 0)
        // Time without numbers: the block would lie before the packet that came before it.
        var narrow = SpeechCall.red(5)
        narrow.timestamp &-= 960
        #expect(received([SpeechCall.opus(3), narrow]) == 0)
        // Neither Opus nor empty.
        for block in [TestBlock(payloadType: 0, age: 960, bytes: SpeechCall.frame(4)), TestBlock(age: 960, bytes: [])] {
            var packet = SpeechCall.red(5)
            packet.payload = TestBlock.payload([block, TestBlock(bytes: SpeechCall.frame(5))])
            #expect(received([SpeechCall.opus(3), packet]) == 0)
        }
    }

    /// A packet of RED that nobody can read takes no number from those who need it taken apart.
    @Test func unreadableRedundancyClosesUp() throws {
        var call = SpeechCall(SpeechCall.unwrapping)
        var broken = SpeechCall.red(1)
        broken.payload = [0xef, 0, 0, 0xff, 111, 1]
        var sent: [SentRTP] = []
        for packet in [SpeechCall.red(0), broken, SpeechCall.red(2, [])] { sent += call.take(packet, at: .zero) }
        #expect(sent.map(\.payload) == opusFrames([0, 2]))
        #expect(sent[1].header.sequenceNumber == sent[0].header.sequenceNumber &+ 1)
    }

    // MARK: Bad input

    @Test func everyTruncationIsHarmless() throws {
        let whole = SpeechCall.red(9, [1, 2, 3])
        for payloads in [SpeechCall.wrapping, SpeechCall.unwrapping] {
            for count in 0...whole.payload.count {
                var call = SpeechCall(payloads, loss: 0.3)
                for number in 0..<5 { _ = call.take(SpeechCall.red(number), at: SpeechCall.time(number)) }
                var packet = whole
                packet.payload = Array(whole.payload[..<count])
                for sent in call.take(packet, at: SpeechCall.time(9)) where sent.header.payloadType == 64 {
                    #expect(TestBlock.parse(sent.payload) != nil)
                }
                #expect(call.take(SpeechCall.red(10, [1]), at: SpeechCall.time(10)).isEmpty == false)
            }
        }
    }

    /// Random packets, damaged packets, packets out of order: what goes out can be read, no number goes twice with other
    /// bytes.
    @Test(arguments: 0..<20) func randomInputIsHarmless(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        for payloads in [SpeechCall.wrapping, SpeechCall.unwrapping] {
            var call = SpeechCall(payloads, loss: 0.2)
            var known: [UInt16: [UInt8]] = [:]
            for step in 0..<1_500 {
                let number = max(0, step + Int.random(in: -6...3, using: &random))
                var packet =
                    Bool.random(using: &random)
                    ? SpeechCall.opus(number, count: Int.random(in: 3...200, using: &random))
                    : SpeechCall.red(
                        number,
                        (0..<Int.random(in: 0...4, using: &random)).map { _ in .random(in: 1...9, using: &random) })
                for _ in 0..<(random.next() % 4 == 0 ? 3 : 0) where !packet.payload.isEmpty {
                    packet.payload[Int.random(in: packet.payload.indices, using: &random)] ^= UInt8(
                        truncatingIfNeeded: random.next())
                }
                if random.next() % 16 == 0 { packet.timestamp &+= UInt32(truncatingIfNeeded: random.next() >> 48) }
                for sent in call.take(packet, at: SpeechCall.time(step)) {
                    if sent.header.payloadType == 64 { try #require(TestBlock.parse(sent.payload) != nil) }
                    try #require(sent.payload.count <= 1_536 && !sent.payload.isEmpty)
                    let number = sent.header.sequenceNumber
                    try #require(known[number] == nil || known[number] == sent.bytes, "seed \(seed), step \(step)")
                    known[number] = sent.bytes
                }
            }
            #expect(known.count > 800)
        }
    }
}
