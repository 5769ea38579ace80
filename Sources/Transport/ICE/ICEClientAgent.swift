// A client's side of ICE: controlling, with one local socket, for synthetic peers in tests and load (RFC 8445 sections 6
// and 7.2, RFC 7675). Sans-IO: `nextTransmission` says what to send, `receive` takes what came.

public import Basics
public import STUN

/// What became of one message that a client received.
public struct ICEClientOutcome: Hashable, Sendable {
    /// Bytes of the answer in the caller's buffer, for the sender of the message; 0 when there is none.
    public var responseByteCount = 0
    /// Nil when the message was a valid request or the answer to a check of ours.
    public var refusal: ICERefusal?
    /// `selectedAddress` is another one than before.
    public var selectedAddressChanged = false
}

/// Checks the server's candidates, nominates the first that answers, keeps consent.
public struct ICEClientAgent: Sendable {
    fileprivate enum Phase: Sendable {
        /// No check has been sent.
        case waiting
        /// A check is under way.
        case checking
        /// Answered; the next check nominates it.
        case nominating
        /// Nominated: consent checks go on.
        case selected
        /// Answered, another one was nominated.
        case idle
        case failed
    }

    fileprivate struct Candidate: Sendable {
        let address: SocketAddress
        var phase = Phase.waiting
        var transactionID = STUNTransactionID(high: 0, low: 0)
        var attempts = 0
        var firstSentAt = MonotonicTime.zero
        var nextSend: MonotonicTime
    }

    private var local: ICECredentialBytes
    private var remote: ICECredentialBytes
    private let tieBreaker: UInt64
    private var random: SeededRandom
    private var candidates: [Candidate] = []
    private var lastFirstCheck: MonotonicTime?
    private var lastConsent: MonotonicTime?

    /// Where to send; nil until a nomination is answered.
    public private(set) var selectedAddress: SocketAddress?
    /// Of the latest answered check that was sent once.
    public private(set) var roundTripTime: Interval?
    /// How the server sees this client, from its latest answer.
    public private(set) var mappedAddress: SocketAddress?

    public init(local: ICECredentialBytes, remote: ICECredentialBytes, random: SeededRandom) {
        self.local = local
        self.remote = remote
        self.random = random
        tieBreaker = self.random.next()
    }

    /// Adds a candidate of the server; false when it is known or there are sixteen already.
    @discardableResult public mutating func addRemoteCandidate(_ address: SocketAddress, at now: MonotonicTime) -> Bool
    {
        guard candidates.count < ICELimits.remoteCandidates, !candidates.contains(where: { $0.address == address })
        else { return false }
        candidates.append(Candidate(address: address, nextSend: now))
        return true
    }

    /// Begins an ICE restart: all candidates are checked anew with the new credentials; media goes on to the selected
    /// address until another nomination is answered.
    public mutating func restart(local: ICECredentialBytes, remote: ICECredentialBytes, at now: MonotonicTime) {
        self.local = local
        self.remote = remote
        candidates = candidates.map { Candidate(address: $0.address, nextSend: now) }
    }

    /// Checks the selected address at once and nominates it again: what a client does when its own network has changed.
    public mutating func checkNow(at now: MonotonicTime) {
        for index in candidates.indices where candidates[index].address == selectedAddress {
            candidates[index].phase = .nominating
            candidates[index].attempts = 0
            candidates[index].nextSend = now
        }
    }

    /// True while the server answers: a valid answer in the last 30 s.
    public func isAlive(at now: MonotonicTime) -> Bool {
        guard let lastConsent else { return false }
        return now - lastConsent < ICELimits.consentLifetime
    }

    /// All candidates failed, or consent was lost.
    public func hasFailed(at now: MonotonicTime) -> Bool {
        if lastConsent != nil { return !isAlive(at: now) }
        return !candidates.isEmpty && candidates.allSatisfy { $0.phase == .failed }
    }

    /// When `nextTransmission` has something to send; nil without candidates to check.
    public var nextDeadline: MonotonicTime? { candidates.compactMap(dueTime).min() }

    private func dueTime(_ candidate: Candidate) -> MonotonicTime? {
        switch candidate.phase {
        case .failed, .idle: nil
        // First checks are paced over all candidates.
        case .waiting: max(candidate.nextSend, lastFirstCheck.map { $0 + ICELimits.checkPacing } ?? .zero)
        case .checking, .nominating, .selected: candidate.nextSend
        }
    }

    /// Writes the next check that is due; nil when none is. Call until nil.
    ///
    /// - Parameter buffer: at least `ICELimits.messageBytes`
    public mutating func nextTransmission(
        at now: MonotonicTime, into buffer: inout MutableSpan<UInt8>
    ) -> (byteCount: Int, destination: SocketAddress)? {
        for index in candidates.indices {
            guard let due = dueTime(candidates[index]), due <= now else { continue }
            guard prepareCheck(index, at: now) else { continue }
            let count = writeCheck(candidates[index], into: &buffer)
            return (count, candidates[index].address)
        }
        return nil
    }

    /// Moves the candidate's timers for one transmission; false when its attempts are used up.
    private mutating func prepareCheck(_ index: Int, at now: MonotonicTime) -> Bool {
        if candidates[index].phase == .waiting {
            candidates[index].phase = .checking
            lastFirstCheck = now
        }
        if candidates[index].phase == .selected {
            // Consent checks are not retransmitted, each is a new transaction (RFC 7675 section 5.1).
            beginTransaction(index, at: now)
            let interval = ICELimits.consentInterval.nanoseconds
            let variation = Int64(random.next() % UInt64(interval * 2 / 5))
            candidates[index].nextSend = now + Interval(nanoseconds: interval * 4 / 5 + variation)
            return true
        }
        guard candidates[index].attempts < ICELimits.checkAttempts else {
            candidates[index].phase = .failed
            return false
        }
        if candidates[index].attempts == 0 { beginTransaction(index, at: now) }
        candidates[index].nextSend = now + ICELimits.retransmission * (1 << candidates[index].attempts)
        candidates[index].attempts += 1
        return true
    }

    private mutating func beginTransaction(_ index: Int, at now: MonotonicTime) {
        candidates[index].transactionID = STUNTransactionID(using: &random)
        candidates[index].firstSentAt = now
    }

    private func writeCheck(_ candidate: Candidate, into buffer: inout MutableSpan<UInt8>) -> Int {
        var writer = STUNWriter(.request, transactionID: candidate.transactionID, into: &buffer)
        let receiver = remote.usernameFragment.span
        let sender = local.usernameFragment.span
        writer.appendUsername(receiver, sender, into: &buffer)
        // A peer-reflexive candidate of component 1 (RFC 8445 section 5.1.2.1).
        writer.appendPriority(110 << 24 | 65_535 << 8 | 255, into: &buffer)
        writer.appendRole(.controlling(tieBreaker: tieBreaker), into: &buffer)
        if candidate.phase == .nominating { writer.appendUseCandidate(into: &buffer) }
        let key = remote.password.span
        writer.appendIntegrity(key: key, into: &buffer)
        writer.appendFingerprint(into: &buffer)
        return writer.finish() ?? 0
    }

    /// Takes a STUN message: the answer to a check of ours, or a check of a full agent.
    ///
    /// - Parameter response: at least `ICELimits.messageBytes`
    public mutating func receive(
        _ message: STUNMessage, _ datagram: Span<UInt8>, from source: SocketAddress, at now: MonotonicTime,
        response: inout MutableSpan<UInt8>
    ) -> ICEClientOutcome {
        var outcome = ICEClientOutcome()
        switch message.messageClass {
        case .request:
            guard message.isAddressed(to: local.usernameFragment, from: remote.usernameFragment, in: datagram) else {
                outcome.refusal = .unknownUser
                break
            }
            guard message.hasValidIntegrity(key: local.password.span, in: datagram) else {
                outcome.refusal = .badIntegrity
                break
            }
            outcome.responseByteCount = CheckResponse.writeSuccess(
                to: message, from: source, password: local.password, into: &response)
        case .success:
            guard message.hasValidIntegrity(key: remote.password.span, in: datagram) else {
                outcome.refusal = .badIntegrity
                break
            }
            guard let index = candidates.firstIndex(where: { $0.isWaiting(for: message, from: source) }) else {
                outcome.refusal = .unexpected
                break
            }
            noteAnswer(index, message, at: now, &outcome)
        // An error may be forged by anybody: the check is repeated, and fails when its attempts are used up.
        case .error, .indication: outcome.refusal = .unexpected
        }
        return outcome
    }

    private mutating func noteAnswer(
        _ index: Int, _ message: STUNMessage, at now: MonotonicTime, _ outcome: inout ICEClientOutcome
    ) {
        let candidate = candidates[index]
        if candidate.attempts <= 1 { roundTripTime = now - candidate.firstSentAt }
        mappedAddress = message.mappedAddress
        lastConsent = now
        switch candidate.phase {
        case .checking:
            let isTaken = candidates.contains { $0.phase == .nominating || $0.phase == .selected }
            candidates[index].phase = isTaken ? .idle : .nominating
            candidates[index].attempts = 0
            candidates[index].nextSend = now
        case .nominating:
            for other in candidates.indices where candidates[other].phase == .selected {
                candidates[other].phase = .idle
            }
            candidates[index].phase = .selected
            candidates[index].attempts = 0
            candidates[index].nextSend = now + ICELimits.consentInterval
            outcome.selectedAddressChanged = selectedAddress != candidate.address
            selectedAddress = candidate.address
        case .waiting, .selected, .idle, .failed: break
        }
        // An answer is taken once.
        candidates[index].transactionID = STUNTransactionID(high: 0, low: 0)
    }
}

extension ICEClientAgent.Candidate {
    /// Only answers from where the check went are taken (RFC 8445 section 7.2.5.2.1).
    fileprivate func isWaiting(for response: STUNMessage, from source: SocketAddress) -> Bool {
        address == source && transactionID == response.transactionID
            && transactionID != STUNTransactionID(high: 0, low: 0)
    }
}
