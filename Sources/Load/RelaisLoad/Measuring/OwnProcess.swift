// What this process itself uses and may use.

import Basics
import Glibc

enum OwnProcess {
    /// User and system time of all threads.
    static func cpu() -> Interval {
        var usage = rusage()
        guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return .zero }
        return interval(usage.ru_utime) + interval(usage.ru_stime)
    }

    private static func interval(_ time: timeval) -> Interval {
        .seconds(Int(time.tv_sec)) + .microseconds(Int(time.tv_usec))
    }

    /// Raises the limit of open files as far as the system allows, and checks that it suffices.
    static func requireDescriptors(participants: Int) throws(LoadFailure) {
        let needed = participants * LoadLimits.descriptorsPerParticipant + LoadLimits.spareDescriptors
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        if limit.rlim_cur < rlim_t(needed), limit.rlim_max > limit.rlim_cur {
            limit.rlim_cur = min(limit.rlim_max, rlim_t(needed))
            _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        guard limit.rlim_cur >= rlim_t(needed) else {
            throw .tooFewDescriptors(needed: needed, limit: Int(clamping: limit.rlim_cur))
        }
    }
}
