// The outside of DTLS records (RFC 6347 section 4.1): what can be told of a datagram before OpenSSL sees it.

internal import Basics

/// A datagram's records, counted without trusting any length in it.
struct DTLSRecords: Equatable {
    static let headerCount = 13

    /// Records in epoch 0, which are not encrypted.
    var plain = 0
    /// Records in a later epoch.
    var encrypted = 0
    /// Records of application data, in any epoch.
    var applicationData = 0

    /// Nil when the datagram is not a sequence of whole DTLS 1.0 or 1.2 records.
    init?(_ datagram: Span<UInt8>) {
        var offset = 0
        while offset < datagram.count {
            guard datagram.count - offset >= Self.headerCount, Self.isRecordStart(datagram, at: offset) else {
                return nil
            }
            let count = Int(datagram.uint16(at: offset + 11))
            guard count <= datagram.count - offset - Self.headerCount else { return nil }
            if datagram.uint16(at: offset + 3) == 0 { plain += 1 } else { encrypted += 1 }
            if datagram[offset] == 23 { applicationData += 1 }
            offset += Self.headerCount + count
        }
        guard plain + encrypted > 0 else { return nil }
    }

    /// True for a datagram that may begin a handshake: its first record is (a piece of) a ClientHello, not encrypted.
    static func beginsWithClientHello(_ datagram: Span<UInt8>) -> Bool {
        // Record header, handshake header (RFC 6347 section 4.2.2).
        guard datagram.count > headerCount + 12, datagram[0] == 22, isRecordStart(datagram, at: 0) else { return false }
        let record = Int(datagram.uint16(at: 11))
        guard datagram.uint16(at: 3) == 0, record > 12, record <= datagram.count - headerCount else { return false }
        let message = datagram.uint24(at: headerCount + 1)
        let fragmentOffset = datagram.uint24(at: headerCount + 6)
        let fragment = datagram.uint24(at: headerCount + 9)
        // A ClientHello is a type 1 message in sequence 0, or 1 after a cookie, which we never ask for.
        return datagram[headerCount] == 1 && datagram.uint16(at: headerCount + 4) == 0
            && message <= 16_384 && fragmentOffset + fragment <= message && Int(fragment) <= record - 12
    }

    /// Content types 20 to 23: change_cipher_spec, alert, handshake, application_data.
    private static func isRecordStart(_ datagram: Span<UInt8>, at offset: Int) -> Bool {
        (20...23).contains(datagram[offset]) && datagram[offset + 1] == 0xfe
            && (datagram[offset + 2] == 0xff || datagram[offset + 2] == 0xfd)
    }
}
