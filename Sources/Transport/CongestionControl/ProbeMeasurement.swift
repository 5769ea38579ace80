// How fast the packets of a probe were sent and how fast they arrived.

import Basics

struct ProbeMeasurement: Sendable {
    /// So many of the sent bytes must have arrived.
    private static let enough = 0.8
    /// Arrivals this much faster than the sending were held back on the way and say nothing.
    private static let compressed = 2.0
    /// Below this share of what was sent, the path was full.
    private static let unsaturated = 0.9
    /// A little below a full path, so that its queue drains.
    private static let utilization = 0.95
    private static let shortestMilliseconds = 5.0

    let cluster: UInt32
    /// Extended number of the last packet.
    private(set) var lastNumber: Int64 = -1
    private(set) var sentCount = 0
    private(set) var sentBytes = 0
    private var firstSend = MonotonicTime.distantFuture
    private var lastSend = MonotonicTime.zero
    /// Bytes of the packets sent at the last moment: they end the interval and are not part of it.
    private var lastSendBytes = 0
    private var receivedCount = 0
    private var receivedBytes = 0
    private var firstArrival = Double.infinity
    private var firstArrivalBytes = 0
    private var lastArrival = -Double.infinity

    init(cluster: UInt32) { self.cluster = cluster }

    mutating func noteSent(_ number: Int64, byteCount: Int, at now: MonotonicTime) {
        lastNumber = number
        sentCount += 1
        sentBytes += byteCount
        firstSend = min(firstSend, now)
        if now - lastSend > .milliseconds(1) { lastSendBytes = 0 }
        lastSend = now
        lastSendBytes += byteCount
    }

    /// - Parameter arrival: milliseconds of the receiver's clock
    mutating func noteArrival(byteCount: Int, at arrival: Double) {
        receivedCount += 1
        receivedBytes += byteCount
        if arrival < firstArrival {
            firstArrival = arrival
            firstArrivalBytes = 0
        }
        if arrival <= firstArrival { firstArrivalBytes += byteCount }
        lastArrival = max(lastArrival, arrival)
    }

    /// Call when all packets were told of; nil when the probe says nothing.
    func result() -> ProbeResult? {
        let sendMilliseconds = (lastSend - firstSend).milliseconds
        let arrivalMilliseconds = lastArrival - firstArrival
        guard receivedCount >= 3, Double(receivedBytes) >= Double(sentBytes) * Self.enough,
            sendMilliseconds >= Self.shortestMilliseconds, sentBytes > lastSendBytes,
            receivedBytes > firstArrivalBytes, arrivalMilliseconds > 0
        else { return nil }
        let sent = Double((sentBytes - lastSendBytes) * 8) * 1_000 / sendMilliseconds
        let received = Double((receivedBytes - firstArrivalBytes) * 8) * 1_000 / arrivalMilliseconds
        guard received <= sent * Self.compressed else { return nil }
        if received < sent * Self.unsaturated {
            return ProbeResult(bitsPerSecond: received * Self.utilization, isSaturated: true)
        }
        return ProbeResult(bitsPerSecond: min(sent, received), isSaturated: false)
    }
}
