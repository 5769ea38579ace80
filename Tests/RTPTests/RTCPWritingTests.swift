import Basics
import RTP
import Testing

@Suite struct RTCPWritingTests {
    /// A compound made by `body`.
    private func compound(_ size: Int = 1_500, _ body: (inout RTCPWriter, inout MutableSpan<UInt8>) -> Void) -> [UInt8]
    {
        written(size) { buffer in
            var writer = RTCPWriter()
            body(&writer, &buffer)
            return writer.count
        } ?? []
    }

    private func expect(_ vector: [UInt8], from append: (inout RTCPWriter, inout MutableSpan<UInt8>) -> Bool) {
        let datagram = compound {
            let done = append(&$0, &$1)
            #expect(done)
        }
        #expect(datagram == vector)
    }

    @Test func writesTheVectors() {
        let blocks = RTCPReadingTests.blocks
        let reversed = Array(blocks.reversed())
        let info = RTCPReadingTests.senderInfo
        expect(Vector.senderReport) { $0.appendSenderReport(info, blocks: blocks.span, into: &$1) }
        expect(Vector.receiverReport) { $0.appendReceiverReport(from: 42, blocks: reversed.span, into: &$1) }
        let name = Array("{63f459ea-41fe-4474-9d33-9707c9ee79d1}".utf8)
        expect(Vector.sourceDescription) { $0.appendCanonicalName(name.span, of: 1_831_097_322, into: &$1) }
        let leaving: [UInt32] = [0x0102_0304, 0xfffe_fdfc]
        expect(Vector.goodbye) { $0.appendGoodbye(leaving.span, into: &$1) }
        let missing: [UInt16] = [5, 6, 10, 21, 22, 1_000, 1_016, 1_017, 30_000, 65_535]
        expect(Vector.nack) { $0.appendNACK(missing.span, from: 1, about: 0x9988_7766, into: &$1) == missing.count }
        expect(Vector.pictureLoss) {
            $0.appendPictureLossIndication(from: 1_414_554_213, about: 587_284_409, into: &$1)
        }
        expect(Vector.fullIntra) {
            $0.appendFullIntraRequest(from: 1, about: 0x0bad_cafe, commandSequence: 42, into: &$1)
        }
    }

    @Test(arguments: RTCPReadingTests.bitrates)
    func writesBitrateEstimates(datagram: [UInt8], bitrate: UInt64, sources: [UInt32]) {
        expect(datagram) { $0.appendBitrateEstimate(bitrate, from: 1, about: sources.span, into: &$1) }
    }

    @Test func aNACKCrossesTheWrap() throws {
        let missing: [UInt16] = [65_530, 65_531, 65_535, 0, 9, 12, 700]
        let datagram = compound {
            let count = $0.appendNACK(missing.span, from: 1, about: 2, into: &$1)
            #expect(count == 7)
        }
        guard case .nack(var nack) = messages(datagram)?.first else {
            Issue.record("no NACK")
            return
        }
        var found: [UInt16] = []
        while let number = nack.next(in: datagram.span) { found.append(number) }
        #expect(found == missing)
        // 65,530 with 16 bits reaches 10: three pairs.
        #expect(datagram.count == 12 + 3 * 4)
    }

    @Test func aNACKTakesWhatFits() {
        let missing = (0..<100).map { UInt16($0 * 20) }
        let datagram = compound(12 + 5 * 4 + 3) {
            let count = $0.appendNACK(missing.span, from: 1, about: 2, into: &$1)
            #expect(count == 5)
            let more = $0.appendNACK(missing.span, from: 1, about: 2, into: &$1)
            #expect(more == 0)
        }
        #expect(datagram.count == 32)
        #expect(messages(datagram)?.count == 1)
        let nothing = compound {
            let count = $0.appendNACK([UInt16]().span, from: 1, about: 2, into: &$1)
            #expect(count == 0)
        }
        #expect(nothing.isEmpty)
    }

    @Test func extendedReportsComeBack() throws {
        let delays = (0..<3).map { DelaySinceReferenceTime(ssrc: $0, lastReferenceTime: $0 + 10, delay: $0 + 20) }
        let time = NTPTime(rawValue: 0x0123_4567_89ab_cdef)
        let datagram = compound {
            let first = $0.appendReferenceTime(time, from: 5, into: &$1)
            let second = $0.appendDelays(delays.span, from: 6, into: &$1)
            #expect(first && second)
        }
        // RFC 3611 section 4.4: block type 4, length 2.
        #expect(Array(datagram[..<20]) == bytes("80cf0004 00000005 04000002 0123456789abcdef"))
        #expect(Array(datagram[20..<32]) == bytes("80cf000b 00000006 05000009"))
        let all = try #require(messages(datagram))
        guard case .extendedReport(var first) = all[0], case .extendedReport(var second) = all[1] else {
            Issue.record("no extended reports")
            return
        }
        let reference = first.next(in: datagram.span)
        #expect(reference == .referenceTime(time))
        let end = first.next(in: datagram.span)
        #expect(end == nil)
        for delay in delays {
            let block = second.next(in: datagram.span)
            #expect(block == .delay(delay))
        }
        let last = second.next(in: datagram.span)
        #expect(last == nil)
    }

    @Test func unknownExtendedBlocksAreSkipped() {
        let datagram = bytes("80cf0008 00000005 07000002 0000000000000000 63000000 04000002 0123456789abcdef")
        guard case .extendedReport(var report) = messages(datagram)?.first else {
            Issue.record("no extended report")
            return
        }
        let block = report.next(in: datagram.span)
        #expect(block == .referenceTime(NTPTime(rawValue: 0x0123_4567_89ab_cdef)))
    }

    /// Every packet in every smaller buffer: refused, and nothing is left behind.
    @Test func whatDoesNotFitIsNotWritten() {
        let blocks = RTCPReadingTests.blocks
        let name: [UInt8] = [97, 98, 99]
        let sources: [UInt32] = [1, 2]
        let delays = [DelaySinceReferenceTime(ssrc: 1, lastReferenceTime: 2, delay: 3)]
        let appends: [(inout RTCPWriter, inout MutableSpan<UInt8>) -> Bool] = [
            { $0.appendSenderReport(RTCPReadingTests.senderInfo, blocks: blocks.span, into: &$1) },
            { $0.appendReceiverReport(from: 1, blocks: blocks.span, into: &$1) },
            { $0.appendCanonicalName(name.span, of: 1, into: &$1) },
            { $0.appendGoodbye(sources.span, into: &$1) },
            { $0.appendPictureLossIndication(from: 1, about: 2, into: &$1) },
            { $0.appendFullIntraRequest(from: 1, about: 2, commandSequence: 3, into: &$1) },
            { $0.appendBitrateEstimate(1_000_000, from: 1, about: sources.span, into: &$1) },
            { $0.appendReferenceTime(NTPTime(rawValue: 1), from: 1, into: &$1) },
            { $0.appendDelays(delays.span, from: 1, into: &$1) },
        ]
        for append in appends {
            let whole = compound {
                let done = append(&$0, &$1)
                #expect(done)
            }
            #expect(messages(whole)?.count == 1)
            for size in 0..<whole.count {
                let nothing = compound(size) {
                    let done = append(&$0, &$1)
                    #expect(!done)
                }
                #expect(nothing.isEmpty)
            }
        }
        let tooMany = [ReportBlock](repeating: blocks[0], count: 32)
        let nothing = compound {
            let done = $0.appendReceiverReport(from: 1, blocks: tooMany.span, into: &$1)
            #expect(!done)
        }
        #expect(nothing.isEmpty)
    }
}
