import Basics
import RTP
import Testing

@Suite struct TransportFeedbackTests {
    private func parsed(_ datagram: [UInt8]) -> TransportFeedback? {
        guard case .transportFeedback(let feedback) = messages(datagram)?.first else { return nil }
        return feedback
    }

    private func statuses(_ datagram: [UInt8]) -> [PacketStatus]? {
        guard var feedback = parsed(datagram) else { return nil }
        var result: [PacketStatus] = []
        while let status = feedback.next(in: datagram.span) { result.append(status) }
        return result
    }

    private func write(
        _ arrivals: [Int64?], base: UInt16 = 0, size: Int = 1_200
    ) -> (datagram: [UInt8], covered: Int) {
        let values = arrivals.map { $0 ?? TransportFeedbackBuilder.notReceived }
        var covered = 0
        let datagram = written(size) { buffer in
            var writer = RTCPWriter()
            let header = TransportFeedbackHeader(
                senderSSRC: 1, mediaSSRC: 2, baseSequenceNumber: base, feedbackCount: 200)
            covered = writer.appendTransportFeedback(header, arrivals: values.span, into: &buffer)
            return writer.count
        }
        return (datagram ?? [], covered)
    }

    @Test(arguments: FeedbackVector.all) func readsAllKindsOfChunks(vector: FeedbackVector) throws {
        let feedback = try #require(parsed(vector.datagram))
        #expect(feedback.senderSSRC == 1 && feedback.mediaSSRC == 2)
        #expect(feedback.baseSequenceNumber == vector.base)
        #expect(feedback.referenceTime == vector.referenceTime)
        let found = try #require(statuses(vector.datagram))
        #expect(found.map(\.arrivalQuarterMilliseconds) == vector.arrivals)
        #expect(found.map(\.sequenceNumber) == (0..<vector.arrivals.count).map { vector.base &+ UInt16($0) })
    }

    @Test func writesTheSmallestPacket() {
        // 64 ms * 3 + 10 units.
        let (datagram, covered) = write([778], base: 0xabcd)
        #expect(covered == 1)
        #expect(datagram == bytes("afcd0005 00000001 00000002 abcd0001 000003c8 20010a01"))
        #expect(statuses(datagram)?.map(\.arrivalQuarterMilliseconds) == [778])
    }

    @Test func longRunsAreRuns() throws {
        let arrivals = (0..<300).map { Int64($0 * 4) }
        let (datagram, covered) = write(arrivals)
        #expect(covered == 300)
        // Header 20, one run, 300 deltas, 2 of padding.
        #expect(datagram.count == 20 + 2 + 300 + 2)
        #expect(statuses(datagram)?.map(\.arrivalQuarterMilliseconds) == arrivals)
    }

    @Test func randomArrivalsComeBack() throws {
        var random = SeededRandom(seed: 15)
        for round in 0..<2_000 {
            var time = Int64(random.next() % 1_000_000_000) - (round % 7 == 0 ? 500_000_000 : 0)
            let loss = Double(round % 5) * 0.2
            let arrivals: [Int64?] = (0..<Int(1 + random.next() % 400)).map { _ in
                time += round % 3 == 0 ? Int64(random.next() % 700) - 200 : Int64(random.next() % 8)
                return random.chance(loss) ? nil : time
            }
            let (datagram, covered) = write(arrivals, base: UInt16(truncatingIfNeeded: random.next()))
            guard arrivals.contains(where: { $0 != nil }) else {
                #expect(covered == 0 && datagram.isEmpty)
                continue
            }
            #expect(covered <= arrivals.count && covered > 0)
            #expect(covered == arrivals.lastIndex(where: { $0 != nil })! + 1)
            let feedback = try #require(parsed(datagram))
            #expect(feedback.feedbackCount == 200)
            let found = try #require(statuses(datagram)).map(\.arrivalQuarterMilliseconds)
            // The reference time has 24 bits: times are equal up to a whole number of its turns.
            let turn = Int64(1) << 32
            let expected = arrivals[..<covered].map { $0.map { ($0 % turn + turn) % turn } }
            #expect(found.map { $0.map { ($0 % turn + turn) % turn } } == expected)
        }
    }

    /// Whatever the room, packet after packet tells all of it and none is larger than its room.
    @Test func smallBuffersSplit() throws {
        var random = SeededRandom(seed: 16)
        for size in [24, 28, 33, 60, 100, 250] {
            var time: Int64 = 0
            let arrivals: [Int64?] = (0..<500).map { _ in
                time += random.chance(0.1) ? 5_000 : 3
                return random.chance(0.2) ? nil : time
            }
            var told: [Int64?] = []
            while told.count < arrivals.count {
                let (datagram, covered) = write(Array(arrivals[told.count...]), size: size)
                guard covered > 0 else { break }
                #expect(datagram.count <= size && datagram.count % 4 == 0)
                let found = try #require(statuses(datagram))
                #expect(found.count == covered)
                told += found.map(\.arrivalQuarterMilliseconds)
            }
            #expect(told == Array(arrivals[...arrivals.lastIndex(where: { $0 != nil })!]))
        }
        #expect(write([1], size: 23).covered == 0)
    }

    @Test func timesFarApartSplit() throws {
        let (datagram, covered) = write([0, nil, 32_767, nil, 32_767 + 32_768, 70_000])
        #expect(covered == 3)
        #expect(statuses(datagram)?.map(\.arrivalQuarterMilliseconds) == [0, nil, 32_767])
        // 70,000 - 65,535 fits two bytes.
        let (_, rest) = write([nil, 32_767 + 32_768, 70_000])
        #expect(rest == 3)
        let (_, extreme) = write([.max, .min + 1])
        #expect(extreme == 1)
    }

    @Test func moreThanAPacketsStatusesSplit() {
        let (_, covered) = write((0..<2_000).map { Int64($0) }, size: 9_000)
        #expect(covered == TransportFeedbackBuilder.maximumStatusCount)
    }

    @Test(arguments: [
        // No status, or more than may be believed.
        "8fcd0005 00000001 00000002 00000000 00000000 20010000",
        "8fcd0005 00000001 00000002 0000ffff 00000000 1fff1fff",
        // A run of nothing, a reserved symbol, deltas that are not there.
        "8fcd0005 00000001 00000002 00000001 00000000 00000000",
        "8fcd0005 00000001 00000002 00000001 00000000 60010000",
        "8fcd0005 00000001 00000002 00000002 00000000 f0000000",
        "8fcd0005 00000001 00000002 00000003 00000000 20030102",
        "8fcd0005 00000001 00000002 00000002 00000000 40020102",
        // Chunks that do not cover the count.
        "8fcd0005 00000001 00000002 00000064 00000000 00010001",
    ]) func refuses(hex: String) {
        #expect(statuses(bytes(hex)) == nil)
    }

    @Test func unitsRoundDown() {
        #expect(TransportFeedbackBuilder.units(MonotonicTime(nanoseconds: 999_999)) == 3)
        #expect(TransportFeedbackBuilder.units(MonotonicTime(nanoseconds: 1_000_000)) == 4)
        #expect(TransportFeedbackBuilder.units(MonotonicTime(nanoseconds: -1)) == -1)
        #expect(TransportFeedbackBuilder.units(MonotonicTime(nanoseconds: -250_000)) == -1)
    }
}
