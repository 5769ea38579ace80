// SRTP protection profiles and the keys that a DTLS handshake exports for them (RFC 5764 section 4.1.2, RFC 7714 section 14.2).

/// The two protection profiles that this server negotiates, by their DTLS-SRTP numbers.
public enum SRTPProfile: UInt16, Sendable, CaseIterable {
    /// SRTP_AES128_CM_HMAC_SHA1_80 (RFC 5764 section 4.1.2)
    case aes128CmHmacSha1_80 = 0x0001
    /// SRTP_AEAD_AES_128_GCM (RFC 7714 section 14.2)
    case aeadAes128Gcm = 0x0007

    /// Bytes of a master key.
    public static let masterKeyCount = 16
    /// Bytes of the master salt.
    public var masterSaltCount: Int { self == .aeadAes128Gcm ? 12 : 14 }
    /// Bytes of the authentication tag of a packet.
    public var tagCount: Int { self == .aeadAes128Gcm ? 16 : 10 }
    /// Bytes by which an RTP packet grows when it is protected.
    public var rtpOverhead: Int { tagCount }
    /// Bytes by which an RTCP packet grows when it is protected: the tag and the word of the E flag and the index.
    public var rtcpOverhead: Int { tagCount + 4 }
    /// The largest growth of any packet under any profile: the tail room that a packet buffer needs.
    public static let largestOverhead = 20
}

/// Master key and master salt of one direction.
public struct SRTPMasterKey: Sendable {
    /// 16 bytes.
    public var key: [UInt8]
    /// 12 or 14 bytes, see `SRTPProfile.masterSaltCount`.
    public var salt: [UInt8]

    public init(key: [UInt8], salt: [UInt8]) {
        self.key = key
        self.salt = salt
    }
}

/// What a DTLS handshake with use_srtp yields: the profile and one master key for each direction.
public struct SRTPKeyMaterial: Sendable {
    public var profile: SRTPProfile
    /// For packets that this endpoint sends.
    public var local: SRTPMasterKey
    /// For packets that this endpoint receives.
    public var remote: SRTPMasterKey

    public init(profile: SRTPProfile, local: SRTPMasterKey, remote: SRTPMasterKey) {
        self.profile = profile
        self.local = local
        self.remote = remote
    }
}

/// Why a packet could not be protected or unprotected.
public enum SRTPError: Error, Sendable, CaseIterable {
    /// Not an RTP or RTCP packet, lengths that lie, or an RTCP packet that is not encrypted (its E flag is 0).
    case malformed
    /// The tag is wrong: forged, damaged, or sealed with other keys.
    case authenticationFailed
    /// The index was seen (receiving) or used (sending) before, or is too old for the window to tell.
    case replayed
    /// The table of streams is full: see `SRTPLimits`.
    case tooManyStreams
    /// Sending on an SSRC that was retired.
    case retired
    /// All indices of this key are used up (RFC 3711 section 9.2).
    case keyExhausted
    /// The buffer has no room for the tag behind the packet.
    case noRoom
    /// The cipher refused; it never does with the keys it was made with.
    case cipherFailed
}

/// Bounds of the SRTP contexts.
public enum SRTPLimits {
    /// Packets by which a stream may be late before it counts as replayed; a sender may be as far out of order. At 1,000
    /// packets a second and stream (a burst of screen share) it is one second, longer than a retransmission is useful.
    public static let windowPackets = 1024
    /// SSRCs that one sender may use, retired ones included. One subscriber of a room with 100 cameras and microphones
    /// uses 400 (media and RTX); a retired SSRC costs 8 bytes, a live one 152.
    public static let sendStreams = 65_536
    /// SSRCs that are received over one context, for RTP and again for RTCP. A publisher with ten simulcast tracks uses
    /// 60; a client in a large room receives some hundreds. Each costs 152 bytes, made only for authenticated packets.
    public static let receiveStreams = 2_048
    /// The 48-bit packet index of RTP (RFC 3711 section 9.2).
    static let lastRTPIndex: UInt64 = (1 << 48) - 1
    /// The 31-bit packet index of RTCP (RFC 3711 section 9.2).
    static let lastRTCPIndex: UInt64 = (1 << 31) - 1
}
