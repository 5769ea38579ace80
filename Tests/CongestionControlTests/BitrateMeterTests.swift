import Basics
import CongestionControl
import Testing

@Suite struct BitrateMeterTests {
    @Test func followsASteadyRate() {
        var meter = BitrateMeter()
        // 1,250 bytes each 10 ms are a megabit per second.
        for index in 0..<500 {
            let now = MonotonicTime.zero + .milliseconds(index * 10)
            meter.note(byteCount: 1_250, at: now)
            let rate = meter.bitrateBitsPerSecond(at: now)
            if index >= 100 { #expect((930_000...1_070_000).contains(rate), "\(index): \(rate)") }
        }
    }

    @Test func startsWithTheTimeThatHasGoneBy() {
        var meter = BitrateMeter()
        let nothing = meter.bitrateBitsPerSecond(at: .zero)
        #expect(nothing == 0)
        // 12,500 bytes in 100 ms.
        meter.note(byteCount: 6_250, at: .zero)
        meter.note(byteCount: 6_250, at: .zero + .milliseconds(60))
        let rate = meter.bitrateBitsPerSecond(at: .zero + .milliseconds(99))
        #expect(rate == 1_000_000)
    }

    @Test func forgetsAfterASecond() {
        var meter = BitrateMeter()
        meter.note(byteCount: 100_000, at: .zero)
        let soon = meter.bitrateBitsPerSecond(at: .zero + .milliseconds(940))
        let late = meter.bitrateBitsPerSecond(at: .zero + .milliseconds(1_000))
        let muchLater = meter.bitrateBitsPerSecond(at: .zero + .seconds(100_000))
        #expect(soon > 0 && late == 0 && muchLater == 0)
        meter.note(byteCount: 1_000, at: .zero + .seconds(100_000))
        let again = meter.bitrateBitsPerSecond(at: .zero + .seconds(100_000))
        #expect(again > 0)
    }

    @Test func absurdValuesAreHarmless() {
        var meter = BitrateMeter()
        var random = SeededRandom(seed: 1)
        for _ in 0..<10_000 {
            let now = MonotonicTime(nanoseconds: Int64(bitPattern: random.next()))
            meter.note(byteCount: Int(bitPattern: UInt(random.next())), at: now)
            let rate = meter.bitrateBitsPerSecond(at: now)
            #expect(rate >= 0)
        }
    }
}
