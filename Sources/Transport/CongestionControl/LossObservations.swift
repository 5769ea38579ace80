// What was lost at which sending rate, over the last seconds.

import Basics

/// A ring of observations, each of at least a quarter of a second of sending.
struct LossObservations: Sendable {
    struct Observation: Sendable {
        var packets = 0.0
        var lost = 0.0
        /// Of the lost ones, those that a full queue explains.
        var explained = 0.0
        var bitsPerSecond = 0.0
    }

    static let window = 20
    private static let shortest = Interval.milliseconds(250)
    /// An observation of a trickle waits for so many packets, within the longest time.
    private static let fewestPackets = 10
    private static let longest = Interval.seconds(1)
    /// Observations that make the recent loss.
    private static let recentCount = 6

    private var ring = InlineArray<20, Observation>(repeating: Observation())
    private var newest = 0
    private(set) var count = 0

    private var packets = 0
    private var lost = 0
    private var explained = 0
    private var byteCount = 0
    private var start: MonotonicTime?
    private var end = MonotonicTime.zero

    /// Age 0 is the newest.
    func observation(age: Int) -> Observation { ring.span[(newest + Self.window - age) % Self.window] }

    mutating func note(_ packet: SentPacket, isLost: Bool, isExplained: Bool = false) {
        if start == nil { start = packet.sendTime }
        end = max(end, packet.sendTime)
        packets += 1
        byteCount += Int(packet.byteCount)
        if isLost { lost += 1 }
        if isLost, isExplained { explained += 1 }
    }

    /// A packet told lost has come after all.
    mutating func noteLate() {
        if lost > 0 {
            lost -= 1
        } else if count > 0, ring[newest].lost > 0 {
            ring[newest].lost -= 1
        }
    }

    /// True when a new observation is complete.
    mutating func finish() -> Bool {
        guard let start else { return false }
        let duration = end - start
        guard duration >= Self.shortest, packets >= Self.fewestPackets || duration >= Self.longest else {
            return false
        }
        newest = (newest + 1) % Self.window
        ring[newest] = Observation(
            packets: Double(packets), lost: Double(lost), explained: Double(explained),
            bitsPerSecond: Double(byteCount * 8) / duration.seconds)
        count = min(count + 1, Self.window)
        packets = 0
        lost = 0
        explained = 0
        byteCount = 0
        self.start = end
        return true
    }

    /// The greatest of the recent sending rates over the least one.
    var rateSpread: Double {
        var least = Double.infinity
        var greatest = 0.0
        for age in 0..<min(count, Self.recentCount) {
            least = min(least, observation(age: age).bitsPerSecond)
            greatest = max(greatest, observation(age: age).bitsPerSecond)
        }
        return least > 0 ? greatest / least : .infinity
    }

    /// Share of the packets of the last two seconds, roughly, that were lost and not explained.
    var recentLoss: Double {
        var sent = Double(packets)
        var missing = Double(lost - explained)
        for age in 0..<min(count, Self.recentCount) {
            sent += observation(age: age).packets
            missing += observation(age: age).lost - observation(age: age).explained
        }
        // Some of the explained have come late.
        return sent > 0 ? max(0, missing / sent) : 0
    }
}
