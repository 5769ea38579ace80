import Basics
import MediaInterface
import SyntheticPeer
import Testing

/// What is left of loss after repair, on both ways: from the publisher and to the subscribers.
@Suite struct LossRepairTests {
    struct Case: Sendable {
        var loss: Double
        var roundTripMilliseconds: Int
        /// Mean length of a burst (Gilbert-Elliott); nil for independent loss.
        var burst: Double?

        var conditions: PathConditions {
            var conditions = PathConditions(delay: .milliseconds(roundTripMilliseconds / 2), jitter: .milliseconds(3))
            if let burst {
                conditions.leaveBurst = 1 / burst
                conditions.enterBurst = loss / (1 - loss) / burst
            } else {
                conditions.loss = loss
            }
            return conditions
        }

        /// Bounds of the residual loss: a thousandth at 5 %, a hundredth at 20 %.
        var bound: Double { loss < 0.06 ? 0.001 : loss < 0.11 ? 0.003 : 0.01 }
    }

    static let cases: [Case] = [0.05, 0.1, 0.2].flatMap { loss in
        [50, 100].flatMap { roundTrip in
            [nil, 4.0].map { Case(loss: loss, roundTripMilliseconds: roundTrip, burst: $0) }
        }
    }

    /// What is left of loss: packets and frames of all subscribers.
    private struct Outcome {
        var received = 0
        var lost = 0
        var frames = 0
        var faults: [String] = []

        mutating func run(_ test: Case, seed: UInt64) throws {
            let world = try World(seed: seed)
            let publisher = try world.join()
            let track = world.publish(publisher)
            let subscribers = try (0..<3).map { _ in try world.join() }
            for subscriber in subscribers { world.subscribe(subscriber, to: track) }
            world.run(for: .seconds(1))
            // Connected; now the network becomes bad, and the way longer. Nothing is narrow: bandwidth is no reason to send
            // less.
            world.network.reseed(seed)
            for client in world.clients {
                world.network.conditions[client.address] = test.conditions
                client.roundTrip = .milliseconds(test.roundTripMilliseconds)
            }
            world.run(for: .seconds(20))
            for receiver in subscribers.flatMap(\.receivers.values) {
                received += receiver.packetsReceived
                lost += receiver.packetsLost
                frames += receiver.framesDecoded
            }
            faults += world.faults()
        }
    }

    @Test(arguments: cases)
    func repairsOnBothWays(_ test: Case) throws {
        // A burst that meets another one on its repair decides a single run.
        let seeds = 4
        var outcome = Outcome()
        for seed in 0..<seeds { try outcome.run(test, seed: UInt64(seed)) }
        let residual = Double(outcome.lost) / Double(outcome.received + outcome.lost)
        #expect(
            residual < test.bound, "\(test): \(outcome.lost) of \(outcome.received + outcome.lost) lost for good")
        // A third of the packets has to go again at 20 % on both ways, some of them three times.
        let frames = seeds * 3 * 21 * 25
        #expect(outcome.frames > frames * (test.loss < 0.15 ? 9 : 7) / 10, "\(test): \(outcome.frames) of \(frames)")
        #expect(outcome.faults.isEmpty, "\(test): \(outcome.faults.prefix(3))")
    }
}
