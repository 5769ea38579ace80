// What a run must keep to, and what it broke.

/// Limits from the command line; nil means that nobody asked.
struct RunLimits: Hashable, Sendable {
    /// Lost or left out packets, percent of all.
    var lossPercent: Double?
    /// Of the server's memory after it settled.
    var growthBytes: Int?

    /// Sentences; none when all is well. That everybody was in, and every stream flowed, is always asked for.
    func violations(of report: LoadReport) -> [String] {
        var violations: [String] = []
        let missing = report.participants.planned - report.participants.ready
        if missing > 0, !report.wasInterrupted {
            violations.append("\(missing) of \(report.participants.planned) participants were not in until the end")
        }
        if report.server?.isGone == true { violations.append("the server's process ended") }
        if missing == 0, report.streams.flowing < report.streams.expected {
            violations.append("\(report.streams.expected - report.streams.flowing) streams never carried a packet")
        }
        if report.playback.faultCount > 0 {
            violations.append("\(report.playback.faultCount) faults in what was received")
        }
        let lost = report.delivery.packetsLost + report.delivery.packetsLeftOut
        let total = report.delivery.packetsReceived + lost
        let share = total > 0 ? Double(lost) * 100 / Double(total) : 0
        if let lossPercent, share > lossPercent {
            violations.append("\(lost) packets lost or left out (\(share) %), allowed are \(lossPercent) %")
        }
        if let growthBytes, let growth = report.server?.residentBytesGrowth, growth > growthBytes {
            violations.append("the server's memory grew by \(growth) bytes, allowed are \(growthBytes)")
        }
        return violations
    }
}
