// Which encodings of a track flow: what layer selection looks at.

import Basics
import MediaInterface

/// Trivial; one entry per encoding of the track.
struct EncodingFlows {
    private struct Flow {
        var lastArrival = MonotonicTime(nanoseconds: .min / 2)
        var timestamp: UInt32 = 0
        var spatialLayer: UInt8 = 0
        var hasFlowed = false
        /// Pictures of other encodings since the last packet of this one.
        var missedPictures: UInt8 = 0
    }

    private var flows = InlineArray<4, Flow>(repeating: Flow())
    private(set) var count = 0

    mutating func set(_ encodings: [EncodingDescription]) {
        count = min(encodings.count, MediaLimits.encodingsPerTrack)
        for index in 0..<count { flows[index].spatialLayer = encodings[index].spatialLayer }
    }

    /// Returns whether the packet belongs to the same picture as the one before it.
    mutating func noteArrival(encoding: Int, timestamp: UInt32, at now: MonotonicTime) -> Bool {
        let continues = flows[encoding].hasFlowed && flows[encoding].timestamp == timestamp
        if !continues {
            for other in 0..<count where other != encoding && flows[other].missedPictures < .max {
                flows[other].missedPictures += 1
            }
        }
        flows[encoding].lastArrival = now
        flows[encoding].timestamp = timestamp
        flows[encoding].hasFlowed = true
        flows[encoding].missedPictures = 0
        return continues
    }

    mutating func forget(encoding: Int) { flows[encoding].hasFlowed = false }

    func spatialLayer(_ encoding: Int) -> UInt8 { flows[encoding].spatialLayer }

    /// The encoding has had a packet lately.
    func isRecent(_ encoding: Int, at now: MonotonicTime) -> Bool {
        flows[encoding].hasFlowed && now - flows[encoding].lastArrival < ForwardingLimits.encodingSilence
    }

    /// The encoding is not behind the others. A track that is silent as a whole, or shows one picture in a second, has
    /// not lost an encoding: only pictures of the others tell that one has stopped.
    func isFlowing(_ encoding: Int, at now: MonotonicTime) -> Bool {
        flows[encoding].hasFlowed
            && (isRecent(encoding, at: now) || flows[encoding].missedPictures < ForwardingLimits.missedPictures)
    }

    /// The highest flowing encoding within `maximumSpatialLayer`; the lowest flowing one when all are above; nil when none
    /// flows.
    func best(maximumSpatialLayer: UInt8, at now: MonotonicTime) -> Int? {
        var within: Int?
        var lowest: Int?
        for encoding in 0..<count where isFlowing(encoding, at: now) {
            let layer = flows[encoding].spatialLayer
            if layer <= maximumSpatialLayer, within.map({ flows[$0].spatialLayer < layer }) ?? true {
                within = encoding
            }
            if lowest.map({ flows[$0].spatialLayer > layer }) ?? true { lowest = encoding }
        }
        return within ?? lowest
    }
}
