// Where the clear part of an RTP packet ends (RFC 3550 section 5.1), which is all that SRTP needs to know of it.

/// Header facts of an RTP packet, read without trusting any length in it.
struct SRTPPacketLayout {
    var ssrc: UInt32
    var sequence: UInt16
    /// Bytes of fixed header, CSRCs and header extension: authenticated, not encrypted.
    var headerCount: Int

    /// Nil when the packet of `count` bytes is not RTP version 2 or its header is longer than it.
    @inline(__always) init?(_ packet: UnsafeMutablePointer<UInt8>, count: Int) {
        guard count >= 12, unsafe packet[0] >> 6 == 2 else { return nil }
        let bytes = UnsafeRawPointer(packet)
        var header = unsafe 12 + Int(packet[0] & 0x0f) * 4
        if unsafe packet[0] & 0x10 != 0 {
            guard count >= header + 4 else { return nil }
            let words = unsafe UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: header + 2, as: UInt16.self))
            header += 4 + 4 * Int(words)
        }
        guard header <= count else { return nil }
        headerCount = header
        sequence = unsafe UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        ssrc = unsafe UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
    }

    /// The sender's SSRC of an RTCP packet; nil when it is too short or not RTCP version 2.
    @inline(__always) static func rtcpSource(_ packet: UnsafeMutablePointer<UInt8>, count: Int) -> UInt32? {
        guard count >= SRTPCipher.clearRTCPCount, unsafe packet[0] >> 6 == 2 else { return nil }
        return unsafe UInt32(
            bigEndian: UnsafeRawPointer(packet).loadUnaligned(fromByteOffset: 4, as: UInt32.self))
    }
}
