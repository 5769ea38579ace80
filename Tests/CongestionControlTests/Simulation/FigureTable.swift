// What the runs measured, as a table under Benchmarks, written by the test run itself.

import Foundation
import Synchronization

/// One measured figure and what it has to be.
struct Figure: Sendable {
    enum Target: Sendable {
        case atMost(Double)
        case atLeast(Double)
        /// Reported only: no demand makes sense here.
        case none
    }

    var name: String
    /// One per seed; nil when it never happened.
    var values: [Double?]
    var target: Target

    var isMet: Bool { values.allSatisfy(meets) }

    private func meets(_ value: Double?) -> Bool {
        switch target {
        case .none: return true
        case .atMost(let limit): return value.map { $0 <= limit } ?? false
        case .atLeast(let limit): return value.map { $0 >= limit } ?? false
        }
    }

    var row: String {
        let target =
            switch target {
            case .none: "–"
            case .atMost(let limit): "≤ \(Self.text(limit))"
            case .atLeast(let limit): "≥ \(Self.text(limit))"
            }
        let known = values.compactMap { $0 }.sorted()
        let median = known.isEmpty ? "never" : Self.text(known[known.count / 2])
        let all = values.map { $0.map(Self.text) ?? "never" }.joined(separator: ", ")
        return "| \(name) | \(median) | \(all) | \(target) |"
    }

    static func text(_ value: Double) -> String {
        value >= 100 ? String(Int(value.rounded())) : String((value * 100).rounded() / 100)
    }
}

/// Collects the sections of all cases, whatever order they end in.
enum FigureTable {
    private static let sections = Mutex<[String: String]>([:])

    static func add(_ title: String, note: String, _ figures: [Figure]) {
        let rows = figures.map(\.row).joined(separator: "\n")
        let section = """
            ## \(title)

            \(note)

            | figure | median | each seed | target |
            |---|---|---|---|
            \(rows)

            """
        sections.withLock { sections in
            sections[title] = section
            guard ProcessInfo.processInfo.environment["RELAIS_WRITE_FIGURES"] != nil else { return }
            let text = header + sections.sorted { $0.key < $1.key }.map(\.value).joined(separator: "\n")
            try? text.write(to: file, atomically: true, encoding: .utf8)
        }
    }

    /// Tests/CongestionControlTests/Simulation/FigureTable.swift is three folders below the root.
    private static var file: URL {
        var root = URL(filePath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        return root.appending(path: "Benchmarks/congestion-control.md")
    }

    private static let header = """
        # Congestion control, measured in simulation

        Written by `RELAIS_WRITE_FIGURES=1 swift test --filter CongestionControlTests`, not by hand. The cases are those of
        RFC 8867 section 5 and some of a forwarding server's own. All paths: 50 ms each way if not said otherwise, jitter
        of up to 30 ms without reordering (a normal distribution, deviation 5 ms, cut at three), drop-tail queue of 300 ms.
        Elastic sources follow the target with frames that vary by 10 %, 30 a second, and 40 kbit/s of voice.
        Rates are what arrives, in half a second for the times, in Mbit/s or as a share of the capacity. Times in seconds,
        delays in milliseconds. The test fails when one seed misses its target.


        """
}
