// Which packets a sender has sent already, by the nonce that its SDK gives to each.

/// The nonces of a sender's last packets; the oldest make room for new ones.
struct RecentNonces: Sendable {
    /// The protocol's nonces have 16 bytes; anything else is none.
    static let nonceBytes = 16

    private struct Nonce: Hashable {
        let high: UInt64
        let low: UInt64
    }
    private var known: Set<Nonce> = []
    /// In the order of their coming; once full, `oldest` is the next to go.
    private var order: [Nonce] = []
    private var oldest = 0

    /// False when the nonce was there before. Packets without one are always new.
    mutating func insert(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == Self.nonceBytes else { return true }
        let nonce = Nonce(
            high: bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }, low: bytes[8...].reduce(0) { $0 << 8 | UInt64($1) })
        guard known.insert(nonce).inserted else { return false }
        if order.count < ConferenceLimits.recentNonces {
            order.append(nonce)
        } else {
            known.remove(order[oldest])
            order[oldest] = nonce
            oldest = (oldest + 1) % order.count
        }
        return true
    }
}
