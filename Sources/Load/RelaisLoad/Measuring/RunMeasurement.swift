// What was measured in a run, before it is judged.

import Basics

struct RunMeasurement: Sendable {
    var participants: [Int: RunBoard.Entry] = [:]
    var outcomes: [PeerOutcome] = []
    /// Length of the measured time; zero when it never began.
    var length = Interval.zero
    /// In the measured time.
    var traffic = TrafficCounts()
    var audioLatency = LatencyHistogram()
    var videoLatency = LatencyHistogram()
    var ownCPU = Interval.zero
    var sendRefusals = 0
    /// When everything was collected.
    var endedAt = MonotonicTime.zero
    var server: ServerMeasurement?
    var wasInterrupted = false
}

/// The server's process over the measured time.
struct ServerMeasurement: Hashable, Sendable {
    var first: ProcessSample
    /// When memory should have stopped to grow: after twenty seconds, or a third of a shorter measurement.
    var settled: ProcessSample
    var last: ProcessSample
    var peakResidentBytes: Int
    /// The process ended while it was measured.
    var isGone = false
}
