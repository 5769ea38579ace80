// How busy a media thread is.

internal import Basics

/// Share of the time that a loop spends at work, over windows of at least a second.
struct LoadMeter {
    static let window = Interval.seconds(1)

    private var windowStart: MonotonicTime
    private var turnStart: MonotonicTime
    private var busy = Interval.zero

    init(at now: MonotonicTime) {
        windowStart = now
        turnStart = now
    }

    mutating func beginTurn(at now: MonotonicTime) { turnStart = now }

    /// - Returns: thousandths of the window spent at work, when a window has ended with this turn
    mutating func endTurn(at now: MonotonicTime) -> Int? {
        busy = busy + (now - turnStart)
        let elapsed = now - windowStart
        guard elapsed >= Self.window else { return nil }
        let permille = busy.nanoseconds * 1_000 / elapsed.nanoseconds
        windowStart = now
        busy = .zero
        return Int(min(1_000, max(0, permille)))
    }
}
