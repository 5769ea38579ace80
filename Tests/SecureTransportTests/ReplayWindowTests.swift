// The window against a set of all indices.

import Basics
import Testing

@testable import SecureTransport

@Suite struct ReplayWindowTests {
    @Test(arguments: 1...10 as ClosedRange<UInt64>) func behavesLikeASet(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var window = ReplayWindow()
        var seen = Set<UInt64>()
        var highest: UInt64 = 0
        var position = UInt64(random.number(0...5_000))
        for _ in 0..<20_000 {
            position += UInt64(random.chance(0.01) ? random.number(0...3_000) : random.number(0...2))
            let index = position - min(position, UInt64(random.chance(0.6) ? random.number(0...1_100) : 0))
            let fresh = seen.isEmpty || index > highest || (highest - index < 1_024 && !seen.contains(index))
            #expect(window.isFresh(index) == fresh, "index \(index), highest \(highest)")
            guard fresh else { continue }
            window.note(index)
            seen.insert(index)
            highest = seen.count == 1 ? index : max(highest, index)
            #expect(window.highest == highest)
        }
    }

    /// RFC 3711 section 3.3.1: the estimate is right as long as a packet is less than 2^15 away from the newest.
    @Test func estimatesTheNearestIndex() {
        var random = SeededRandom(seed: 5)
        for _ in 0..<20_000 {
            let highest = UInt64(random.number(1 << 16...1 << 40))
            var window = ReplayWindow()
            window.note(highest)
            let index = UInt64(Int(highest) + random.number(-32_766...32_766))
            #expect(window.estimateIndex(of: UInt16(truncatingIfNeeded: index)) == index)
        }
    }

    @Test func theFirstRoundHasNoRoundBefore() {
        var window = ReplayWindow()
        #expect(window.estimateIndex(of: 40_000) == 40_000)
        window.note(3)
        #expect(window.estimateIndex(of: 65_535) == 65_535)
        #expect(window.estimateIndex(of: 2) == 2)
    }
}
