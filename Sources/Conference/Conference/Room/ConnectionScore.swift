// A mean opinion score from what a transport's network does: the E-model (ITU-T G.107) in its short form, with an
// allowance for pictures that the network cannot carry.

import MediaInterface

enum ConnectionScore {
    /// Transmission rating without any impairment (G.107 section 7.7, default values).
    static let bestRating = 93.2
    /// Delay that is there without the network: frames of 20 ms and a short playout buffer.
    private static let ownDelayMilliseconds = 60.0
    /// How well the sound stands loss (G.107 "Bpl", percent): redundancy and retransmission repair most of it, so it is
    /// far above that of a bare codec (4 to 10).
    private static let lossRobustness = 20.0
    /// A picture in a lower layer than wished alone takes the connection out of the best class.
    private static let reducedPictures = 15.0
    /// One that is not there at all puts it into the worst.
    private static let pausedPictures = 40.0

    /// Transmission rating (0 to 93.2) of one report.
    static func rating(of sample: PeerQuality) -> Double {
        let loss = max(share(sample.uplinkLoss), share(sample.downlinkLoss)) * 100
        let lossImpairment = 95 * loss / (loss + lossRobustness)
        let delay = Double(sample.roundTripMilliseconds) / 2 + ownDelayMilliseconds
        let delayImpairment = 0.024 * delay + 0.11 * max(0, delay - 177.3)
        let pictures =
            sample.pausedSubscriptions > 0 ? pausedPictures : sample.reducedSubscriptions > 0 ? reducedPictures : 0
        return max(0, bestRating - lossImpairment - delayImpairment - pictures)
    }

    private static func share(_ loss: Float?) -> Double {
        guard let loss, loss.isFinite else { return 0 }
        return Double(min(max(loss, 0), 1))
    }

    /// Mean opinion score, 1 to 4.41 (G.107 annex B).
    static func opinion(ofRating rating: Double) -> Double {
        let rating = min(max(rating, 0), 100)
        let score = 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 0.000_007
        // The polynomial dips below 1 for ratings under 6.5.
        return max(1, score)
    }
}

/// Follows one participant's connection. Getting worse shows at once, getting better when it lasts; between two classes
/// lies a gap, so that nothing flaps.
struct ConnectionScorer: Sendable {
    /// Least scores of the classes.
    static let excellent = 4.0
    static let good = 3.0
    /// A class is entered from below so far above its least score.
    static let gap = 0.15
    /// Smaller changes of the score within a class are not worth a message.
    static let noticeableChange = 0.3
    /// Weight of the newest period.
    private static let weightWhenWorse = 0.7
    private static let weightWhenBetter = 0.3

    private var sum = 0.0
    private var samples = 0
    /// Reports of a transport over which nothing came in.
    private var silentSamples = 0
    private var rating: Double?
    private(set) var told: (quality: ConnectionQuality, score: Double)?

    var hasSamples: Bool { samples + silentSamples > 0 }

    mutating func note(_ sample: PeerQuality) {
        if sample.uplinkLoss == nil && sample.downlinkLoss == nil {
            silentSamples += 1
        } else {
            sum += ConnectionScore.rating(of: sample)
            samples += 1
        }
    }

    /// Ends a period. Returns what is to be told, nil when that has been told already.
    /// - Parameter isExpected: the participant has something to send, so that silence means that nothing gets through.
    mutating func assess(isExpected: Bool) -> (quality: ConnectionQuality, score: Double)? {
        defer {
            sum = 0
            samples = 0
            silentSamples = 0
        }
        guard samples > 0 else {
            guard isExpected, silentSamples >= 2, told?.quality != .lost else { return nil }
            rating = nil
            return tell(.lost, 0)
        }
        let current = sum / Double(samples)
        let weight = rating.map { current < $0 ? Self.weightWhenWorse : Self.weightWhenBetter } ?? 1
        let smoothed = (rating ?? current) * (1 - weight) + current * weight
        rating = smoothed
        let score = ConnectionScore.opinion(ofRating: smoothed)
        let quality = quality(of: score)
        if let told, told.quality == quality, abs(told.score - score) < Self.noticeableChange { return nil }
        return tell(quality, score)
    }

    private mutating func tell(_ quality: ConnectionQuality, _ score: Double) -> (ConnectionQuality, Double)? {
        told = (quality, score)
        return told
    }

    private func quality(of score: Double) -> ConnectionQuality {
        let wasExcellent = told.map { $0.quality == .excellent } ?? true
        let wasGood = told.map { $0.quality == .excellent || $0.quality == .good } ?? true
        if score >= Self.excellent + (wasExcellent ? 0 : Self.gap) { return .excellent }
        return score >= Self.good + (wasGood ? 0 : Self.gap) ? .good : .poor
    }
}
