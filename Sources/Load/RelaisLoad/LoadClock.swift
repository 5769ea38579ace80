// The clocks of this process; below here time is an argument.

import Basics
import CLinux

enum LoadClock {
    static func now() -> MonotonicTime { MonotonicTime(nanoseconds: relais_monotonic_nanoseconds()) }
    static func wallNanoseconds() -> Int64 { relais_wall_nanoseconds() }
}
