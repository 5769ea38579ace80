import Basics
import ICE
import STUN

/// The client's side of a check, written field by field.
struct Check {
    var receiver = Array("serverFragment".utf8)
    var sender: [UInt8]? = Array("clientFragment".utf8)
    var password: [UInt8]? = Array("server-password-of-30-letters!".utf8)
    var transactionID = STUNTransactionID(high: 1, low: 1)
    var role = ICERoleClaim.controlling(tieBreaker: 9)
    var messageClass = STUNClass.request
    var usesCandidate = false
    var unknownAttribute: UInt16?
    var hasFingerprint = true

    var datagram: [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 1_000)
        var span = buffer.mutableSpan
        var writer = STUNWriter(messageClass, transactionID: transactionID, into: &span)
        let receiver = receiver
        if let sender {
            writer.appendUsername(receiver.span, sender.span, into: &span)
        } else {
            writer.append(STUNAttribute.username, receiver.span, into: &span)
        }
        writer.appendPriority(1, into: &span)
        writer.appendRole(role, into: &span)
        if usesCandidate { writer.appendUseCandidate(into: &span) }
        let empty: [UInt8] = []
        if let unknownAttribute { writer.append(unknownAttribute, empty.span, into: &span) }
        if let password { writer.appendIntegrity(key: password.span, into: &span) }
        if hasFingerprint { writer.appendFingerprint(into: &span) }
        let count = writer.finish()!
        return Array(buffer[..<count])
    }
}

/// An answer of an agent, taken apart.
struct Answer {
    var messageClass: STUNClass
    var transactionID: STUNTransactionID
    var errorCode: UInt16?
    var mappedAddress: SocketAddress?
    private var message: STUNMessage
    private var datagram: [UInt8]

    init?(_ datagram: [UInt8]) {
        guard !datagram.isEmpty, let message = try? STUNMessage(parsing: datagram.span) else { return nil }
        self.message = message
        self.datagram = datagram
        messageClass = message.messageClass
        transactionID = message.transactionID
        errorCode = message.errorCode
        mappedAddress = message.mappedAddress
    }

    var isIntact: Bool { message.fingerprintIsValid(in: datagram.span) == true }
    var hasIntegrity: Bool { message.integrityOffset != nil }
    func isAuthentic(under password: [UInt8]) -> Bool {
        message.hasValidIntegrity(key: password.span, in: datagram.span)
    }
}

/// A server agent behind a reference: the macros of Testing cannot change values.
@dynamicMemberLookup final class Server {
    var agent: ICELiteAgent

    init(_ agent: ICELiteAgent) { self.agent = agent }

    subscript<Value>(dynamicMember path: KeyPath<ICELiteAgent, Value>) -> Value { agent[keyPath: path] }
    func isAlive(at now: MonotonicTime) -> Bool { agent.isAlive(at: now) }
    func isValidated(_ address: SocketAddress) -> Bool { agent.isValidated(address) }
    func advance(to now: MonotonicTime) -> ICETimeout { agent.advance(to: now) }

    /// Takes a datagram as its owner does.
    func take(
        _ datagram: [UInt8], from source: SocketAddress, at now: MonotonicTime = .zero
    ) -> (outcome: ICEOutcome, response: [UInt8])? {
        guard let message = try? STUNMessage(parsing: datagram.span) else { return nil }
        var buffer = [UInt8](repeating: 0, count: ICELimits.messageBytes)
        var span = buffer.mutableSpan
        let outcome = agent.receive(message, datagram.span, from: source, at: now, response: &span)
        return (outcome, Array(buffer[..<outcome.responseByteCount]))
    }
}

/// A client agent behind a reference.
@dynamicMemberLookup final class Client {
    var agent: ICEClientAgent

    init(_ agent: ICEClientAgent) { self.agent = agent }

    subscript<Value>(dynamicMember path: KeyPath<ICEClientAgent, Value>) -> Value { agent[keyPath: path] }
    func isAlive(at now: MonotonicTime) -> Bool { agent.isAlive(at: now) }
    func hasFailed(at now: MonotonicTime) -> Bool { agent.hasFailed(at: now) }
    @discardableResult func add(_ candidate: SocketAddress, at now: MonotonicTime) -> Bool {
        agent.addRemoteCandidate(candidate, at: now)
    }

    func take(
        _ datagram: [UInt8], from source: SocketAddress, at now: MonotonicTime
    ) -> (outcome: ICEClientOutcome, response: [UInt8])? {
        guard let message = try? STUNMessage(parsing: datagram.span) else { return nil }
        var buffer = [UInt8](repeating: 0, count: ICELimits.messageBytes)
        var span = buffer.mutableSpan
        let outcome = agent.receive(message, datagram.span, from: source, at: now, response: &span)
        return (outcome, Array(buffer[..<outcome.responseByteCount]))
    }

    func due(at now: MonotonicTime) -> (datagram: [UInt8], destination: SocketAddress)? {
        var buffer = [UInt8](repeating: 0, count: ICELimits.messageBytes)
        var span = buffer.mutableSpan
        guard let sent = agent.nextTransmission(at: now, into: &span) else { return nil }
        return (Array(buffer[..<sent.byteCount]), sent.destination)
    }
}

func seconds(_ count: Double) -> MonotonicTime { .zero + .seconds(count) }
let phone = SocketAddress(host: "192.0.2.7", port: 50_000)!
let otherPhone = SocketAddress(host: "2001:db8::7", port: 50_001)!
