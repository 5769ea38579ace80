// Which peer a datagram belongs to: by source address, and for the first STUN request by username fragment.

internal import Basics

/// Validated remote addresses → peers. Open addressing, linear probing, no allocation while it does not grow.
struct AddressTable {
    private struct Slot {
        var address: SocketAddress
        var peer: SlotHandle
    }
    private var slots: [Slot?]
    private(set) var count = 0
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
        slots = Array(repeating: nil, count: 64)
    }

    @inline(__always) private func home(_ address: SocketAddress) -> Int {
        var mixed = address.low ^ (address.high &* 0x9e37_79b9_7f4a_7c15) ^ UInt64(address.port) << 40
        mixed = (mixed ^ (mixed >> 33)) &* 0xff51_afd7_ed55_8ccd
        mixed ^= mixed >> 33
        return Int(truncatingIfNeeded: mixed) & (slots.count - 1)
    }

    func peer(at address: SocketAddress) -> SlotHandle? {
        var index = home(address)
        while let slot = slots[index] {
            if slot.address == address { return slot.peer }
            index = (index + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Binds or rebinds an address; false when the table is full.
    mutating func bind(_ address: SocketAddress, to peer: SlotHandle) -> Bool {
        var index = home(address)
        while let slot = slots[index] {
            if slot.address == address {
                slots[index]?.peer = peer
                return true
            }
            index = (index + 1) & (slots.count - 1)
        }
        guard count < limit else { return false }
        slots[index] = Slot(address: address, peer: peer)
        count += 1
        if count * 2 > slots.count { grow() }
        return true
    }

    /// Removes an address if it still belongs to `peer`.
    mutating func unbind(_ address: SocketAddress, from peer: SlotHandle) {
        var index = home(address)
        while let slot = slots[index] {
            if slot.address == address {
                if slot.peer == peer { removeSlot(index) }
                return
            }
            index = (index + 1) & (slots.count - 1)
        }
    }

    /// Empties a slot and moves later entries of its run back, so that no probe stops too early.
    private mutating func removeSlot(_ removed: Int) {
        var hole = removed
        var index = (hole + 1) & (slots.count - 1)
        while let slot = slots[index] {
            let origin = home(slot.address)
            let distanceToHole = (hole - origin) & (slots.count - 1)
            let distanceToIndex = (index - origin) & (slots.count - 1)
            if distanceToHole <= distanceToIndex {
                slots[hole] = slot
                hole = index
            }
            index = (index + 1) & (slots.count - 1)
        }
        slots[hole] = nil
        count -= 1
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: nil, count: old.count * 2)
        for case let slot? in old {
            var index = home(slot.address)
            while slots[index] != nil { index = (index + 1) & (slots.count - 1) }
            slots[index] = slot
        }
    }
}

/// A username fragment of ours as a fixed-size key, so that a look-up allocates nothing.
struct UsernameKey: Hashable {
    /// Longest fragment that fits; ours have 8 to 16 characters.
    static let maximumCount = 32
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    private var count: UInt8 = 0

    init?(_ bytes: Span<UInt8>) {
        guard (1...Self.maximumCount).contains(bytes.count) else { return nil }
        count = UInt8(bytes.count)
        for index in bytes.indices {
            let shifted = UInt64(bytes[index]) << UInt64((index & 7) * 8)
            switch index >> 3 {
            case 0: words.0 |= shifted
            case 1: words.1 |= shifted
            case 2: words.2 |= shifted
            default: words.3 |= shifted
            }
        }
    }

    static func == (a: Self, b: Self) -> Bool { a.words == b.words && a.count == b.count }

    func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}
