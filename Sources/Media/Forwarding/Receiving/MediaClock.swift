// The relation of RTP timestamps and NTP time that a sender report states (RFC 3550 section 6.4.1).

import Basics

struct MediaClock: Hashable {
    var ntp: NTPTime
    var rtpTimestamp: UInt32
    /// When the report came.
    var arrival: MonotonicTime
    var clockRateHertz: UInt32

    /// The NTP time of a media timestamp near the report's.
    func ntpTime(of timestamp: UInt32) -> NTPTime {
        let ticks = Int64(Int32(bitPattern: timestamp &- rtpTimestamp))
        let difference = (ticks << 32) / Int64(max(1, clockRateHertz))
        return NTPTime(rawValue: ntp.rawValue &+ UInt64(bitPattern: difference))
    }

    /// The media timestamp of an NTP time.
    func timestamp(of time: NTPTime) -> UInt32 {
        let difference = Int128(Int64(bitPattern: time.rawValue &- ntp.rawValue))
        // Rounded to the nearest tick, so that conversions there and back do not drift.
        let ticks = (difference * Int128(clockRateHertz) + (1 << 31)) >> 32
        return rtpTimestamp &+ UInt32(truncatingIfNeeded: ticks)
    }

    /// The publisher's NTP time now, as far as the report's way here tells.
    func ntpTime(at now: MonotonicTime) -> NTPTime {
        let elapsed = Int128(max(0, (now - arrival).nanoseconds))
        return NTPTime(rawValue: ntp.rawValue &+ UInt64(truncatingIfNeeded: (elapsed << 32) / 1_000_000_000))
    }
}
