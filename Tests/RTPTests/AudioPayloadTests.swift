import Basics
import RTP
import Testing

@Suite struct OpusPayloadTests {
    private func parsed(_ payload: [UInt8]) -> OpusPayload? { OpusPayload(parsing: payload.span) }

    /// Frame sizes by configuration, in tenths of a millisecond (RFC 6716 section 3.1, table 2).
    private static let tenths =
        [100, 200, 400, 600, 100, 200, 400, 600, 100, 200, 400, 600, 100, 200, 100, 200]
        + [25, 50, 100, 200, 25, 50, 100, 200, 25, 50, 100, 200, 25, 50, 100, 200]

    @Test func knowsAllDurations() throws {
        for configuration in 0..<32 {
            for stereo in [UInt8(0), 4] {
                let toc = UInt8(configuration << 3) | stereo
                let one = try #require(parsed([toc, 1, 2, 3]))
                #expect(one.samplesPerFrame * 10 == Self.tenths[configuration] * 48)
                #expect(one.isStereo == (stereo != 0))
                #expect(one.frameCount == 1)
                #expect(try #require(parsed([toc | 1, 1, 2])).frameCount == 2)
                #expect(try #require(parsed([toc | 2, 1, 2])).frameCount == 2)
                // Any number of frames up to 120 ms.
                for count in UInt8(0)...63 {
                    let fits = count > 0 && Int(count) * Self.tenths[configuration] <= 1_200
                    #expect((parsed([toc | 3, count, 0]) != nil) == fits)
                }
            }
        }
    }

    @Test func tellsDiscontinuousTransmission() {
        #expect(parsed([0x78])?.isDiscontinuous == true)
        #expect(parsed([0x78, 0xff])?.isDiscontinuous == true)
        #expect(parsed([0x78, 0xff, 0xfe])?.isDiscontinuous == false)
        #expect(parsed([]) == nil)
        #expect(parsed([0x7b]) == nil)
    }
}

@Suite struct REDPayloadTests {
    private func blocks(_ payload: [UInt8]) -> [REDBlock]? {
        guard var red = REDPayload(parsing: payload.span) else { return nil }
        var result: [REDBlock] = []
        while let block = red.next(in: payload.span) { result.append(block) }
        return result
    }

    @Test func readsAndWritesBlocks() throws {
        // Offsets 1,920 and 960 of type 111, three and one bytes, then the primary.
        let payload = bytes("ef1e0003 ef0f0001 6f aabbcc dd eeff")
        let found = try #require(blocks(payload))
        #expect(found.map(\.payloadType) == [111, 111, 111])
        #expect(found.map(\.timestampOffset) == [1_920, 960, 0])
        #expect(found.map { Array(payload[$0.range]) } == [bytes("aabbcc"), bytes("dd"), bytes("eeff")])
        let redundant = Array(found.dropLast())
        let headers = written { REDPayload.writeHeaders(redundant: redundant.span, primary: 111, into: &$0) }
        #expect(headers == Array(payload[..<9]))
        #expect(blocks(bytes("6f aa"))?.map { Array(bytes("6faa")[$0.range]) } == [[0xaa]])
        #expect(blocks(bytes("6f"))?.map(\.count) == [0])
    }

    @Test func refusesLies() {
        for hex in ["", "ef1e0003", "ef1e00", "ef1e0003 6f aabb", "ef1e03ff 6f aa"] {
            #expect(blocks(bytes(hex)) == nil)
        }
        #expect(blocks([UInt8](repeating: 0xff, count: 1_500)) == nil)
        #expect(blocks((0..<33).flatMap { _ in bytes("ef000000") } + [0x6f]) == nil)
        #expect(blocks((0..<32).flatMap { _ in bytes("ef000000") } + [0x6f])?.count == 33)
        let large = [REDBlock(payloadType: 111, timestampOffset: 0x4000, count: 1)]
        let refused = written { REDPayload.writeHeaders(redundant: large.span, primary: 111, into: &$0) }
        #expect(refused == nil)
    }

    @Test func randomInputIsHarmless() {
        var understood = 0
        fuzz(seed: 2198, [bytes("ef1e0003ef0f00016faabbccddeeff"), bytes("6faa")]) { input in
            guard var red = REDPayload(parsing: input.span) else { return }
            understood += 1
            var end = 0
            while let block = red.next(in: input.span) {
                if block.range.lowerBound < end || block.range.upperBound > input.count { Issue.record("\(block)") }
                end = block.range.upperBound
            }
            if end != input.count { Issue.record("\(end) of \(input.count)") }
        }
        #expect(understood > 20_000)
    }
}

@Suite struct RetransmissionTests {
    @Test func wrapsAndUnwrapsTheVector() throws {
        let original = Vector.original
        let header = try RTPHeader(parsing: original.span)
        let wrapped = written {
            Retransmission.wrap(
                original.span, header, payloadType: 97, sequenceNumber: 9, ssrc: 0x0101_0101, into: &$0)
        }
        #expect(wrapped == Vector.retransmission)
        let repeated = Vector.retransmission
        let outer = try RTPHeader(parsing: repeated.span)
        let number = Retransmission.originalSequenceNumber(of: outer, in: repeated.span)
        #expect(number == 4_660)
        let unwrapped = written {
            Retransmission.unwrap(repeated.span, outer, payloadType: 96, ssrc: 0x0a0b_0c0d, into: &$0)
        }
        #expect(unwrapped == original)
        let tight = written(original.count - 1) {
            Retransmission.unwrap(repeated.span, outer, payloadType: 96, ssrc: 0x0a0b_0c0d, into: &$0)
        }
        #expect(tight == nil)
        let tightWrap = written(repeated.count - 1) {
            Retransmission.wrap(original.span, header, payloadType: 97, sequenceNumber: 9, ssrc: 1, into: &$0)
        }
        #expect(tightWrap == nil)
    }

    @Test func paddingIsLeftOut() throws {
        let original = Vector.csrcAndPadding
        let header = try RTPHeader(parsing: original.span)
        let wrapped = try #require(
            written {
                Retransmission.wrap(original.span, header, payloadType: 97, sequenceNumber: 9, ssrc: 1, into: &$0)
            })
        let outer = try RTPHeader(parsing: wrapped.span)
        #expect(outer.paddingCount == 0 && outer.payloadCount == header.payloadCount + 2 && outer.csrcCount == 3)
        let unwrapped = try #require(
            written { Retransmission.unwrap(wrapped.span, outer, payloadType: 96, ssrc: header.ssrc, into: &$0) })
        let inner = try RTPHeader(parsing: unwrapped.span)
        #expect(RTPFields(inner) == RTPFields(header))
        #expect(Array(unwrapped[inner.payload]) == Array(original[header.payload]))
    }

    @Test func aProbeRepeatsNothing() throws {
        for hex in ["80610009000000000101010112", "a0610009000000000101010100000003"] {
            let probe = bytes(hex)
            let header = try RTPHeader(parsing: probe.span)
            let unwrapped = written {
                Retransmission.unwrap(probe.span, header, payloadType: 96, ssrc: 1, into: &$0)
            }
            #expect(unwrapped == nil)
        }
    }
}
