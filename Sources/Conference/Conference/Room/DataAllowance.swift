// How much data one participant may send: everybody's media waits while it is carried to all others.

import Basics

/// A token bucket of messages and one of bytes. What exceeds it is dropped and counted.
struct DataAllowance: Sendable {
    private var messages = Double(ConferenceLimits.dataMessagesBurst)
    private var bytes = Double(ConferenceLimits.dataBytesBurst)
    private var refilledAt: MonotonicTime?

    /// Takes one message of so many bytes out; false when there is no room for it.
    mutating func take(_ byteCount: Int, at now: MonotonicTime) -> Bool {
        let seconds = refilledAt.map { max(0, (now - $0).seconds) } ?? 0
        refilledAt = now
        messages = min(
            Double(ConferenceLimits.dataMessagesBurst),
            messages + seconds * Double(ConferenceLimits.dataMessagesPerSecond))
        bytes = min(
            Double(ConferenceLimits.dataBytesBurst), bytes + seconds * Double(ConferenceLimits.dataBytesPerSecond))
        guard messages >= 1, bytes >= Double(byteCount) else { return false }
        messages -= 1
        bytes -= Double(byteCount)
        return true
    }
}
