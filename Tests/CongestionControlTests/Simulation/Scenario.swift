// The parts that the cases have in common.

import Basics
import CongestionControl
import Testing

enum Scenario {
    static let seeds: [UInt64] = [1, 2, 3]
    static let jitterMilliseconds = 5.0

    static func path(_ world: World, _ delayMilliseconds: Int = 50) -> Path {
        Path(world, delayMilliseconds: delayMilliseconds, jitterDeviationMilliseconds: jitterMilliseconds)
    }

    static func back(_ world: World, _ delayMilliseconds: Int = 50) -> Path {
        Path(world, delayMilliseconds: delayMilliseconds)
    }

    /// A source that follows the target.
    static func elastic(
        _ world: World, _ link: Link, delayMilliseconds: Int = 50, startSecond: Double = 0,
        feedbackLoss: @escaping () -> Bool = { false }
    ) -> MediaFlow {
        MediaFlow(
            world, forward: link, forwardPath: path(world, delayMilliseconds),
            backwardPath: back(world, delayMilliseconds), feedbackLoss: feedbackLoss, startSecond: startSecond
        ) { target, _ in target }
    }

    /// Runs all seeds, notes the figures and fails for each that misses its target.
    static func measure(
        _ title: String, note: String, sourceLocation: SourceLocation = #_sourceLocation,
        _ run: (World) -> [Figure]
    ) {
        var figures: [Figure] = []
        for seed in seeds {
            for (index, figure) in run(World(seed: seed)).enumerated() {
                if !figure.isMet {
                    Issue.record("\(title), seed \(seed): \(figure.row)", sourceLocation: sourceLocation)
                }
                if index < figures.count {
                    figures[index].values += figure.values
                } else {
                    figures.append(figure)
                }
            }
        }
        FigureTable.add(title, note: note, figures)
    }

    /// The least share of several flows, as a part of an equal one.
    static func leastShare(_ flows: [MediaFlow], _ seconds: Range<Double>) -> Double {
        let rates = flows.map { $0.meanReceived(seconds) }
        return rates.min()! / (rates.reduce(0, +) / Double(rates.count))
    }

    static func sum(_ flows: [MediaFlow], _ seconds: Range<Double>) -> Double {
        flows.reduce(0) { $0 + $1.meanReceived(seconds) }
    }
}

extension Figure {
    init(_ name: String, _ value: Double?, atMost limit: Double) {
        self.init(name: name, values: [value], target: .atMost(limit))
    }
    init(_ name: String, _ value: Double?, atLeast limit: Double) {
        self.init(name: name, values: [value], target: .atLeast(limit))
    }
    init(_ name: String, _ value: Double?) { self.init(name: name, values: [value], target: .none) }
}
