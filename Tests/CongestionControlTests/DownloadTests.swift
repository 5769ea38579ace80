import Basics
import Testing

/// RFC 8867 sections 5.6 and 5.7: media beside TCP. A full queue is the download's doing, so no demand on delay.
@Suite struct DownloadTests {
    private static func download(_ world: World, _ link: Link, _ growth: TCPFlow.Growth) -> TCPFlow {
        TCPFlow(
            world, link: link, path: Path(world, delayMilliseconds: 50), backward: Path(world, delayMilliseconds: 50),
            growth: growth)
    }

    @Test(arguments: [TCPFlow.Growth.reno, .cubic]) func longFlow(growth: TCPFlow.Growth) {
        Scenario.measure(
            "5.6 Beside a long TCP flow (\(growth))",
            note: "2 Mbit/s, the download runs from 15 to 100 s of the call; then the delay has to be low again."
        ) { world in
            let link = Link(world, capacities: [(0, 2e6)])
            let flow = Scenario.elastic(world, link)
            var download: TCPFlow?
            world.schedule(after: .seconds(15)) { download = Self.download(world, link, growth) }
            world.schedule(after: .seconds(100)) { download?.stop() }
            world.run(untilSeconds: 130)
            let media = flow.meanReceived(30..<100)
            return [
                Figure("media, Mbit/s, 30–100 s", media / 1e6, atLeast: 0.1),
                Figure("share of the download", Double(download!.deliveredBytes * 8) / 85 / 2e6, atLeast: 0.2),
                Figure("queue delay p50, 30–100 s", flow.queueDelay(percentile: 0.5, 30..<100)),
                Figure("share used after it", flow.meanReceived(115..<130) / 2e6, atLeast: 0.75),
                Figure("queue delay p95 after it", flow.queueDelay(percentile: 0.95, 110..<130), atMost: 100),
            ]
        }
    }

    @Test func lateToALongFlow() {
        Scenario.measure(
            "5.6 Joining a long TCP flow (reno)",
            note:
                "2 Mbit/s, the download runs already when the media begins: its queue is all that the media ever sees."
        ) { world in
            let link = Link(world, capacities: [(0, 2e6)])
            let flow = Scenario.elastic(world, link, startSecond: 5)
            let download = Self.download(world, link, .reno)
            world.run(untilSeconds: 120)
            download.stop()
            return [
                Figure("media, Mbit/s, 30–120 s", flow.meanReceived(30..<120) / 1e6, atLeast: 0.055),
                Figure("queue delay p50", flow.queueDelay(percentile: 0.5)),
            ]
        }
    }

    @Test(arguments: [10.0, 30]) func shortFlows(thinkSeconds: Double) {
        Scenario.measure(
            "5.7 Beside short TCP flows, \(Int(thinkSeconds)) s apart",
            note:
                "Two media flows on 2 Mbit/s; ten users load 0.1 to 1 MB each and think that long on average. At 10 s the loads alone ask for more than the link has."
        ) { world in
            let link = Link(world, capacities: [(0, 2e6)])
            let flows = [Scenario.elastic(world, link), Scenario.elastic(world, link)]
            var loads = 0
            func load() {
                _ = TCPFlow(
                    world, link: link, path: Path(world, delayMilliseconds: 50),
                    backward: Path(world, delayMilliseconds: 50), growth: .cubic,
                    byteCount: 100_000 + Int(world.uniform() * 900_000)
                ) {
                    loads += 1
                    world.schedule(after: .seconds(world.exponential(mean: thinkSeconds))) { load() }
                }
            }
            for _ in 0..<10 {
                world.schedule(after: .seconds(5 + world.exponential(mean: thinkSeconds / 2))) { load() }
            }
            world.run(untilSeconds: 150)
            return [
                Figure(
                    "both media flows, Mbit/s, 20–150 s", Scenario.sum(flows, 20..<150) / 1e6,
                    atLeast: thinkSeconds > 20 ? 0.2 : 0.1),
                Figure("loads finished", Double(loads), atLeast: 10),
                Figure("queue delay p50", flows[0].queueDelay(percentile: 0.5, 20..<150)),
            ]
        }
    }
}
