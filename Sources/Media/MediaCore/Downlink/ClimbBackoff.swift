// After layers had to be lowered, how long to wait before they may rise by a narrow margin. Owned by `PeerDownlink`.

internal import Basics

/// Each fall doubles the wait, a calm time resets it.
struct ClimbBackoff {
    private static let shortest = Interval.seconds(4)
    private static let longest = Interval.seconds(32)
    /// Falls so close together are one.
    private static let oneFall = Interval.seconds(1)
    private static let calm = Interval.seconds(60)

    private var wait = ClimbBackoff.shortest
    private var lastFall: MonotonicTime?

    /// - Parameter fellBack: layers were lowered for want of bandwidth
    mutating func note(fellBack: Bool, at now: MonotonicTime) {
        guard fellBack else { return }
        if let lastFall {
            let since = now - lastFall
            if since > Self.calm {
                wait = Self.shortest
            } else if since > Self.oneFall {
                wait = min(wait * 2, Self.longest)
            }
        }
        lastFall = now
    }

    /// Layers may rise by the usual margin.
    func isOpen(at now: MonotonicTime) -> Bool { lastFall.map { now - $0 >= wait } ?? true }
}
