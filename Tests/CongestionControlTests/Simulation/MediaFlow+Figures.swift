// What a run has shown.

extension MediaFlow {
    /// Mean of what arrived, in bits per second.
    func meanReceived(_ seconds: Range<Double>) -> Double {
        let chosen = samples.filter { seconds.contains($0.second) }
        return chosen.reduce(0) { $0 + $1.received } / Double(max(1, chosen.count))
    }

    func meanTarget(_ seconds: Range<Double>) -> Double {
        let chosen = samples.filter { seconds.contains($0.second) }
        return chosen.reduce(0) { $0 + $1.target } / Double(max(1, chosen.count))
    }

    /// Seconds from the beginning of the range until what arrives in half a second is that much; nil when never.
    func secondsToReceive(_ bitsPerSecond: Double, in seconds: Range<Double>) -> Double? {
        for index in samples.indices.dropFirst(4) where seconds.contains(samples[index].second) {
            let mean = samples[(index - 4)...index].reduce(0) { $0 + $1.received } / 5
            if samples[index - 4].second >= seconds.lowerBound - 0.5, mean >= bitsPerSecond {
                return samples[index].second - seconds.lowerBound
            }
        }
        return nil
    }

    /// Seconds until the target is at most that much; nil when never.
    func secondsToFall(to bitsPerSecond: Double, in seconds: Range<Double>) -> Double? {
        samples.first { seconds.contains($0.second) && $0.target <= bitsPerSecond }
            .map { $0.second - seconds.lowerBound }
    }

    /// In milliseconds.
    func queueDelay(percentile: Double, _ seconds: Range<Double> = 0..<1e9) -> Double {
        let sorted = queueDelays.filter { seconds.contains($0.second) }.map(\.milliseconds).sorted()
        guard !sorted.isEmpty else { return 0 }
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * percentile))]
    }

    var lossShare: Double { sentPackets == 0 ? 0 : 1 - Double(receivedPackets) / Double(sentPackets) }
}
