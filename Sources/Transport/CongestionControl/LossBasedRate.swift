// The rate that the losses allow: which bandwidth, and which loss that is there at every rate, explain best what was lost?

import Basics

/// A maximum-likelihood choice among a few bandwidths around the current one.
///
/// Model: of what is sent at rate R into a bandwidth B, 1 − B/R is lost where R is greater, and a share p of the rest
/// always (radio, a bad line). Rates below B do not tell bandwidths apart; then the greater one is preferred, so that loss
/// which does not depend on the rate does not starve it.
struct LossBasedRate: Sendable {
    /// What an observation counts less than the next one.
    private static let ageWeight = 0.9
    private static let fewestObservations = 3
    private static let iterations = 5
    private static let smallestInherentLoss = 0.001
    /// The loss that a transport may call inherent, and the rate that makes it more patient.
    private static let inherentLoss = 0.12
    private static let inherentBalance = 45_000.0
    private static let mostInherentLoss = 0.5
    /// How much greater bandwidths are preferred, per packet and natural unit of the rate, below the loss that ends it.
    private static let preference = 0.02
    private static let preferenceEnd = 0.3
    /// A loss that stays may be due to the rate: sending less for a moment tells.
    private static let suspectLoss = 0.03
    private static let suspectObservations = 8
    private static let experimentShare = 0.75
    private static let experimentLength = 5
    /// Observations until the next experiment, doubled each time that the loss was not due to the rate.
    private static let shortestPause = 40
    private static let longestPause = 640
    /// Rates that differ this much tell without an experiment.
    private static let tellingSpread = 1.25
    /// Less loss than this is never a reason.
    private static let harmlessLoss = 0.02

    private(set) var observations = LossObservations()
    /// Bits per second; nil until losses were a reason.
    private(set) var bitsPerSecond: Double?

    /// The rate before an experiment, and observations until its end.
    private var experiment: (before: Double, left: Int)?
    private var pause = LossBasedRate.shortestPause
    private var sinceExperiment = LossBasedRate.shortestPause

    /// - Parameter isExplained: lost because the path's queue was full; it passes with that
    mutating func note(_ packet: SentPacket, isLost: Bool, isExplained: Bool = false) {
        observations.note(packet, isLost: isLost, isExplained: isExplained)
    }
    mutating func noteLate() { observations.noteLate() }

    /// Share of the packets of about the last two seconds that were lost without a full queue, as of the last update.
    private(set) var recentLoss = 0.0

    /// Call after each feedback.
    ///
    /// - Parameters:
    ///   - delayBased: what the delays allow; this rate is never above
    ///   - throughput: nil when less is sent than allowed
    mutating func update(delayBased: Double, throughput: Double?) {
        let isComplete = observations.finish()
        recentLoss = observations.recentLoss
        guard isComplete else {
            if let current = bitsPerSecond, current > delayBased { bitsPerSecond = delayBased }
            return
        }
        guard observations.count >= Self.fewestObservations else { return }
        let current = min(bitsPerSecond ?? delayBased, delayBased)
        let loss = weightedLoss()
        if bitsPerSecond == nil, loss < Self.harmlessLoss { return }
        if holdExperiment(current, loss, isLimited: throughput == nil) { return }
        var best = current
        var bestObjective = objective(current, relativeTo: current, loss)
        func consider(_ candidate: Double) {
            let bounded = min(candidate, delayBased)
            guard bounded != current else { return }
            let value = objective(bounded, relativeTo: current, loss)
            if value > bestObjective {
                bestObjective = value
                best = bounded
            }
        }
        consider(current * 1.2)
        consider(current * 1.05)
        consider(current * 0.95)
        consider(current * 0.85)
        consider(current * 0.7)
        if let throughput, throughput < current { consider(throughput) }
        if let before = experiment?.before {
            consider(before)
            consider(before * 0.9)
            // Back at the old rate: the loss was not due to it, and need not be asked about soon.
            pause = best >= before * 0.9 ? min(pause * 2, Self.longestPause) : Self.shortestPause
            experiment = nil
        }
        // Without loss there is nothing left to explain.
        bitsPerSecond = best >= delayBased && loss < Self.harmlessLoss ? nil : best
    }

    /// Begins or goes on with sending less; false when the observations are to be judged.
    private mutating func holdExperiment(_ current: Double, _ loss: Double, isLimited: Bool) -> Bool {
        sinceExperiment += 1
        if let (before, left) = experiment {
            guard left > 0, !isLimited else { return false }
            experiment = (before, left - 1)
            return true
        }
        guard !isLimited, loss > Self.suspectLoss, sinceExperiment >= pause,
            observations.count >= Self.suspectObservations, observations.rateSpread < Self.tellingSpread
        else { return false }
        experiment = (current, Self.experimentLength)
        sinceExperiment = 0
        bitsPerSecond = current * Self.experimentShare
        return true
    }

    private func weightedLoss() -> Double {
        var sent = 0.0
        var lost = 0.0
        var weight = 1.0
        for age in 0..<observations.count {
            sent += weight * observations.observation(age: age).packets
            lost += weight * observations.observation(age: age).lost
            weight *= Self.ageWeight
        }
        return sent > 0 ? lost / sent : 0
    }

    /// Logarithm of the likelihood of the observations, with the preference for greater bandwidths.
    private func objective(_ bandwidth: Double, relativeTo current: Double, _ loss: Double) -> Double {
        let inherent = inherentLoss(bandwidth, startingWith: loss)
        var sum = 0.0
        var packets = 0.0
        var weight = 1.0
        for age in 0..<observations.count {
            let observation = observations.observation(age: age)
            let probability = Self.lossProbability(observation.bitsPerSecond, bandwidth, inherent)
            sum +=
                weight
                * (observation.lost * naturalLogarithm(probability)
                    + (observation.packets - observation.lost) * naturalLogarithm(1 - probability))
            packets += weight * observation.packets
            weight *= Self.ageWeight
        }
        let preference = Self.preference * max(0, Self.preferenceEnd - loss) * packets
        return sum + preference * naturalLogarithm(bandwidth / max(current, 1))
    }

    /// The likeliest inherent loss for a bandwidth, by expectation and maximization.
    private func inherentLoss(_ bandwidth: Double, startingWith loss: Double) -> Double {
        let most = min(Self.mostInherentLoss, Self.inherentLoss + Self.inherentBalance / max(bandwidth, 1))
        var inherent = max(Self.smallestInherentLoss, min(most, loss))
        for _ in 0..<Self.iterations {
            var sent = 0.0
            var lost = 0.0
            var weight = 1.0
            for age in 0..<observations.count {
                let observation = observations.observation(age: age)
                let probability = Self.lossProbability(observation.bitsPerSecond, bandwidth, inherent)
                sent += weight * observation.packets
                // A packet that is lost would have met the inherent loss with this share.
                lost += weight * observation.lost * inherent / probability
                weight *= Self.ageWeight
            }
            guard sent > 0 else { break }
            inherent = max(Self.smallestInherentLoss, min(most, lost / sent))
        }
        return inherent
    }

    private static func lossProbability(_ rate: Double, _ bandwidth: Double, _ inherent: Double) -> Double {
        let passes = rate > bandwidth ? bandwidth / rate : 1
        return max(smallestInherentLoss, min(0.999, 1 - (1 - inherent) * passes))
    }
}
