import Basics
import Testing

/// RFC 8867 sections 5.1 to 5.3.
@Suite struct VariableCapacityTests {
    @Test func singleFlow() {
        let capacities = [(0.0, 1e6), (40, 2.5e6), (60, 0.6e6), (80, 1e6)]
        Scenario.measure(
            "5.1 Variable capacity, single flow", note: "Capacity 1, from 40 s 2.5, from 60 s 0.6, from 80 s 1 Mbit/s."
        ) { world in
            let link = Link(world, capacities: capacities)
            let flow = Scenario.elastic(world, link)
            world.run(untilSeconds: 100)
            return [
                Figure("85 % of capacity after the start", flow.secondsToReceive(0.85e6, in: 0..<40), atMost: 5),
                Figure("85 % after the rise at 40 s", flow.secondsToReceive(0.85 * 2.5e6, in: 40..<60), atMost: 8),
                Figure("target within capacity after the drop", flow.secondsToFall(to: 0.6e6, in: 60..<80), atMost: 1),
                Figure("85 % after the rise at 80 s", flow.secondsToReceive(0.85e6, in: 80..<100), atMost: 8),
                Figure("queue delay p95", flow.queueDelay(percentile: 0.95), atMost: 100),
                Figure("share used, 10–40 s", flow.meanReceived(10..<40) / 1e6, atLeast: 0.85),
                Figure("share used, 50–60 s", flow.meanReceived(50..<60) / 2.5e6, atLeast: 0.8),
                Figure("share used, 65–80 s", flow.meanReceived(65..<80) / 0.6e6, atLeast: 0.75),
                Figure("lost, %", flow.lossShare * 100, atMost: 1.5),
            ]
        }
    }

    @Test func severalFlows() {
        let capacities = [(0.0, 4e6), (25, 2e6), (50, 3.5e6), (75, 1e6), (100, 2e6)]
        Scenario.measure(
            "5.2 Variable capacity, two flows",
            note:
                "Capacity 4, 2, 3.5, 1 and 2 Mbit/s, each for 25 s. The drop times are those of the sum of both targets."
        ) { world in
            let link = Link(world, capacities: capacities)
            let flows = [Scenario.elastic(world, link), Scenario.elastic(world, link)]
            world.run(untilSeconds: 125)
            func used(_ seconds: Range<Double>) -> Double {
                Scenario.sum(flows, seconds) / link.capacity(atSecond: seconds.lowerBound)
            }
            func fall(_ second: Double) -> Double? {
                let capacity = link.capacity(atSecond: second)
                let index = flows[0].samples.indices.first {
                    let sample = flows[0].samples[$0]
                    return sample.second >= second && sample.target + flows[1].samples[$0].target <= capacity
                }
                return index.map { flows[0].samples[$0].second - second }
            }
            return [
                Figure("share used, 5–25 s", used(5..<25), atLeast: 0.8),
                Figure("share used, 30–50 s", used(30..<50), atLeast: 0.8),
                Figure("share used, 58–75 s", used(58..<75), atLeast: 0.8),
                Figure("share used, 80–100 s", used(80..<100), atLeast: 0.75),
                Figure("targets within capacity after the drop at 25 s", fall(25), atMost: 1),
                Figure("targets within capacity after the drop at 75 s", fall(75), atMost: 1),
                Figure("queue delay p95", flows[0].queueDelay(percentile: 0.95), atMost: 100),
                Figure(
                    "smaller flow, part of an equal share, whole run", Scenario.leastShare(flows, 5..<125), atLeast: 0.4
                ),
            ]
        }
    }

    @Test func congestedFeedback() {
        Scenario.measure(
            "5.3 Congested feedback, flows both ways",
            note:
                "Forward 2, 1 (20 s), 0.5 (40 s), 2 Mbit/s (60 s); backward 2, 0.8 (35 s), 2 Mbit/s (70 s). The feedback of each flow stands in the other's queue."
        ) { world in
            let forward = Link(world, capacities: [(0, 2e6), (20, 1e6), (40, 0.5e6), (60, 2e6)])
            let backward = Link(world, capacities: [(0, 2e6), (35, 0.8e6), (70, 2e6)])
            func flow(_ link: Link, _ other: Link) -> MediaFlow {
                MediaFlow(
                    world, forward: link, forwardPath: Scenario.path(world), backward: other,
                    backwardPath: Scenario.back(world)
                ) { target, _ in target }
            }
            let there = flow(forward, backward)
            let back = flow(backward, forward)
            world.run(untilSeconds: 100)
            return [
                Figure("forward: 85 % after the start", there.secondsToReceive(1.7e6, in: 0..<20), atMost: 5),
                Figure("forward: within capacity after 20 s", there.secondsToFall(to: 1e6, in: 20..<40), atMost: 1),
                Figure("forward: within capacity after 40 s", there.secondsToFall(to: 0.5e6, in: 40..<60), atMost: 1),
                Figure("backward: within capacity after 35 s", back.secondsToFall(to: 0.8e6, in: 35..<70), atMost: 1),
                Figure("forward: 85 % after the rise at 60 s", there.secondsToReceive(1.7e6, in: 60..<100), atMost: 8),
                Figure("backward: 85 % after the rise at 70 s", back.secondsToReceive(1.7e6, in: 70..<100), atMost: 8),
                Figure("forward: queue delay p95", there.queueDelay(percentile: 0.95), atMost: 100),
                Figure("backward: queue delay p95", back.queueDelay(percentile: 0.95), atMost: 100),
                Figure("forward: share used, 45–60 s", there.meanReceived(45..<60) / 0.5e6, atLeast: 0.75),
                Figure("backward: share used, 40–70 s", back.meanReceived(40..<70) / 0.8e6, atLeast: 0.75),
            ]
        }
    }
}
