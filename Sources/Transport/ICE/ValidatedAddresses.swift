// The addresses from which valid checks came, bounded, with the time of the last one.

internal import Basics

/// At most eight addresses, inline.
struct ValidatedAddresses: Sendable {
    struct Entry: Sendable {
        var address: SocketAddress
        var lastCheck: MonotonicTime
    }

    private static let none = Entry(address: SocketAddress(high: 0, low: 0, port: 0), lastCheck: .zero)
    private var entries = InlineArray<8, Entry>(repeating: none)
    private(set) var count = 0

    subscript(index: Int) -> Entry {
        precondition(0 <= index && index < count)
        return entries[index]
    }

    func index(of address: SocketAddress) -> Int? {
        for index in 0..<count where entries[index].address == address { return index }
        return nil
    }

    /// The address with the latest check.
    var freshest: Entry? {
        var best: Entry?
        for index in 0..<count where best == nil || entries[index].lastCheck > best!.lastCheck { best = entries[index] }
        return best
    }

    /// The earliest last check.
    var oldestCheck: MonotonicTime? {
        var oldest: MonotonicTime?
        for index in 0..<count { oldest = min(oldest ?? .distantFuture, entries[index].lastCheck) }
        return oldest
    }

    /// Notes a check. A full table gives up its stalest entry other than `kept`.
    mutating func note(
        _ address: SocketAddress, at now: MonotonicTime, keeping kept: SocketAddress?
    ) -> (isNew: Bool, evicted: SocketAddress?) {
        if let index = index(of: address) {
            entries[index].lastCheck = max(entries[index].lastCheck, now)
            return (false, nil)
        }
        let entry = Entry(address: address, lastCheck: now)
        if count < ICELimits.remoteAddresses {
            entries[count] = entry
            count += 1
            return (true, nil)
        }
        var stalest: Int?
        for index in 0..<count where entries[index].address != kept {
            if stalest == nil || entries[index].lastCheck < entries[stalest!].lastCheck { stalest = index }
        }
        guard let stalest else { return (false, nil) }
        let evicted = entries[stalest].address
        entries[stalest] = entry
        return (true, evicted)
    }

    /// Removes every address whose last check is older than `limit`; true when there was one.
    mutating func expire(before limit: MonotonicTime) -> Bool {
        var kept = 0
        for index in 0..<count where entries[index].lastCheck > limit {
            entries[kept] = entries[index]
            kept += 1
        }
        defer { count = kept }
        return kept < count
    }
}

/// The last transactions and who sent them, against copies of genuine checks sent from elsewhere.
struct RecentTransactions: Sendable {
    private struct Entry: Sendable {
        var high: UInt32 = 0
        var low: UInt64 = 0
        var source = SocketAddress(high: 0, low: 0, port: 0)
    }

    private var entries = InlineArray<16, Entry>(repeating: Entry())
    private var count = 0
    private var next = 0

    /// Remembers the transaction; false when it is known from another source.
    mutating func note(high: UInt32, low: UInt64, from source: SocketAddress) -> Bool {
        for index in 0..<count where entries[index].low == low && entries[index].high == high {
            return entries[index].source == source
        }
        entries[next] = Entry(high: high, low: low, source: source)
        next = (next + 1) % ICELimits.rememberedTransactions
        count = min(count + 1, ICELimits.rememberedTransactions)
        return true
    }
}
