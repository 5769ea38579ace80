// An IPv4 or IPv6 address and a port, as one trivial value.

/// Source or destination of a datagram. IPv4 addresses are kept in their IPv4-mapped IPv6 form (RFC 4291 section 2.5.5.2).
public struct SocketAddress: Hashable, Sendable {
    /// The address in network order: `high` holds bytes 0–7, `low` bytes 8–15, most significant byte first.
    public var high: UInt64
    public var low: UInt64
    public var port: UInt16
    /// Interface of a link-local IPv6 address, else 0.
    public var scope: UInt32

    @inlinable public init(high: UInt64, low: UInt64, port: UInt16, scope: UInt32 = 0) {
        self.high = high
        self.low = low
        self.port = port
        self.scope = scope
    }

    /// An IPv4 address from its 32 bits, first octet most significant.
    @inlinable public init(ipv4: UInt32, port: UInt16) {
        self.init(high: 0, low: 0xffff_0000_0000 | UInt64(ipv4), port: port)
    }

    @inlinable public var isIPv4: Bool { high == 0 && low >> 32 == 0xffff }
    @inlinable public var ipv4: UInt32 { UInt32(truncatingIfNeeded: low) }
    /// 127.0.0.0/8 or ::1.
    public var isLoopback: Bool { isIPv4 ? ipv4 >> 24 == 127 : (high == 0 && low == 1) }
    /// fe80::/10 or 169.254.0.0/16.
    public var isLinkLocal: Bool { isIPv4 ? ipv4 >> 16 == 0xa9fe : high >> 54 == 0x3fa }

    @inlinable public static func == (a: Self, b: Self) -> Bool {
        a.low == b.low && a.port == b.port && a.high == b.high && a.scope == b.scope
    }
}

extension SocketAddress: CustomStringConvertible {
    /// The address alone, in the form that SDP candidates and URLs use (RFC 5952).
    public var host: String {
        if isIPv4 {
            return "\(ipv4 >> 24).\(ipv4 >> 16 & 255).\(ipv4 >> 8 & 255).\(ipv4 & 255)"
        }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: ($0 < 4 ? high : low) >> UInt64(48 - ($0 % 4) * 16)) }
        // The longest run of at least two zero groups becomes "::".
        var longest = 0..<0
        var start = 0
        for index in 0...8 where index == 8 || groups[index] != 0 {
            if index - start >= 2, index - start > longest.count { longest = start..<index }
            start = index + 1
        }
        func text(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard !longest.isEmpty else { return text(groups[...]) }
        return text(groups[..<longest.lowerBound]) + "::" + text(groups[longest.upperBound...])
    }

    public var description: String { isIPv4 ? "\(host):\(port)" : "[\(host)]:\(port)" }
}

extension SocketAddress {
    /// Parses a numeric IPv4 or IPv6 address (no names, no zones); nil when `host` is neither.
    public init?(host: some StringProtocol, port: UInt16) {
        if host.contains(":") {
            guard let (high, low) = Self.parseIPv6(host) else { return nil }
            self.init(high: high, low: low, port: port)
        } else {
            guard let address = Self.parseIPv4(host) else { return nil }
            self.init(ipv4: address, port: port)
        }
    }

    private static func parseIPv4(_ text: some StringProtocol) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            guard part.utf8.count <= 3, part.utf8.allSatisfy({ (48...57).contains($0) }), let octet = UInt8(part) else {
                return nil
            }
            address = address << 8 | UInt32(octet)
        }
        return address
    }

    private static func parseIPv6(_ text: some StringProtocol) -> (UInt64, UInt64)? {
        guard text.utf8.count <= 45 else { return nil }
        var text = String(text)
        var tail: [UInt16] = []
        // A dotted quad at the end counts for two groups.
        if text.contains("."), let colon = text.lastIndex(of: ":") {
            guard let quad = parseIPv4(text[text.index(after: colon)...]) else { return nil }
            tail = [UInt16(quad >> 16), UInt16(truncatingIfNeeded: quad)]
            text = String(text[...colon])
            if !text.hasSuffix("::") { text.removeLast() }
        }
        func groups(_ part: Substring) -> [UInt16]? {
            if part.isEmpty { return [] }
            var values: [UInt16] = []
            for group in part.split(separator: ":", omittingEmptySubsequences: false) {
                guard (1...4).contains(group.utf8.count), let value = UInt16(group, radix: 16), group.first != "+"
                else {
                    return nil
                }
                values.append(value)
            }
            return values
        }
        var all: [UInt16]
        if let gap = text.firstRange(of: "::") {
            guard let left = groups(text[..<gap.lowerBound]), let right = groups(text[gap.upperBound...]) else {
                return nil
            }
            let zeros = 8 - left.count - right.count - tail.count
            guard zeros >= 1 else { return nil }
            all = left + [UInt16](repeating: 0, count: zeros) + right + tail
        } else {
            guard let left = groups(text[...]) else { return nil }
            all = left + tail
        }
        guard all.count == 8 else { return nil }
        let high = all[..<4].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
        let low = all[4...].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
        return (high, low)
    }
}
