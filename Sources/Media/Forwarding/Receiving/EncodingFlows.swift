// Which encodings of a track flow: what layer selection looks at.

import Basics
import MediaInterface

/// Trivial; one entry per encoding of the track.
struct EncodingFlows {
    /// When the last packet of each encoding came; `distantPast` where none did.
    private var lastArrival = InlineArray<4, MonotonicTime>(repeating: Self.never)
    private var spatialLayers = InlineArray<4, UInt8>(repeating: 0)
    private(set) var count = 0

    private static let never = MonotonicTime(nanoseconds: .min / 2)

    mutating func set(_ encodings: [EncodingDescription]) {
        count = min(encodings.count, MediaLimits.encodingsPerTrack)
        for index in 0..<count { spatialLayers[index] = encodings[index].spatialLayer }
    }

    mutating func noteArrival(encoding: Int, at now: MonotonicTime) { lastArrival[encoding] = now }
    mutating func forget(encoding: Int) { lastArrival[encoding] = Self.never }

    func spatialLayer(_ encoding: Int) -> UInt8 { spatialLayers[encoding] }
    func hasFlowed(_ encoding: Int) -> Bool { lastArrival[encoding] != Self.never }

    func isFlowing(_ encoding: Int, at now: MonotonicTime) -> Bool {
        now - lastArrival[encoding] < ForwardingLimits.encodingSilence
    }

    /// The highest flowing encoding within `maximumSpatialLayer`; the lowest flowing one when all are above; nil when none
    /// flows.
    func best(maximumSpatialLayer: UInt8, at now: MonotonicTime) -> Int? {
        var within: Int?
        var lowest: Int?
        for encoding in 0..<count where isFlowing(encoding, at: now) {
            let layer = spatialLayers[encoding]
            if layer <= maximumSpatialLayer, within.map({ spatialLayers[$0] < layer }) ?? true { within = encoding }
            if lowest.map({ spatialLayers[$0] > layer }) ?? true { lowest = encoding }
        }
        return within ?? lowest
    }
}
