// Two DTLS endpoints on a virtual network and a virtual clock.

import Basics
import COpenSSL

@testable import SecureTransport

/// Identities and contexts are made once for all tests: keys cost time.
enum DTLSFixtures {
    static let server = try! DTLSContext(identity: DTLSIdentity())
    static let client = try! DTLSContext(identity: DTLSIdentity())

    /// A certificate with an RSA key of 2048 bits, as some clients present.
    static let rsaIdentity: DTLSIdentity = {
        let generator = unsafe EVP_PKEY_CTX_new_from_name(nil, "RSA", nil)
        defer { unsafe EVP_PKEY_CTX_free(generator) }
        var key: OpaquePointer?
        unsafe precondition(EVP_PKEY_keygen_init(generator) == 1 && EVP_PKEY_generate(generator, &key) == 1)
        return unsafe try! DTLSIdentity(taking: key!)
    }()
}

/// A client and a server; what one sends arrives at the other after a delay, or not at all.
final class DTLSPair {
    struct Flight {
        var toServer: Bool
        var datagram: [UInt8]
        var arrival: MonotonicTime
    }

    var client: DTLSEndpoint
    var server: DTLSEndpoint
    var now = MonotonicTime.zero
    var inFlight: [Flight] = []
    /// All datagrams ever sent, with the time and the direction.
    var log: [Flight] = []
    var receivedByClient: [[UInt8]] = []
    var receivedByServer: [[UInt8]] = []
    /// Whether a datagram is lost; how long it takes; how many copies arrive.
    var isLost: (Flight) -> Bool = { _ in false }
    var delay: () -> Interval = { .milliseconds(10) }
    var copies: () -> Int = { 1 }

    init(
        client: DTLSContext = DTLSFixtures.client, server: DTLSContext = DTLSFixtures.server,
        clientExpects: DTLSFingerprint? = nil, serverExpects: DTLSFingerprint? = nil
    ) {
        self.client = DTLSEndpoint(
            context: client, role: .client, expecting: clientExpects ?? server.identity.fingerprint)
        self.server = DTLSEndpoint(
            context: server, role: .server, expecting: serverExpects ?? client.identity.fingerprint)
    }

    // Macros of the test library copy what they look at, and endpoints cannot be copied.
    var clientState: DTLSState { client.state }
    var serverState: DTLSState { server.state }
    var clientKeys: SRTPKeyMaterial? { client.keyMaterial }
    var serverKeys: SRTPKeyMaterial? { server.keyMaterial }
    var clientDeadline: MonotonicTime? { client.nextDeadline }
    var serverDeadline: MonotonicTime? { server.nextDeadline }
    var serverDropped: Int { server.droppedDatagrams }
    func sendFromClient(_ data: [UInt8]) -> Bool { client.send(data.span) }
    func sendFromServer(_ data: [UInt8]) -> Bool { server.send(data.span) }

    var isConnected: Bool { client.state == .connected && server.state == .connected }

    func start() {
        client.start(at: now)
        collect()
    }

    /// Puts what the endpoints want to send on the network.
    func collect() {
        var sent: [Flight] = []
        client.drainDatagrams { sent.append(Flight(toServer: true, datagram: $0.copied(), arrival: now)) }
        server.drainDatagrams { sent.append(Flight(toServer: false, datagram: $0.copied(), arrival: now)) }
        log += sent
        for flight in sent where !isLost(flight) {
            for _ in 0..<copies() {
                inFlight.append(Flight(toServer: flight.toServer, datagram: flight.datagram, arrival: now + delay()))
            }
        }
    }

    func deliver(_ datagram: [UInt8], toServer: Bool) {
        if toServer {
            server.receive(datagram.span, at: now) { receivedByServer.append($0.copied()) }
        } else {
            client.receive(datagram.span, at: now) { receivedByClient.append($0.copied()) }
        }
        collect()
    }

    /// Goes on to the next arrival or deadline; false when there is none.
    func advance() -> Bool {
        let arrival = inFlight.indices.min { inFlight[$0].arrival < inFlight[$1].arrival }
        let times = [arrival.map { inFlight[$0].arrival }, client.nextDeadline, server.nextDeadline].compactMap { $0 }
        guard let next = times.min() else { return false }
        now = max(now, next)
        if let arrival, inFlight[arrival].arrival <= now {
            let flight = inFlight.remove(at: arrival)
            deliver(flight.datagram, toServer: flight.toServer)
        }
        client.advance(to: now)
        server.advance(to: now)
        collect()
        return true
    }

    /// Runs until nothing is left to do, or `done`.
    func run(until done: (DTLSPair) -> Bool = { _ in false }) {
        var steps = 0
        while !done(self), steps < 100_000, advance() { steps += 1 }
    }
}
