// What a receiver knows of one stream (RFC 3550 appendix A.1, A.3 and A.8), and the report block made of it.

public import Basics

/// Counts one SSRC's packets: extended highest sequence number, losses, interarrival jitter.
public struct ReceptionStatistics: Sendable {
    /// A jump forward of more than this is a restart of the sender (RFC 3550 appendix A.1).
    public static let maximumDropout: UInt16 = 3_000
    /// A packet older than this is not a late one.
    public static let maximumMisorder: UInt16 = 100

    /// Clock of the newest packet's payload type.
    public private(set) var clockRateHertz: UInt32 = 1
    public private(set) var receivedCount: Int64 = 0
    /// Extended by the number of wraps.
    public private(set) var highestSequence: Int64 = 0

    private var baseSequence: Int64 = 0
    private var expectedBefore: Int64 = 0
    private var receivedBefore: Int64 = 0
    /// The number that would confirm a restart.
    private var restartSequence: UInt16?
    private var transit: UInt32 = 0
    private var hasTransit = false
    /// In 1/16 of a clock unit.
    private var scaledJitter: UInt32 = 0
    private var lastSenderReport: UInt32 = 0
    private var lastSenderReportTime = MonotonicTime.zero

    public init() {}

    /// Interarrival jitter in units of the stream's clock.
    public var jitter: UInt32 { scaledJitter >> 4 }
    public var jitterMilliseconds: Double { Double(jitter) * 1_000 / Double(clockRateHertz) }
    /// Packets expected since the beginning.
    public var expectedCount: Int64 { receivedCount == 0 ? 0 : highestSequence - baseSequence + 1 }
    /// Negative when duplicates outnumber losses.
    public var lostCount: Int64 { expectedCount - receivedCount }

    /// Counts a packet that has come, retransmissions excepted.
    ///
    /// - Parameter clockRateHertz: of the packet's payload type; when it changes the jitter begins anew
    /// - Returns: false when its number is so far off that it does not count: two such in a row are a restart
    @discardableResult public mutating func noteArrival(
        sequence: UInt16, timestamp: UInt32, clockRateHertz: UInt32, at now: MonotonicTime
    ) -> Bool {
        guard noteSequence(sequence) else { return false }
        receivedCount += 1
        if clockRateHertz != self.clockRateHertz {
            self.clockRateHertz = max(1, clockRateHertz)
            hasTransit = false
            scaledJitter = 0
        }
        noteTransit(timestamp: timestamp, at: now)
        return true
    }

    /// Remembers a sender report of the stream for LSR and DLSR.
    public mutating func noteSenderReport(_ ntpTime: NTPTime, at now: MonotonicTime) {
        lastSenderReport = ntpTime.compact
        lastSenderReportTime = now
    }

    private mutating func noteSequence(_ sequence: UInt16) -> Bool {
        guard receivedCount > 0 else {
            restart(at: sequence)
            return true
        }
        let ahead = sequence &- UInt16(truncatingIfNeeded: highestSequence)
        if ahead < Self.maximumDropout {
            highestSequence += Int64(ahead)
        } else if ahead <= UInt16.max - Self.maximumMisorder {
            guard sequence == restartSequence else {
                restartSequence = sequence &+ 1
                return false
            }
            restart(at: sequence)
        }
        return true
    }

    private mutating func restart(at sequence: UInt16) {
        baseSequence = Int64(sequence)
        highestSequence = Int64(sequence)
        receivedCount = 0
        expectedBefore = 0
        receivedBefore = 0
        restartSequence = nil
        hasTransit = false
    }

    private mutating func noteTransit(timestamp: UInt32, at now: MonotonicTime) {
        let second: Int64 = 1_000_000_000
        let rate = Int64(clockRateHertz)
        let arrival = (now.nanoseconds / second) &* rate &+ (now.nanoseconds % second) &* rate / second
        let newTransit = UInt32(truncatingIfNeeded: arrival) &- timestamp
        defer {
            transit = newTransit
            hasTransit = true
        }
        guard hasTransit else { return }
        let difference = Int32(bitPattern: newTransit &- transit).magnitude
        // A change of half the circle would overflow the sum; a second of jitter says as much.
        let bounded = min(difference, clockRateHertz)
        scaledJitter = scaledJitter &+ bounded &- (scaledJitter &+ 8) >> 4
    }

    /// The report block of this moment; nil before the first packet. The fraction lost counts from the block before.
    public mutating func takeReport(ssrc: UInt32, at now: MonotonicTime) -> ReportBlock? {
        guard receivedCount > 0 else { return nil }
        let expected = expectedCount - expectedBefore
        let lost = expected - (receivedCount - receivedBefore)
        expectedBefore = expectedCount
        receivedBefore = receivedCount
        let fraction = expected <= 0 || lost <= 0 ? 0 : UInt8(min(255, lost << 8 / expected))
        var delay: UInt32 = 0
        if lastSenderReport != 0 {
            let elapsed = max(0, (now - lastSenderReportTime).nanoseconds)
            delay = UInt32(clamping: Int64(saturating: Double(elapsed) * 65_536 / 1_000_000_000))
        }
        return ReportBlock(
            ssrc: ssrc, fractionLost: fraction,
            cumulativeLost: Int32(max(-0x80_0000, min(0x7f_ffff, lostCount))),
            extendedHighestSequence: UInt32(truncatingIfNeeded: highestSequence), jitter: jitter,
            lastSenderReport: lastSenderReport, delaySinceLastSenderReport: delay)
    }
}
