import Basics
import ICE
import STUN
import Testing

@Suite struct ICELiteAgentTests {
    private static let local = ICECredentialBytes(
        usernameFragment: "serverFragment", password: "serverPasswordOfTwentyFour")!
    private static let remote = ICECredentialBytes(
        usernameFragment: "clientFragment", password: "clientPasswordOfTwentyFour")!
    private static let newLocal = ICECredentialBytes(
        usernameFragment: "restartedServer", password: "restartedPasswordOfTwentyFour")!
    private static let newRemote = ICECredentialBytes(
        usernameFragment: "restartedClient", password: "restartedClientOfTwentyFour")!

    private func server() -> Server { Server(ICELiteAgent(local: Self.local, remote: Self.remote)) }

    private func check(_ number: UInt64, nominates: Bool = false, restarted: Bool = false) -> Check {
        let local = restarted ? Self.newLocal : Self.local
        let remote = restarted ? Self.newRemote : Self.remote
        return Check(
            receiver: local.usernameFragment, sender: remote.usernameFragment, password: local.password,
            transactionID: STUNTransactionID(high: 1, low: number), usesCandidate: nominates)
    }

    @Test func answersACheckWithItsSource() throws {
        for source in [phone, otherPhone] {
            let server = server()
            let check = check(77)
            let (outcome, response) = try #require(server.take(check.datagram, from: source))
            #expect(outcome.refusal == nil && outcome.isNewAddress && outcome.selectedAddressChanged)
            let answer = try #require(Answer(response))
            #expect(answer.messageClass == .success)
            #expect(answer.transactionID == check.transactionID)
            #expect(answer.mappedAddress == source)
            #expect(answer.isIntact && answer.isAuthentic(under: Self.local.password))
            // Before any nomination the first validated pair is used.
            #expect(server.selectedAddress == source && !server.isNominated)
        }
    }

    @Test func findsItsTransportByTheFirstPartOfTheName() throws {
        let datagram = check(1).datagram
        let message = try STUNMessage(parsing: datagram.span)
        let range = message.receiverUsernameFragment(in: datagram.span)
        #expect(range.map { Array(datagram[$0]) } == Self.local.usernameFragment)
        var unnamed = check(1)
        unnamed.sender = nil
        let other = unnamed.datagram
        let none = try STUNMessage(parsing: other.span).receiverUsernameFragment(in: other.span)
        #expect(none == nil)
    }

    @Test func theLatestNominationWins() throws {
        let server = server()
        _ = server.take(check(1).datagram, from: phone)
        let second = try #require(server.take(check(2).datagram, from: otherPhone))
        #expect(second.outcome.isNewAddress && !second.outcome.selectedAddressChanged)
        #expect(server.selectedAddress == phone)
        let third = try #require(server.take(check(3, nominates: true).datagram, from: otherPhone))
        #expect(!third.outcome.isNewAddress && third.outcome.selectedAddressChanged)
        #expect(server.selectedAddress == otherPhone && server.isNominated)
        let fourth = try #require(server.take(check(4, nominates: true).datagram, from: phone))
        #expect(fourth.outcome.selectedAddressChanged && server.selectedAddress == phone)
        // A check without nomination changes nothing, the same nomination again neither.
        let fifth = try #require(server.take(check(5).datagram, from: otherPhone))
        let sixth = try #require(server.take(check(6, nominates: true).datagram, from: phone))
        #expect(!fifth.outcome.selectedAddressChanged && !sixth.outcome.selectedAddressChanged)
        #expect(server.selectedAddress == phone && server.addressCount == 2)
    }

    @Test func refusesAWrongIntegrity() throws {
        let server = server()
        var wrong = check(1, nominates: true)
        wrong.password = Self.remote.password
        let (outcome, response) = try #require(server.take(wrong.datagram, from: phone))
        #expect(outcome.refusal == .badIntegrity)
        let answer = try #require(Answer(response))
        #expect(answer.messageClass == .error && answer.errorCode == 401)
        // Who is not known gets no proof either.
        #expect(!answer.hasIntegrity && response.count < wrong.datagram.count)
        var none = check(2)
        none.password = nil
        #expect(server.take(none.datagram, from: phone)?.outcome.refusal == .badIntegrity)
        #expect(server.selectedAddress == nil && server.addressCount == 0 && !server.isAlive(at: .zero))
    }

    @Test func ignoresOtherUsersAndOtherMessages() throws {
        let server = server()
        var stranger = check(1)
        stranger.receiver = Array("somebodyElse".utf8)
        var impostor = check(2)
        impostor.sender = Array("somebodyElse".utf8)
        var unnamed = check(3)
        unnamed.sender = nil
        for message in [stranger, impostor, unnamed] {
            let (outcome, response) = try #require(server.take(message.datagram, from: phone))
            #expect(outcome.refusal == .unknownUser && response.isEmpty)
        }
        for messageClass in [STUNClass.indication, .success, .error] {
            var message = check(4)
            message.messageClass = messageClass
            let (outcome, response) = try #require(server.take(message.datagram, from: phone))
            #expect(outcome.refusal == .unexpected && response.isEmpty)
        }
        var damaged = check(5).datagram
        damaged[damaged.count - 1] ^= 1
        let (outcome, response) = try #require(server.take(damaged, from: phone))
        #expect(outcome.refusal == .badFingerprint && response.isEmpty)
        #expect(server.addressCount == 0)
        // Without FINGERPRINT a check is as good as its integrity.
        var bare = check(6)
        bare.hasFingerprint = false
        #expect(server.take(bare.datagram, from: phone)?.outcome.refusal == nil)
    }

    @Test func aControlledPeerIsARoleConflict() throws {
        let server = server()
        var message = check(1)
        message.role = .controlled(tieBreaker: 0)
        let (outcome, response) = try #require(server.take(message.datagram, from: phone))
        #expect(outcome.refusal == .roleConflict)
        let answer = try #require(Answer(response))
        #expect(answer.errorCode == 487 && answer.isAuthentic(under: Self.local.password))
        #expect(server.addressCount == 0)
    }

    @Test func namesUnknownAttributes() throws {
        let server = server()
        var message = check(1)
        message.unknownAttribute = 0x7123
        let (outcome, response) = try #require(server.take(message.datagram, from: phone))
        #expect(outcome.refusal == .unknownAttribute)
        #expect(Answer(response)?.errorCode == 420)
        // UNKNOWN-ATTRIBUTES with one type.
        #expect(response.windows(of: [0x00, 0x0a, 0x00, 0x02, 0x71, 0x23]))
    }

    /// A copy of a genuine check, sent from elsewhere, must not lead the media there.
    @Test func aReplayFromElsewhereIsRefused() throws {
        let server = server()
        let genuine = check(1, nominates: true).datagram
        _ = server.take(genuine, from: phone)
        let (outcome, response) = try #require(server.take(genuine, from: otherPhone))
        #expect(outcome.refusal == .replayed && response.isEmpty)
        #expect(server.selectedAddress == phone && server.addressCount == 1)
        // A retransmission from the same place is answered again.
        #expect(server.take(genuine, from: phone)?.outcome.refusal == nil)
    }

    @Test func consentEndsAfterThirtySeconds() throws {
        let server = server()
        #expect(server.nextDeadline == nil && server.advance(to: seconds(100)) == .none)
        _ = server.take(check(1, nominates: true).datagram, from: phone, at: seconds(1))
        _ = server.take(check(2).datagram, from: otherPhone, at: seconds(20))
        #expect(server.nextDeadline == seconds(31))
        #expect(server.advance(to: seconds(30.9)) == .none)
        // The nominated address is silent; the other one still agrees.
        #expect(server.advance(to: seconds(31)) == .selectedAddressChanged)
        #expect(server.selectedAddress == otherPhone && !server.isValidated(phone) && server.isAlive(at: seconds(31)))
        #expect(server.advance(to: seconds(50)) == .failed)
        #expect(server.selectedAddress == nil && !server.isAlive(at: seconds(50)) && server.nextDeadline == nil)
        // A check brings it back: the owner decides whether it still wants it.
        #expect(server.take(check(3).datagram, from: phone, at: seconds(51))?.outcome.selectedAddressChanged == true)
    }

    @Test func anUnusedAddressExpiresQuietly() {
        let server = server()
        _ = server.take(check(1).datagram, from: otherPhone, at: seconds(0))
        _ = server.take(check(2, nominates: true).datagram, from: phone, at: seconds(10))
        #expect(server.advance(to: seconds(30)) == .addressesExpired)
        #expect(server.selectedAddress == phone && server.addressCount == 1)
    }

    @Test func theTableOfAddressesIsBounded() throws {
        let server = server()
        _ = server.take(check(0, nominates: true).datagram, from: phone, at: seconds(0))
        var evicted: [SocketAddress] = []
        for number in 1..<100 as Range<UInt64> {
            let source = SocketAddress(ipv4: UInt32(number), port: 1)
            let (outcome, _) = try #require(
                server.take(check(number).datagram, from: source, at: seconds(Double(number))))
            #expect(outcome.isNewAddress)
            if let address = outcome.evictedAddress { evicted.append(address) }
        }
        #expect(server.addressCount == ICELimits.remoteAddresses)
        #expect(server.selectedAddress == phone && server.isValidated(phone))
        #expect(evicted == (1..<93).map { SocketAddress(ipv4: $0, port: 1) })
    }

    @Test func aRestartKeepsTheOldCredentialsUntilNomination() throws {
        let server = server()
        _ = server.take(check(1, nominates: true).datagram, from: phone, at: seconds(0))
        server.agent.restart(local: Self.newLocal, remote: Self.newRemote)
        #expect(server.local == Self.local && server.restartingLocal == Self.newLocal)
        // Both are answered, each under its own password; the pair stays.
        let old = try #require(server.take(check(2).datagram, from: phone, at: seconds(1)))
        #expect(Answer(old.response)?.isAuthentic(under: Self.local.password) == true)
        let new = try #require(server.take(check(3, restarted: true).datagram, from: otherPhone, at: seconds(2)))
        #expect(Answer(new.response)?.isAuthentic(under: Self.newLocal.password) == true)
        #expect(server.selectedAddress == phone && !new.outcome.completedRestart)
        // The new name with the old password is a stranger's.
        var mixed = check(4, nominates: true, restarted: true)
        mixed.password = Self.local.password
        #expect(server.take(mixed.datagram, from: otherPhone)?.outcome.refusal == .badIntegrity)

        let nominated = try #require(
            server.take(check(5, nominates: true, restarted: true).datagram, from: otherPhone, at: seconds(3)))
        #expect(nominated.outcome.completedRestart && nominated.outcome.selectedAddressChanged)
        #expect(server.selectedAddress == otherPhone && server.local == Self.newLocal && server.restartingLocal == nil)
        #expect(server.take(check(6).datagram, from: phone, at: seconds(4))?.outcome.refusal == .unknownUser)
    }

    @Test func theRemoteCredentialsMayComeLater() throws {
        let server = Server(ICELiteAgent(local: Self.local))
        #expect(server.take(check(1).datagram, from: phone)?.outcome.refusal == nil)
        server.agent.setRemote(Self.newRemote)
        #expect(server.take(check(2).datagram, from: phone)?.outcome.refusal == .unknownUser)
        server.agent.restart(local: Self.newLocal, remote: nil)
        server.agent.setRemote(Self.newRemote)
        #expect(
            server.take(check(3, nominates: true, restarted: true).datagram, from: phone)?.outcome.completedRestart
                == true)
    }

    @Test func randomMessagesAreHarmless() {
        var random = SeededRandom(seed: 8445)
        let server = server()
        var refused = 0
        let sample = check(1, nominates: true).datagram
        for round in 0..<20_000 {
            var datagram = sample
            for _ in 0...Int(random.next() % 3) {
                // FINGERPRINT at the end is outside the integrity.
                datagram[Int(random.next() % UInt64(datagram.count - 8))] = UInt8(truncatingIfNeeded: random.next())
            }
            let source = SocketAddress(ipv4: UInt32(round), port: 9)
            guard datagram != sample,
                let taken = server.take(datagram, from: source, at: seconds(Double(round) / 1_000))
            else { continue }
            if taken.outcome.refusal == nil { Issue.record("a forged check was taken") }
            refused += 1
        }
        #expect(refused > 5_000 && server.addressCount == 0)
    }
}

extension [UInt8] {
    /// True when `part` stands in it somewhere.
    fileprivate func windows(of part: [UInt8]) -> Bool {
        indices.contains { Array(self[$0...].prefix(part.count)) == part }
    }
}
