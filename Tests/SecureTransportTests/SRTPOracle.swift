// libsrtp2 as an independent SRTP implementation.

import CSRTP
import SecureTransport

/// One direction of a libsrtp2 session with the same master key as ours, for any SSRC.
@safe final class SRTPOracle {
    private let session: srtp_t

    static let ready: Bool = srtp_init() == srtp_err_status_ok

    init(profile: SRTPProfile, master: SRTPMasterKey, outbound: Bool) {
        precondition(Self.ready)
        var policy = unsafe srtp_policy_t()
        if profile == .aeadAes128Gcm {
            unsafe srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp)
            unsafe srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp)
        } else {
            unsafe srtp_crypto_policy_set_rtp_default(&policy.rtp)
            unsafe srtp_crypto_policy_set_rtcp_default(&policy.rtcp)
        }
        unsafe policy.ssrc.type = outbound ? ssrc_any_outbound : ssrc_any_inbound
        unsafe policy.window_size = 1024
        var keys = master.key + master.salt
        var made: srtp_t?
        let status = unsafe keys.withUnsafeMutableBufferPointer { keys in
            unsafe policy.key = keys.baseAddress
            return unsafe srtp_create(&made, &policy)
        }
        precondition(status == srtp_err_status_ok)
        unsafe session = made!
    }

    deinit { unsafe srtp_dealloc(session) }

    private typealias Operation = (srtp_t?, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int32>?) -> srtp_err_status_t

    private func run(_ packet: [UInt8], _ operation: Operation) -> [UInt8]? {
        var buffer = packet + [UInt8](repeating: 0, count: 64)
        var count = Int32(packet.count)
        let status = unsafe buffer.withUnsafeMutableBytes { unsafe operation(session, $0.baseAddress, &count) }
        return status == srtp_err_status_ok ? Array(buffer.prefix(Int(count))) : nil
    }

    func protect(_ packet: [UInt8]) -> [UInt8]? { unsafe run(packet) { unsafe srtp_protect($0, $1, $2) } }
    func unprotect(_ packet: [UInt8]) -> [UInt8]? { unsafe run(packet) { unsafe srtp_unprotect($0, $1, $2) } }
    func protectRTCP(_ packet: [UInt8]) -> [UInt8]? { unsafe run(packet) { unsafe srtp_protect_rtcp($0, $1, $2) } }
    func unprotectRTCP(_ packet: [UInt8]) -> [UInt8]? { unsafe run(packet) { unsafe srtp_unprotect_rtcp($0, $1, $2) } }
}
