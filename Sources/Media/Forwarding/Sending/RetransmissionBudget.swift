// How many bytes of retransmissions a subscription may send: a share of what it sends, and a floor.

import Basics

struct RetransmissionBudget {
    private var credit = ForwardingLimits.retransmissionBurstBytes
    private var refilled: MonotonicTime

    init(at now: MonotonicTime) { refilled = now }

    /// Every second byte sent may be sent again: more loss than that is congestion, which more packets would worsen.
    mutating func noteSent(_ byteCount: Int) {
        credit = min(credit + byteCount / 2, ForwardingLimits.retransmissionBurstBytes)
    }

    /// Takes `byteCount` when there is credit for it.
    mutating func take(_ byteCount: Int, at now: MonotonicTime) -> Bool {
        let milliseconds = min(max(0, (now - refilled).wholeMilliseconds), 60_000)
        if milliseconds > 0 {
            let gained = Int(milliseconds) * ForwardingLimits.retransmissionFloorBytesPerSecond / 1_000
            credit = min(credit + gained, ForwardingLimits.retransmissionBurstBytes)
            refilled = now
        }
        guard credit >= byteCount else { return false }
        credit -= byteCount
        return true
    }
}
