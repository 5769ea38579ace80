// How fast the packets of a probe were sent and how fast they arrived.

import Basics

/// Two lines through all packets that arrived: send time over bytes, arrival time over bytes. Their slopes are the rates;
/// jitter of the first or the last packet does not decide, nor do packets that left in small bursts.
struct ProbeMeasurement: Sendable {
    private static let fewestPackets = 4.0
    /// So many of the sent bytes must have arrived.
    private static let enough = 0.75
    /// Arrivals this much faster than the sending were held back on the way and say nothing.
    private static let compressed = 2.0
    /// Below this share of what was sent, the path was full.
    private static let unsaturated = 0.9
    /// A little below a full path, so that its queue drains.
    private static let utilization = 0.95

    let cluster: UInt32
    /// Extended number of the last packet.
    private(set) var lastNumber: Int64 = -1
    private(set) var sentCount = 0
    private(set) var sentBytes = 0
    private var count = 0.0
    private var bytes = 0.0
    /// Of the first arrival, from where times are counted.
    private var origin: (send: Double, arrival: Double)?
    private var sumBytes = 0.0
    private var sumBytesSquared = 0.0
    private var sumSend = 0.0
    private var sumArrival = 0.0
    private var sumBytesSend = 0.0
    private var sumBytesArrival = 0.0

    init(cluster: UInt32) { self.cluster = cluster }

    mutating func noteSent(_ number: Int64, byteCount: Int) {
        lastNumber = number
        sentCount += 1
        sentBytes += byteCount
    }

    /// Takes an arrival, in the order of sending; times in milliseconds, each on its own clock.
    mutating func noteArrival(byteCount: Int, send: Double, arrival: Double) {
        let origin = origin ?? (send, arrival)
        self.origin = origin
        bytes += Double(byteCount)
        count += 1
        sumBytes += bytes
        sumBytesSquared += bytes * bytes
        sumSend += send - origin.send
        sumArrival += arrival - origin.arrival
        sumBytesSend += bytes * (send - origin.send)
        sumBytesArrival += bytes * (arrival - origin.arrival)
    }

    /// Call when all packets were told of; nil when the probe says nothing.
    ///
    /// - Parameter usualLoss: share of packets that is lost without probes too
    func result(usualLoss: Double) -> ProbeResult? {
        let passing = max(0.5, 1 - usualLoss)
        guard count >= Self.fewestPackets, bytes >= Double(sentBytes) * Self.enough * passing else { return nil }
        let variance = sumBytesSquared - sumBytes * sumBytes / count
        let sendSlope = (sumBytesSend - sumBytes * sumSend / count) / max(variance, 1)
        let arrivalSlope = (sumBytesArrival - sumBytes * sumArrival / count) / max(variance, 1)
        guard variance > 0, sendSlope > 0, arrivalSlope > 0 else { return nil }
        // Milliseconds per byte that arrived; what was sent includes what was lost.
        let sent = 8_000 / sendSlope * Double(sentBytes) / bytes
        let received = 8_000 / arrivalSlope / passing
        guard received <= sent * Self.compressed else { return nil }
        if received < sent * Self.unsaturated {
            return ProbeResult(bitsPerSecond: received * Self.utilization, isSaturated: true)
        }
        return ProbeResult(bitsPerSecond: min(sent, received), isSaturated: false)
    }
}
