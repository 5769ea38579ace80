// The sender reports that a receiver report may refer to, for the round trip (RFC 3550 section 6.4.1).

import Basics

struct SenderReportHistory {
    private struct Sent {
        /// Middle 32 bits of the report's NTP time.
        var compact: UInt32 = 0
        var at = MonotonicTime.zero
    }

    /// Publishers' NTP clocks differ from ours, so the time of sending is remembered beside them.
    private var sent = InlineArray<4, Sent>(repeating: Sent())
    private var next = 0

    mutating func note(_ ntp: NTPTime, at now: MonotonicTime) {
        sent[next] = Sent(compact: ntp.compact, at: now)
        next = (next + 1) % sent.count
    }

    /// The round trip that a report block tells; nil when it names no known report.
    func roundTrip(lastSenderReport: UInt32, delay: UInt32, at now: MonotonicTime) -> Interval? {
        guard lastSenderReport != 0 else { return nil }
        for index in sent.indices where sent[index].compact == lastSenderReport {
            let held = Interval(nanoseconds: Int64(delay) * 1_000_000_000 / 65_536)
            return max(.zero, now - sent[index].at - held)
        }
        return nil
    }
}
