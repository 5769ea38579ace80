// The certificate that this server shows in DTLS handshakes: self-signed, made in the process (RFC 8827 section 6.5).

internal import COpenSSL

/// Something of OpenSSL could not be made.
public struct DTLSError: Error, Sendable, CustomStringConvertible {
    /// What was being made.
    public let what: String
    /// OpenSSL's error code, 0 when it gave none.
    public let code: UInt

    init(_ what: String) {
        self.what = what
        code = ERR_get_error()
    }

    public var description: String { "OpenSSL could not make \(what) (error \(code))" }
}

/// A P-256 key and its self-signed certificate; one for each process is usual. Immutable, shared by all threads.
@safe public final class DTLSIdentity: @unchecked Sendable {
    let key: OpaquePointer
    let certificate: OpaquePointer
    /// SHA-256 of the certificate, for `a=fingerprint`.
    public let fingerprint: DTLSFingerprint

    /// Nobody verifies the dates, trust is the fingerprint; ten years outlive every process.
    private static let validDays = 3_650

    public convenience init() throws(DTLSError) {
        guard let key = unsafe relais_ec_p256_generate() else { throw DTLSError("a P-256 key") }
        try unsafe self.init(taking: key)
    }

    /// A certificate for `key`, which is freed with the identity, or at once when that fails.
    init(taking key: OpaquePointer) throws(DTLSError) {
        guard let certificate = unsafe X509_new() else {
            unsafe EVP_PKEY_free(key)
            throw DTLSError("a certificate")
        }
        guard unsafe Self.fill(certificate, with: key),
            let fingerprint = unsafe DTLSFingerprint(of: certificate, .sha256)
        else {
            unsafe X509_free(certificate)
            unsafe EVP_PKEY_free(key)
            throw DTLSError("a self-signed certificate")
        }
        unsafe self.key = key
        unsafe self.certificate = certificate
        self.fingerprint = fingerprint
    }

    deinit {
        unsafe X509_free(certificate)
        unsafe EVP_PKEY_free(key)
    }

    private static func fill(_ certificate: OpaquePointer, with key: OpaquePointer) -> Bool {
        var serial = [UInt8](repeating: 0, count: 8)
        guard unsafe RAND_bytes(&serial, 8) == 1 else { return false }
        // A serial number is positive and not zero.
        let number = serial.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } >> 1 | 1
        let name = unsafe X509_get_subject_name(certificate)
        let utf8: Int32 = 0x1000
        return unsafe X509_set_version(certificate, 2) == 1
            && ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), number) == 1
            && X509_gmtime_adj(X509_getm_notBefore(certificate), -86_400) != nil
            && X509_gmtime_adj(X509_getm_notAfter(certificate), validDays * 86_400) != nil
            && X509_NAME_add_entry_by_txt(name, "CN", utf8, "WebRTC", -1, -1, 0) == 1
            && X509_set_issuer_name(certificate, name) == 1
            && X509_set_pubkey(certificate, key) == 1
            && X509_sign(certificate, key, EVP_sha256()) > 0
    }
}

extension DTLSFingerprint {
    /// Hashes an X.509 certificate; nil when OpenSSL refuses.
    init?(of certificate: OpaquePointer, _ algorithm: Algorithm) {
        let hash =
            switch algorithm {
            case .sha256: unsafe EVP_sha256()
            case .sha384: unsafe EVP_sha384()
            case .sha512: unsafe EVP_sha512()
            }
        var digest = [UInt8](repeating: 0, count: algorithm.count)
        var count: UInt32 = 0
        guard unsafe X509_digest(certificate, hash, &digest, &count) == 1 else { return nil }
        self.init(algorithm: algorithm, digest: digest)
    }
}
