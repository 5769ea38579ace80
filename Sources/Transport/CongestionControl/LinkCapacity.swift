// What the bottleneck carried when it was last full.

import Basics

/// Running mean and spread of the throughputs seen at overuse; near it the rate rises carefully.
struct LinkCapacity: Sendable {
    private static let overuseWeight = 0.05
    private static let probeWeight = 0.5
    /// Bounds of the variance, normalized by the mean, in kbit/s.
    private static let spreads = 0.4...2.5

    private(set) var kilobitsPerSecond: Double?
    private var spread = 0.4

    mutating func noteOveruse(_ bitsPerSecond: Double) { note(bitsPerSecond / 1_000, Self.overuseWeight) }
    mutating func noteProbe(_ bitsPerSecond: Double) { note(bitsPerSecond / 1_000, Self.probeWeight) }
    mutating func forget() { kilobitsPerSecond = nil }

    /// More than the spread allows: the path carries more now.
    func isExceeded(by bitsPerSecond: Double) -> Bool { offset(bitsPerSecond) > 0 && isOutside(bitsPerSecond) }

    /// Less than the spread allows: the path carries less now.
    func isMissed(by bitsPerSecond: Double) -> Bool { offset(bitsPerSecond) < 0 && isOutside(bitsPerSecond) }

    /// Three deviations away; squares, as the standard library's root needs another library.
    private func isOutside(_ bitsPerSecond: Double) -> Bool {
        guard let mean = kilobitsPerSecond else { return false }
        let offset = offset(bitsPerSecond)
        return offset * offset > 9 * spread * mean
    }

    private func offset(_ bitsPerSecond: Double) -> Double {
        kilobitsPerSecond.map { bitsPerSecond / 1_000 - $0 } ?? 0
    }

    private mutating func note(_ sample: Double, _ weight: Double) {
        let mean = kilobitsPerSecond.map { $0 + weight * (sample - $0) } ?? sample
        let error = mean - sample
        spread = (1 - weight) * spread + weight * error * error / max(mean, 1)
        spread = max(Self.spreads.lowerBound, min(Self.spreads.upperBound, spread))
        kilobitsPerSecond = mean
    }
}
