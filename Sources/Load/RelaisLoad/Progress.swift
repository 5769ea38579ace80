// One line in the terminal that says how a run goes; a line now and then where the output is no terminal.

import Basics
import Foundation
import Glibc
import Synchronization

final class Progress: Sendable {
    private struct State {
        var nextAt = MonotonicTime.zero
        var last: (time: MonotonicTime, traffic: TrafficCounts)?
        var hasLine = false
    }
    private let state = Mutex(State())
    private let isShown: Bool
    private let isTerminal = isatty(STDERR_FILENO) == 1

    init(isShown: Bool) { self.isShown = isShown }

    private var interval: Interval { isTerminal ? .milliseconds(500) : .seconds(5) }

    func show(
        phase: String, _ summary: RunBoard.Summary, of participants: Int, _ meter: LoadMeter?, at now: MonotonicTime
    ) {
        guard isShown else { return }
        state.withLock { state in
            guard now >= state.nextAt else { return }
            state.nextAt = now + interval
            var line = Self.line(phase, summary, of: participants)
            if let meter {
                if let last = state.last { line += Self.rates(meter.traffic - last.traffic, over: now - last.time) }
                line += Self.latency(meter)
                state.last = (now, meter.traffic)
            }
            write(line, &state)
        }
    }

    /// Leaves the cursor on a fresh line.
    func finish() {
        state.withLock { state in
            if state.hasLine { Self.print("\n") }
            state.hasLine = false
        }
    }

    private func write(_ line: String, _ state: inout State) {
        // Back to the start of the line, and clear it.
        Self.print(isTerminal ? "\r\u{1b}[K" + line : line + "\n")
        state.hasLine = isTerminal
    }

    private static func print(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

    static func line(_ phase: String, _ summary: RunBoard.Summary, of participants: Int) -> String {
        var line = "\(phase) | \(summary.ready) of \(participants) in"
        if summary.failed > 0 { line += ", \(summary.failed) failed" }
        if summary.lost > 0 { line += ", \(summary.lost) lost" }
        return line
    }

    static func rates(_ traffic: TrafficCounts, over length: Interval) -> String {
        guard length > .zero else { return "" }
        let perSecond = 1 / length.seconds
        let megabits = Double(traffic.bytesIn) * 8 / 1_000_000 * perSecond
        return String(
            format: " | in %.0f packets/s, %.1f Mbit/s | out %.0f packets/s", Double(traffic.packetsIn) * perSecond,
            megabits, Double(traffic.packetsOut) * perSecond)
    }

    private static func latency(_ meter: LoadMeter) -> String {
        var all = meter.audioLatency
        all.add(meter.videoLatency)
        guard let middle = all.percentile(0.5), let high = all.percentile(0.99) else { return "" }
        return String(format: " | latency p50 %.2f p99 %.2f ms", middle.milliseconds, high.milliseconds)
    }
}
