import Basics
import Testing

@testable import DataChannels

@Suite struct SCTPPacketCheckTests {
    private let header: [UInt8] = [0x13, 0x88, 0x13, 0x88, 1, 2, 3, 4, 0, 0, 0, 0]

    private func chunk(_ type: UInt8, _ body: [UInt8], count: Int? = nil) -> [UInt8] {
        let count = count ?? body.count + 4
        return [type, 0, UInt8(count >> 8), UInt8(count & 255)] + body
    }
    private func isSound(_ chunks: [UInt8]) -> Bool { SCTPPacketCheck.isSound((header + chunks).span) }
    private let initFields = [UInt8](repeating: 1, count: 16)

    /// The INIT that hangs usrsctp 0.9.5: a parameter without length.
    @Test func parametersWithoutLength() {
        #expect(isSound(chunk(1, initFields)))
        #expect(isSound(chunk(1, initFields + [0xc0, 0, 0, 4])))
        for length in 0..<4 as Range<UInt8> {
            #expect(!isSound(chunk(1, initFields + [0xc0, 0, 0, length])))
            #expect(!isSound(chunk(2, initFields + [0x80, 8, 0, length, 0, 0, 0, 0])))
        }
        #expect(!isSound(chunk(1, initFields + [0xc0, 0, 0, 9, 1, 2, 3, 4])))
        #expect(!isSound(chunk(1, initFields + [0xc0, 0])))
    }

    @Test func addressesInAnInit() {
        #expect(!isSound(chunk(1, initFields + [0, 5, 0, 8, 127, 0, 0, 1])))
        #expect(!isSound(chunk(1, initFields + [0xc0, 6, 0, 8, 0, 0, 0, 0])))
        // Supported extensions, unknown parameters, the last padding left out.
        #expect(isSound(chunk(1, initFields + [0x80, 8, 0, 6, 0x82, 0xc0, 0, 0, 0x80, 1, 0, 5, 7])))
    }

    @Test func lengthsOfChunks() {
        #expect(isSound(chunk(0, [UInt8](repeating: 0, count: 13))))
        #expect(!isSound(chunk(0, [UInt8](repeating: 0, count: 12))))
        #expect(!isSound(chunk(0, [UInt8](repeating: 0, count: 20), count: 25)))
        #expect(!isSound(chunk(0, [UInt8](repeating: 0, count: 20), count: 3)))
        let sack = [UInt8](repeating: 0, count: 8) + [0, 1, 0, 2]
        #expect(isSound(chunk(3, sack + [UInt8](repeating: 0, count: 12))))
        #expect(!isSound(chunk(3, sack + [UInt8](repeating: 0, count: 8))))
        #expect(isSound(chunk(4, [0, 1, 0, 8, 1, 2, 3, 4])) && !isSound(chunk(4, [0, 1, 0, 9, 1, 2, 3, 4])))
        #expect(isSound(chunk(11, [])) && !isSound(chunk(11, [0])))
        #expect(isSound(chunk(6, [])) && isSound(chunk(6, [0, 12, 0, 4])) && !isSound(chunk(6, [0, 12, 0, 0])))
        #expect(isSound(chunk(0xc0, [0, 0, 0, 1, 0, 1, 0, 1])) && !isSound(chunk(0xc0, [0, 0])))
    }

    @Test func reconfigurations() {
        let response: [UInt8] = [0, 16, 0, 12, 0, 0, 0, 1, 0, 0, 0, 1]
        let outgoing: [UInt8] = [0, 13, 0, 18, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 3, 0, 0]
        #expect(isSound(chunk(0x82, response)) && isSound(chunk(0x82, outgoing)))
        #expect(isSound(chunk(0x82, outgoing + response)))
        #expect(!isSound(chunk(0x82, response + response + response)) && !isSound(chunk(0x82, [])))
        #expect(!isSound(chunk(0x82, [0, 99, 0, 4])) && !isSound(chunk(0x82, [0, 13, 0, 8, 0, 0, 0, 1])))
    }

    @Test func bundles() {
        let data = chunk(0, [UInt8](repeating: 0, count: 16))
        #expect(isSound(chunk(11, []) + data + data))
        #expect(!isSound(chunk(1, initFields) + data) && !isSound(data + chunk(2, initFields)))
        #expect(!isSound(data + [0, 0]))
        #expect(!isSound([]))
        // Extensions that nobody has announced.
        for type in [0x0c, 0x0d, 0x0f, 0x10, 0x40, 0x80, 0x81, 0xc1, 0xc2, 0x33] as [UInt8] {
            #expect(!isSound(chunk(type, [0, 0, 0, 0])))
        }
    }

    @Test func randomBytesNeverTrap() {
        var random = SeededRandom(seed: 8)
        for _ in 0..<50_000 {
            var packet = header + random.bytes(random.number(0...80))
            if packet.count > 16 {
                packet[12] = [0, 1, 2, 3, 4, 6, 9, 0x82, 0xc0][random.number(0...8)]
                packet[14] = 0
                packet[15] = UInt8(random.number(0...packet.count))
            }
            _ = SCTPPacketCheck.isSound(packet.span)
        }
    }
}
