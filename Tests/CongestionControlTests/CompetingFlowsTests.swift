import Basics
import Testing

/// RFC 8867 sections 5.4, 5.5 and 5.8: flows with the same congestion control.
@Suite struct CompetingFlowsTests {
    @Test func sameAlgorithm() {
        Scenario.measure(
            "5.4 Competing media flows", note: "Three flows on 3.5 Mbit/s, which begin at 0, 20 and 40 s."
        ) { world in
            let link = Link(world, capacities: [(0, 3.5e6)])
            let flows = [0.0, 20, 40].map { Scenario.elastic(world, link, startSecond: $0) }
            world.run(untilSeconds: 120)
            return [
                Figure(
                    "85 % of capacity after the start", flows[0].secondsToReceive(0.85 * 3.5e6, in: 0..<20), atMost: 5),
                Figure("share used, 50–120 s", Scenario.sum(flows, 50..<120) / 3.5e6, atLeast: 0.8),
                Figure(
                    "least flow, part of an equal share, 50–120 s", Scenario.leastShare(flows, 50..<120), atLeast: 0.25),
                Figure("queue delay p95", flows[0].queueDelay(percentile: 0.95), atMost: 100),
            ]
        }
    }

    @Test func roundTripFairness() {
        Scenario.measure(
            "5.5 Round-trip fairness",
            note: "Five flows on 4 Mbit/s, 10, 25, 50, 100 and 150 ms each way, which begin 10 s after one another."
        ) { world in
            let link = Link(world, capacities: [(0, 4e6)])
            let flows = [10, 25, 50, 100, 150].enumerated().map {
                Scenario.elastic(world, link, delayMilliseconds: $1, startSecond: Double($0) * 10)
            }
            world.run(untilSeconds: 200)
            let shares = flows.map { Figure("", $0.meanReceived(60..<200) / 4e6) }
            return [
                Figure("share used, 60–200 s", Scenario.sum(flows, 60..<200) / 4e6, atLeast: 0.8),
                Figure("least flow, part of an equal share", Scenario.leastShare(flows, 60..<200), atLeast: 0.25),
                Figure("share of the flow of 10 ms", shares[0].values[0]),
                Figure("share of the flow of 150 ms", shares[4].values[0]),
                Figure("queue delay p95", flows[0].queueDelay(percentile: 0.95), atMost: 100),
            ]
        }
    }

    @Test func pauseAndResume() {
        Scenario.measure(
            "5.8 Pause and resume", note: "Three flows on 3.5 Mbit/s; the second pauses from 40 to 60 s."
        ) { world in
            let link = Link(world, capacities: [(0, 3.5e6)])
            let flows = (0..<3).map { _ in Scenario.elastic(world, link) }
            world.schedule(at: .zero + .seconds(40)) { flows[1].pause() }
            world.schedule(at: .zero + .seconds(60)) { flows[1].resume() }
            world.run(untilSeconds: 120)
            return [
                Figure("share used by the others, 48–60 s", Scenario.sum(flows, 48..<60) / 3.5e6, atLeast: 0.8),
                Figure(
                    "resumed flow: half an equal share again", flows[1].secondsToReceive(3.5e6 / 6, in: 60..<120),
                    atMost: 5),
                Figure("share used, 65–120 s", Scenario.sum(flows, 65..<120) / 3.5e6, atLeast: 0.8),
                Figure("queue delay p95", flows[0].queueDelay(percentile: 0.95), atMost: 100),
                Figure("queue delay p95, the 5 s after the return", flows[0].queueDelay(percentile: 0.95, 60..<65)),
            ]
        }
    }
}
