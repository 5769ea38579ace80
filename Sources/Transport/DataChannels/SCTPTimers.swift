// The time of usrsctp.

public import Basics
internal import CUsrSCTP
internal import Synchronization

/// Drives the retransmissions of all associations by a clock of ours. A process has one, which all its media threads
/// share and advance; whoever comes first runs the timers of all, and the packets wait in each association until its
/// owner drains it. A simulation with a clock of its own has its own, for clocks that run apart cannot be compared.
///
/// usrsctp has one list of timers: several `SCTPTimers` in one process make time pass faster for all associations, which
/// costs retransmissions and nothing else. Round-trip times it measures by the real clock.
public final class SCTPTimers: Sendable {
    /// How often `advance` is to be called while there are associations.
    public static let interval = Interval.milliseconds(20)

    private let last = Mutex<MonotonicTime?>(nil)

    public init() {}

    /// Makes time pass up to `now`. Does nothing when that was done already, and never waits for another thread.
    public func advance(to now: MonotonicTime) {
        _ = last.withLockIfAvailable { last in
            guard let before = last else {
                last = now
                return
            }
            let elapsed = (now - before).wholeMilliseconds
            guard elapsed > 0 else { return }
            // What is less than a millisecond is left for the next time.
            last = before + .milliseconds(Int(elapsed))
            SCTPStack.shared.exclusively { relais_sctp_advance(UInt32(clamping: elapsed)) }
        }
    }
}
