// What lies behind the bottleneck: propagation and jitter that does not reorder (RFC 8868 section 4.5.2).

import Basics

final class Path {
    private let world: World
    private let delay: Interval
    private let jitterDeviationMilliseconds: Double
    private var lastArrival = MonotonicTime.zero

    /// - Parameter jitterDeviationMilliseconds: the jitter is cut at three deviations to each side
    init(_ world: World, delayMilliseconds: Int, jitterDeviationMilliseconds: Double = 0) {
        self.world = world
        delay = .milliseconds(delayMilliseconds)
        self.jitterDeviationMilliseconds = jitterDeviationMilliseconds
    }

    func carry(_ arrive: @escaping () -> Void) {
        var time = world.now + delay
        if jitterDeviationMilliseconds > 0 {
            let jitter = world.normal(deviation: jitterDeviationMilliseconds) + 3 * jitterDeviationMilliseconds
            time += .seconds(jitter / 1_000)
        }
        time = max(time, lastArrival)
        lastArrival = time
        world.schedule(at: time, arrive)
    }
}
