// Latencies in logarithmic buckets with a relative error under 2 %: recording costs a few instructions, percentiles are
// exact enough for every report, histograms of several threads add up.

import Basics

struct LatencyHistogram: Hashable, Sendable {
    /// Each power of two has this many buckets.
    private static let resolutionBits = 6
    private static let resolution = 1 << resolutionBits
    /// Microseconds; a minute. What takes longer counts as that.
    private static let ceiling = 60_000_000
    private static let bucketCount = bucket(of: ceiling) + 1

    private var counts = [UInt64](repeating: 0, count: bucketCount)
    private(set) var count: UInt64 = 0
    private(set) var largest = Interval.zero

    /// Negative latencies (clocks of two machines) count as zero.
    mutating func record(_ latency: Interval) {
        let microseconds = min(max(0, Int(latency.wholeMicroseconds)), Self.ceiling)
        counts[Self.bucket(of: microseconds)] += 1
        count += 1
        if latency > largest { largest = latency }
    }

    mutating func add(_ other: LatencyHistogram) {
        for index in counts.indices { counts[index] += other.counts[index] }
        count += other.count
        largest = max(largest, other.largest)
    }

    /// The latency that `share` (0…1) of all recorded ones do not exceed; nil when nothing was recorded.
    func percentile(_ share: Double) -> Interval? {
        guard count > 0 else { return nil }
        let rank = max(1, UInt64((Double(count) * share).rounded(.up)))
        var seen: UInt64 = 0
        for index in counts.indices {
            seen += counts[index]
            if seen >= rank { return min(.microseconds(Self.upperBound(ofBucket: index)), largest) }
        }
        return largest
    }

    private static func bucket(of microseconds: Int) -> Int {
        guard microseconds >= resolution else { return microseconds }
        let shift = Int.bitWidth - 1 - microseconds.leadingZeroBitCount - resolutionBits
        return (shift + 1) * resolution + (microseconds >> shift) - resolution
    }

    private static func upperBound(ofBucket bucket: Int) -> Int {
        guard bucket >= resolution else { return bucket }
        let shift = bucket / resolution - 1
        return ((bucket % resolution + resolution + 1) << shift) - 1
    }
}
