// The server's side of ICE: lite, always controlled (RFC 8445 sections 2.5 and 7.3). It answers checks and never sends
// any; who answers has consent by being checked (RFC 7675).

public import Basics
public import STUN

/// What became of one message.
public struct ICEOutcome: Hashable, Sendable {
    /// Bytes of the answer in the caller's buffer, for the sender of the message; 0 when there is none.
    public var responseByteCount = 0
    /// Nil when the message was a valid check.
    public var refusal: ICERefusal?
    /// The check's source was not among the validated addresses and now is.
    public var isNewAddress = false
    /// An address that had to leave the full table for it.
    public var evictedAddress: SocketAddress?
    /// `selectedAddress` is another one than before.
    public var selectedAddressChanged = false
    /// New credentials have been nominated; the old ones are void.
    public var completedRestart = false
}

/// What the passing of time did.
public enum ICETimeout: Hashable, Sendable {
    case none
    /// Addresses without consent are gone (`isValidated` tells which); the selected one is as before.
    case addressesExpired
    /// The selected address has lost its consent; another one takes over.
    case selectedAddressChanged
    /// No address has consent any more.
    case failed
}

/// Answers the checks of one peer, and knows where to send. Sans-IO.
public struct ICELiteAgent: Sendable {
    /// Credentials in use, one per side; the remote ones may come later.
    fileprivate struct Generation: Sendable {
        var local: ICECredentialBytes
        var remote: ICECredentialBytes?
    }

    private var current: Generation
    /// Of an ICE restart whose pair is not nominated yet.
    private var pending: Generation?
    private var addresses = ValidatedAddresses()
    private var transactions = RecentTransactions()

    /// Where to send: the pair nominated last, or before any nomination the one validated first.
    public private(set) var selectedAddress: SocketAddress?
    /// The peer has nominated a pair since the beginning.
    public private(set) var isNominated = false

    public init(local: ICECredentialBytes, remote: ICECredentialBytes? = nil) {
        current = Generation(local: local, remote: remote)
    }

    /// Credentials that checks may use now.
    public var local: ICECredentialBytes { current.local }
    /// The local credentials of a restart that is under way.
    public var restartingLocal: ICECredentialBytes? { pending?.local }

    /// Tells the peer's credentials when its answer comes after the agent was made or restarted.
    public mutating func setRemote(_ remote: ICECredentialBytes) {
        if pending != nil { pending?.remote = remote } else { current.remote = remote }
    }

    /// Begins an ICE restart (RFC 8445 section 9): both sets of credentials are answered until the peer nominates a pair
    /// with the new ones. A restart during a restart replaces the one before.
    public mutating func restart(local: ICECredentialBytes, remote: ICECredentialBytes?) {
        pending = Generation(local: local, remote: remote)
    }

    /// Number of validated addresses.
    public var addressCount: Int { addresses.count }
    public func isValidated(_ address: SocketAddress) -> Bool { addresses.index(of: address) != nil }

    /// True while somebody agrees to receive: a valid check in the last 30 s.
    public func isAlive(at now: MonotonicTime) -> Bool {
        guard let freshest = addresses.freshest else { return false }
        return now - freshest.lastCheck < ICELimits.consentLifetime
    }

    /// When `advance` has something to do; nil before the first valid check.
    public var nextDeadline: MonotonicTime? { addresses.oldestCheck.map { $0 + ICELimits.consentLifetime } }

    /// Drops addresses without consent.
    public mutating func advance(to now: MonotonicTime) -> ICETimeout {
        guard addresses.expire(before: now - ICELimits.consentLifetime) else { return .none }
        guard let freshest = addresses.freshest else {
            selectedAddress = nil
            return .failed
        }
        if let selectedAddress, isValidated(selectedAddress) { return .addressesExpired }
        selectedAddress = freshest.address
        return .selectedAddressChanged
    }

    /// Takes a STUN message of the peer.
    ///
    /// - Parameters:
    ///   - message: parsed from `datagram`
    ///   - response: at least `ICELimits.messageBytes`
    public mutating func receive(
        _ message: STUNMessage, _ datagram: Span<UInt8>, from source: SocketAddress, at now: MonotonicTime,
        response: inout MutableSpan<UInt8>
    ) -> ICEOutcome {
        var outcome = ICEOutcome()
        // Indications keep bindings open and ask for nothing (RFC 8445 section 11).
        guard message.messageClass == .request, message.method == STUNMethod.binding else {
            outcome.refusal = .unexpected
            return outcome
        }
        guard message.fingerprintIsValid(in: datagram) != false else {
            outcome.refusal = .badFingerprint
            return outcome
        }
        let isPending = pending.map { message.isAddressed(to: $0, in: datagram) } ?? false
        guard isPending || message.isAddressed(to: current, in: datagram) else {
            outcome.refusal = .unknownUser
            return outcome
        }
        let password = (isPending ? pending?.local : current.local)?.password ?? []
        if let refusal = refusal(of: message, datagram, password: password, from: source) {
            outcome.refusal = refusal
            outcome.responseByteCount = Self.answer(refusal, to: message, password: password, into: &response)
            return outcome
        }
        accept(message, isPending: isPending, from: source, at: now, &outcome)
        outcome.responseByteCount = CheckResponse.writeSuccess(
            to: message, from: source, password: password, into: &response)
        return outcome
    }

    private mutating func refusal(
        of message: STUNMessage, _ datagram: Span<UInt8>, password: [UInt8], from source: SocketAddress
    ) -> ICERefusal? {
        guard message.hasValidIntegrity(key: password.span, in: datagram) else { return .badIntegrity }
        guard message.unknownAttributes.count == 0 else { return .unknownAttribute }
        // A lite agent cannot take the controlling role from a full one (RFC 8445 section 6.1.1).
        if case .controlled = message.role { return .roleConflict }
        let id = message.transactionID
        return transactions.note(high: id.high, low: id.low, from: source) ? nil : .replayed
    }

    private static func answer(
        _ refusal: ICERefusal, to message: STUNMessage, password: [UInt8], into response: inout MutableSpan<UInt8>
    ) -> Int {
        switch refusal {
        case .badIntegrity:
            CheckResponse.writeError(STUNErrorCode.unauthenticated, to: message, password: nil, into: &response)
        case .unknownAttribute:
            CheckResponse.writeError(STUNErrorCode.unknownAttribute, to: message, password: password, into: &response)
        case .roleConflict:
            CheckResponse.writeError(STUNErrorCode.roleConflict, to: message, password: password, into: &response)
        case .unexpected, .badFingerprint, .unknownUser, .replayed: 0
        }
    }

    /// The latest nomination wins: Firefox nominates several pairs one after the other.
    private mutating func accept(
        _ message: STUNMessage, isPending: Bool, from source: SocketAddress, at now: MonotonicTime,
        _ outcome: inout ICEOutcome
    ) {
        let noted = addresses.note(source, at: now, keeping: selectedAddress)
        outcome.isNewAddress = noted.isNew
        outcome.evictedAddress = noted.evicted
        if message.usesCandidate {
            if isPending, let fresh = pending {
                current = fresh
                pending = nil
                outcome.completedRestart = true
            }
            isNominated = true
            select(source, &outcome)
        } else if selectedAddress == nil {
            select(source, &outcome)
        }
    }

    private mutating func select(_ address: SocketAddress, _ outcome: inout ICEOutcome) {
        guard selectedAddress != address else { return }
        selectedAddress = address
        outcome.selectedAddressChanged = true
    }
}

extension STUNMessage {
    fileprivate func isAddressed(to generation: ICELiteAgent.Generation, in datagram: Span<UInt8>) -> Bool {
        isAddressed(
            to: generation.local.usernameFragment, from: generation.remote?.usernameFragment, in: datagram)
    }
}
