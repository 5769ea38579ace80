// Which stream of a peer a packet belongs to. A handful of entries: a linear scan beats hashing.

internal import Basics

/// What a received SSRC is.
struct ReceivedStream: Hashable {
    var track: SlotHandle
    var encoding: Int
    var isRetransmission: Bool
}

/// SSRC → value, at most `limit` entries.
struct SSRCTable<Value> {
    private var ssrcs: [UInt32] = []
    private var values: [Value] = []
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    @inline(__always) func index(of ssrc: UInt32) -> Int? {
        for index in 0..<ssrcs.count where ssrcs[index] == ssrc { return index }
        return nil
    }

    subscript(index: Int) -> Value { values[index] }

    /// Adds or replaces; false when the table is full.
    mutating func set(_ ssrc: UInt32, _ value: Value) -> Bool {
        if let index = index(of: ssrc) {
            values[index] = value
            return true
        }
        guard ssrcs.count < limit else { return false }
        ssrcs.append(ssrc)
        values.append(value)
        return true
    }

    func forEach(_ body: (UInt32, Value) -> Void) {
        for index in ssrcs.indices { body(ssrcs[index], values[index]) }
    }

    mutating func remove(where isGone: (Value) -> Bool) {
        for index in values.indices.reversed() where isGone(values[index]) {
            values.swapAt(index, values.count - 1)
            ssrcs.swapAt(index, ssrcs.count - 1)
            values.removeLast()
            ssrcs.removeLast()
        }
    }

    mutating func remove(_ ssrc: UInt32) {
        guard let index = index(of: ssrc) else { return }
        values.swapAt(index, values.count - 1)
        ssrcs.swapAt(index, ssrcs.count - 1)
        values.removeLast()
        ssrcs.removeLast()
    }
}
