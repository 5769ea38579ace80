// SRTP keys out of a finished DTLS handshake (RFC 5764 section 4.2).

internal import COpenSSL

extension SRTPKeyMaterial {
    /// Nil when the peers have no SRTP profile in common.
    init?(exportedFrom ssl: OpaquePointer, role: DTLSRole) {
        guard let selected = unsafe SSL_get_selected_srtp_profile(ssl),
            let profile = unsafe SRTPProfile(rawValue: UInt16(truncatingIfNeeded: selected.pointee.id))
        else { return nil }
        let keyCount = SRTPProfile.masterKeyCount
        let saltCount = profile.masterSaltCount
        var material = [UInt8](repeating: 0, count: 2 * (keyCount + saltCount))
        let label = "EXTRACTOR-dtls_srtp"
        guard
            unsafe SSL_export_keying_material(
                ssl, &material, material.count, label, label.utf8.count, nil, 0, 0) == 1
        else { return nil }
        // client key, server key, client salt, server salt
        var rest = material[...]
        func take(_ count: Int) -> [UInt8] {
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        let clientKey = take(keyCount)
        let serverKey = take(keyCount)
        let client = SRTPMasterKey(key: clientKey, salt: take(saltCount))
        let server = SRTPMasterKey(key: serverKey, salt: take(saltCount))
        self.init(
            profile: profile, local: role == .client ? client : server, remote: role == .client ? server : client)
    }
}
