// What a media thread counts over all its participants.

import Basics

/// Counts that only grow.
struct TrafficCounts: Hashable, Sendable {
    /// RTP packets, retransmissions included.
    var packetsIn = 0
    var packetsOut = 0
    /// Of whole datagrams, without the headers of UDP and IP.
    var bytesIn = 0
    var bytesOut = 0

    static func + (a: Self, b: Self) -> Self {
        Self(
            packetsIn: a.packetsIn + b.packetsIn, packetsOut: a.packetsOut + b.packetsOut,
            bytesIn: a.bytesIn + b.bytesIn, bytesOut: a.bytesOut + b.bytesOut)
    }
    static func - (a: Self, b: Self) -> Self {
        Self(
            packetsIn: a.packetsIn - b.packetsIn, packetsOut: a.packetsOut - b.packetsOut,
            bytesIn: a.bytesIn - b.bytesIn, bytesOut: a.bytesOut - b.bytesOut)
    }
}

struct LoadMeter: Hashable, Sendable {
    var traffic = TrafficCounts()
    /// Latencies are recorded while this is set.
    var isMeasuring = false
    var audioLatency = LatencyHistogram()
    var videoLatency = LatencyHistogram()
    /// Datagrams that the kernel did not take from us.
    var sendRefusals = 0

    mutating func add(_ other: LoadMeter) {
        traffic = traffic + other.traffic
        audioLatency.add(other.audioLatency)
        videoLatency.add(other.videoLatency)
        sendRefusals += other.sendRefusals
    }
}
