// Lost, late, doubled and reordered datagrams, on a virtual clock: no test here waits for the real one.

import Basics
import Testing

@testable import SecureTransport

@Suite(.timeLimit(.minutes(2))) struct DTLSLossTests {
    @Test(arguments: 1...60 as ClosedRange<UInt64>) func handshakesSurviveABadNetwork(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let pair = DTLSPair()
        pair.isLost = { _ in random.chance(0.3) }
        pair.delay = { .milliseconds(random.number(5...150)) }
        pair.copies = { random.chance(0.1) ? 2 : 1 }
        pair.start()
        pair.run { $0.isConnected }
        #expect(pair.isConnected, "seed \(seed)")
        #expect(pair.now < .zero + .seconds(30))
    }

    /// Each single datagram of a handshake lost once, whichever it is.
    @Test(arguments: 0..<6) func anySingleDatagramMayBeLost(_ position: Int) {
        var count = -1
        let pair = DTLSPair()
        pair.isLost = { _ in
            count += 1
            return count == position
        }
        pair.start()
        pair.run { $0.isConnected }
        #expect(pair.isConnected)
        #expect(pair.now <= .zero + .milliseconds(400))
    }

    @Test func theLastFlightIsRepeatedOnDemand() {
        let pair = DTLSPair()
        // Whatever the server sends once it is connected is lost the first two times.
        var lost = 0
        pair.isLost = { [unowned pair] flight in
            guard !flight.toServer, pair.serverState == .connected, lost < 2 else { return false }
            lost += 1
            return true
        }
        pair.start()
        pair.run { $0.isConnected }
        #expect(lost == 2 && pair.isConnected)
    }

    /// 100, 200, 400 ms … 3 s, and the end after 30 s.
    @Test func retransmissionTimesAreOurs() {
        let pair = DTLSPair()
        pair.isLost = { _ in true }
        pair.start()
        pair.run()
        let times = pair.log.map { $0.arrival.nanoseconds / 1_000_000 }
        #expect(times == [0, 100, 300, 700, 1_500, 3_100, 6_100, 9_100, 12_100, 15_100, 18_100, 21_100, 24_100])
        #expect(pair.clientState == .failed(.timedOut))
        #expect(pair.serverState == .handshaking && pair.serverDeadline == nil)
        // OpenSSL itself gives up after twelve.
        #expect(pair.now == .zero + .milliseconds(27_100))
    }

    @Test func aServerWhoseClientVanishesGivesUp() {
        let pair = DTLSPair()
        pair.isLost = { !$0.toServer }
        pair.start()
        pair.inFlight = Array(pair.inFlight.prefix(1))
        pair.isLost = { _ in true }
        pair.run()
        #expect(pair.serverState == .failed(.timedOut))
        #expect(pair.now <= .zero + .seconds(31))
    }

    @Test func nothingIsSentBeforeItsTime() {
        let pair = DTLSPair()
        pair.isLost = { _ in true }
        pair.start()
        for millisecond in 1..<100 {
            pair.client.advance(to: .zero + .milliseconds(millisecond))
            pair.collect()
        }
        #expect(pair.log.count == 1)
    }
}
