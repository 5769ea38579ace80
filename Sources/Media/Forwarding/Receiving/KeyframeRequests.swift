// When to ask a publisher for a keyframe of one encoding: many demands, few requests.

import Basics

struct KeyframeRequests {
    enum Kind: Hashable {
        /// RFC 4585 section 6.3.1.
        case pictureLossIndication
        /// RFC 5104 section 4.3.1, with its command sequence number.
        case fullIntraRequest(sequence: UInt8)
    }

    private(set) var isWanted = false
    private var lastSent: MonotonicTime?
    /// A keyframe has come since the last request.
    private var isAnswered = true
    /// Requests since the last keyframe.
    private var tries: UInt8 = 0
    private var fullIntraSequence: UInt8 = 0
    private(set) var nextDeadline: MonotonicTime?

    /// When the next request that follows an answered one is earned: one a second, and one saved for a loss.
    private var earned = MonotonicTime.zero
    private var isUrgent = false

    /// Somebody waits for a keyframe.
    ///
    /// - Parameter isUrgent: a picture that was seen is lost. Who only begins can wait for the next second.
    mutating func request(isUrgent: Bool, at now: MonotonicTime) {
        guard !isWanted || (isUrgent && !self.isUrgent) else { return }
        isWanted = true
        self.isUrgent = self.isUrgent || isUrgent
        schedule(at: now, roundTrip: .zero)
    }

    /// A keyframe has begun to arrive: every demand is met.
    mutating func noteKeyframe() {
        isWanted = false
        isUrgent = false
        isAnswered = true
        tries = 0
        nextDeadline = nil
    }

    /// What to send now, if anything.
    ///
    /// - Parameter repeats: false when the answer cannot be recognised: every demand is one request then
    mutating func takeDue(at now: MonotonicTime, roundTrip: Interval, repeats: Bool) -> Kind? {
        guard let deadline = nextDeadline, deadline <= now else { return nil }
        guard earliest(roundTrip: roundTrip) <= now else {
            schedule(at: now, roundTrip: roundTrip)
            return nil
        }
        earned = max(earned, now) + ForwardingLimits.keyframeInterval
        lastSent = now
        isAnswered = false
        tries = tries < .max ? tries + 1 : tries
        if !repeats {
            noteKeyframe()
            return .pictureLossIndication
        }
        if tries % ForwardingLimits.keyframeRequestTries == 0 {
            // Forgotten until somebody asks again; the pause stays long because `tries` does.
            isWanted = false
            nextDeadline = nil
        } else {
            schedule(at: now, roundTrip: roundTrip)
        }
        let isEscalated = tries > ForwardingLimits.fullIntraRequestAfter && tries % 2 == 0
        guard isEscalated else { return .pictureLossIndication }
        fullIntraSequence &+= 1
        return .fullIntraRequest(sequence: fullIntraSequence)
    }

    private mutating func schedule(at now: MonotonicTime, roundTrip: Interval) {
        nextDeadline = max(now, earliest(roundTrip: roundTrip))
    }

    /// When the next request may go: soon while the answer is missing, for it or the request may be lost; when there was
    /// one, not before its second is over, however many come and ask.
    private func earliest(roundTrip: Interval) -> MonotonicTime {
        guard let lastSent else { return MonotonicTime(nanoseconds: .min / 2) }
        let next = lastSent + pause(roundTrip: roundTrip)
        guard isAnswered else { return next }
        return max(next, isUrgent ? earned - ForwardingLimits.keyframeInterval : earned)
    }

    private func pause(roundTrip: Interval) -> Interval {
        let least = max(ForwardingLimits.keyframeRequestInterval, roundTrip)
        // The first repetitions follow at once, then the pauses double.
        let doublings = max(0, Int(tries) - Int(ForwardingLimits.fullIntraRequestAfter))
        let longest = max(least, ForwardingLimits.keyframeRequestLongestInterval)
        return min(longest, least * (1 << min(doublings, 8)))
    }
}
