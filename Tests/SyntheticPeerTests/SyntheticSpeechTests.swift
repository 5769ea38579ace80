import Basics
import MediaInterface
import RTP
import SyntheticPeer
import Testing

/// The microphone with redundancy and pauses, and the measure of what is concealed.
@Suite struct SyntheticSpeechTests {
    private static let start = MonotonicTime(nanoseconds: 5_000_000_000)

    private func packets(
        milliseconds: Int, redundancy: SyntheticRedundancy? = nil, pauses: SyntheticPauses? = nil
    ) -> [(packet: [UInt8], time: MonotonicTime)] {
        var random = SeededRandom(seed: 8)
        var microphone = SyntheticAudio(
            ssrc: 77, payloadType: 111, mid: "7", extensions: HeaderExtensionIDs(), redundancy: redundancy,
            pauses: pauses, random: &random, at: Self.start)
        var transportSequence: UInt16 = 0
        var packets: [([UInt8], MonotonicTime)] = []
        for millisecond in 0..<milliseconds {
            let now = Self.start + .milliseconds(millisecond)
            while let packet = microphone.nextPacket(at: now, transportSequence: &transportSequence) {
                packets.append((packet, now))
            }
        }
        return packets
    }

    @Test func redundancyHoldsTheFramesBefore() throws {
        let redundancy = SyntheticRedundancy(payloadType: 63, distances: [1, 3])
        let list = packets(milliseconds: 400, redundancy: redundancy)
        for (index, entry) in list.enumerated() {
            let bytes = entry.packet.span
            let header = try RTPHeader(parsing: bytes)
            #expect(header.payloadType == 63)
            let payload = bytes.extracting(header.payload)
            let parsed = REDPayload(parsing: payload)
            var blocks = try #require(parsed)
            var found: [(UInt32, UInt16)] = []
            while let block = blocks.next(in: payload) {
                let tag = SyntheticAudioTag(payload: payload.extracting(block.range))
                found.append((try #require(tag).number, block.timestampOffset))
            }
            let expected = [3, 1, 0].filter { $0 <= index }
            #expect(found.map(\.0) == expected.map { UInt32(index - $0) })
            #expect(found.map(\.1) == expected.map { UInt16($0 * 960) })
        }
    }

    @Test func pausesLeaveTheClockRunning() throws {
        let pauses = SyntheticPauses(speech: .milliseconds(1_000), silence: .milliseconds(1_000))
        let list = packets(milliseconds: 4_000, pauses: pauses)
        // Fifty frames, the first of the pause, one after 400 ms and one after 800 ms, twice.
        #expect(list.count == 106)
        let headers = try list.map { try RTPHeader(parsing: $0.packet.span) }
        #expect(headers.count { $0.marker } == 2)
        for index in 1..<list.count {
            let time = (list[index].time - list[index - 1].time).milliseconds
            let ticks = Double(headers[index].timestamp &- headers[index - 1].timestamp) / 48
            #expect(abs(time - ticks) <= 1)
            #expect(headers[index].sequenceNumber == headers[index - 1].sequenceNumber &+ 1)
        }
    }

    // MARK: Playout

    private func playout(
        _ frames: Int, delay: (Int) -> Int?, redundantAfter: (Int) -> Int? = { _ in nil }
    ) -> SyntheticPlayout {
        var arrivals: [(time: Int, number: Int, isPrimary: Bool)] = []
        for number in 0..<frames {
            if let delay = delay(number) { arrivals.append((number * 20 + delay, number, true)) }
            if let later = redundantAfter(number) { arrivals.append((number * 20 + later, number, false)) }
        }
        var playout = SyntheticPlayout()
        for arrival in arrivals.sorted(by: { ($0.time, $0.number) < ($1.time, $1.number) }) {
            playout.note(
                number: Int64(arrival.number), mediaTime: Int64(arrival.number) * 20_000_000,
                isPrimary: arrival.isPrimary, at: Self.start + .milliseconds(arrival.time))
        }
        playout.advance(to: Self.start + .milliseconds(frames * 20 + 1_000))
        return playout
    }

    @Test func framesInTimeArePlayed() {
        let perfect = playout(1_000) { _ in 30 }
        #expect(perfect.played == 1_000 && perfect.concealed == 0 && perfect.target == SyntheticPlayout.least)
        let jittery = playout(1_000) { 30 + $0 * 7 % 95 }
        #expect(jittery.concealed == 0)
    }

    @Test func framesThatNeverComeAreConcealed() {
        let lossy = playout(1_001) { $0 % 10 == 5 ? nil : 30 }
        #expect(lossy.played == 901 && lossy.concealed == 100)
        #expect(lossy.target == SyntheticPlayout.least, "waiting longer would not help")
        let repaired = playout(1_001, delay: { $0 % 10 == 5 ? nil : 30 }, redundantAfter: { _ in 90 })
        #expect(repaired.played == 1_001 && repaired.concealed == 0)
    }

    @Test func lateFramesAreConcealedUntilTheDelayHasGrown() {
        let late = playout(1_000) { $0 % 10 == 5 ? 180 : 30 }
        #expect(1...12 ~= late.concealed, "\(late.concealed)")
        #expect(late.target == .milliseconds(160))
        let hopeless = playout(1_000) { $0 % 10 == 5 ? 300 : 30 }
        #expect(hopeless.concealed == 100 && hopeless.target == SyntheticPlayout.longest)
        let over = playout(2_000) { $0 < 500 && $0 % 10 == 5 ? 180 : 30 }
        #expect(over.target == SyntheticPlayout.least, "five seconds later")
    }
}
