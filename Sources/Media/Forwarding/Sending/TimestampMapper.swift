// Maps the media timestamps of changing encodings into one timeline.

import Basics

/// Within an encoding the publisher's timestamps keep their steps, pauses of discontinuous transmission included. Over a
/// switch the two encodings are joined by their sender reports, else by the time of arrival.
struct TimestampMapper {
    private struct Run {
        var encoding: UInt8
        /// Outgoing minus incoming timestamp.
        var offset: UInt32
        /// The first outgoing timestamp.
        var start: UInt32
        /// How far the run lies behind the true timeline, because time must not stand still over a switch.
        var skew: UInt32 = 0
    }

    private var current: Run?
    private var previous: Run?
    /// The newest outgoing timestamp, and when its packet came.
    private(set) var newestOutgoing: UInt32
    private(set) var newestArrival = MonotonicTime.zero
    private var clockRateHertz: UInt32 = 90_000

    /// - Parameter first: the first outgoing timestamp
    init(first: UInt32) { newestOutgoing = first }

    /// Outgoing minus incoming timestamp of the current run.
    var offset: UInt32? { current?.offset }
    var encoding: UInt8? { current?.encoding }

    /// Begins a run with this packet.
    ///
    /// - Parameters:
    ///   - from: the clock of the encoding until now, where it has reported
    ///   - to: the clock of the new encoding
    mutating func start(
        encoding: UInt8, timestamp: UInt32, arrival: MonotonicTime, from: MediaClock?, to: MediaClock?,
        clockRateHertz: UInt32
    ) {
        self.clockRateHertz = clockRateHertz
        previous = current
        defer { newestArrival = arrival }
        guard let run = current else {
            current = Run(encoding: encoding, offset: newestOutgoing &- timestamp, start: newestOutgoing)
            return
        }
        let elapsed = max(0, (arrival - newestArrival).nanoseconds)
        let expected = newestOutgoing &+ ticks(nanoseconds: elapsed)
        let exact: UInt32? =
            if run.encoding == encoding {
                timestamp &+ run.offset &- run.skew
            } else if let from, let to {
                from.timestamp(of: to.ntpTime(of: timestamp)) &+ run.offset &- run.skew
            } else {
                nil
            }
        // Reports that contradict the arrival by seconds are wrong, or the publisher has begun anew.
        let tolerance = ticks(nanoseconds: ForwardingLimits.timestampTolerance.nanoseconds)
        var outgoing = expected
        if let exact, Int32(bitPattern: exact &- expected).magnitude <= tolerance { outgoing = exact }
        var skew: UInt32 = 0
        if !outgoing.isNewer(than: newestOutgoing) {
            skew = newestOutgoing &+ 1 &- outgoing
            outgoing = newestOutgoing &+ 1
        }
        current = Run(encoding: encoding, offset: outgoing &- timestamp, start: outgoing, skew: skew)
        newestOutgoing = outgoing
    }

    /// The outgoing timestamp of a packet of the current run.
    mutating func map(_ timestamp: UInt32, arrival: MonotonicTime) -> UInt32 {
        let outgoing = timestamp &+ (current?.offset ?? 0)
        if outgoing.isNewer(than: newestOutgoing) {
            newestOutgoing = outgoing
            newestArrival = arrival
        }
        return outgoing
    }

    /// The outgoing timestamp of a late packet of the run before; nil when its picture would not lie before those of the
    /// current run.
    func mapPrevious(_ timestamp: UInt32) -> UInt32? {
        guard let previous, let current else { return nil }
        let outgoing = timestamp &+ previous.offset
        return current.start.isNewer(than: outgoing) ? outgoing : nil
    }

    /// The outgoing timestamp that a packet arriving now would have.
    func estimate(at now: MonotonicTime) -> UInt32 {
        newestOutgoing &+ ticks(nanoseconds: max(0, (now - newestArrival).nanoseconds))
    }

    private func ticks(nanoseconds: Int64) -> UInt32 {
        UInt32(truncatingIfNeeded: Int128(nanoseconds) * Int128(clockRateHertz) / 1_000_000_000)
    }
}
