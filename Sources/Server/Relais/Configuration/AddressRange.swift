// A block of addresses (RFC 4632 section 3.1, RFC 4291 section 2.3): `10.0.0.0/8`, `2001:db8::/32`, or one address.

import Basics

struct AddressRange: Hashable, Sendable {
    let base: SocketAddress
    /// Leading bits that count, of the 128 of the IPv4-mapped or IPv6 form.
    let prefixBits: Int

    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let base = SocketAddress(host: parts[0], port: 0) else { return nil }
        let bits = base.isIPv4 ? 32 : 128
        let length = parts.count == 2 ? Int(parts[1]) : bits
        guard let length, (0...bits).contains(length), parts.count == 1 || parts[1].first != "+" else { return nil }
        self.base = base
        prefixBits = 128 - bits + length
    }

    func contains(_ address: SocketAddress) -> Bool {
        guard address.isIPv4 == base.isIPv4 else { return false }
        let highMask: UInt64 = prefixBits >= 64 ? .max : ~(.max >> UInt64(prefixBits))
        let lowMask: UInt64 = prefixBits <= 64 ? 0 : prefixBits == 128 ? .max : ~(.max >> UInt64(prefixBits - 64))
        return (address.high ^ base.high) & highMask == 0 && (address.low ^ base.low) & lowMask == 0
    }
}
