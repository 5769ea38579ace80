// Measures what each layer of one encoding takes. Owned by its receive stream.

import Basics

/// Counts bytes in four parts of a window of one second.
struct LayerRateMeter {
    private static let partCount = 4
    private static let part = Interval(nanoseconds: ForwardingLimits.rateWindow.nanoseconds / Int64(partCount))

    /// By part of the window; lane `spatial * 4 + temporal`.
    private var bytes = InlineArray<4, SIMD16<UInt32>>(repeating: SIMD16())
    private var current = 0
    private var partEnd = MonotonicTime.zero
    private var newest = MonotonicTime.zero
    /// When each layer was first heard of in its present stretch, and last.
    private var began = InlineArray<16, MonotonicTime>(repeating: .zero)
    private var heard = InlineArray<16, MonotonicTime>(repeating: MonotonicTime(nanoseconds: .min / 2))

    /// A packet came: `byteCount` of its payload.
    mutating func note(_ frame: FrameInfo, byteCount: Int, at now: MonotonicTime) {
        if now >= partEnd { turn(at: now) }
        let lane = min(Int(frame.spatialLayer), 3) * 4 + min(Int(frame.temporalLayer), 3)
        if now - heard[lane] > ForwardingLimits.rateWindow { began[lane] = now }
        heard[lane] = now
        newest = now
        bytes[current][lane] &+= UInt32(byteCount + ForwardingLimits.rateOverheadBytes)
    }

    /// Adds this encoding's layers to `rates`.
    ///
    /// - Parameter spatialLayer: of the encoding, when it is one of several; nil when its own spatial layers count
    func add(to rates: inout LayerRates, spatialLayer: Int?, at now: MonotonicTime) {
        // Parts that nothing was noted in are past.
        let missed = now >= partEnd ? (now - partEnd).nanoseconds / Self.part.nanoseconds + 1 : 0
        let counted = max(0, Self.partCount - Int(min(missed, Int64(Self.partCount))))
        var total = SIMD16<UInt32>()
        for age in 0..<counted { total &+= bytes[(current + Self.partCount - age) % Self.partCount] }
        let window = now - (partEnd - Self.part * counted)
        var below = InlineArray<4, Int>(repeating: 0)
        for layer in 0..<(spatialLayer == nil ? LayerRates.spatialLayers : 1) {
            let flows = (0..<4).contains { newest - heard[layer * 4 + $0] <= ForwardingLimits.spatialLayerSilence }
            var sum = 0
            for temporal in 0..<LayerRates.temporalLayers {
                let lane = layer * 4 + temporal
                sum += bitsPerSecond(Int(total[lane]), lane, window, at: now)
                below[temporal] += sum
                // A picture that stands still is sent seldom: the layer is there all the same.
                if flows, newest - heard[lane] <= ForwardingLimits.temporalLayerSilence {
                    rates[spatialLayer ?? layer, temporal] = max(below[temporal], 1)
                }
            }
        }
    }

    private func bitsPerSecond(_ byteCount: Int, _ lane: Int, _ window: Interval, at now: MonotonicTime) -> Int {
        // The first keyframe of a layer would be taken for its rate.
        let length = min(max(now - began[lane], ForwardingLimits.rateStart), max(window, ForwardingLimits.rateStart))
        return Int(Int64(byteCount) * 8 * 1_000_000_000 / length.nanoseconds)
    }

    private mutating func turn(at now: MonotonicTime) {
        let steps = (now - partEnd).nanoseconds / Self.part.nanoseconds + 1
        for _ in 0..<min(steps, Int64(Self.partCount)) {
            current = (current + 1) % Self.partCount
            bytes[current] = SIMD16()
        }
        partEnd = partEnd + Interval(nanoseconds: Self.part.nanoseconds * steps)
    }
}
