import Basics
import Testing

@testable import Forwarding

@Suite struct RetransmissionCacheTests {
    private func store(
        _ cache: inout RetransmissionCache, _ sequence: Int64, _ bytes: [UInt8], at now: MonotonicTime
    ) -> AcceptedPacket? {
        guard let location = cache.reserve(bytes.count, at: now) else { return nil }
        cache.copy(bytes.span, to: location, shift: 0)
        var packet = AcceptedPacket()
        packet.extendedSequence = sequence
        packet.arrival = now
        packet.location = location
        packet.payloadLength = UInt16(bytes.count)
        cache.insert(packet)
        return packet
    }

    private func bytes(_ cache: borrowing RetransmissionCache, _ packet: AcceptedPacket) -> [UInt8]? {
        cache.withBytes(at: packet.location, count: packet.payload.count) { $0.copied() }
    }

    @Test func startsEmptyAndGrowsOnlyForYoungPackets() throws {
        var cache = RetransmissionCache(.video)
        #expect(cache.footprintBytes == 0)
        #expect(cache.packet(5) == nil)
        // 50 kbit/s: ten packets of 625 bytes in a second never need a second chunk and a larger index.
        for number in 0..<1_000 {
            _ = store(&cache, Int64(number), [UInt8](repeating: 1, count: 625), at: .ms(number * 100))
        }
        #expect(cache.chunkCount <= 2 && cache.indexCount == 64)
        // 8 Mbit/s grow to the bound and not beyond.
        for number in 1_000..<6_000 {
            _ = store(&cache, Int64(number), [UInt8](repeating: 1, count: 1_000), at: .ms(100_000 + number))
        }
        #expect(cache.chunkCount == 16 && cache.indexCount == 1_024)
        #expect(cache.packet(5_999) != nil && cache.packet(5_600) != nil && cache.packet(5_000) == nil)
    }

    @Test func refusesWhatNeverFits() {
        var cache = RetransmissionCache(.audio)
        #expect(cache.reserve(8_193, at: .zero) == nil)
        #expect(cache.reserve(8_192, at: .zero) != nil)
    }

    /// Whatever is found is what was stored under that number; what is recent is found.
    @Test(arguments: UInt64(1)...20) func neverMixesPackets(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var cache = RetransmissionCache(.audio)
        var stored: [AcceptedPacket] = []
        var contents: [Int64: [UInt8]] = [:]
        var now = MonotonicTime.ms(1)
        var wrong = 0
        for number in 0..<3_000 {
            now += .microseconds(Int.random(in: 100...30_000, using: &random))
            let bytes = (0..<Int.random(in: 1...400, using: &random)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
            let packet = try #require(store(&cache, Int64(number) - 100, bytes, at: now))
            stored.append(packet)
            contents[packet.extendedSequence] = bytes
            if self.bytes(cache, packet) != bytes { wrong += 1 }
            let old = stored[max(0, stored.count - 1 - Int.random(in: 0..<200, using: &random))]
            if let read = self.bytes(cache, old), read != contents[old.extendedSequence] { wrong += 1 }
            if let found = cache.packet(old.extendedSequence),
                found.extendedSequence != old.extendedSequence
                    || self.bytes(cache, found) != contents[old.extendedSequence]
            {
                wrong += 1
            }
        }
        #expect(wrong == 0)
        // The newest 24 kB are there, whatever happened: three whole chunks of four.
        var total = 0
        for packet in stored.reversed() {
            total += packet.payload.count
            if total > 3 * (8_192 - 400) { break }
            #expect(bytes(cache, packet) != nil)
        }
    }
}
