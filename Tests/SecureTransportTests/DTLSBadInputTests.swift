// Garbage, replays, alerts and floods.

import Basics
import Testing

@testable import SecureTransport

@Suite(.timeLimit(.minutes(2))) struct DTLSBadInputTests {
    /// The datagrams of a handshake that works.
    private func recordedHandshake() -> [DTLSPair.Flight] {
        let pair = DTLSPair()
        pair.start()
        pair.run { $0.isConnected }
        return pair.log
    }

    private func record(type: UInt8, epoch: UInt16, sequence: UInt8, _ body: [UInt8]) -> [UInt8] {
        [type, 0xfe, 0xfd, UInt8(epoch >> 8), UInt8(epoch & 255), 0, 0, 0, 0, 0, sequence]
            + [UInt8(body.count >> 8), UInt8(body.count & 255)] + body
    }

    @Test func nothingIsKeptBeforeAClientHello() throws {
        let hello = try #require(recordedHandshake().first).datagram
        var random = SeededRandom(seed: 1)
        let pair = DTLSPair()
        var garbage: [[UInt8]] = (0..<2_000).map { _ in random.bytes(random.number(0...200)) }
        garbage += (0..<hello.count).map { Array(hello.prefix($0)) }
        garbage += recordedHandshake().dropFirst().map(\.datagram)
        garbage.append(record(type: 23, epoch: 1, sequence: 0, random.bytes(60)))
        garbage.append(record(type: 21, epoch: 0, sequence: 0, [2, 40]))
        garbage.append(record(type: 22, epoch: 1, sequence: 0, [1] + random.bytes(60)))
        garbage.append([UInt8](repeating: 22, count: 3_000))
        for datagram in garbage { pair.deliver(datagram, toServer: true) }
        #expect(pair.serverDeadline == nil && pair.serverState == .handshaking)
        #expect(pair.log.isEmpty)
        pair.start()
        pair.run { $0.isConnected }
        #expect(pair.isConnected)
    }

    /// Every prefix of every datagram comes before the datagram itself, at both ends.
    @Test func truncatedDatagramsDoNotDisturb() {
        let pair = DTLSPair()
        pair.start()
        while !pair.isConnected, let next = pair.inFlight.first {
            for length in 0..<next.datagram.count {
                pair.deliver(Array(next.datagram.prefix(length)), toServer: next.toServer)
            }
            _ = pair.advance()
        }
        #expect(pair.isConnected)
    }

    /// Damage to plain handshake messages may end a handshake, for DTLS 1.2 cannot tell; it must do nothing worse.
    @Test(arguments: 1...40 as ClosedRange<UInt64>) func damagedDatagramsDoNotTrap(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let pair = DTLSPair()
        pair.start()
        for _ in 0..<200 {
            if let flight = pair.inFlight.first {
                var damaged = flight.datagram
                for _ in 0..<random.number(1...4) {
                    damaged[random.number(0...damaged.count - 1)] ^= UInt8(1 << random.number(0...7))
                }
                pair.deliver(damaged, toServer: flight.toServer)
            }
            guard pair.advance() else { break }
        }
        for endpoint in [pair.clientState, pair.serverState] {
            if case .closed = endpoint { Issue.record("nobody said good-bye") }
        }
    }

    @Test func replayedHandshakesAndDataAreIgnored() {
        let pair = DTLSPair()
        pair.start()
        pair.run { $0.isConnected }
        pair.run()
        let data: [UInt8] = [1, 2, 3]
        #expect(pair.sendFromClient(data) && pair.sendFromServer(data))
        pair.collect()
        pair.run()
        for _ in 0..<3 {
            for flight in pair.log { pair.deliver(flight.datagram, toServer: flight.toServer) }
        }
        #expect(pair.isConnected)
        #expect(pair.receivedByServer == [data] && pair.receivedByClient == [data])
    }

    @Test func dataThatIsNotEncryptedIsIgnored() {
        let pair = DTLSPair()
        pair.start()
        pair.deliver(record(type: 23, epoch: 0, sequence: 9, [1, 2, 3]), toServer: false)
        pair.run { $0.isConnected }
        pair.run()
        #expect(pair.isConnected)
        pair.deliver(record(type: 23, epoch: 0, sequence: 99, [1, 2, 3]), toServer: true)
        pair.deliver(record(type: 23, epoch: 1, sequence: 99, [UInt8](repeating: 5, count: 40)), toServer: true)
        pair.deliver(record(type: 21, epoch: 0, sequence: 100, [2, 40]), toServer: true)
        pair.deliver(record(type: 22, epoch: 0, sequence: 101, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), toServer: true)
        #expect(pair.isConnected)
        #expect(pair.receivedByServer.isEmpty && pair.receivedByClient.isEmpty)
    }

    @Test func earlyDataDoesNotDisturb() {
        var random = SeededRandom(seed: 3)
        let pair = DTLSPair()
        pair.start()
        _ = pair.advance()
        for sequence in 0..<120 as Range<UInt8> {
            pair.deliver(record(type: 23, epoch: 1, sequence: sequence, random.bytes(100)), toServer: true)
        }
        pair.run { $0.isConnected }
        #expect(pair.isConnected && pair.receivedByServer.isEmpty)
    }

    /// Encrypted handshake records that come too early are kept by OpenSSL; a few do not disturb, many are not let in.
    @Test(arguments: [10, 200]) func earlyFinishedMessagesAreBounded(_ count: Int) {
        var random = SeededRandom(seed: 3)
        let pair = DTLSPair()
        pair.start()
        _ = pair.advance()
        for sequence in 0..<count {
            let early = record(type: 22, epoch: 1, sequence: UInt8(50 + sequence), random.bytes(100))
            pair.deliver(early, toServer: true)
        }
        pair.run { $0.isConnected }
        #expect(pair.isConnected == (count <= DTLSLimits.earlyRecords))
    }

    @Test func aFloodDuringTheHandshakeEndsIt() {
        let pair = DTLSPair()
        pair.start()
        _ = pair.advance()
        // Pieces of a Certificate that never becomes whole.
        let piece = [11, 0, 0x20, 0, 0, 1, 0, 0x10, 0, 0, 0x03, 0] + [UInt8](repeating: 1, count: 768)
        let junk = record(type: 22, epoch: 0, sequence: 9, piece)
        for _ in 0..<400 { pair.deliver(junk, toServer: true) }
        #expect(pair.serverState == .failed(.tooMuchHandshakeData))
    }

    @Test func aFatalAlertEndsTheHandshake() {
        let pair = DTLSPair()
        pair.start()
        _ = pair.advance()
        pair.deliver(record(type: 21, epoch: 0, sequence: 5, [2, 40]), toServer: true)
        #expect(pair.serverState == .failed(.alert(40)))
        pair.run()
        #expect(pair.serverState == .failed(.alert(40)))
        #expect(pair.serverDeadline == nil)
    }

    @Test func datagramsThatNobodyDrainsAreBounded() {
        let pair = DTLSPair()
        pair.start()
        pair.run { $0.isConnected }
        let data = [UInt8](repeating: 1, count: 1_000)
        for _ in 0..<1_000 { _ = pair.sendFromServer(data) }
        #expect(pair.serverDropped > 700)
        var drained = 0
        pair.server.drainDatagrams { _ in drained += 1 }
        #expect(drained > 200 && drained + pair.serverDropped == 1_000)
        #expect(pair.serverState == .connected)
    }
}
