import Basics
import ICE
import STUN
import Testing

/// A client and a server agent with a wire between them that drops what `isLost` says.
private final class Pair {
    let client: Client
    let server: Server
    var clientCredentials: ICECredentialBytes
    var now = MonotonicTime.zero
    /// Where the client's packets seem to come from.
    var clientAddress = phone
    var oneWay = Interval.milliseconds(20)
    var sent = 0
    var completedRestart = false

    static let serverAddress = SocketAddress(host: "198.51.100.1", port: 7_882)!

    init(seed: UInt64 = 1) {
        var random = SeededRandom(seed: seed)
        clientCredentials = ICECredentialBytes(using: &random)
        let serverCredentials = ICECredentialBytes(using: &random)
        client = Client(
            ICEClientAgent(
                local: clientCredentials, remote: serverCredentials, random: SeededRandom(seed: seed + 1)))
        server = Server(ICELiteAgent(local: serverCredentials, remote: clientCredentials))
    }

    /// Runs to `end`, from deadline to deadline.
    func run(until end: MonotonicTime, isLost: (SocketAddress, Int) -> Bool = { _, _ in false }) {
        while let deadline = client.nextDeadline, deadline <= end {
            now = max(now, deadline)
            while let (datagram, destination) = client.due(at: now) {
                sent += 1
                guard destination == Self.serverAddress, !isLost(destination, sent) else { continue }
                guard let taken = server.take(datagram, from: clientAddress, at: now + oneWay) else {
                    Issue.record("not a message")
                    return
                }
                completedRestart = completedRestart || taken.outcome.completedRestart
                guard !taken.response.isEmpty else { continue }
                _ = client.take(taken.response, from: destination, at: now + oneWay * 2)
            }
        }
        now = end
    }
}

@Suite struct ICEClientAgentTests {
    @Test func nominatesWhatAnswers() {
        let pair = Pair()
        let dead = SocketAddress(host: "203.0.113.9", port: 9)!
        #expect(pair.client.nextDeadline == nil)
        pair.client.add(dead, at: pair.now)
        pair.client.add(Pair.serverAddress, at: pair.now)
        #expect(!pair.client.add(dead, at: pair.now))
        pair.run(until: seconds(1))
        #expect(pair.client.selectedAddress == Pair.serverAddress)
        #expect(pair.server.selectedAddress == phone && pair.server.isNominated)
        #expect(pair.client.mappedAddress == phone)
        #expect(pair.client.roundTripTime == .milliseconds(40))
        #expect(pair.client.isAlive(at: pair.now) && !pair.client.hasFailed(at: pair.now))
    }

    @Test func keepsConsentAtAFifthMoreOrLessThanFiveSeconds() {
        let pair = Pair()
        pair.client.add(Pair.serverAddress, at: pair.now)
        pair.run(until: seconds(1))
        let before = pair.sent
        pair.run(until: seconds(601))
        #expect((100...150).contains(pair.sent - before))
        #expect(pair.server.isAlive(at: pair.now) && pair.client.isAlive(at: pair.now))
        #expect(pair.server.advance(to: pair.now) == .none)
    }

    @Test func retransmitsThroughLoss() {
        for seed in 1...50 as ClosedRange<UInt64> {
            let pair = Pair(seed: seed)
            var random = SeededRandom(seed: seed)
            pair.client.add(Pair.serverAddress, at: pair.now)
            pair.run(until: seconds(40)) { _, _ in random.chance(0.3) }
            #expect(pair.client.selectedAddress == Pair.serverAddress, "seed \(seed)")
        }
    }

    @Test func failsWhenNobodyAnswers() {
        let pair = Pair()
        pair.client.add(Pair.serverAddress, at: pair.now)
        pair.run(until: seconds(200)) { _, _ in true }
        #expect(pair.sent == ICELimits.checkAttempts)
        #expect(pair.client.hasFailed(at: pair.now) && pair.client.nextDeadline == nil)
    }

    @Test func losesConsentWhenTheServerFallsSilent() {
        let pair = Pair()
        pair.client.add(Pair.serverAddress, at: pair.now)
        pair.run(until: seconds(10))
        #expect(!pair.client.hasFailed(at: pair.now))
        pair.run(until: seconds(45)) { _, _ in true }
        #expect(pair.client.hasFailed(at: pair.now))
        #expect(pair.server.advance(to: pair.now) == .failed)
    }

    @Test func aNewNetworkMovesTheServer() {
        let pair = Pair()
        pair.client.add(Pair.serverAddress, at: pair.now)
        pair.run(until: seconds(10))
        pair.clientAddress = otherPhone
        pair.client.agent.checkNow(at: pair.now)
        pair.run(until: seconds(11))
        #expect(pair.server.selectedAddress == otherPhone)
        #expect(pair.client.mappedAddress == otherPhone)
    }

    @Test func restartsWithNewCredentials() {
        let pair = Pair()
        pair.client.add(Pair.serverAddress, at: pair.now)
        pair.run(until: seconds(10))
        var random = SeededRandom(seed: 99)
        let serverCredentials = ICECredentialBytes(using: &random)
        let clientCredentials = ICECredentialBytes(using: &random)
        pair.server.agent.restart(local: serverCredentials, remote: clientCredentials)
        pair.run(until: seconds(20))
        #expect(!pair.completedRestart)
        pair.client.agent.restart(local: clientCredentials, remote: serverCredentials, at: pair.now)
        #expect(pair.client.selectedAddress == Pair.serverAddress)
        pair.run(until: seconds(21))
        #expect(pair.completedRestart && pair.server.local == serverCredentials)
        pair.run(until: seconds(120))
        #expect(pair.client.isAlive(at: pair.now) && pair.server.isAlive(at: pair.now))
    }

    @Test func takesOnlyTheAnswerItWaitsFor() throws {
        let pair = Pair()
        pair.client.add(Pair.serverAddress, at: pair.now)
        let (datagram, _) = try #require(pair.client.due(at: pair.now))
        let response = try #require(pair.server.take(datagram, from: phone, at: pair.now)).response
        // From elsewhere, damaged, or of another server: nothing.
        #expect(pair.client.take(response, from: otherPhone, at: pair.now)?.outcome.refusal == .unexpected)
        for index in response.indices {
            var changed = response
            changed[index] ^= 0x40
            let taken = pair.client.take(changed, from: Pair.serverAddress, at: pair.now)
            // FINGERPRINT at the end is outside the integrity.
            if index < response.count - 8 { #expect(taken == nil || taken?.outcome.refusal != nil, "\(index)") }
            if taken?.outcome.refusal == nil, taken != nil { break }
        }
        let other = Pair()
        other.client.add(Pair.serverAddress, at: other.now)
        let first = try #require(other.client.due(at: other.now))
        let genuine = try #require(other.server.take(first.datagram, from: phone, at: other.now)).response
        #expect(other.client.take(genuine, from: Pair.serverAddress, at: other.now)?.outcome.refusal == nil)
        #expect(other.client.take(genuine, from: Pair.serverAddress, at: other.now)?.outcome.refusal == .unexpected)
    }

    @Test func answersAFullServersCheck() throws {
        let pair = Pair()
        var random = SeededRandom(seed: 1)
        let client = ICECredentialBytes(using: &random)
        let server = ICECredentialBytes(using: &random)
        let check = Check(
            receiver: client.usernameFragment, sender: server.usernameFragment, password: client.password,
            role: .controlled(tieBreaker: 1))
        let taken = try #require(pair.client.take(check.datagram, from: Pair.serverAddress, at: pair.now))
        let answer = try #require(Answer(taken.response))
        #expect(answer.messageClass == .success && answer.isAuthentic(under: client.password))
        #expect(answer.mappedAddress == Pair.serverAddress)
        var stranger = check
        stranger.password = server.password
        #expect(
            pair.client.take(stranger.datagram, from: Pair.serverAddress, at: pair.now)?.outcome.refusal
                == .badIntegrity)
    }

    @Test func theTableOfCandidatesIsBounded() {
        let pair = Pair()
        for index in 0..<40 as Range<UInt32> {
            pair.client.add(SocketAddress(ipv4: index, port: 1), at: pair.now)
        }
        // First checks are paced: one each 50 ms.
        var now = MonotonicTime.zero
        var times: [MonotonicTime] = []
        while times.count < ICELimits.remoteCandidates, let deadline = pair.client.nextDeadline {
            now = max(now, deadline)
            guard now < seconds(0.5) else { break }
            while pair.client.due(at: now) != nil { times.append(now) }
        }
        #expect(times.count == 10)
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 == ICELimits.checkPacing })
    }
}
