import Basics
import RTP
import Testing

@Suite struct RTCPReadingTests {
    static let blocks = [
        ReportBlock(
            ssrc: 0x1122_3344, fractionLost: 12, cumulativeLost: -5, extendedHighestSequence: 0x0001_fffe, jitter: 77,
            lastSenderReport: 0x89ab_cdef, delaySinceLastSenderReport: 0x0001_0000),
        ReportBlock(
            ssrc: 0x5566_7788, fractionLost: 255, cumulativeLost: 0x7f_ffff, extendedHighestSequence: .max,
            jitter: .max, lastSenderReport: 1, delaySinceLastSenderReport: 2),
    ]
    static let senderInfo = SenderInfo(
        ssrc: 1_234_567, ntpTime: NTPTime(rawValue: 0xe1c2_b3a4_9586_7788), rtpTimestamp: 0xdead_beef,
        packetCount: 1_000, octetCount: 1_234_567)

    private func only(_ datagram: [UInt8]) throws -> RTCPMessage {
        let all = try #require(messages(datagram))
        #expect(all.count == 1)
        return try #require(all.first)
    }

    @Test func readsReports() throws {
        guard case .senderReport(let report) = try only(Vector.senderReport) else {
            Issue.record("no sender report")
            return
        }
        #expect(report.info == Self.senderInfo)
        #expect(report.reports.senderSSRC == 1_234_567)
        let sample = Vector.senderReport
        #expect((0..<report.reports.count).map { report.reports.block($0, in: sample.span) } == Self.blocks)

        guard case .receiverReport(let reports) = try only(Vector.receiverReport) else {
            Issue.record("no receiver report")
            return
        }
        let other = Vector.receiverReport
        #expect(reports.senderSSRC == 42)
        #expect((0..<reports.count).map { reports.block($0, in: other.span) } == Self.blocks.reversed())
        guard case .receiverReport(let empty) = try only(Vector.emptyReceiverReport) else {
            Issue.record("no empty receiver report")
            return
        }
        #expect(empty.count == 0)
    }

    @Test(arguments: [
        (Vector.sourceDescription, [(UInt32(1_831_097_322), "{63f459ea-41fe-4474-9d33-9707c9ee79d1}")]),
        (Vector.sourceDescriptionOfThree, [(UInt32(1), "a"), (UInt32(3), "abcde")]),
    ]) func readsCanonicalNames(datagram: [UInt8], expected: [(UInt32, String)]) throws {
        guard case .sourceDescription(var description) = try only(datagram) else {
            Issue.record("no source description")
            return
        }
        for (ssrc, name) in expected {
            let found = description.nextName(in: datagram.span)
            #expect(found?.ssrc == ssrc)
            #expect(found.map { String(decoding: datagram[$0.name], as: UTF8.self) } == name)
        }
        let end = description.nextName(in: datagram.span)
        #expect(end == nil)
    }

    @Test func readsGoodbye() throws {
        guard case .goodbye(let goodbye) = try only(Vector.goodbye) else {
            Issue.record("no goodbye")
            return
        }
        let sample = Vector.goodbye
        #expect((0..<goodbye.count).map { goodbye.ssrc($0, in: sample.span) } == [0x0102_0304, 0xfffe_fdfc])
    }

    @Test func readsNACK() throws {
        guard case .nack(var nack) = try only(Vector.nack) else {
            Issue.record("no NACK")
            return
        }
        #expect(nack.senderSSRC == 1 && nack.mediaSSRC == 0x9988_7766)
        let sample = Vector.nack
        var missing: [UInt16] = []
        while let number = nack.next(in: sample.span) { missing.append(number) }
        #expect(missing == [5, 6, 10, 21, 22, 1_000, 1_016, 1_017, 30_000, 65_535])
    }

    @Test func readsKeyframeRequests() throws {
        guard case .pictureLossIndication(let loss) = try only(Vector.pictureLoss) else {
            Issue.record("no picture loss indication")
            return
        }
        #expect(loss.senderSSRC == 1_414_554_213 && loss.mediaSSRC == 587_284_409)
        guard case .fullIntraRequest(let request) = try only(Vector.fullIntra) else {
            Issue.record("no full intra request")
            return
        }
        #expect(request.count == 1)
        let sample = Vector.fullIntra
        let entry = request.entry(0, in: sample.span)
        #expect(entry.ssrc == 0x0bad_cafe && entry.commandSequence == 42)
    }

    /// The last one is rounded down to 18 bits of mantissa.
    static let bitrates: [([UInt8], UInt64, [UInt32])] = [
        (Vector.bitrate0, 4_160_000, [2_529_072_847]), (Vector.bitrate1, 1_000, []),
        (Vector.bitrate2, 0x3_ffff, [1, 2]), (Vector.bitrate3, 0x4_0000, [1, 2, 3]),
        (Vector.bitrate4, (12_345_678_901 >> 16) << 16, [7]),
    ]

    @Test(arguments: bitrates) func readsBitrateEstimates(datagram: [UInt8], bitrate: UInt64, sources: [UInt32]) throws
    {
        guard case .bitrateEstimate(let estimate) = try only(datagram) else {
            Issue.record("no estimate")
            return
        }
        #expect(estimate.senderSSRC == 1)
        #expect(estimate.bitrateBitsPerSecond == bitrate)
        #expect((0..<estimate.count).map { estimate.ssrc($0, in: datagram.span) } == sources)
    }

    @Test func anAbsurdExponentIsNoLimit() throws {
        var datagram = Vector.bitrate0
        datagram[17] = 0xff
        guard case .bitrateEstimate(let estimate) = try only(datagram) else {
            Issue.record("no estimate")
            return
        }
        #expect(estimate.bitrateBitsPerSecond == .max)
        // The same format under another name belongs to somebody else.
        datagram[12] = 0x53
        guard case .other = try only(datagram) else {
            Issue.record("taken for an estimate")
            return
        }
    }

    @Test func walksACompound() throws {
        let compound =
            Vector.senderReport + Vector.sourceDescription + Vector.nack + bytes("80cc000400000000")
            + [
                UInt8
            ](repeating: 1, count: 12) + Vector.goodbye
        let all = try #require(messages(compound))
        #expect(all.count == 5)
        guard case .other = all[3], case .goodbye = all[4] else {
            Issue.record("wrong kinds")
            return
        }
    }

    /// What came before the lie stands, what comes after it is not read.
    @Test(arguments: [
        "80c9000200000001", "00c9000100000001", "80000001 00000001", "a0c9000100000000", "a0c9000100000009", "80",
        "80c900",
    ]) func aLieEndsTheWalk(tail: String) {
        let compound = Vector.emptyReceiverReport + bytes(tail)
        var cursor = RTCPCursor()
        let first = cursor.next(in: compound.span)
        #expect(first?.type == RTCPType.receiverReport)
        let second = cursor.next(in: compound.span)
        #expect(second == nil && cursor.isMalformed)
        let third = cursor.next(in: compound.span)
        #expect(third == nil)
    }

    /// Counts that the body does not hold.
    @Test(arguments: [
        "81c9000100000001", "81c80006000000010000000000000000000000000000000000000000", "82cb000100000001",
        "81cd0002 00000001 00000002", "81ce0001 00000001", "84ce0003 00000001 00000002 00000003", "80cf0000",
        "8fcd0004 00000001 00000002 00000001 00000000",
    ]) func aBodyThatLiesIsMalformed(hex: String) throws {
        guard case .malformed = try only(bytes(hex)) else {
            Issue.record("taken for whole")
            return
        }
    }

    @Test func paddingIsNotBody() throws {
        // A goodbye of one source with four bytes of padding.
        guard case .goodbye(let goodbye) = try only(bytes("a1cb0002 00000007 00000004")) else {
            Issue.record("no goodbye")
            return
        }
        #expect(goodbye.count == 1)
        guard case .malformed = try only(bytes("a2cb0002 00000007 00000004")) else {
            Issue.record("padding taken for a source")
            return
        }
    }
}
