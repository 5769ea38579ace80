import Basics
import RTP
import Testing

@Suite struct HeaderExtensionTests {
    /// Identifiers of the vectors: the two-byte ones are 100 higher.
    @Test(arguments: [(Vector.oneByteExtensions, UInt8(0)), (Vector.twoByteExtensions, UInt8(100))])
    func findsTheValues(datagram: [UInt8], shift: UInt8) throws {
        let header = try RTPHeader(parsing: datagram.span)
        func range(_ id: UInt8) throws -> Range<Int> {
            let found = header.range(ofExtension: id + shift, in: datagram.span)
            return try #require(found)
        }
        let mid = SDESToken(datagram.span.extracting(try range(4)))
        #expect(mid == SDESToken("7"))
        let rid = SDESToken(datagram.span.extracting(try range(10)))
        #expect(rid == SDESToken("hi"))
        let level = AudioLevel(at: try range(1), in: datagram.span)
        #expect(level == AudioLevel(hasVoiceActivity: true, attenuationDecibels: 37))
        let sendTime = AbsoluteSendTime(at: try range(2), in: datagram.span)
        #expect(sendTime?.rawValue == 0x123456)
        let number = TransportSequenceNumber.value(at: try range(3), in: datagram.span)
        #expect(number == 0xbeef)
        let absent = header.range(ofExtension: 11 + shift, in: datagram.span)
        #expect(absent == nil)
        let zero = header.range(ofExtension: 0, in: datagram.span)
        #expect(zero == nil)
        #expect(Array(datagram[header.payload]) == Array("payload".utf8))
    }

    private func elements(_ hex: String) throws -> [HeaderExtensionElement] {
        let datagram = bytes("906000000000000000000000" + hex)
        var cursor = HeaderExtensionCursor(try RTPHeader(parsing: datagram.span))
        var result: [HeaderExtensionElement] = []
        while let element = cursor.next(in: datagram.span) { result.append(element) }
        return result
    }

    @Test func paddingIsSkippedAndLiesEndTheWalk() throws {
        // Padding before, between and after (RFC 8285 section 4.2).
        #expect(try elements("bede0002 0010aa00 21bbcc00").map(\.id) == [1, 2])
        // An element that runs over the block.
        #expect(try elements("bede0001 10aa23bb").map(\.id) == [1])
        // Identifier 15 ends the processing.
        #expect(try elements("bede0001 10aaf010").map(\.id) == [1])
        // Identifier 0 with a length: skipped with its value.
        #expect(try elements("bede0001 01aa2011").map(\.id) == [] as [UInt8])
        #expect(try elements("bede0002 01aabb20 11000000").map(\.id) == [2])
        #expect(try elements("10000002 00c800ff 01010000").map(\.id) == [200, 255])
        #expect(try elements("10050001 01030304").map(\.id) == [] as [UInt8])
        #expect(try elements("10000001 0000 0001").map(\.id) == [] as [UInt8])
        // Another profile is opaque.
        #expect(try elements("abcd0001 10aa0000").isEmpty)
        #expect(try elements("bede0000").isEmpty)
    }

    @Test func tokensHoldOneToSixteenBytes() throws {
        let long = try #require(SDESToken("abcdefghijklmnop"))
        #expect(long.count == 16)
        #expect(long.description == "abcdefghijklmnop")
        #expect((0..<16).map { long[$0] } == Array("abcdefghijklmnop".utf8))
        #expect(SDESToken("abcdefghijklmnopq") == nil)
        #expect(SDESToken("") == nil)
        #expect(SDESToken("a") != SDESToken("a\0"))
        #expect(Set([SDESToken("q"), SDESToken("h"), SDESToken("q")]).count == 2)
        let datagram = Vector.csrcAndPadding
        let header = try RTPHeader(parsing: datagram.span)
        let found = header.range(ofExtension: 4, in: datagram.span)
        let range = try #require(found)
        let token = SDESToken(datagram.span.extracting(range))
        #expect(token == long)
    }

    @Test func valuesKeepTheirBits() {
        let orientation = VideoOrientation(rawValue: 0b1111)
        #expect(orientation.rotationDegrees == 270 && orientation.isFlipped && orientation.isBackCamera)
        let delay = PlayoutDelay(minimumTensOfMilliseconds: 10, maximumTensOfMilliseconds: 9_999)
        #expect(delay.rawValue == 0x00afff)
        // A second and a half: 1.5 * 2^18.
        #expect(AbsoluteSendTime(at: MonotonicTime(nanoseconds: 1_500_000_000)).rawValue == 393_216)
        #expect(AbsoluteSendTime(at: MonotonicTime(nanoseconds: 65_500_000_000)).rawValue == 393_216)
        let value = bytes("e1c2b3a495867788 ffffffff00000000")
        let capture = AbsoluteCaptureTime(at: 0..<16, in: value.span)
        #expect(capture?.captureTime.rawValue == 0xe1c2_b3a4_9586_7788)
        #expect(capture?.clockOffset == -4_294_967_296)
        let short = AbsoluteCaptureTime(at: 0..<8, in: value.span)
        #expect(short != nil && short?.clockOffset == nil)
        let odd = AbsoluteCaptureTime(at: 0..<9, in: value.span)
        #expect(odd == nil)
    }
}
