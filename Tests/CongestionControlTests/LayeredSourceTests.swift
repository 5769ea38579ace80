import Basics
import Testing

/// A forwarding server's source: it can send layers or nothing, so it is nearly always limited by its choice.
@Suite struct LayeredSourceTests {
    /// Chooses among three layers, with a tenth of margin on the way up.
    private final class Layers {
        static let bitsPerSecond = [150e3, 500e3, 1_500e3]
        static let voice = 40e3
        private(set) var current = -1
        private(set) var switches: [(second: Double, layer: Int)] = []

        func rate(_ target: Double, _ second: Double) -> Double {
            var choice = -1
            for (index, rate) in Self.bitsPerSecond.enumerated() {
                if (rate + Self.voice) * (index > current ? 1.1 : 1) <= target { choice = index }
            }
            if choice != current {
                current = choice
                switches.append((second, choice))
            }
            return (choice < 0 ? 0 : Self.bitsPerSecond[choice]) + Self.voice
        }

        func second(of layer: Int, after: Double = 0) -> Double? {
            switches.first { $0.second >= after && $0.layer == layer }.map { $0.second - after }
        }

        func count(after second: Double) -> Double { Double(switches.filter { $0.second > second }.count) }
    }

    private func run(
        _ world: World, _ capacities: [(second: Double, bitsPerSecond: Double)], seconds: Double, delay: Int = 50
    ) -> (MediaFlow, Layers) {
        let layers = Layers()
        let flow = MediaFlow(
            world, forward: Link(world, capacities: capacities), forwardPath: Scenario.path(world, delay),
            backwardPath: Scenario.back(world, delay), desired: 1.7e6
        ) { layers.rate($0, $1) }
        world.run(untilSeconds: seconds)
        return (flow, layers)
    }

    @Test func ampleLink() {
        Scenario.measure("Layers on an ample link", note: "Layers of 150, 500 and 1,500 kbit/s on 10 Mbit/s.") {
            world in
            let (flow, layers) = run(world, [(0, 10e6)], seconds: 60)
            return [
                Figure("middle layer", layers.second(of: 1), atMost: 0.1),
                Figure("top layer", layers.second(of: 2), atMost: 3),
                Figure("switches after that", layers.count(after: 3), atMost: 0),
                Figure("padding, kbit/s", Double(flow.paddingBytes) * 8 / 60_000, atMost: 20),
                Figure("highest target, Mbit/s", flow.samples.map(\.target).max()! / 1e6, atMost: 3.2),
            ]
        }
    }

    @Test func narrowLink() {
        Scenario.measure("Layers on 700 kbit/s", note: "The middle layer fits, the top one never will.") { world in
            let (flow, layers) = run(world, [(0, 0.7e6)], seconds: 120)
            return [
                Figure("switches after 3 s", layers.count(after: 3), atMost: 2),
                Figure("layer at the end", Double(layers.current), atLeast: 1),
                Figure("queue delay p95", flow.queueDelay(percentile: 0.95), atMost: 100),
                Figure("target, kbit/s, 10–120 s", flow.meanTarget(10..<120) / 1e3, atMost: 780),
                Figure("padding, kbit/s", Double(flow.paddingBytes) * 8 / 120_000, atMost: 25),
            ]
        }
    }

    @Test func cappedAndReleased() {
        Scenario.measure(
            "Layers, capped and released", note: "10 Mbit/s, from 20 to 50 s 500 kbit/s; 25 ms each way."
        ) { world in
            let (flow, layers) = run(world, [(0, 10e6), (20, 0.5e6), (50, 10e6)], seconds: 80, delay: 25)
            return [
                Figure("low layer after the cap", layers.second(of: 0, after: 20), atMost: 1.5),
                Figure("top layer after the release", layers.second(of: 2, after: 50), atMost: 6),
                Figure("queue delay p95 while capped", flow.queueDelay(percentile: 0.95, 22..<50), atMost: 100),
            ]
        }
    }

    @Test func voiceAlone() {
        Scenario.measure(
            "Voice alone", note: "40 kbit/s on 10 Mbit/s and on 100 kbit/s: nothing wished, nothing probed."
        ) { world in
            func voice(_ capacity: Double) -> MediaFlow {
                let flow = MediaFlow(
                    world, forward: Link(world, capacities: [(0, capacity)]), forwardPath: Scenario.path(world),
                    backwardPath: Scenario.back(world), desired: 0
                ) { _, _ in 0 }
                return flow
            }
            let wide = voice(10e6)
            let narrow = voice(100e3)
            world.run(untilSeconds: 120)
            return [
                Figure("least target on 10 Mbit/s, kbit/s", wide.samples.map(\.target).min()! / 1e3, atLeast: 500),
                Figure("highest target on 10 Mbit/s, kbit/s", wide.samples.map(\.target).max()! / 1e3, atMost: 1_000),
                Figure("queue delay p95 on 100 kbit/s", narrow.queueDelay(percentile: 0.95), atMost: 100),
                Figure("lost on 100 kbit/s, %", narrow.lossShare * 100, atMost: 0.2),
                Figure("padding, bytes", Double(wide.paddingBytes + narrow.paddingBytes), atMost: 0),
            ]
        }
    }
}
