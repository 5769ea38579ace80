// Packets that no peer should send.

import Basics
import Testing

@testable import DataChannels

/// CRC-32C (RFC 9260 appendix A), so that changed packets are still taken for whole.
private func checksummed(_ packet: [UInt8]) -> [UInt8] {
    guard packet.count >= 12 else { return packet }
    var packet = packet
    for position in 8..<12 { packet[position] = 0 }
    var crc: UInt32 = 0xffff_ffff
    for byte in packet {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0x82f6_3b78 : crc >> 1 }
    }
    crc = ~crc
    for position in 0..<4 { packet[8 + position] = UInt8(truncatingIfNeeded: crc >> (8 * UInt32(position))) }
    return packet
}

extension SCTPTests {
    @Suite(.serialized) struct SCTPBadInputTests {
        private func busyPair() throws -> (AssociationPair, UInt16) {
            let pair = AssociationPair()
            pair.log = []
            pair.start()
            let id = try pair.a.open(DataChannelParameters(label: "data"))
            #expect(pair.run { $0.a.opened(id) != nil })
            try pair.a.send([UInt8](repeating: 3, count: 3_000), on: id)
            try pair.b.send("answer", on: id)
            #expect(pair.run { $0.b.messages(on: id).count == 1 && $0.a.messages(on: id).count == 1 })
            return (pair, id)
        }

        private func stillWorks(_ pair: AssociationPair, _ id: UInt16) throws {
            let before = pair.b.messages(on: id).count
            try pair.a.send("still here", on: id)
            #expect(pair.run { $0.b.messages(on: id).count == before + 1 })
        }

        @Test func theChecksumOfThisTestIsRight() throws {
            let (pair, _) = try busyPair()
            for packet in try #require(pair.log) { #expect(checksummed(packet.bytes) == packet.bytes) }
        }

        /// Every real packet at every length, with its old checksum and with a right one.
        @Test func everyTruncation() throws {
            let (pair, id) = try busyPair()
            for packet in Array(try #require(pair.log).prefix(14)) {
                let end = packet.toB ? pair.b : pair.a
                for length in 0..<packet.bytes.count {
                    let prefix = Array(packet.bytes.prefix(length))
                    end.receive(prefix)
                    // With a right checksum a shorter packet is another packet; one with an INIT or an ABORT in it is
                    // not, for both need more than what is left.
                    if length % 7 == 0 { end.receive(checksummed(prefix)) }
                }
            }
            #expect(pair.a.drops.malformedPackets > 0)
            try stillWorks(pair, id)
        }

        @Test func randomBytes() throws {
            let (pair, id) = try busyPair()
            var random = SeededRandom(seed: 7)
            let real = try #require(pair.log?.last { $0.toB })
            for _ in 0..<20_000 {
                var packet = random.bytes(random.number(0...120))
                if packet.count > 16, random.chance(0.7) {
                    // Ports and tag of the association, random chunks.
                    packet.replaceSubrange(0..<8, with: real.bytes[0..<8])
                    packet[12] = UInt8(random.number(0...15))
                    // An ABORT with the right tag is a valid end.
                    if packet[12] == 6 || packet[12] == 14 { packet[12] = 0 }
                    packet = checksummed(packet)
                }
                pair.b.receive(packet)
            }
            pair.run(seconds: 1)
            // Random chunks may be a protocol violation, which ends an association; they must do nothing worse.
            if pair.b.isUp, pair.a.isUp { try stillWorks(pair, id) }
            #expect(pair.b.events.filter { $0 == .associationDown }.count <= 1)
        }

        @Test(arguments: 1...30 as ClosedRange<UInt64>) func changedPackets(_ seed: UInt64) throws {
            var random = SeededRandom(seed: seed)
            let (pair, id) = try busyPair()
            let packets = try #require(pair.log)
            for _ in 0..<400 {
                let packet = packets[random.number(0...packets.count - 1)]
                var bytes = packet.bytes
                for _ in 0..<random.number(1...3) {
                    bytes[random.number(12...bytes.count - 1)] ^= UInt8(1 << random.number(0...7))
                }
                (packet.toB ? pair.b : pair.a).receive(checksummed(bytes))
                pair.collect()
            }
            pair.run(seconds: 2)
            if pair.a.isUp, pair.b.isUp { _ = try? pair.a.send("still here", on: id) }
            pair.run(seconds: 2)
            #expect(pair.a.events.filter { $0 == .associationDown }.count <= 1)
        }

        /// Old packets again: nothing is delivered twice.
        @Test func replays() throws {
            let (pair, id) = try busyPair()
            for packet in try #require(pair.log) { (packet.toB ? pair.b : pair.a).receive(packet.bytes) }
            pair.run(seconds: 1)
            #expect(pair.b.messages(on: id).count == 1 && pair.a.messages(on: id).count == 1)
            try stillWorks(pair, id)
        }

        /// Messages that are no DCEP, on streams that have no channel.
        @Test func unexpectedMessages() throws {
            let (pair, id) = try busyPair()
            let socket = pair.a
            socket.sendRaw([9, 9, 9], protocol: DataChannelProtocol.control, stream: 6)
            socket.sendRaw([3, 0, 0], protocol: DataChannelProtocol.control, stream: 6)
            socket.sendRaw([2], protocol: DataChannelProtocol.control, stream: 6)
            socket.sendRaw([1, 2, 3], protocol: DataChannelProtocol.binary, stream: 6)
            socket.sendRaw([1, 2, 3], protocol: 99, stream: id)
            pair.run(seconds: 2)
            #expect(pair.b.drops.unexpectedMessages == 5)
            try stillWorks(pair, id)
        }

        @Test func oversizedMessages() throws {
            let (pair, id) = try busyPair()
            pair.a.sendRaw(
                [UInt8](repeating: 1, count: 100_000), protocol: DataChannelProtocol.binary, stream: id)
            pair.run(seconds: 3)
            #expect(pair.b.drops.oversizedMessages == 1)
            #expect(pair.b.messages(on: id).count == 1)
            try stillWorks(pair, id)
        }
    }
}
