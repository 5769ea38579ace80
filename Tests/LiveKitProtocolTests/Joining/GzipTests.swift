import Basics
import Testing

@testable import LiveKitProtocol

@Suite struct GzipTests {
    /// `printf 'relais' | gzip -n`.
    private let vector: [UInt8] = [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x2b, 0x4a, 0xcd, 0x49, 0xcc, 0x2c, 0x06, 0x00,
        0x90,
        0xec, 0x2c, 0xe3, 0x06, 0x00, 0x00, 0x00,
    ]

    @Test func readsTheGzipTool() throws {
        #expect(try Gzip.decompress(vector, maximumBytes: 100) == Array("relais".utf8))
        #expect(try Gzip.decompress(vector, maximumBytes: 6) == Array("relais".utf8))
        #expect(throws: Gzip.Failure.tooLarge) { try Gzip.decompress(vector, maximumBytes: 5) }
    }

    @Test func refusesEveryTruncation() {
        for count in vector.indices {
            #expect(throws: Gzip.Failure.malformed) { try Gzip.decompress(Array(vector[..<count]), maximumBytes: 100) }
        }
    }

    @Test func refusesWhatFollows() {
        #expect(throws: Gzip.Failure.malformed) { try Gzip.decompress(vector + [0], maximumBytes: 100) }
        #expect(throws: Gzip.Failure.malformed) { try Gzip.decompress(vector + vector, maximumBytes: 100) }
    }

    @Test func refusesOtherWrappers() {
        let zlib: [UInt8] = [0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01]
        #expect(throws: Gzip.Failure.malformed) { try Gzip.decompress(zlib, maximumBytes: 100) }
    }

    @Test func roundTrips() throws {
        var random = SeededRandom(seed: 3)
        for count in [0, 1, 100, 70_000] {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(try Gzip.decompress(Gzip.compress(bytes), maximumBytes: 70_000) == bytes)
        }
    }

    @Test func survivesChangedBytes() {
        var random = SeededRandom(seed: 4)
        for _ in 0..<5_000 {
            var bytes = vector
            bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            if let content = try? Gzip.decompress(bytes, maximumBytes: 100) { #expect(content == Array("relais".utf8)) }
        }
    }
}
