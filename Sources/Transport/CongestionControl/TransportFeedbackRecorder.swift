// The receiver's side of transport-wide congestion control: notes arrivals, writes feedback
// (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3).

public import Basics
public import RTP

/// Arrival times of one transport's packets, and the feedback made of them.
///
/// The ring is allocated once; noting and writing allocate nothing.
public struct TransportFeedbackRecorder: ~Copyable {
    /// What `note` did with a number.
    public enum Note: Hashable, Sendable {
        case recorded
        case duplicate
        /// Older than the history. Two of these in a row, one after the other, restart the numbering.
        case tooOld
        /// So far from the others that the history begins anew.
        case restarted
    }

    private var unwrapper = SequenceUnwrapper()
    /// Arrival by extended number modulo the ring's size, in feedback units, or `notReceived`.
    private var ring: [Int64]
    /// The numbers that the ring holds: `oldest…newest`.
    private var oldest: Int64 = 0
    private var newest: Int64 = -1
    /// First number that the next feedback covers.
    private var unreported: Int64 = 0
    private var hasUnreported = false
    private var unreportedCount = 0
    /// The last feedback had no room for everything: the rest goes at once.
    private var hasRest = false
    private var lastFeedback: MonotonicTime?
    private var firstUnreportedTime = MonotonicTime.zero
    private var feedbackCount: UInt8 = 0
    private var suspect: UInt16?
    private var meter = BitrateMeter()
    /// Bits per second when the last feedback was written.
    private var meteredBitrate: Int64 = 0

    public init() {
        ring = [Int64](repeating: TransportFeedbackBuilder.notReceived, count: TransportFeedbackLimits.history)
    }

    /// Notes a packet that carries a transport-wide sequence number.
    ///
    /// - Parameter byteCount: of the datagram; sets how often feedback is worth its bytes
    @discardableResult public mutating func note(
        sequenceNumber: UInt16, byteCount: Int, at now: MonotonicTime
    ) -> Note {
        meter.note(byteCount: byteCount, at: now)
        guard newest >= oldest else {
            begin(at: Int64(sequenceNumber), now)
            return .recorded
        }
        let extended = unwrapper.peek(sequenceNumber)
        if extended <= newest - Int64(TransportFeedbackLimits.history) {
            return noteOld(sequenceNumber, extended, now)
        }
        suspect = nil
        if extended > newest + Int64(TransportFeedbackLimits.largestGap) {
            begin(at: extended, now)
            return .restarted
        }
        if extended > newest {
            extend(to: extended)
        } else if ring[slot(extended)] != TransportFeedbackBuilder.notReceived {
            return .duplicate
        }
        record(extended, now)
        return .recorded
    }

    /// When feedback is due; nil while there is nothing to tell.
    public var nextDeadline: MonotonicTime? {
        guard hasUnreported else { return nil }
        if hasRest || unreportedCount >= TransportFeedbackLimits.unreportedPackets { return .zero }
        guard let lastFeedback else { return firstUnreportedTime + TransportFeedbackLimits.shortestInterval }
        return max(lastFeedback + interval, firstUnreportedTime)
    }

    /// Writes the next feedback packet at the end of a compound; call while `nextDeadline` has come.
    ///
    /// - Parameter mediaSSRC: one of the transport's SSRCs; it only has to be there
    /// - Returns: false when nothing was to tell or it did not fit
    public mutating func write(
        from senderSSRC: UInt32, about mediaSSRC: UInt32, at now: MonotonicTime, to writer: inout RTCPWriter,
        into buffer: inout MutableSpan<UInt8>
    ) -> Bool {
        guard hasUnreported else { return false }
        let first = max(unreported, oldest)
        let count = min(Int(newest - first + 1), TransportFeedbackBuilder.maximumStatusCount)
        var arrivals = InlineArray<1024, Int64>(repeating: TransportFeedbackBuilder.notReceived)
        var skipped = 0
        for index in 0..<count { arrivals[index] = ring[slot(first + Int64(index))] }
        while skipped < count, arrivals[skipped] == TransportFeedbackBuilder.notReceived { skipped += 1 }
        guard skipped < count else {
            // A gap longer than a packet can tell: those numbers are lost, the sender learns it from the next ones.
            unreported = first + Int64(count)
            hasUnreported = unreported <= newest
            hasRest = hasUnreported
            return hasUnreported && write(from: senderSSRC, about: mediaSSRC, at: now, to: &writer, into: &buffer)
        }
        let header = TransportFeedbackHeader(
            senderSSRC: senderSSRC, mediaSSRC: mediaSSRC, baseSequenceNumber: UInt16(truncatingIfNeeded: first),
            feedbackCount: feedbackCount)
        let covered = writer.appendTransportFeedback(
            header, arrivals: arrivals.span.extracting(0..<count), into: &buffer)
        guard covered > 0 else { return false }
        feedbackCount &+= 1
        unreported = first + Int64(covered)
        hasUnreported = unreported <= newest
        hasRest = hasUnreported
        if !hasUnreported {
            unreportedCount = 0
            lastFeedback = now
        }
        meteredBitrate = meter.bitrateBitsPerSecond(at: now)
        return true
    }

    /// What is received, for statistics; bits per second over the last second.
    public mutating func bitrateBitsPerSecond(at now: MonotonicTime) -> Int64 { meter.bitrateBitsPerSecond(at: now) }

    /// A twentieth of what comes in may go back as feedback, within 50…250 ms; 100 ms until the rate is known.
    private var interval: Interval {
        guard meteredBitrate > 0 else { return TransportFeedbackLimits.startInterval }
        let bits = Int64(TransportFeedbackLimits.typicalBytes * 8) * 20
        let nanoseconds = bits * 1_000_000_000 / meteredBitrate
        return max(
            TransportFeedbackLimits.shortestInterval,
            min(TransportFeedbackLimits.longestInterval, Interval(nanoseconds: nanoseconds)))
    }
}

extension TransportFeedbackRecorder {
    private func slot(_ extended: Int64) -> Int { Int(extended & Int64(TransportFeedbackLimits.history - 1)) }

    private mutating func begin(at extended: Int64, _ now: MonotonicTime) {
        for index in ring.indices { ring[index] = TransportFeedbackBuilder.notReceived }
        unwrapper = SequenceUnwrapper()
        unwrapper.note(extended)
        oldest = extended
        newest = extended
        unreported = extended
        hasUnreported = false
        hasRest = false
        unreportedCount = 0
        suspect = nil
        record(extended, now)
    }

    /// Makes room for a newer number; those between are missing so far.
    private mutating func extend(to extended: Int64) {
        let first = max(newest + 1, extended - Int64(TransportFeedbackLimits.history - 1))
        for missing in first...extended { ring[slot(missing)] = TransportFeedbackBuilder.notReceived }
        newest = extended
        oldest = max(oldest, newest - Int64(TransportFeedbackLimits.history - 1))
        unwrapper.note(extended)
    }

    private mutating func record(_ extended: Int64, _ now: MonotonicTime) {
        oldest = min(oldest, extended)
        ring[slot(extended)] = TransportFeedbackBuilder.units(now)
        if !hasUnreported {
            firstUnreportedTime = now
            hasUnreported = true
        }
        // Numbers between the last feedback and this packet are told as missing; a late packet is told with all that
        // came after it, so that the sender takes back its loss.
        unreported = max(oldest, min(unreported, extended))
        unreportedCount += 1
    }

    private mutating func noteOld(_ sequenceNumber: UInt16, _ extended: Int64, _ now: MonotonicTime) -> Note {
        guard sequenceNumber == suspect else {
            suspect = sequenceNumber &+ 1
            return .tooOld
        }
        begin(at: extended, now)
        return .restarted
    }
}

public enum TransportFeedbackLimits {
    /// Numbers in the ring, a power of two: a quarter of a second at 8,000 packets/s.
    public static let history = 2_048
    /// A larger jump is not loss but a new numbering.
    public static let largestGap = 8_192
    /// So many packets are told before their time.
    public static let unreportedPackets = 512
    public static let shortestInterval = Interval.milliseconds(50)
    public static let startInterval = Interval.milliseconds(100)
    public static let longestInterval = Interval.milliseconds(250)
    /// Of one feedback datagram: IPv4, UDP, SRTCP and some 30 bytes of content.
    public static let typicalBytes = 20 + 8 + 10 + 30
}
