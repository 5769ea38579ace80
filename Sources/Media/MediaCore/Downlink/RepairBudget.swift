// How many bytes of repairs the path to one client may take. Owned by `PeerDownlink`.

internal import Basics

/// A bucket that fills with a share of the target. Beside the budget of each subscription, which keeps to what that sends.
struct RepairBudget {
    private var credit: Int64 = DownlinkLimits.repairBurstBytes
    private var refilled: MonotonicTime

    init(at now: MonotonicTime) { refilled = now }

    /// Takes the bytes when there is credit for them.
    ///
    /// - Parameter isFull: the path's queue is long: who loses much because of that would only fill it more
    mutating func take(_ byteCount: Int, targetBitsPerSecond: Int64, isFull: Bool, at now: MonotonicTime) -> Bool {
        let percent = isFull ? DownlinkLimits.repairPercentInOveruse : DownlinkLimits.repairPercent
        let bytesPerSecond = targetBitsPerSecond * percent / 100 / 8
        let elapsed = min(max(0, (now - refilled).nanoseconds), 1_000_000_000)
        let burst = isFull ? DownlinkLimits.repairBurstBytesInOveruse : DownlinkLimits.repairBurstBytes
        let most = max(bytesPerSecond / 4, burst)
        credit = min(most, credit + bytesPerSecond * elapsed / 1_000_000_000)
        refilled = now
        guard credit >= byteCount else { return false }
        credit -= Int64(byteCount)
        return true
    }
}
