// A download beside the media: a window that grows by CUBIC (RFC 9438) or Reno (RFC 5681), in packets.

import Basics

final class TCPFlow {
    enum Growth { case reno, cubic }

    private let world: World
    private let link: Link
    private let path: Path
    private let backward: Path
    private let growth: Growth
    private var remaining: Int
    private let onEnd: () -> Void

    private var window = 10.0
    private var threshold = 1e9
    private var next = 0
    private var unacknowledged: Set<Int> = []
    private var recoveryEnd = -1
    private var lastWindow = 0.0
    private var epoch = MonotonicTime.zero
    private var lastProgress = MonotonicTime.zero
    private var isStopped = false
    private var roundTrip = 0.1
    private var sendTimes: [Int: MonotonicTime] = [:]
    private(set) var deliveredBytes = 0

    static let segment = 1_500

    init(
        _ world: World, link: Link, path: Path, backward: Path, growth: Growth, byteCount: Int = .max,
        onEnd: @escaping () -> Void = {}
    ) {
        self.world = world
        self.link = link
        self.path = path
        self.backward = backward
        self.growth = growth
        remaining = byteCount == .max ? .max : (byteCount + Self.segment - 1) / Self.segment
        self.onEnd = onEnd
        lastProgress = world.now
        fill()
        watch()
    }

    func stop() { isStopped = true }

    private func fill() {
        while !isStopped, remaining > 0, Double(unacknowledged.count) < window {
            if remaining != .max { remaining -= 1 }
            let number = next
            next += 1
            unacknowledged.insert(number)
            sendTimes[number] = world.now
            link.send(byteCount: Self.segment) { [self] _ in
                path.carry { [self] in
                    deliveredBytes += Self.segment
                    backward.carry { [self] in acknowledge(number) }
                }
            }
        }
    }

    private func acknowledge(_ number: Int) {
        guard unacknowledged.remove(number) != nil else { return }
        lastProgress = world.now
        if let sent = sendTimes.removeValue(forKey: number) {
            roundTrip += ((world.now - sent).seconds - roundTrip) / 8
        }
        // Three later ones have come: what is missing before is lost and sent again as new data.
        let lost = unacknowledged.filter { $0 < number - 3 }
        if !lost.isEmpty {
            unacknowledged.subtract(lost)
            for number in lost { sendTimes[number] = nil }
            if remaining != .max { remaining += lost.count }
            if lost.max()! > recoveryEnd { reduce() }
        } else {
            grow()
        }
        if remaining == 0, unacknowledged.isEmpty {
            if !isStopped {
                isStopped = true
                onEnd()
            }
            return
        }
        fill()
    }

    private func reduce() {
        recoveryEnd = next
        lastWindow = window
        window = max(2, window * (growth == .cubic ? 0.7 : 0.5))
        threshold = window
        epoch = world.now
    }

    private func grow() {
        if window < threshold {
            window += 1
            return
        }
        guard growth == .cubic else {
            window += 1 / window
            return
        }
        let k = Self.cubeRoot(lastWindow * 0.3 / 0.4)
        let t = (world.now - epoch).seconds + roundTrip
        let goal = 0.4 * (t - k) * (t - k) * (t - k) + lastWindow
        // Never slower than Reno with the same decrease (RFC 9438 section 4.3).
        window += max(goal > window ? (goal - window) / window : 0.01 / window, 0.53 / window)
    }

    /// Nothing came for a second: begin again.
    private func watch() {
        world.schedule(after: .milliseconds(200)) { [self] in
            guard !isStopped else { return }
            if world.now - lastProgress > .seconds(1), !unacknowledged.isEmpty {
                if remaining != .max { remaining += unacknowledged.count }
                unacknowledged.removeAll()
                sendTimes.removeAll()
                threshold = max(2, window / 2)
                window = 2
                lastProgress = world.now
                fill()
            }
            watch()
        }
    }

    private static func cubeRoot(_ x: Double) -> Double {
        guard x > 0 else { return 0 }
        var root = max(1, x / 3)
        for _ in 0..<40 { root -= (root * root * root - x) / (3 * root * root) }
        return root
    }
}
