// The test vectors of RFC 3711 appendix B and RFC 7714 sections 16 and 17.

import Basics
import COpenSSL
import Testing

@testable import SecureTransport

private func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = hexadecimal.filter { !$0.isWhitespace }
    return stride(from: 0, to: digits.count, by: 2).map { offset in
        let start = digits.index(digits.startIndex, offsetBy: offset)
        return UInt8(digits[start..<digits.index(start, offsetBy: 2)], radix: 16)!
    }
}

@Suite struct SRTPVectorTests {
    /// RFC 3711 appendix B.2: the counter-mode key stream of 0xff02 blocks, its first and its last ones.
    @Test func counterModeKeyStream() {
        let context = unsafe relais_ctr_new(bytes("2B7E151628AED2A6ABF7158809CF4F3C"))!
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        var stream = [UInt8](repeating: 0, count: 0xff02 * 16)
        let done = unsafe relais_ctr_crypt(
            context, 0xF0F1_F2F3_F4F5_F6F7, 0xF8F9_FAFB_FCFD_0000, &stream, stream.count)
        #expect(done == 1)
        #expect(
            stream.prefix(48)
                == bytes(
                    """
                    E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB
                    41E95B3BB0A2E8DD477901E4FCA894C0
                    """)[...])
        #expect(
            stream.suffix(48)
                == bytes(
                    """
                    EC8CDF7398607CB0F2D21675EA9EA1E4 362B7C3C6773516318A077D7FC5073AE
                    6A2CC3787889374FBEB4C81B17BA6C44
                    """)[...])
    }

    /// RFC 3711 appendix B.3.
    @Test func keyDerivation() {
        let master = SRTPMasterKey(
            key: bytes("E1F97A0D3E018BE0D64FA32C06DE4139"), salt: bytes("0EC675AD498AFEEBB6960B3AABE6"))
        let key = SRTPKeyDerivation.derive(.rtpEncryption, from: master, count: 16)
        let salt = SRTPKeyDerivation.derive(.rtpSalt, from: master, count: 14)
        let authentication = SRTPKeyDerivation.derive(.rtpAuthentication, from: master, count: 94)
        #expect(key == bytes("C61E7A93744F39EE10734AFE3FF7A087"))
        #expect(salt == bytes("30CBBC08863D8C85D49DB34A9AE1"))
        #expect(
            authentication
                == bytes(
                    """
                    CEBE321F6FF7716B6FD4AB49AF256A15 6D38BAA48F0A0ACF3C34E2359E6CDBCE
                    E049646C43D9327AD175578EF7227098 6371C10C9A369AC2F94A8C5FBCDDDC25
                    6D6E919A48B610EF17C2041E47403576 6B68642C59BBFC2F34DB60DBDFB2
                    """))
    }

    private static let key = bytes("000102030405060708090a0b0c0d0e0f")
    private static let salt = bytes("517569642070726f2071756f")

    private static func gcm(_ direction: SRTPCipher.Direction) -> SRTPCipher {
        SRTPCipher(
            profile: .aeadAes128Gcm, direction: direction, sessionKey: key, sessionSalt: salt, authenticationKey: [])
    }

    /// RFC 7714 section 16.1.1 and 16.1.2: AEAD_AES_128_GCM on an RTP packet.
    @Test func gcmOfAnRTPPacket() {
        let plain = bytes(
            """
            8040f17b8041f8d35501a0b247616c6c 696120657374206f6d6e697320646976
            69736120696e20706172746573207472 6573
            """)
        let expected = bytes(
            """
            8040f17b8041f8d35501a0b2f24de3a3 fb34de6cacba861c9d7e4bcabe633bd5
            0d294e6f42a5f47a51c7d19b36de3adf 8833899d7f27beb16a9152cf765ee439
            0cce
            """)
        var packet = plain + [UInt8](repeating: 0, count: 16)
        let sealed = unsafe packet.withUnsafeMutableBufferPointer {
            unsafe Self.gcm(.sealing).sealRTP(
                $0.baseAddress!, header: 12, count: plain.count, ssrc: 0x5501_a0b2, index: 0xf17b)
        }
        #expect(sealed)
        #expect(packet == expected)
        let opened = unsafe packet.withUnsafeMutableBufferPointer {
            unsafe Self.gcm(.opening).openRTP(
                $0.baseAddress!, header: 12, count: plain.count, ssrc: 0x5501_a0b2, index: 0xf17b)
        }
        #expect(opened)
        #expect(packet.prefix(plain.count) == plain[...])
    }

    /// RFC 7714 section 17.1 and 17.2: AEAD_AES_128_GCM on an RTCP packet.
    @Test func gcmOfAnRTCPPacket() {
        let plain = bytes(
            """
            81c8000d4d6172734e5450314e545032 525450200000042a0000e9304c756e61
            deadbeefdeadbeefdeadbeefdeadbeef deadbeef
            """)
        let expected = bytes(
            """
            81c8000d4d61727363e94885dcdab67c a727d7662f6b7e997ff5c0f76c06f32d
            c676a5f1730d6fda4ce09b4686303ded 0bb9275bc84aa45896cf4d2fc5abf872
            45d9eade800005d4
            """)
        var packet = plain + [UInt8](repeating: 0, count: 20)
        let sealed = unsafe packet.withUnsafeMutableBufferPointer {
            unsafe Self.gcm(.sealing).sealRTCP($0.baseAddress!, count: plain.count, ssrc: 0x4d61_7273, index: 0x5d4)
        }
        #expect(sealed)
        #expect(packet == expected)
        let opened = unsafe packet.withUnsafeMutableBufferPointer {
            unsafe Self.gcm(.opening).openRTCP($0.baseAddress!, count: plain.count, ssrc: 0x4d61_7273, index: 0x5d4)
        }
        #expect(opened)
        #expect(packet.prefix(plain.count) == plain[...])
    }
}
