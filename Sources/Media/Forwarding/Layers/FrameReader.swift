// Finds out what the frames of one encoding refer to: from VP8 and VP9 payload descriptors, or from the dependency
// descriptor of any codec.

import Basics
import RTP

/// Owned by the receive stream of its encoding. Remembers the structure that descriptors are explained by, and the frames
/// since.
struct FrameReader {
    /// What numbers the frames.
    private enum Source: UInt8 { case none, vp8, vp9, descriptor }

    private var source = Source.none
    /// The newest number of the source, extended.
    private var newest: Int64 = 0
    /// Above the indices of all frames so far.
    private var end: Int64 = 0
    /// Bit n of entry t: picture `newest - n` is one of temporal layer t to which others may refer.
    private var history = InlineArray<8, UInt64>(repeating: 0)
    private var structure: DependencyStructure?
    /// The keyframe that brought it.
    private var structureStart: Int64 = 0
    /// The one before, for late packets.
    private var structureBefore: DependencyStructure?
    private var group: VP9PictureGroup?
    /// The keyframe that described the group.
    private var groupStart: Int64 = 0
    private var timestamp: UInt32 = 0
    /// Spatial layers of the newest eight pictures, a byte each, the newest lowest.
    private var layersSeen: UInt64 = 0

    /// Another SSRC, or other numbers, follow.
    mutating func restart() {
        source = .none
        structure = nil
        structureBefore = nil
        group = nil
    }

    /// True when frames are told by the dependency descriptor, and nothing else counts.
    var usesDescriptor: Bool { source == .descriptor }

    // MARK: VP8

    /// Layers of VP8 refer to lower ones, and a synchronising frame to the lowest only (RFC 7741 section 4.2, Y).
    mutating func read(_ descriptor: VP8Descriptor, timestamp: UInt32) -> FrameInfo {
        var frame = FrameInfo()
        guard let pictureID = descriptor.pictureID, let layer = descriptor.temporalLayer else { return frame }
        frame.index = extend(UInt16(pictureID), bits: descriptor.pictureIDBitCount, from: .vp8)
        frame.knowledge = .layers
        frame.temporalLayer = layer
        frame.isKeyframe = descriptor.isKeyframe
        let age = frame.index > newest ? advance(to: frame.index) : newest - frame.index
        if descriptor.isKeyframe, age == 0 { history = InlineArray(repeating: 0) }
        frame.references =
            descriptor.isKeyframe ? 0 : lastPictures(upTo: descriptor.isLayerSync ? 0 : layer, before: age)
        if !descriptor.isNonReference { noteReference(layer, age: age) }
        notePicture(&frame, timestamp)
        return frame
    }

    // MARK: VP9

    /// RFC 9628 section 4.2. Frames are numbered by picture and spatial layer.
    mutating func read(_ descriptor: VP9Descriptor, payload: Span<UInt8>, timestamp: UInt32) -> FrameInfo {
        var frame = FrameInfo()
        let layers = Int64(FrameInfo.spatialLayers)
        guard let pictureID = descriptor.pictureID, let spatial = descriptor.spatialLayer, spatial < layers,
            let temporal = descriptor.temporalLayer
        else { return frame }
        let picture = extend(pictureID, bits: descriptor.pictureIDBitCount, from: .vp9)
        let age = picture > newest ? advance(to: picture) : newest - picture
        frame.index = picture * layers + Int64(spatial)
        frame.knowledge = .layers
        frame.spatialLayer = spatial
        frame.temporalLayer = temporal
        frame.isKeyframe = !descriptor.isInterPicturePredicted && spatial == 0
        if frame.isKeyframe, age == 0 { history = InlineArray(repeating: 0) }
        // With every keyframe the group begins anew; its description stands in one packet that may be late.
        if frame.isKeyframe { groupStart = max(groupStart, picture) }
        if let described = descriptor.pictureGroup(in: payload), picture >= groupStart {
            group = described
            groupStart = picture
        }
        if frame.isKeyframe { frame.opensSpatialLayer = Int8(layers - 1) }
        if descriptor.isInterPicturePredicted { addReferences(of: descriptor, picture: picture, age: age, to: &frame) }
        if descriptor.isInterLayerPredicted, spatial > 0 { frame.references |= 1 }
        // After a switching point nothing refers to higher temporal layers from before it.
        if descriptor.isSwitchingPoint, age == 0 {
            for layer in Int(temporal) + 1..<8 where layer < 8 { history[layer] = 0 }
        }
        noteReference(temporal, age: age)
        notePicture(&frame, timestamp)
        return frame
    }

    private func addReferences(
        of descriptor: VP9Descriptor, picture: Int64, age: Int64, to frame: inout FrameInfo
    ) {
        let stride = FrameInfo.spatialLayers
        var pictures: UInt64 = 0
        if descriptor.isFlexible {
            for index in 0..<descriptor.referenceCount {
                let difference = UInt64(descriptor.referenceDifferences[index])
                guard difference > 0 else { continue }
                if difference <= 64 { pictures |= 1 << (difference - 1) } else { frame.refersFar = true }
            }
        } else if let group, picture >= groupStart {
            let distance = picture - groupStart
            pictures = UInt64(group.references(ofPicture: distance))
            // The first pictures of the first group refer to no picture before the keyframe: to that itself.
            if 0 < distance, distance < 32, pictures >> UInt64(distance) != 0 {
                pictures = pictures & ((1 << UInt64(distance)) - 1) | 1 << UInt64(distance - 1)
            }
        } else {
            pictures = lastPictures(upTo: frame.temporalLayer, before: age)
        }
        while pictures != 0 {
            // The same spatial layer, so many pictures before.
            let place = (pictures.trailingZeroBitCount + 1) * stride - 1
            if place < FrameInfo.reach { frame.references |= 1 << UInt64(place) } else { frame.refersFar = true }
            pictures &= pictures - 1
        }
    }

    // MARK: Dependency descriptor

    /// Takes what the descriptor tells into frame and traits. A descriptor that cannot be read leaves the frame with its
    /// number alone; nothing changes before the first structure has come.
    mutating func read(
        descriptorAt range: Range<Int>, in bytes: Span<UInt8>, timestamp: UInt32, frame: inout FrameInfo,
        traits: inout PayloadTraits
    ) {
        let knewStructure = structure != nil
        var next = structure
        var descriptor = try? DependencyDescriptor(at: range, in: bytes, structure: &next)
        if descriptor == nil, knewStructure {
            descriptor = try? DependencyDescriptor(at: range, in: bytes, structure: &structureBefore)
        }
        guard descriptor != nil || knewStructure, range.count >= 3 else { return }
        let number = bytes.uint16(at: range.lowerBound + 1)
        frame = FrameInfo()
        frame.index = extend(number, bits: 16, from: .descriptor)
        newest = max(newest, frame.index)
        frame.knowledge = .number
        if let descriptor {
            if descriptor.hasStructure { note(next, at: frame.index) }
            apply(descriptor, to: &frame, &traits)
        }
        notePicture(&frame, timestamp)
    }

    /// Structures come with keyframes, of which an older one may be late.
    private mutating func note(_ next: DependencyStructure?, at index: Int64) {
        if structure != nil, index < structureStart {
            structureBefore = next
        } else {
            if index > structureStart { structureBefore = structure }
            structure = next
            structureStart = index
        }
    }

    /// As `read`, for a stored packet whose structure has come since.
    func reread(
        descriptorAt range: Range<Int>, in bytes: Span<UInt8>, frame: inout FrameInfo, traits: inout PayloadTraits
    ) {
        var structure = structure
        guard let descriptor = try? DependencyDescriptor(at: range, in: bytes, structure: &structure) else { return }
        apply(descriptor, to: &frame, &traits)
        frame.presentLayers = presentLayers
    }

    private func apply(_ descriptor: DependencyDescriptor, to frame: inout FrameInfo, _ traits: inout PayloadTraits) {
        guard descriptor.spatialLayer < FrameInfo.spatialLayers else { return }
        frame.knowledge = .layers
        frame.spatialLayer = descriptor.spatialLayer
        frame.temporalLayer = min(descriptor.temporalLayer, 7)
        for index in 0..<descriptor.frameDifferences.count {
            let difference = UInt64(descriptor.frameDifferences[index])
            if difference <= 64 { frame.references |= 1 << (difference - 1) } else { frame.refersFar = true }
        }
        frame.isKeyframe = descriptor.frameDifferences.count == 0 && frame.spatialLayer == 0
        if frame.spatialLayer == 0 {
            frame.opensSpatialLayer = Int8(descriptor.highestSwitchableSpatialLayer)
        }
        traits.startsFrame = descriptor.startsFrame
        traits.endsFrame = descriptor.endsFrame
        traits.spatialLayer = descriptor.spatialLayer
        traits.temporalLayer = descriptor.temporalLayer
        traits.isKeyframe = traits.isKeyframe || (descriptor.hasStructure && frame.isKeyframe)
    }

    // MARK: Numbers

    /// The extended number nearest to the newest; of another source than before, one above all that were.
    private mutating func extend(_ value: UInt16, bits: Int, from source: Source) -> Int64 {
        let modulus: Int64 = 1 << Int64(bits)
        guard source == self.source else {
            self.source = source
            // Indices before and after stay apart.
            let first = source == .vp9 ? end / Int64(FrameInfo.spatialLayers) : end
            let base = (first / modulus + 2) * modulus
            history = InlineArray(repeating: 0)
            newest = base + Int64(value)
            return newest
        }
        let distance = (Int64(value) &- newest) & (modulus - 1)
        return newest + (distance >= modulus / 2 ? distance - modulus : distance)
    }

    /// Moves on to a newer number; returns its age, which is 0.
    private mutating func advance(to number: Int64) -> Int64 {
        let step = number - newest
        for layer in 0..<8 { history[layer] = step < 64 ? history[layer] << UInt64(step) : 0 }
        newest = number
        return 0
    }

    private mutating func noteReference(_ layer: UInt8, age: Int64) {
        if age < 64 { history[Int(layer & 7)] |= 1 << UInt64(age) }
    }

    /// The newest picture of each temporal layer before the one that is `age` older than the newest.
    private func lastPictures(upTo layer: UInt8, before age: Int64) -> UInt64 {
        guard age < 63 else { return 0 }
        var pictures: UInt64 = 0
        for layer in 0...Int(layer & 7) {
            let older = history[layer] >> UInt64(age + 1)
            pictures |= older & (~older &+ 1)
        }
        return pictures
    }

    private mutating func notePicture(_ frame: inout FrameInfo, _ timestamp: UInt32) {
        end = max(end, frame.index + 1)
        if layersSeen == 0 || timestamp.isNewer(than: self.timestamp) {
            self.timestamp = timestamp
            layersSeen <<= 8
        }
        if timestamp == self.timestamp { layersSeen |= 1 << UInt64(frame.spatialLayer) }
        frame.presentLayers = presentLayers
    }

    private var presentLayers: UInt8 {
        var layers = layersSeen | layersSeen >> 32
        layers |= layers >> 16
        return UInt8(truncatingIfNeeded: layers | layers >> 8)
    }
}
