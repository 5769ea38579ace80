import Basics
import Testing

@testable import Forwarding

@Suite struct MediaClockTests {
    private let clock = MediaClock(
        ntp: NTPTime(rawValue: 1_000 << 32), rtpTimestamp: 0xffff_ff00, arrival: .ms(5_000), clockRateHertz: 90_000)

    @Test func convertsBothWaysOverTheWrap() {
        #expect(clock.ntpTime(of: 0xffff_ff00 &+ 90_000).rawValue == 1_001 << 32)
        #expect(clock.ntpTime(of: 0xffff_ff00 &- 45_000).rawValue == 999 << 32 | 1 << 31)
        for ticks in [-1_000_000_000, -90_001, -1, 0, 1, 3_000, 90_000, 1_000_000_000] {
            let timestamp = UInt32(truncatingIfNeeded: 0xffff_ff00 + ticks)
            let back = clock.timestamp(of: clock.ntpTime(of: timestamp))
            #expect(Int32(bitPattern: back &- timestamp).magnitude <= 1)
        }
        #expect(clock.timestamp(of: NTPTime(rawValue: 1_002 << 32)) == 0xffff_ff00 &+ 180_000)
    }

    @Test func extrapolatesFromTheArrival() {
        #expect(clock.ntpTime(at: .ms(7_500)).rawValue == 1_002 << 32 | 1 << 31)
        #expect(clock.ntpTime(at: .ms(4_000)).rawValue == 1_000 << 32)
    }

    /// Reports of a hostile publisher: any value is taken without a trap.
    @Test func survivesAnyReport() {
        var random = SeededRandom(seed: 9)
        for _ in 0..<2_000 {
            let wild = MediaClock(
                ntp: NTPTime(rawValue: random.next()), rtpTimestamp: UInt32.random(in: .min ... .max, using: &random),
                arrival: MonotonicTime(nanoseconds: Int64.random(in: 0...1 << 60, using: &random)),
                clockRateHertz: [0, 1, 8_000, .max].randomElement(using: &random)!)
            let time = wild.ntpTime(of: UInt32.random(in: .min ... .max, using: &random))
            _ = wild.timestamp(of: NTPTime(rawValue: random.next() ^ time.rawValue))
            _ = wild.ntpTime(at: MonotonicTime(nanoseconds: Int64.random(in: 0...1 << 61, using: &random)))
        }
    }
}
