// Ctrl-C and termination end the run early, not the report.

import Glibc
import Synchronization

/// A signal handler reaches nothing but globals, and atomics are all it may touch (signal-safety(7)).
private let noted = Atomic(false)

/// The first signal is noted, the second one ends the process.
enum Interruption {
    /// Takes the signals over from now on.
    static func watch() {
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in
                if noted.exchange(true, ordering: .relaxed) { _exit(130) }
            }
        }
    }

    static var isNoted: Bool { noted.load(ordering: .relaxed) }
}
