// Seals and opens single packets of one direction, RTP or RTCP: what stays when indices and windows are left out.
// RFC 3711 section 4.1.1 (counter mode) and 4.2 (HMAC), RFC 7714 sections 8 and 9 (AES-GCM).

internal import Basics
internal import COpenSSL

/// One session key with its salt and authentication key, in the form that OpenSSL works with fastest.
/// The packets are addressed by pointer: the callers, `SRTPSender` and `SRTPReceiver`, have checked every length.
@safe struct SRTPCipher: ~Copyable {
    enum Direction { case sealing, opening }

    let profile: SRTPProfile
    private let context: OpaquePointer
    /// The salt where the IV takes it: bytes 0–3 and 4–11 (GCM), bytes 0–7 and 8–15 (counter mode).
    private let saltHigh: UInt64
    private let saltLow: UInt64
    /// Unused by GCM.
    private var authentication = relais_hmac_sha1_key()

    /// - Parameter authenticationKey: 20 bytes, not used by GCM
    init(
        profile: SRTPProfile, direction: Direction, sessionKey: [UInt8], sessionSalt: [UInt8],
        authenticationKey: [UInt8]
    ) {
        precondition(sessionKey.count == 16 && sessionSalt.count == profile.masterSaltCount)
        self.profile = profile
        let salt = sessionSalt + [UInt8](repeating: 0, count: 16 - sessionSalt.count)
        let made = unsafe sessionKey.withUnsafeBufferPointer { key in
            switch profile {
            case .aeadAes128Gcm: unsafe relais_gcm_new(key.baseAddress!, direction == .sealing ? 1 : 0)
            case .aes128CmHmacSha1_80: unsafe relais_ctr_new(key.baseAddress!)
            }
        }
        guard let context = unsafe made else { fatalError("OpenSSL refuses AES-128") }
        unsafe self.context = context
        switch profile {
        case .aeadAes128Gcm:
            saltHigh = UInt64(salt.span.uint32(at: 0))
            saltLow = salt.span.uint64(at: 4)
        case .aes128CmHmacSha1_80:
            saltHigh = salt.span.uint64(at: 0)
            saltLow = salt.span.uint64(at: 8)
            let done = unsafe authenticationKey.withUnsafeBufferPointer {
                unsafe relais_hmac_sha1_prepare(&authentication, $0.baseAddress!, $0.count)
            }
            precondition(done == 1, "OpenSSL refuses SHA-1: check that its legacy digests are not disabled")
        }
    }

    init(rtp profile: SRTPProfile, direction: Direction, master: SRTPMasterKey) {
        self.init(
            profile: profile, direction: direction,
            sessionKey: SRTPKeyDerivation.derive(.rtpEncryption, from: master, count: 16),
            sessionSalt: SRTPKeyDerivation.derive(.rtpSalt, from: master, count: profile.masterSaltCount),
            authenticationKey: SRTPKeyDerivation.derive(.rtpAuthentication, from: master, count: 20))
    }

    init(rtcp profile: SRTPProfile, direction: Direction, master: SRTPMasterKey) {
        self.init(
            profile: profile, direction: direction,
            sessionKey: SRTPKeyDerivation.derive(.rtcpEncryption, from: master, count: 16),
            sessionSalt: SRTPKeyDerivation.derive(.rtcpSalt, from: master, count: profile.masterSaltCount),
            authenticationKey: SRTPKeyDerivation.derive(.rtcpAuthentication, from: master, count: 20))
    }

    deinit { unsafe EVP_CIPHER_CTX_free(context) }

    // MARK: RTP

    /// Encrypts `packet[header..<count]` and writes the tag behind it. False when OpenSSL refuses.
    func sealRTP(
        _ packet: UnsafeMutablePointer<UInt8>, header: Int, count: Int, ssrc: UInt32, index: UInt64
    ) -> Bool {
        switch profile {
        case .aeadAes128Gcm:
            return unsafe relais_gcm_seal(
                context, gcmHigh(ssrc), gcmLow(ssrc, index), packet, header, nil, 0, packet + header, count - header,
                packet + count) == 1
        case .aes128CmHmacSha1_80:
            guard
                unsafe relais_ctr_crypt(
                    context, counterHigh(ssrc), counterLow(index), packet + header, count - header) == 1
            else { return false }
            var rollover = UInt32(truncatingIfNeeded: index >> 16).bigEndian
            unsafe writeTag(packet, count, &rollover, to: packet + count)
            return true
        }
    }

    /// Verifies the tag at `packet[count]` and decrypts `packet[header..<count]`.
    func openRTP(
        _ packet: UnsafeMutablePointer<UInt8>, header: Int, count: Int, ssrc: UInt32, index: UInt64
    ) -> Bool {
        switch profile {
        case .aeadAes128Gcm:
            return unsafe relais_gcm_open(
                context, gcmHigh(ssrc), gcmLow(ssrc, index), packet, header, nil, 0, packet + header, count - header,
                packet + count) == 1
        case .aes128CmHmacSha1_80:
            var rollover = UInt32(truncatingIfNeeded: index >> 16).bigEndian
            guard unsafe hasTag(packet, count, &rollover, at: packet + count) else { return false }
            return unsafe relais_ctr_crypt(
                context, counterHigh(ssrc), counterLow(index), packet + header, count - header) == 1
        }
    }

    // MARK: RTCP

    /// Bytes of an RTCP packet that stay readable: its first header and the sender's SSRC.
    static let clearRTCPCount = 8

    /// Encrypts all behind the first eight bytes; appends the word of E flag and index, and the tag, in the profile's order.
    func sealRTCP(_ packet: UnsafeMutablePointer<UInt8>, count: Int, ssrc: UInt32, index: UInt32) -> Bool {
        let clear = Self.clearRTCPCount
        var word = (index | 0x8000_0000).bigEndian
        switch profile {
        case .aeadAes128Gcm:
            let sealed = unsafe withUnsafeBytes(of: &word) { word in
                unsafe relais_gcm_seal(
                    context, gcmHigh(ssrc), gcmLow(ssrc, UInt64(index)), packet, clear,
                    word.baseAddress!.assumingMemoryBound(to: UInt8.self), 4, packet + clear, count - clear,
                    packet + count) == 1
            }
            unsafe UnsafeMutableRawPointer(packet + count + 16).storeBytes(of: word, as: UInt32.self)
            return sealed
        case .aes128CmHmacSha1_80:
            guard
                unsafe relais_ctr_crypt(
                    context, counterHigh(ssrc), counterLow(UInt64(index)), packet + clear, count - clear) == 1
            else { return false }
            unsafe UnsafeMutableRawPointer(packet + count).storeBytes(of: word, as: UInt32.self)
            unsafe writeTag(packet, count + 4, nil, to: packet + count + 4)
            return true
        }
    }

    /// The word of E flag and index in a protected packet of `protectedCount` bytes.
    func indexWord(_ packet: UnsafeMutablePointer<UInt8>, protectedCount: Int) -> UInt32 {
        let offset = profile == .aeadAes128Gcm ? protectedCount - 4 : protectedCount - 14
        return unsafe UInt32(
            bigEndian: UnsafeRawPointer(packet + offset).loadUnaligned(as: UInt32.self))
    }

    /// Verifies and decrypts a packet whose plain form has `count` bytes.
    func openRTCP(_ packet: UnsafeMutablePointer<UInt8>, count: Int, ssrc: UInt32, index: UInt32) -> Bool {
        let clear = Self.clearRTCPCount
        switch profile {
        case .aeadAes128Gcm:
            return unsafe relais_gcm_open(
                context, gcmHigh(ssrc), gcmLow(ssrc, UInt64(index)), packet, clear, packet + count + 16, 4,
                packet + clear, count - clear, packet + count) == 1
        case .aes128CmHmacSha1_80:
            guard unsafe hasTag(packet, count + 4, nil, at: packet + count + 4) else { return false }
            return unsafe relais_ctr_crypt(
                context, counterHigh(ssrc), counterLow(UInt64(index)), packet + clear, count - clear) == 1
        }
    }

    // MARK: IVs and tags

    // RFC 7714 sections 8.1 and 9.1: 16 zero bits, SSRC, 48-bit index, all xor the salt.
    private func gcmHigh(_ ssrc: UInt32) -> UInt32 { UInt32(truncatingIfNeeded: saltHigh) ^ ssrc >> 16 }
    private func gcmLow(_ ssrc: UInt32, _ index: UInt64) -> UInt64 { saltLow ^ (UInt64(ssrc) << 48 | index) }

    // RFC 3711 section 4.1.1: (salt << 16) xor (SSRC << 64) xor (index << 16).
    private func counterHigh(_ ssrc: UInt32) -> UInt64 { saltHigh ^ UInt64(ssrc) }
    private func counterLow(_ index: UInt64) -> UInt64 { saltLow ^ index << 16 }

    private func computeTag(
        _ data: UnsafePointer<UInt8>, _ count: Int, _ rollover: UnsafePointer<UInt32>?
    ) -> InlineArray<20, UInt8> {
        var tag = InlineArray<20, UInt8>(repeating: 0)
        var span = tag.mutableSpan
        unsafe span.withUnsafeMutableBufferPointer { tag in
            unsafe withUnsafePointer(to: authentication) { key in
                let trailer = unsafe UnsafeRawPointer(rollover)?.assumingMemoryBound(to: UInt8.self)
                unsafe relais_hmac_sha1_tag(key, data, count, trailer, rollover == nil ? 0 : 4, tag.baseAddress!)
            }
        }
        return tag
    }

    private func writeTag(
        _ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ rollover: UnsafePointer<UInt32>?,
        to target: UnsafeMutablePointer<UInt8>
    ) {
        let tag = unsafe computeTag(data, count, rollover)
        for position in 0..<10 { unsafe target[position] = tag[position] }
    }

    /// Compares all ten bytes whatever the first ones are, so that the time taken tells nothing.
    private func hasTag(
        _ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ rollover: UnsafePointer<UInt32>?,
        at found: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        let tag = unsafe computeTag(data, count, rollover)
        var difference: UInt8 = 0
        for position in 0..<10 { difference |= unsafe found[position] ^ tag[position] }
        return difference == 0
    }
}
