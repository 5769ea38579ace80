// Does the queue grow? Slope of the smoothed delay and an adaptive threshold
// (draft-ietf-rmcat-gcc-02 section 5.4; the line fit in the place of the Kalman filter).

import Basics

/// What the delays say about the bottleneck.
public enum BandwidthUsage: UInt8, Sendable {
    case normal
    /// The queue grows: more is sent than the path takes.
    case overusing
    /// The queue drains.
    case underusing
}

/// Fits a line through the delays of the last packet groups.
struct TrendlineDetector: Sendable {
    private struct Point: Sendable {
        var arrival = 0.0
        var delay = 0.0
    }

    private static let window = 20
    /// Weight of the past in the smoothed delay.
    private static let smoothing = 0.9
    /// Brings the slope to the scale of the threshold.
    private static let gain = 4.0
    private static let mostDeltas = 60
    /// A growth must last this long to count, in milliseconds of sending.
    private static let sustainedMilliseconds = 10.0
    /// Per millisecond; the threshold rises slower than it falls, so that a lasting slope is told for a while.
    private static let riseRate = 0.0087
    private static let fallRate = 0.039
    /// Spikes further above the threshold than this do not move it.
    private static let spike = 15.0
    private static let thresholds = 6.0...600.0

    private var points = InlineArray<20, Point>(repeating: Point())
    private var pointCount = 0
    private var nextPoint = 0
    private var deltaCount = 0
    private var accumulated = 0.0
    private var smoothed = 0.0
    private var slope = 0.0
    private var growthMilliseconds: Double?
    private var growthCount = 0
    private var lastThresholdUpdate: Double?

    private(set) var threshold = 12.5
    private(set) var usage = BandwidthUsage.normal

    mutating func note(_ delta: PacketGroups.Delta) {
        deltaCount = min(deltaCount + 1, 1_000)
        accumulated += delta.arrivalMilliseconds - delta.sendMilliseconds
        smoothed = Self.smoothing * smoothed + (1 - Self.smoothing) * accumulated
        points[nextPoint] = Point(arrival: delta.arrival, delay: smoothed)
        nextPoint = (nextPoint + 1) % Self.window
        pointCount = min(pointCount + 1, Self.window)
        let previous = slope
        if pointCount == Self.window, let fitted = fit() { slope = fitted }
        detect(after: previous, sendMilliseconds: delta.sendMilliseconds, at: delta.arrival)
    }

    private func fit() -> Double? {
        // Reading through a span: the array's own subscript copies all of it.
        let points = points.span
        var sumX = 0.0
        var sumY = 0.0
        // Against the newest: keeps the numbers small.
        let origin = points[(nextPoint + Self.window - 1) % Self.window]
        for index in 0..<Self.window {
            sumX += points[index].arrival - origin.arrival
            sumY += points[index].delay - origin.delay
        }
        let meanX = sumX / Double(Self.window)
        let meanY = sumY / Double(Self.window)
        var covariance = 0.0
        var variance = 0.0
        for index in 0..<Self.window {
            let x = points[index].arrival - origin.arrival - meanX
            covariance += x * (points[index].delay - origin.delay - meanY)
            variance += x * x
        }
        return variance > 0 ? covariance / variance : nil
    }

    private mutating func detect(after previousSlope: Double, sendMilliseconds: Double, at arrival: Double) {
        guard deltaCount >= 2 else { return }
        let trend = Double(min(deltaCount, Self.mostDeltas)) * slope * Self.gain
        if trend > threshold {
            growthMilliseconds = growthMilliseconds.map { $0 + sendMilliseconds } ?? sendMilliseconds / 2
            growthCount += 1
            if growthMilliseconds! > Self.sustainedMilliseconds, growthCount > 1, slope >= previousSlope {
                growthMilliseconds = 0
                growthCount = 0
                usage = .overusing
            }
        } else {
            growthMilliseconds = nil
            growthCount = 0
            usage = trend < -threshold ? .underusing : .normal
        }
        adapt(to: abs(trend), at: arrival)
    }

    private mutating func adapt(to trend: Double, at arrival: Double) {
        defer { lastThresholdUpdate = arrival }
        guard let last = lastThresholdUpdate, trend <= threshold + Self.spike else { return }
        let rate = trend < threshold ? Self.fallRate : Self.riseRate
        threshold += rate * (trend - threshold) * max(0, min(arrival - last, 100))
        threshold = max(Self.thresholds.lowerBound, min(Self.thresholds.upperBound, threshold))
    }
}
