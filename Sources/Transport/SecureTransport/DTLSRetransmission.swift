// When a flight is sent again: our own clock, doubling waits (RFC 6347 section 4.2.4.1, faster at first as WebRTC does).

internal import Basics

struct DTLSRetransmission {
    private var flights = 0
    private var wait = Interval.zero
    private var due: MonotonicTime?
    private var giveUp: MonotonicTime?

    /// The handshake begins.
    mutating func begin(at now: MonotonicTime) {
        giveUp = now + .seconds(DTLSLimits.handshakeSeconds)
    }

    /// After each step of the handshake.
    /// - Parameters:
    ///   - flights: how many flights OpenSSL has begun to send
    ///   - awaitsAnswer: whether the last one is to be repeated at all
    mutating func update(flights: Int, awaitsAnswer: Bool, at now: MonotonicTime) {
        guard awaitsAnswer else {
            due = nil
            return
        }
        guard due == nil || flights != self.flights else { return }
        self.flights = flights
        wait = .milliseconds(DTLSLimits.firstRetransmissionMilliseconds)
        due = now + wait
    }

    mutating func retransmitted(at now: MonotonicTime) {
        wait = min(wait * 2, .milliseconds(DTLSLimits.longestRetransmissionMilliseconds))
        due = now + wait
    }

    func isDue(at now: MonotonicTime) -> Bool { due.map { $0 <= now } ?? false }
    func isExhausted(at now: MonotonicTime) -> Bool { giveUp.map { $0 <= now } ?? false }

    var nextDeadline: MonotonicTime? {
        guard let giveUp else { return nil }
        return min(due ?? giveUp, giveUp)
    }
}
