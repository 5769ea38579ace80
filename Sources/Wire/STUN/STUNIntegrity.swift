// MESSAGE-INTEGRITY and FINGERPRINT of received messages (RFC 8489 sections 14.5 and 14.7).

internal import Basics

/// Bounds of what is read and written here.
public enum STUNLimits {
    /// Longest message that is authenticated: what fits an Ethernet frame. Checks take about 150 bytes.
    public static let messageByteCount = 1500
}

extension STUNMessage {
    /// True when MESSAGE-INTEGRITY is there and is the HMAC-SHA-1 under `key`.
    ///
    /// - Parameters:
    ///   - key: for short-term credentials the password's bytes (RFC 8489 section 9.1.1)
    ///   - datagram: the datagram this message was parsed from
    public func hasValidIntegrity(key: Span<UInt8>, in datagram: Span<UInt8>) -> Bool {
        guard let integrityOffset, integrityOffset <= STUNLimits.messageByteCount,
            integrityOffset <= datagram.count - 24
        else { return false }
        // The HMAC covers a header whose length ends with the attribute itself, whatever follows it.
        var copy = InlineArray<1500, UInt8>(repeating: 0)
        var message = copy.mutableSpan
        message.put(datagram.extracting(0..<integrityOffset), at: 0)
        message.put(UInt16(integrityOffset + 24 - Self.headerByteCount), at: 2)
        let digest = HMAC.sha1(key: key, message: message.span.extracting(0..<integrityOffset))
        return constantTimeEquals(digest.span, datagram.extracting(integrityOffset + 4..<integrityOffset + 24))
    }

    /// Nil without FINGERPRINT, else whether it is right.
    public func fingerprintIsValid(in datagram: Span<UInt8>) -> Bool? {
        guard let fingerprintOffset, fingerprintOffset <= datagram.count - 8 else { return nil }
        let checksum = CRC32.checksum(datagram.extracting(0..<fingerprintOffset)) ^ STUNWriter.fingerprintMask
        return checksum == datagram.uint32(at: fingerprintOffset + 4)
    }
}
