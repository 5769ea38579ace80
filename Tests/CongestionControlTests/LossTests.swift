import Basics
import Testing

/// Loss that is not congestion must not starve the rate; loss that is must lower it, also where no queue can be seen.
@Suite struct LossTests {
    @Test(arguments: [0.05, 0.10, 0.20]) func randomLoss(share: Double) {
        Scenario.measure(
            "Random loss of \(Int(share * 100)) %",
            note: "3 Mbit/s, a source that takes up to 2.5 Mbit/s; independent, and in bursts of four."
        ) { world in
            func run(_ world: World, _ loss: @escaping () -> Bool) -> MediaFlow {
                let link = Link(world, capacities: [(0, 3e6)], loss: loss)
                let flow = MediaFlow(
                    world, forward: link, forwardPath: Scenario.path(world), backwardPath: Scenario.back(world),
                    desired: 2.5e6
                ) { target, _ in min(target, 2.5e6) }
                world.run(untilSeconds: 60)
                return flow
            }
            let other = World(seed: world.random.next())
            let independent = run(world, LossModels.independent(world, share))
            let bursts = run(other, LossModels.bursts(other, share, burst: 4))
            let least = share > 0.15 ? 0.6 : 1.7
            return [
                Figure("independent: target, Mbit/s, 5–60 s", independent.meanTarget(5..<60) / 1e6, atLeast: least),
                Figure("bursts: target, Mbit/s, 5–60 s", bursts.meanTarget(5..<60) / 1e6, atLeast: least),
                Figure(
                    "bursts: least target, Mbit/s", bursts.samples.filter { $0.second > 5 }.map(\.target).min()! / 1e6),
                Figure("independent: loss told, %", independent.samples.last!.loss * 100),
            ]
        }
    }

    @Test func shortQueue() {
        Scenario.measure(
            "Queue of 30 ms", note: "1 Mbit/s behind a buffer too short for delays to tell much: loss must."
        ) { world in
            let link = Link(world, capacities: [(0, 1e6)], queueMilliseconds: 30)
            let flow = Scenario.elastic(world, link)
            world.run(untilSeconds: 60)
            return [
                Figure("share used, 5–60 s", flow.meanReceived(5..<60) / 1e6, atLeast: 0.8),
                Figure("lost, %", flow.lossShare * 100, atMost: 12),
            ]
        }
    }

    @Test func lostFeedback() {
        Scenario.measure(
            "Half of the feedback lost", note: "2 Mbit/s; then, from 40 s on, no feedback for 5 s."
        ) { world in
            let link = Link(world, capacities: [(0, 2e6)])
            let flow = Scenario.elastic(world, link) {
                (40..<45).contains(world.seconds) || world.random.chance(0.5)
            }
            world.run(untilSeconds: 70)
            return [
                Figure("share used, 5–40 s", flow.meanReceived(5..<40) / 2e6, atLeast: 0.8),
                Figure("target at the end of the silence, Mbit/s", flow.meanTarget(44.5..<45) / 1e6, atMost: 1),
                Figure("85 % after it", flow.secondsToReceive(1.7e6, in: 45..<70), atMost: 8),
                Figure("queue delay p95", flow.queueDelay(percentile: 0.95), atMost: 100),
            ]
        }
    }
}
