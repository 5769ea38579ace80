// Session keys from the master key: AES counter mode as the pseudo-random function (RFC 3711 section 4.3, RFC 7714 section 11).

internal import Basics
internal import COpenSSL

/// The labels of RFC 3711 section 4.3.1 and 4.3.2.
enum SRTPKeyLabel: UInt8 {
    case rtpEncryption = 0
    case rtpAuthentication = 1
    case rtpSalt = 2
    case rtcpEncryption = 3
    case rtcpAuthentication = 4
    case rtcpSalt = 5
}

enum SRTPKeyDerivation {
    /// `count` bytes for `label` with a key derivation rate of zero, which is the only one that DTLS-SRTP knows.
    static func derive(_ label: SRTPKeyLabel, from master: SRTPMasterKey, count: Int) -> [UInt8] {
        precondition(master.key.count == SRTPProfile.masterKeyCount && master.salt.count <= 14, "key or salt length")
        // x = (label << 48) xor salt, the 112 bits of it standing in front of a 16-bit block counter.
        var block = master.salt + [UInt8](repeating: 0, count: 16 - master.salt.count)
        block[7] ^= label.rawValue
        let high = block.span.uint64(at: 0)
        let low = block.span.uint64(at: 8)
        var keystream = [UInt8](repeating: 0, count: count)
        let context = unsafe master.key.withUnsafeBufferPointer { unsafe relais_ctr_new($0.baseAddress!) }
        guard let context = unsafe context else { fatalError("OpenSSL refuses AES-128 in counter mode") }
        let done = unsafe keystream.withUnsafeMutableBufferPointer {
            unsafe relais_ctr_crypt(context, high, low, $0.baseAddress!, count)
        }
        unsafe EVP_CIPHER_CTX_free(context)
        precondition(done == 1, "OpenSSL refuses AES-128 in counter mode")
        return keystream
    }
}
