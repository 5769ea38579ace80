// The missing packets of one encoding, and when to ask for which (RFC 4585 section 6.2.1).

import Basics

struct NACKGenerator {
    private struct Missing {
        var sequence: Int64
        var noticed: MonotonicTime
        var due: MonotonicTime
        var tries: UInt8
        /// Meaningful after the first try.
        var asked = MonotonicTime.zero
    }

    /// In ascending order of sequence numbers.
    private var missing: [Missing] = []
    /// Not later than the earliest `due`.
    private(set) var nextDeadline: MonotonicTime?
    private let maximumAge: Interval
    /// How long answers take, as far as repaired packets have shown it; nil before.
    private(set) var answerTime: Interval?

    init(maximumAge: Interval) { self.maximumAge = maximumAge }

    var missingCount: Int { missing.count }

    /// Notes that all numbers between two received ones are missing.
    ///
    /// - Returns: false when there were too many: the oldest are given up
    mutating func noteGap(from first: Int64, before end: Int64, at now: MonotonicTime) -> Bool {
        let limit = ForwardingLimits.missingPackets
        let from = max(first, end - Int64(limit))
        var isWithinLimit = from == first
        let surplus = missing.count + Int(end - from) - limit
        if surplus > 0 {
            missing.removeFirst(min(surplus, missing.count))
            isWithinLimit = false
        }
        let due = now + ForwardingLimits.reorderingTolerance
        for sequence in from..<end {
            missing.append(Missing(sequence: sequence, noticed: now, due: due, tries: 0))
        }
        if from < end { nextDeadline = min(nextDeadline ?? due, due) }
        return isWithinLimit
    }

    /// Notes that numbers before the stream's first one are missing: a packet from before them has come late.
    mutating func noteGapAtStart(from first: Int64, before end: Int64, at now: MonotonicTime) {
        guard first < end, missing.count + Int(end - first) <= ForwardingLimits.missingPackets else { return }
        let due = now + ForwardingLimits.reorderingTolerance
        missing.insert(
            contentsOf: (first..<end).map { Missing(sequence: $0, noticed: now, due: due, tries: 0) }, at: 0)
        nextDeadline = min(nextDeadline ?? due, due)
    }

    /// A packet that was missing has come. Returns true when it had been asked for.
    mutating func noteArrival(_ sequence: Int64, at now: MonotonicTime? = nil) -> Bool {
        guard let position = position(of: sequence) else { return false }
        let wasAsked = missing[position].tries > 0
        // After a second request nobody knows which one was answered.
        if let now, missing[position].tries == 1 { noteAnswer(now - missing[position].asked) }
        missing.remove(at: position)
        if missing.isEmpty { nextDeadline = nil }
        return wasAsked
    }

    mutating func reset() {
        missing.removeAll(keepingCapacity: true)
        nextDeadline = nil
    }

    /// Takes the numbers that are due, in ascending order, at most `limit`; gives up what is too old or was asked for too
    /// often.
    ///
    /// - Parameter roundTrip: zero when not known: then answers tell it
    mutating func takeDue(at now: MonotonicTime, roundTrip: Interval, limit: Int, _ take: (UInt16) -> Void) {
        guard let deadline = nextDeadline, deadline <= now else { return }
        missing.removeAll {
            now - $0.noticed > maximumAge || ($0.tries >= ForwardingLimits.maximumNACKTries && $0.due <= now)
        }
        let known = roundTrip > .zero ? roundTrip : answerTime ?? ForwardingLimits.assumedRoundTrip
        let interval = max(known, ForwardingLimits.minimumNACKInterval)
        var earliest: MonotonicTime?
        var taken = 0
        for position in missing.indices {
            if missing[position].due <= now, taken < limit {
                taken += 1
                missing[position].tries += 1
                missing[position].asked = now
                // Each pause is longer by a quarter: a lost request or repair is noticed soon, a bad path is spared.
                missing[position].due = now + interval * (3 + Int(missing[position].tries)) / 4
                take(UInt16(truncatingIfNeeded: missing[position].sequence))
            }
            earliest = min(earliest ?? .distantFuture, missing[position].due)
        }
        nextDeadline = earliest
    }

    /// Longer answers count at once, for a request too many helps nobody; shorter ones slowly.
    private mutating func noteAnswer(_ time: Interval) {
        guard let known = answerTime, time < known else {
            answerTime = min(time, ForwardingLimits.longestAnswerTime)
            return
        }
        answerTime = known + (time - known) / 8
    }

    private func position(of sequence: Int64) -> Int? {
        var low = 0
        var high = missing.count
        while low < high {
            let middle = (low + high) / 2
            if missing[middle].sequence < sequence { low = middle + 1 } else { high = middle }
        }
        return low < missing.count && missing[low].sequence == sequence ? low : nil
    }
}
