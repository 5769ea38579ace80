// What all DTLS endpoints of a process have in common: identity, version, cipher suites, SRTP profiles
// (RFC 8827 section 6.5, RFC 5764).

internal import COpenSSL

/// DTLS 1.2 with an ECDSA certificate and use_srtp. Immutable, shared by all threads; made once.
@safe public final class DTLSContext: @unchecked Sendable {
    let context: OpaquePointer
    public let identity: DTLSIdentity

    // An ECDSA certificate allows these three as a server; as a client we also take servers with RSA certificates.
    private static let cipherSuites =
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:"
        + "ECDHE-RSA-AES128-GCM-SHA256"
    private static let groups = "X25519:P-256:P-384"

    /// - Parameters:
    ///   - identity: the certificate to show
    ///   - profiles: SRTP profiles, the preferred one first
    public init(
        identity: DTLSIdentity, profiles: [SRTPProfile] = [.aeadAes128Gcm, .aes128CmHmacSha1_80]
    ) throws(DTLSError) {
        guard let context = unsafe SSL_CTX_new(DTLS_method()) else { throw DTLSError("a DTLS context") }
        guard unsafe Self.configure(context, identity, profiles) else {
            unsafe SSL_CTX_free(context)
            throw DTLSError("a DTLS context")
        }
        unsafe self.context = context
        self.identity = identity
    }

    deinit { unsafe SSL_CTX_free(context) }

    private static func configure(
        _ context: OpaquePointer, _ identity: DTLSIdentity, _ profiles: [SRTPProfile]
    ) -> Bool {
        let names = profiles.map { profile in
            switch profile {
            case .aeadAes128Gcm: "SRTP_AEAD_AES_128_GCM"
            case .aes128CmHmacSha1_80: "SRTP_AES128_CM_SHA1_80"
            }
        }
        unsafe relais_dtls_require_any_certificate(context)
        // SSL_CTX_set_tlsext_use_srtp answers 0 when it succeeds.
        return unsafe relais_dtls_configure(
            context, groups, DTLSLimits.datagramBytes, DTLSLimits.certificateChainBytes) == 1
            && SSL_CTX_use_certificate(context, identity.certificate) == 1
            && SSL_CTX_use_PrivateKey(context, identity.key) == 1
            && SSL_CTX_set_cipher_list(context, cipherSuites) == 1
            && SSL_CTX_set_tlsext_use_srtp(context, names.joined(separator: ":")) == 0
    }
}

/// Bounds of a DTLS endpoint.
public enum DTLSLimits {
    /// The largest datagram sent, in bytes of UDP payload: passes every path that WebRTC is used over.
    public static let datagramBytes = 1_200
    /// The largest piece of application data in one datagram: `datagramBytes` less the record header (13), the explicit
    /// nonce (8) and the tag (16).
    public static let applicationDataBytes = datagramBytes - 13 - 8 - 16
    /// Larger datagrams are not looked at: nothing on the Internet carries them whole.
    static let receivedDatagramBytes = 2_048
    /// All that a peer may send before the handshake is done. A flight with a long RSA certificate has 4 KB, and every
    /// one may be sent a dozen times.
    static let handshakeBytes = 256 * 1_024
    /// Encrypted records that may arrive before the handshake is done: one Finished for each time a flight is sent.
    /// OpenSSL keeps each in 16 KB.
    static let earlyRecords = 16
    /// A peer's certificate chain.
    static let certificateChainBytes = 16 * 1_024
    /// Datagrams that wait to be drained. One turn of the caller's loop hardly ever makes more than one flight, or what
    /// one SCTP window allows.
    static let outgoingBytes = 256 * 1_024
    /// First wait before a flight is sent again, doubled each time.
    static let firstRetransmissionMilliseconds = 100
    static let longestRetransmissionMilliseconds = 3_000
    /// From the first flight until the handshake counts as failed.
    static let handshakeSeconds = 30
}
