// What a DTLS endpoint tells its owner.

/// Which side of the handshake an endpoint takes.
public enum DTLSRole: Sendable, Equatable {
    /// Sends the ClientHello (`a=setup:active`).
    case client
    /// Waits for it (`a=setup:passive`).
    case server
}

/// Where a DTLS endpoint stands. Failed and closed are final.
public enum DTLSState: Sendable, Equatable {
    /// Not yet begun, under way, or done but without a fingerprint to compare the peer's certificate with.
    case handshaking
    /// The handshake is done and the peer's certificate is the expected one.
    case connected
    case failed(DTLSFailure)
    /// The peer said good-bye, or we did.
    case closed
}

/// Why a DTLS endpoint failed.
public enum DTLSFailure: Sendable, Equatable {
    /// No answer for `DTLSLimits.handshakeSeconds`, however often it was asked.
    case timedOut
    /// The peer's certificate is not the one that the signaling promised.
    case fingerprintMismatch
    /// The peer knows none of our SRTP profiles.
    case noCommonProfile
    /// The peer sent more than a handshake needs.
    case tooMuchHandshakeData
    /// The peer's fatal alert, by its number (RFC 5246 section 7.2).
    case alert(UInt8)
    /// OpenSSL refused; its error code.
    case protocolError(code: UInt)
}
