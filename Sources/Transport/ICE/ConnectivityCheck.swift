// Reading and answering of connectivity checks, the same for both kinds of agent (RFC 8445 section 7).

internal import Basics
public import STUN

/// Why a message was not taken as a valid check.
public enum ICERefusal: Hashable, Sendable {
    /// Not a binding request (or not a response that was waited for).
    case unexpected
    /// FINGERPRINT is there and wrong.
    case badFingerprint
    /// USERNAME is missing or names somebody else.
    case unknownUser
    /// MESSAGE-INTEGRITY is missing or wrong.
    case badIntegrity
    case unknownAttribute
    /// The peer claims a role that is not its own.
    case roleConflict
    /// The same transaction came from another address: a copy of a genuine check.
    case replayed
}

extension STUNMessage {
    /// The receiver's part of USERNAME, by which a check finds its transport: everything before the first colon.
    public func receiverUsernameFragment(in datagram: Span<UInt8>) -> Range<Int>? {
        guard let username else { return nil }
        for index in username where datagram[index] == UInt8(ascii: ":") { return username.lowerBound..<index }
        return nil
    }

    /// Whether USERNAME is `receiver:sender`; any sender when that is not known yet.
    func isAddressed(to receiver: [UInt8], from sender: [UInt8]?, in datagram: Span<UInt8>) -> Bool {
        guard let username, let part = receiverUsernameFragment(in: datagram) else { return false }
        guard constantTimeEquals(receiver.span, datagram.extracting(part)) else { return false }
        guard let sender else { return true }
        return constantTimeEquals(sender.span, datagram.extracting(part.upperBound + 1..<username.upperBound))
    }
}

/// Writes responses to checks.
enum CheckResponse {
    /// Success with the address that the request came from (RFC 8445 section 7.3.1.2).
    static func writeSuccess(
        to request: STUNMessage, from source: SocketAddress, password: [UInt8], into buffer: inout MutableSpan<UInt8>
    ) -> Int {
        var writer = STUNWriter(.success, transactionID: request.transactionID, into: &buffer)
        writer.appendMappedAddress(source, into: &buffer)
        let key = password.span
        writer.appendIntegrity(key: key, into: &buffer)
        writer.appendFingerprint(into: &buffer)
        return writer.finish() ?? 0
    }

    /// - Parameter password: nil when the request was not authentic: the response is not either
    ///   (RFC 8489 section 9.1.3)
    static func writeError(
        _ code: UInt16, to request: STUNMessage, password: [UInt8]?, into buffer: inout MutableSpan<UInt8>
    ) -> Int {
        var writer = STUNWriter(.error, transactionID: request.transactionID, into: &buffer)
        writer.appendErrorCode(code, into: &buffer)
        if request.unknownAttributes.count > 0 {
            writer.appendUnknownAttributes(request.unknownAttributes, into: &buffer)
        }
        if let password {
            let key = password.span
            writer.appendIntegrity(key: key, into: &buffer)
        }
        writer.appendFingerprint(into: &buffer)
        return writer.finish() ?? 0
    }
}
