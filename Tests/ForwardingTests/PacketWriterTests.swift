import Basics
import MediaInterface
import RTP
import Testing

@testable import Forwarding

@Suite struct PacketWriterTests {
    private func writer(_ ids: HeaderExtensionIDs = HeaderExtensionIDs()) -> PacketWriter {
        PacketWriter(
            fields: RTPFields(
                marker: true, payloadType: 100, sequenceNumber: 0xfffe, timestamp: 0x8765_4321, ssrc: 0xcafe_babe),
            ids: ids)
    }

    private func stored(_ payload: [UInt8], _ values: [ForwardedExtension: [UInt8]] = [:]) -> (
        AcceptedPacket, [UInt8]
    ) {
        var packet = AcceptedPacket()
        var bytes: [UInt8] = []
        for kind in ForwardedExtension.allCases {
            guard let value = values[kind] else { continue }
            packet.extensions.note(kind, count: value.count)
            bytes += value
        }
        packet.payloadStart = UInt16(bytes.count)
        packet.payloadLength = UInt16(payload.count)
        return (packet, bytes + payload)
    }

    private func fields(_ payload: [UInt8]) -> VP8Fields? { VP8Fields(parsing: payload.span) }

    private func write(
        _ writer: PacketWriter, _ packet: AcceptedPacket, _ stored: [UInt8], room: Int = 1_500
    ) -> (written: WrittenPacket, bytes: [UInt8])? {
        var buffer = [UInt8](repeating: 0xee, count: room)
        var target = buffer.mutableSpan
        guard let written = writer.write(packet, stored.span, into: &target) else { return nil }
        return (written, Array(buffer[0..<written.byteCount]))
    }

    @Test func writesAPlainPacket() throws {
        let (packet, bytes) = stored([9, 8, 7])
        let result = try #require(write(writer(), packet, bytes))
        #expect(
            result.bytes == [
                0x80, 0xe4, 0xff, 0xfe, 0x87, 0x65, 0x43, 0x21, 0xca, 0xfe, 0xba, 0xbe, 9, 8, 7,
            ])
        #expect(result.written.transportSequenceOffset == 0 && result.written.absoluteSendTimeOffset == 0)
    }

    @Test func writesExtensionsAndOriginalNumber() throws {
        var ids = HeaderExtensionIDs()
        ids.transportSequenceNumber = 3
        ids.absoluteSendTime = 2
        ids.mid = 4
        ids.audioLevel = 1
        var writer = writer(ids)
        writer.mid = SDESToken("a7")
        writer.originalSequence = 0x1234
        let (packet, bytes) = stored([9], [.audioLevel: [0x85], .colorSpace: [1, 2, 3, 4]])
        let result = try #require(write(writer, packet, bytes))
        #expect(
            Array(result.bytes[12...]) == [
                0xbe, 0xde, 0, 3, 0x31, 0, 0, 0x22, 0, 0, 0, 0x41, 0x61, 0x37, 0x10, 0x85, 0x12, 0x34, 9,
            ])
        #expect(result.bytes[0] == 0x90)
        #expect(result.written.transportSequenceOffset == 17 && result.written.absoluteSendTimeOffset == 20)
    }

    @Test func rewritesTheVP8Descriptor() throws {
        for (wide, expected) in [
            (true, [0x90, 0xf0, 0xb4, 0x56, 77, 0x83, 1] as [UInt8]), (false, [0x90, 0xf0, 0xb4, 0x56, 77, 0x83, 1]),
        ] {
            let payload = vp8Payload(key: false, pictureID: 5, wide: wide, level: 200, temporal: 2, keyIndex: 9)
            var (packet, bytes) = stored(payload, [.videoOrientation: [1]])
            packet.vp8 = try #require(fields(payload))
            var writer = writer()
            writer.vp8 = VP8Numbers(pictureID: 0x3456, temporalLevelZeroIndex: 77, keyIndex: 3)
            let result = try #require(write(writer, packet, bytes))
            #expect(Array(result.bytes[12...]) == expected + [1, 2, 3])
        }
        // Fields that are absent stay absent.
        for payload in [vp8Payload(key: true), vp8Payload(key: true, level: 3), vp8Payload(key: true, temporal: 1)] {
            var (packet, bytes) = stored(payload)
            packet.vp8 = try #require(fields(payload))
            var writer = writer()
            writer.vp8 = VP8Numbers(pictureID: 1, temporalLevelZeroIndex: 3, keyIndex: 9)
            #expect(Array(try #require(write(writer, packet, bytes)).bytes[12...]) == payload)
        }
    }

    /// Both ways of writing agree, and an independent reader finds every value, for any identifiers and sizes.
    @Test(arguments: UInt64(1)...300) func readsBackWhatWasWritten(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let highest = UInt8.random(in: 12...20, using: &random)
        let pool = (1...highest).shuffled(using: &random)
        var ids = HeaderExtensionIDs()
        let kept = (0..<10).map { _ in random.chance(0.7) }
        let paths: [WritableKeyPath<HeaderExtensionIDs, UInt8>] = [
            \.transportSequenceNumber, \.absoluteSendTime, \.mid, \.audioLevel, \.videoOrientation, \.playoutDelay,
            \.videoContentType, \.absoluteCaptureTime, \.colorSpace, \.dependencyDescriptor,
        ]
        for (index, path) in paths.enumerated() where kept[index] { ids[keyPath: path] = pool[index] }
        var values: [ForwardedExtension: [UInt8]] = [:]
        for kind in ForwardedExtension.allCases where random.chance(0.5) {
            let count = Int.random(in: 1...(random.chance(0.1) ? 60 : 16), using: &random)
            values[kind] = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        }
        var writer = writer(ids)
        if random.chance(0.5) { writer.mid = SDESToken("m12") }
        writer.isTimed = random.chance(0.8)
        let payload = (0..<Int.random(in: 1...50, using: &random)).map { UInt8($0) }
        let (packet, bytes) = stored(payload, values)
        let result = try #require(write(writer, packet, bytes))
        let header = try RTPHeader(parsing: result.bytes.span)
        #expect(Array(result.bytes[header.payload]) == payload)
        func value(_ id: UInt8) -> [UInt8]? {
            header.range(ofExtension: id, in: result.bytes.span).map { Array(result.bytes[$0]) }
        }
        for kind in ForwardedExtension.allCases {
            #expect(value(ids.id(of: kind)) == (ids.id(of: kind) == 0 ? nil : values[kind]))
        }
        #expect(value(ids.mid) == (writer.mid == nil || ids.mid == 0 ? nil : Array("m12".utf8)))
        let times = [
            (ids.transportSequenceNumber, result.written.transportSequenceOffset, 2),
            (ids.absoluteSendTime, result.written.absoluteSendTimeOffset, 3),
        ]
        for (id, offset, count) in times {
            let range = header.range(ofExtension: id, in: result.bytes.span)
            #expect(range == (id == 0 || !writer.isTimed ? nil : offset..<offset + count))
            if range == nil { #expect(offset == 0) }
        }
        // The least room that is enough gives the same bytes; any less gives nothing.
        let tight = try #require(write(writer, packet, bytes, room: result.bytes.count))
        #expect(tight.bytes == result.bytes && tight.written == result.written)
        for room in 0..<result.bytes.count { #expect(write(writer, packet, bytes, room: room) == nil) }
    }
}
