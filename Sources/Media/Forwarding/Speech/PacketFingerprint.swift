// Tells whether a packet that goes again under its own number is the one that went before.

import Basics

/// A sum over all bytes, never 0. What it guards against is chance (an extension that a later negotiation renumbered), not intent:
/// the bytes that others choose are those of the cache, which do not change.
enum PacketFingerprint {
    static func of(_ packet: Span<UInt8>) -> UInt32 {
        var sum: UInt64 = 0x9e37_79b9_7f4a_7c15 ^ UInt64(packet.count)
        var place = 0
        while place + 8 <= packet.count {
            sum = mixed(sum ^ packet.uint64(at: place))
            place += 8
        }
        while place < packet.count {
            sum = mixed(sum ^ UInt64(packet[place]))
            place += 1
        }
        return max(UInt32(truncatingIfNeeded: sum ^ sum >> 32), 1)
    }

    @inline(__always) private static func mixed(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
        return product.high ^ product.low
    }
}
