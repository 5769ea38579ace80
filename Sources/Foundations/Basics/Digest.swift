// One-shot digests of OpenSSL, for signaling and STUN. Packets are sealed elsewhere, with contexts that are kept.

internal import COpenSSL

/// Keyed hashes (RFC 2104).
public enum HMAC {
    /// HMAC-SHA-1, 20 bytes (STUN MESSAGE-INTEGRITY, RFC 8489 section 14.5).
    public static func sha1(key: Span<UInt8>, message: Span<UInt8>) -> InlineArray<20, UInt8> {
        var digest = InlineArray<20, UInt8>(repeating: 0)
        var span = digest.mutableSpan
        let done = unsafe span.withUnsafeMutableBufferPointer { out in
            unsafe key.withUnsafeBufferPointer { key in
                unsafe message.withUnsafeBufferPointer { message in
                    unsafe relais_hmac_sha1(
                        key.baseAddress ?? emptyKey, key.count, message.baseAddress, message.count, out.baseAddress!)
                }
            }
        }
        precondition(done == 1, "OpenSSL refuses HMAC-SHA-1: check that its legacy digests are not disabled")
        return digest
    }

    /// HMAC-SHA-256, 32 bytes (JWT HS256, RFC 7518 section 3.2).
    public static func sha256(key: Span<UInt8>, message: Span<UInt8>) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        let done = unsafe digest.withUnsafeMutableBufferPointer { out in
            unsafe key.withUnsafeBufferPointer { key in
                unsafe message.withUnsafeBufferPointer { message in
                    unsafe relais_hmac_sha256(
                        key.baseAddress ?? emptyKey, key.count, message.baseAddress, message.count, out.baseAddress!)
                }
            }
        }
        precondition(done == 1, "OpenSSL refuses HMAC-SHA-256")
        return digest
    }

    // OpenSSL takes a null key for "the key of before"; an empty key needs an address.
    nonisolated(unsafe) private static let emptyKey: UnsafePointer<UInt8> = {
        let byte = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
        unsafe byte.initialize(to: 0)
        return unsafe UnsafePointer(byte)
    }()
}

/// SHA-256 (FIPS 180-4).
public enum SHA256 {
    public static func digest(_ message: Span<UInt8>) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        unsafe digest.withUnsafeMutableBufferPointer { out in
            unsafe message.withUnsafeBufferPointer { message in
                _ = unsafe COpenSSL.SHA256(message.baseAddress, message.count, out.baseAddress!)
            }
        }
        return digest
    }
}

/// True when both hold the same bytes; takes as long for the first difference as for the last.
public func constantTimeEquals(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
    guard a.count == b.count else { return false }
    var difference: UInt8 = 0
    for index in a.indices { difference |= a[index] ^ b[index] }
    return difference == 0
}
