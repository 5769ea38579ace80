// Is less sent than allowed? Then arrivals say nothing about the path's capacity.

import Basics

/// Compares a smoothed sending rate with the target, with hysteresis.
struct ApplicationLimit: Sendable {
    private static let timeConstant = 0.5
    private static let enter = 0.85
    private static let leave = 0.92

    private var lastUpdate: MonotonicTime
    private var pendingBytes = 0
    private(set) var sendingBitsPerSecond = 0.0
    private(set) var isLimited = true
    private(set) var since: MonotonicTime

    init(at now: MonotonicTime) {
        lastUpdate = now
        since = now
    }

    mutating func noteSent(byteCount: Int) { pendingBytes += byteCount }

    /// Call with each feedback and each tick.
    mutating func update(target: Double, at now: MonotonicTime) {
        let seconds = (now - lastUpdate).seconds
        guard seconds >= 0.02 else { return }
        lastUpdate = now
        let rate = Double(pendingBytes * 8) / seconds
        pendingBytes = 0
        // First-order low pass, exact enough for steps of up to its time constant.
        let weight = min(1, seconds / Self.timeConstant)
        sendingBitsPerSecond += (rate - sendingBitsPerSecond) * weight
        let limit = target * (isLimited ? Self.leave : Self.enter)
        let limited = sendingBitsPerSecond < limit
        if limited, !isLimited { since = now }
        isLimited = limited
    }
}
