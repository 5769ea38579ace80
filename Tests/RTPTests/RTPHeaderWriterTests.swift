import Basics
import RTP
import Testing

@Suite struct RTPHeaderWriterTests {
    private static let fields = RTPFields(
        marker: true, payloadType: 96, sequenceNumber: 65_535, timestamp: 0xffff_fff0, ssrc: 0x0a0b_0c0d)

    /// The same elements in the same order as in the vectors give the same bytes.
    @Test(arguments: [(Vector.oneByteExtensions, UInt8(0)), (Vector.twoByteExtensions, UInt8(100))])
    func writesTheVectors(vector: [UInt8], shift: UInt8) {
        let header = written { buffer in
            var writer = RTPHeaderWriter(Self.fields, into: &buffer)
            writer.append(id: 4 + shift, SDESToken("7")!, into: &buffer)
            writer.append(id: 10 + shift, SDESToken("hi")!, into: &buffer)
            writer.append(id: 2 + shift, uint24: 0x123456, into: &buffer)
            writer.append(id: 1 + shift, 0x80 | 37 as UInt8, into: &buffer)
            writer.append(id: 3 + shift, 0xbeef as UInt16, into: &buffer)
            return writer.finish(into: &buffer)
        }
        #expect(header == Array(vector.dropLast(7)))
    }

    @Test func withoutElementsThereIsNoBlock() {
        let header = written { buffer in
            var writer = RTPHeaderWriter(Self.fields, into: &buffer)
            let added = writer.append(id: 0, 7 as UInt8, into: &buffer)
            #expect(added == nil)
            return writer.finish(into: &buffer)
        }
        #expect(header == bytes("80e0fffffffffff00a0b0c0d"))
    }

    @Test func anElementThatNeedsItWidensTheBlock() throws {
        let long = (0..<40).map { UInt8($0) }
        let header = try #require(
            written { buffer in
                var writer = RTPHeaderWriter(Self.fields, into: &buffer)
                writer.append(id: 1, 0xaa as UInt8, into: &buffer)
                writer.append(id: 2, uint24: 0x010203, into: &buffer)
                writer.append(id: 3, SDESToken("abcdefghijklmnop")!, into: &buffer)
                writer.append(id: 12, long.span, into: &buffer)
                let offset = writer.append(id: 4, 0 as UInt16, into: &buffer)
                if let offset { buffer.put(0xbeef as UInt16, at: offset) }
                return writer.finish(into: &buffer)
            })
        let parsed = try RTPHeader(parsing: header.span)
        #expect(parsed.extensionForm == .twoByte)
        #expect(parsed.payloadOffset == header.count)
        func value(_ id: UInt8) -> [UInt8]? {
            parsed.range(ofExtension: id, in: header.span).map { Array(header[$0]) }
        }
        #expect(value(1) == [0xaa])
        #expect(value(2) == [1, 2, 3])
        #expect(value(3) == Array("abcdefghijklmnop".utf8))
        #expect(value(12) == long)
        #expect(value(4) == [0xbe, 0xef])
    }

    @Test func randomElementsComeBack() throws {
        var random = SeededRandom(seed: 8285)
        for _ in 0..<2_000 {
            var elements: [(id: UInt8, value: [UInt8])] = []
            for _ in 0..<Int(random.next() % 8) {
                let isSmall = random.chance(0.8)
                let id = UInt8(1 + random.next() % (isSmall ? 14 : 255))
                guard !elements.contains(where: { $0.id == id }) else { continue }
                let count = isSmall ? 1 + Int(random.next() % 16) : Int(random.next() % 60)
                elements.append((id, (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }))
            }
            let header = try #require(
                written(600) { buffer in
                    var writer = RTPHeaderWriter(Self.fields, into: &buffer)
                    for element in elements { writer.append(id: element.id, element.value.span, into: &buffer) }
                    return writer.finish(into: &buffer)
                })
            let parsed = try RTPHeader(parsing: header.span)
            #expect(RTPFields(parsed) == Self.fields)
            #expect(parsed.payloadOffset == header.count)
            for element in elements {
                let found = parsed.range(ofExtension: element.id, in: header.span).map { Array(header[$0]) }
                #expect(found == element.value)
            }
            // One byte less and it says so.
            let tight = written(header.count - 1) { buffer in
                var writer = RTPHeaderWriter(Self.fields, into: &buffer)
                for element in elements { writer.append(id: element.id, element.value.span, into: &buffer) }
                return writer.finish(into: &buffer)
            }
            #expect(tight == nil)
        }
    }
}
