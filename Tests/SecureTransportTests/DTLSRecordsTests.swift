import Basics
import Testing

@testable import SecureTransport

@Suite struct DTLSRecordsTests {
    private func isRecords(_ datagram: [UInt8]) -> Bool { DTLSRecords(datagram.span) != nil }
    private func isClientHello(_ datagram: [UInt8]) -> Bool { DTLSRecords.beginsWithClientHello(datagram.span) }

    private func record(_ type: UInt8, epoch: UInt8, _ body: [UInt8]) -> [UInt8] {
        [type, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 0, UInt8(body.count >> 8), UInt8(body.count & 255)] + body
    }

    @Test func countsRecordsByEpoch() {
        let datagram = record(22, epoch: 0, [1, 2]) + record(20, epoch: 0, [1]) + record(22, epoch: 1, [9, 9, 9])
        let records = DTLSRecords(datagram.span)
        #expect(records?.plain == 2 && records?.encrypted == 1 && records?.applicationData == 0)
    }

    @Test func everyTruncationButAtABorderIsRefused() {
        let first = record(22, epoch: 0, [1, 2])
        let datagram = first + record(22, epoch: 1, [9, 9, 9])
        for length in 0..<datagram.count {
            let prefix = Array(datagram.prefix(length))
            #expect(isRecords(prefix) == (length == first.count), "length \(length)")
        }
    }

    @Test func otherProtocolsAreRefused() {
        for bytes in [[0x16, 0x03, 0x01], [0x80, 0xc8], [0, 1]] as [[UInt8]] {
            let datagram = bytes + [UInt8](repeating: 0, count: 40)
            #expect(!isRecords(datagram))
            #expect(!isClientHello(datagram))
        }
        // DTLS 1.3's unified header
        let unified = [0x2f, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 40)
        #expect(!isRecords(unified))
    }

    @Test func clientHellos() {
        func hello(type: UInt8 = 1, sequence: UInt8 = 0, fragment: UInt8 = 40, length: UInt8 = 40) -> [UInt8] {
            let message = [type, 0, 0, length, 0, sequence, 0, 0, 0, 0, 0, fragment] + [UInt8](repeating: 3, count: 40)
            return record(22, epoch: 0, message)
        }
        #expect(isClientHello(hello()))
        #expect(isClientHello(hello(fragment: 40, length: 200)))
        #expect(!isClientHello(hello(type: 2)))
        #expect(!isClientHello(hello(sequence: 2)))
        #expect(!isClientHello(hello(fragment: 41, length: 41)))
        #expect(!isClientHello(hello(fragment: 40, length: 39)))
    }

    @Test func randomBytesNeverTrap() {
        var random = SeededRandom(seed: 4)
        for _ in 0..<50_000 {
            var datagram = random.bytes(random.number(0...60))
            for (position, byte) in ([22, 0xfe, 0xfd] as [UInt8]).enumerated() where position < datagram.count {
                datagram[position] = byte
            }
            if datagram.count > 12 {
                datagram[11] = 0
                datagram[12] = UInt8(random.number(0...60))
            }
            _ = DTLSRecords(datagram.span)
            _ = DTLSRecords.beginsWithClientHello(datagram.span)
        }
    }
}
