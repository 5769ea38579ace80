import Basics
import RTP
import Testing

@Suite struct RTPHeaderTests {
    @Test func readsAPlainHeader() throws {
        let datagram = Vector.plain
        let header = try RTPHeader(parsing: datagram.span)
        #expect(!header.marker)
        #expect(header.payloadType == 96)
        #expect(header.sequenceNumber == 65_535)
        #expect(header.timestamp == 0xffff_fff0)
        #expect(header.ssrc == 0x0a0b_0c0d)
        #expect(header.csrcCount == 0)
        #expect(header.extensionForm == .absent)
        #expect(Array(datagram[header.payload]) == Array("payload".utf8))
    }

    @Test func skipsSourcesAndPadding() throws {
        let datagram = Vector.csrcAndPadding
        let header = try RTPHeader(parsing: datagram.span)
        #expect(header.marker)
        #expect(header.csrcCount == 3)
        #expect(header.extensionForm == .oneByte)
        #expect(header.paddingCount == 9)
        #expect(Array(datagram[header.payload]) == Array("payload".utf8))
        let sealed = try RTPHeader(parsing: datagram.span, isSealed: true)
        #expect(sealed.paddingCount == 0)
        #expect(sealed.payloadCount == 16)
        #expect(sealed.payloadOffset == header.payloadOffset)
    }

    @Test(arguments: [
        ("8060000000000000000000", RTPError.truncated),
        ("40600000000000000000000000", .wrongVersion),
        ("c0600000000000000000000000", .wrongVersion),
        ("816000000000000000000000", .truncated),
        ("906000000000000000000000", .truncated),
        ("906000000000000000000000bede0001000000", .truncated),
        ("a06000000000000000000000", .badPadding),
        ("a0600000000000000000000000", .badPadding),
        ("a0600000000000000000000002", .badPadding),
    ]) func refuses(hex: String, error: RTPError) {
        let datagram = bytes(hex)
        #expect(throws: error) { try RTPHeader(parsing: datagram.span) }
    }

    @Test func aPacketOfPaddingOnlyIsAPacket() throws {
        let datagram = bytes("a06000000000000000000000 000003")
        let header = try RTPHeader(parsing: datagram.span)
        #expect(header.payloadCount == 0)
        #expect(header.paddingCount == 3)
    }

    /// Up to the end of the header every cut is refused; after it the payload shrinks.
    @Test func everyTruncation() throws {
        for sample in [Vector.oneByteExtensions, Vector.twoByteExtensions, Vector.plain, Vector.csrcAndPadding] {
            let whole = try RTPHeader(parsing: sample.span, isSealed: true)
            for count in 0..<sample.count {
                let cut = Array(sample[..<count])
                let header = try? RTPHeader(parsing: cut.span, isSealed: true)
                #expect((header == nil) == (count < whole.payloadOffset))
                if let header { #expect(header.payloadCount == count - whole.payloadOffset) }
            }
        }
    }

    @Test func randomInputIsHarmless() {
        var parsed = 0
        fuzz(seed: 3550, [Vector.oneByteExtensions, Vector.twoByteExtensions, Vector.csrcAndPadding]) { input in
            guard let header = try? RTPHeader(parsing: input.span) else { return }
            parsed += 1
            var cursor = HeaderExtensionCursor(header)
            var elements = 0
            while let element = cursor.next(in: input.span) {
                elements += 1
                if element.range.upperBound > header.payloadOffset || element.id == 0 { Issue.record("\(element)") }
                _ = AudioLevel(at: element.range, in: input.span)
                _ = AbsoluteSendTime(at: element.range, in: input.span)
                _ = AbsoluteCaptureTime(at: element.range, in: input.span)
                _ = PlayoutDelay(at: element.range, in: input.span)
                _ = VideoOrientation(at: element.range, in: input.span)
                _ = TransportSequenceNumber.value(at: element.range, in: input.span)
                _ = SDESToken(input.span.extracting(element.range))
            }
            if header.payload.upperBound + header.paddingCount != input.count || elements > input.count {
                Issue.record("\(header)")
            }
        }
        #expect(parsed > 30_000)
    }
}
