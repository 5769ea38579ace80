// Takes the samples of a run.

import Basics

struct MeasurementRecorder {
    private let loops: [MediaLoop]
    private let probe: ServerProbe?
    private var server: ServerMeasurement?
    private var begin: (time: MonotonicTime, traffic: TrafficCounts, ownCPU: Interval)?
    private var end: (time: MonotonicTime, traffic: TrafficCounts, ownCPU: Interval)?

    private static let settleSeconds = 20
    private static let sampleInterval = Interval.seconds(1)

    init(loops: [MediaLoop], probe: ServerProbe?) {
        self.loops = loops
        self.probe = probe
    }

    /// Measures for `seconds`, or until `watch` says no.
    mutating func record(seconds: Int, watch: (Interval, LoadMeter) -> Bool) async {
        for loop in loops { loop.post(.setMeasuring(true)) }
        await take(into: \.begin)
        guard let start = begin?.time else { return }
        if let sample = probe?.sample(at: start) {
            server = ServerMeasurement(
                first: sample, settled: sample, last: sample, peakResidentBytes: sample.residentBytes)
        }
        var nextSample = start + Self.sampleInterval
        while true {
            try? await Task.sleep(for: .milliseconds(100))
            let now = LoadClock.now()
            let elapsed = now - start
            if now >= nextSample {
                nextSample += Self.sampleInterval
                sample(elapsed: elapsed, of: seconds, at: now)
            }
            if elapsed >= .seconds(seconds) || !watch(elapsed, merged()) { break }
        }
        for loop in loops { loop.post(.setMeasuring(false)) }
        await take(into: \.end)
        sample(elapsed: LoadClock.now() - start, of: seconds, at: LoadClock.now())
    }

    private mutating func take(
        into place: WritableKeyPath<Self, (time: MonotonicTime, traffic: TrafficCounts, ownCPU: Interval)?>
    ) async {
        let traffic = await exactTraffic()
        self[keyPath: place] = (LoadClock.now(), traffic, OwnProcess.cpu())
    }

    private mutating func sample(elapsed: Interval, of seconds: Int, at now: MonotonicTime) {
        guard var measured = server else { return }
        guard let sample = probe?.sample(at: now) else {
            measured.isGone = true
            server = measured
            return
        }
        measured.last = sample
        measured.peakResidentBytes = max(measured.peakResidentBytes, sample.residentBytes)
        let settleTime = Interval.seconds(min(Self.settleSeconds, max(1, seconds / 3)))
        if elapsed < settleTime + Self.sampleInterval / 2 { measured.settled = sample }
        server = measured
    }

    private func merged() -> LoadMeter {
        var total = LoadMeter()
        for loop in loops { total.add(loop.meter) }
        return total
    }

    /// The counts as they stand now, not as they were last published.
    private func exactTraffic() async -> TrafficCounts {
        var total = TrafficCounts()
        for loop in loops { total = total + (await loop.currentMeter()).traffic }
        return total
    }

    /// Collects everything; to be called before the participants leave.
    func finish(board: RunBoard, wasInterrupted: Bool) async -> RunMeasurement {
        var measurement = RunMeasurement()
        var meter = LoadMeter()
        for loop in loops {
            measurement.outcomes += await loop.outcomes()
            meter.add(await loop.currentMeter())
        }
        measurement.participants = board.all
        measurement.audioLatency = meter.audioLatency
        measurement.videoLatency = meter.videoLatency
        measurement.sendRefusals = meter.sendRefusals
        measurement.endedAt = LoadClock.now()
        measurement.server = server
        measurement.wasInterrupted = wasInterrupted
        if let begin, let end {
            measurement.length = end.time - begin.time
            measurement.traffic = end.traffic - begin.traffic
            measurement.ownCPU = end.ownCPU - begin.ownCPU
        }
        return measurement
    }
}
