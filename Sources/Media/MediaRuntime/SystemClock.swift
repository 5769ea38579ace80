// The only place of the media planes where real clocks are read.

public import Basics
internal import CLinux

public enum SystemClock {
    /// CLOCK_MONOTONIC.
    public static func now() -> MonotonicTime { MonotonicTime(nanoseconds: relais_monotonic_nanoseconds()) }

    /// CLOCK_REALTIME, nanoseconds since the Unix epoch.
    public static func wallNanoseconds() -> Int64 { relais_wall_nanoseconds() }

    /// Ties the monotonic clock to the wall clock as it stands now.
    public static func ntpClock() -> NTPClock { NTPClock(unixNanoseconds: wallNanoseconds(), at: now()) }
}
