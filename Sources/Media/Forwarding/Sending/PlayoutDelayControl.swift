// How much later than usual a subscriber shall show pictures, so that lost packets can be repaired in time
// (www.webrtc.org/experiments/rtp-hdrext/playout-delay).

import Basics
import RTP

/// Raised at once with the loss, lowered when the loss has been less for a while. Without loss nothing is said, and the
/// receiver is as quick as it can be.
struct PlayoutDelayControl {
    /// Shares of lost packets from which on pictures wait, and what for: one, two and three rounds of repair, beside the
    /// round trip. Receivers that do not know theirs ask again every 100 ms.
    private static let steps: [(loss: Float, milliseconds: Int64)] = [(0.02, 70), (0.06, 150), (0.14, 210)]
    /// A receiver ignores more, and a talk does not bear it.
    private static let mostMilliseconds: Int64 = 500
    /// Nobody is kept from waiting longer by itself.
    private static let largestTensOfMilliseconds: UInt16 = 1_000
    private static let patience = Interval.seconds(10)
    /// So long the end of a delay is said, whatever packets are lost.
    private static let farewell = Interval.seconds(3)

    private var milliseconds: Int64 = 0
    private var lowerAt: MonotonicTime?
    private var silentAt: MonotonicTime?

    /// The value of the extension; nil while there is nothing to say.
    private(set) var rawValue: UInt32?

    /// - Parameter loss: share of the packets that are lost on the way to the subscriber, 0...1
    mutating func note(loss: Float, roundTrip: Interval, at now: MonotonicTime) {
        let step = Self.steps.last { loss >= $0.loss }
        let wished = step.map { min($0.milliseconds + roundTrip.wholeMilliseconds, Self.mostMilliseconds) } ?? 0
        if wished >= milliseconds {
            lowerAt = nil
            // A round trip that trembles is no reason to change anything.
            if wished > milliseconds + 20 || milliseconds == 0 { set(wished, at: now) }
        } else if let due = lowerAt {
            if due <= now {
                set(wished, at: now)
                lowerAt = nil
            }
        } else {
            lowerAt = now + Self.patience
        }
        if let silentAt, silentAt <= now {
            rawValue = nil
            self.silentAt = nil
        }
    }

    private mutating func set(_ wished: Int64, at now: MonotonicTime) {
        guard wished != milliseconds else { return }
        milliseconds = wished
        silentAt = wished == 0 ? now + Self.farewell : nil
        rawValue =
            PlayoutDelay(
                minimumTensOfMilliseconds: UInt16(wished / 10),
                maximumTensOfMilliseconds: Self.largestTensOfMilliseconds
            ).rawValue
    }
}
