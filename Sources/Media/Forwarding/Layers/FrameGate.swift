// Which frames of an encoding go to one subscriber: those of the wanted layers, as far as all that they refer to went.

import Basics

/// Pure: frames in, verdicts out. A frame that has not come yet (lost, or late) is believed to go as long as it belongs to
/// layers that are open; a layer is opened only by a frame whose references have all gone for certain.
struct FrameGate {
    /// Layers that are wanted.
    private(set) var target = LayerTarget.highest
    private var limit = OpenLayers()
    /// The newest frame that was judged.
    private(set) var newest: Int64 = 0
    /// Bit n: frame `newest - n` went, or was left out. Neither for a frame that has not come.
    private var forwarded: UInt64 = 0
    private var dropped: UInt64 = .max
    /// The layers that go, and those before, for late frames.
    private var layers = OpenLayers()
    private var changes = InlineArray<3, OpenLayers>(repeating: OpenLayers())
    /// Highest spatial layer that the encoding shows now.
    private var present: Int8 = 0
    private var timestamp: UInt32 = 0
    /// The last frames came before the structure that explains them.
    private var blindFrames: UInt8 = 0
    /// The first of them.
    private(set) var blindStart: Int64 = 0
    /// A lost structure comes back with its keyframe's first packet; so many frames are waited for it.
    private static let blindPatience: UInt8 = 24
    /// A spatial layer is wanted and there, and only a keyframe opens it; or the lowest layer cannot be decoded.
    private(set) var needsKeyframe = false

    /// Frames are waiting for the head of their keyframe.
    var isBlind: Bool { blindFrames > 0 }
    /// Highest spatial layer that goes, as far as the encoding has layers.
    var highestGoing: Int8 { max(0, min(layers.top, present)) }
    /// Highest temporal layer that goes.
    var temporal: UInt8 { UInt8(max(0, layers.temporal[0])) }

    mutating func setTarget(_ target: LayerTarget) {
        let within = LayerTarget(
            spatial: min(target.spatial, Int8(FrameInfo.spatialLayers - 1)), temporal: min(target.temporal, 7))
        guard within != self.target else { return }
        self.target = within
        limit = OpenLayers(upTo: within)
    }

    /// The run begins with this frame: nothing before it went.
    mutating func start(_ packet: AcceptedPacket) {
        newest = packet.frame.index
        forwarded = 1
        dropped = ~1
        timestamp = packet.timestamp
        layers = limit
        changes = InlineArray(repeating: layers)
        blindFrames = 0
        needsKeyframe = false
    }

    /// A packet came before the structure that explains it.
    mutating func noteBlind(_ frame: FrameInfo) {
        guard frame.index > newest else { return }
        blindStart = isBlind ? min(blindStart, frame.index) : frame.index
        blindFrames = min(blindFrames, 254) + 1
        if blindFrames > Self.blindPatience { needsKeyframe = true }
    }

    /// Whether a packet goes; all packets of a frame get the same answer.
    @inline(__always) mutating func admits(_ packet: AcceptedPacket) -> Bool {
        if packet.frame.knowledge == .none { return true }
        if packet.frame.index == newest { return forwarded & 1 != 0 }
        return judge(packet.frame, timestamp: packet.timestamp, isLate: packet.isLate)
    }

    /// Whether a layer frame's last packet is the last of the picture that goes.
    ///
    /// Higher layers of the picture are left out if the pictures before had some. Where the top layer has no frames, the
    /// next lower one ends the picture.
    func endsPicture(_ frame: FrameInfo) -> Bool {
        guard frame.knowledge == .layers else { return false }
        let top = layers(at: frame.index).top
        let layer = Int8(frame.spatialLayer)
        if layer >= top { return layer == top }
        let going = frame.presentLayers & ((2 << UInt8(top)) - 1)
        return going != frame.presentLayers && layer == Int8(7 - going.leadingZeroBitCount)
    }

    private mutating func judge(_ frame: FrameInfo, timestamp: UInt32, isLate: Bool) -> Bool {
        let distance = frame.index - newest
        if distance < 0 {
            if distance > -FrameInfo.reach { return judgePast(frame, age: -distance) }
            // Long gone, or the encoding counts anew.
            guard !isLate else { return false }
        }
        let isNear = 0 < distance && distance < FrameInfo.reach
        forwarded = isNear ? forwarded << UInt64(distance) : 0
        dropped = isNear ? dropped << UInt64(distance) : 0
        newest = frame.index
        if timestamp != self.timestamp {
            self.timestamp = timestamp
            beginPicture(frame)
        }
        let passes = judgeNew(frame)
        if passes {
            forwarded |= 1
            blindFrames = 0
        } else {
            dropped |= 1
        }
        return passes
    }

    /// A frame that is older than the newest: known, or lost and brought back.
    private mutating func judgePast(_ frame: FrameInfo, age: Int64) -> Bool {
        let bit: UInt64 = 1 << UInt64(age)
        if forwarded & bit != 0 { return true }
        if dropped & bit != 0 { return false }
        let refersToDropped = age < 63 && (frame.references << UInt64(age + 1)) & dropped != 0
        let isOpen = Int8(frame.temporalLayer) <= layers(at: frame.index).temporal[Int(frame.spatialLayer & 3)]
        let passes = !refersToDropped && frame.knowledge == .layers && isOpen
        if passes { forwarded |= bit } else { dropped |= bit }
        return passes
    }

    /// The layers that were open when the frame's picture came.
    private func layers(at index: Int64) -> OpenLayers {
        if index >= layers.start { return layers }
        for change in 0..<2 where index >= changes[change].start { return changes[change] }
        return changes[2]
    }

    /// Changes what is open from the picture of a frame on.
    private mutating func open(_ next: SIMD4<Int8>, from frame: FrameInfo) {
        guard next != layers.temporal else { return }
        let start = frame.index - Int64(frame.spatialLayer)
        if start > layers.start {
            changes[2] = changes[1]
            changes[1] = changes[0]
            changes[0] = layers
        }
        layers = OpenLayers(next, from: start)
    }

    /// Layers change between pictures only, so that every picture that goes is whole.
    private mutating func beginPicture(_ frame: FrameInfo) {
        present = Int8(7 - frame.presentLayers.leadingZeroBitCount)
        // All that is wanted goes: nothing to change.
        if layers.temporal == limit.temporal {
            needsKeyframe = false
            return
        }
        var next = pointwiseMin(layers.temporal, limit.temporal)
        if frame.spatialLayer == 0 {
            if frame.isKeyframe {
                next = limit.temporal
            } else if frame.opensSpatialLayer > layers.top, next[0] >= 0 {
                let opened = LayerTarget(
                    spatial: min(target.spatial, frame.opensSpatialLayer), temporal: UInt8(next[0]))
                next = pointwiseMax(next, OpenLayers(upTo: opened).temporal)
            }
        }
        open(next, from: frame)
        needsKeyframe = layers.top < 0 || min(target.spatial, present) > layers.top
    }

    private mutating func judgeNew(_ frame: FrameInfo) -> Bool {
        let (spatial, temporal) = (Int(frame.spatialLayer & 3), Int8(frame.temporalLayer))
        let going = layers.temporal[spatial]
        guard going >= 0, temporal <= Int8(target.temporal) else { return false }
        let references = frame.references << 1
        guard references & dropped == 0 else {
            breakLayers(at: frame)
            return false
        }
        if temporal <= going { return true }
        guard references & ~forwarded == 0, !frame.refersFar else { return false }
        var next = layers.temporal
        // Of several spatial layers all open together with the lowest, so that every picture that goes is whole.
        if temporal > going + 1 { return spatial == 0 && frame.presentLayers == 1 }
        if spatial == 0 {
            next.replace(with: temporal, where: next .== going)
        } else {
            guard temporal <= next[spatial - 1] else { return false }
            next[spatial] = temporal
        }
        open(next, from: frame)
        return true
    }

    /// A frame that was taken for decodable is not: its layer and those above are closed until something opens them.
    private mutating func breakLayers(at frame: FrameInfo) {
        let temporal = Int8(frame.temporalLayer)
        var next = layers.temporal
        for layer in Int(frame.spatialLayer & 3)..<FrameInfo.spatialLayers {
            next[layer] = min(next[layer], temporal - 1)
        }
        open(next, from: frame)
        if temporal == 0 { needsKeyframe = true }
    }
}

/// Which layers go from a picture on. Trivial.
struct OpenLayers {
    /// By spatial layer the highest temporal layer that is decodable; -1 when none is. Never rises with the spatial layer.
    var temporal = SIMD4<Int8>(repeating: -1)
    /// The highest spatial layer; -1 when none is open.
    var top: Int8 = -1
    /// First frame of the first picture.
    var start: Int64 = .min

    init() {}

    init(upTo target: LayerTarget) {
        let lanes = SIMD4<Int8>(0, 1, 2, 3)
        temporal.replace(with: Int8(target.temporal), where: lanes .<= target.spatial)
        top = target.spatial
    }

    init(_ temporal: SIMD4<Int8>, from start: Int64) {
        self.temporal = temporal
        self.start = start
        for layer in 0..<FrameInfo.spatialLayers where temporal[layer] >= 0 { top = Int8(layer) }
    }
}
