// The template structure of the dependency descriptor (AV1 RTP specification appendix A.8.2). It comes with keyframes and
// holds until the next one; whoever reads descriptors keeps it per stream.

internal import Basics

/// What a frame is to one decode target (appendix A.8.4).
public enum DecodeTargetIndication: UInt8, Hashable, Sendable {
    case notPresent = 0
    case discardable = 1
    case switchPoint = 2
    case required = 3
}

/// One template: a kind of frame that comes again and again.
public struct DependencyTemplate: Sendable {
    public var spatialLayer: UInt8
    public var temporalLayer: UInt8
    /// Two bits per decode target, target 0 lowest.
    var indications: UInt64 = 0
    var frameDifferences = FrameDifferences()
    /// Per chain, how many frames ago its last frame was.
    var chainDifferences = InlineArray<32, UInt8>(repeating: 0)
}

/// How many frames ago the frames are that one refers to.
public struct FrameDifferences: Sendable {
    private var values = InlineArray<16, UInt16>(repeating: 0)
    public private(set) var count = 0

    public subscript(index: Int) -> UInt16 {
        precondition(0 <= index && index < count)
        return values[index]
    }

    /// False beyond sixteen references; AV1 has seven.
    mutating func append(_ value: UInt16) -> Bool {
        guard count < 16 else { return false }
        values[count] = value
        count += 1
        return true
    }
}

/// Bounds of the structure, as wide as its fields.
public enum DependencyLimits {
    public static let templates = 64
    public static let decodeTargets = 32
    /// AV1 has four spatial and eight temporal layers; the syntax alone would allow more.
    public static let spatialLayers = 4
    public static let temporalLayers = 8
}

/// Templates, decode targets and chains of a stream. Allocates once, when it is read.
public struct DependencyStructure: Sendable {
    /// Subtracted from the template ids of the frames, modulo 64.
    public internal(set) var templateIDOffset: UInt8
    public internal(set) var decodeTargetCount: Int
    public internal(set) var chainCount = 0
    public internal(set) var templates: [DependencyTemplate] = []
    var protectingChains = InlineArray<32, UInt8>(repeating: 0)
    /// Highest layers that are part of each target.
    var targetSpatialLayers = InlineArray<32, UInt8>(repeating: 0)
    var targetTemporalLayers = InlineArray<32, UInt8>(repeating: 0)
    /// Pixels per spatial layer; 0 where the structure does not tell.
    private var widths = InlineArray<4, UInt32>(repeating: 0)
    private var heights = InlineArray<4, UInt32>(repeating: 0)

    public var spatialLayerCount: Int { Int(templates.last?.spatialLayer ?? 0) + 1 }

    /// The chain that protects a decode target; nil without chains.
    public func chain(protecting target: Int) -> Int? {
        precondition(0 <= target && target < decodeTargetCount)
        return chainCount == 0 ? nil : Int(protectingChains[target])
    }

    /// Highest spatial and temporal layer of a decode target.
    public func layers(ofTarget target: Int) -> (spatial: UInt8, temporal: UInt8) {
        precondition(0 <= target && target < decodeTargetCount)
        return (targetSpatialLayers[target], targetTemporalLayers[target])
    }

    /// Pixels of a spatial layer, 1…65,536; nil where the structure does not tell.
    public func size(ofSpatialLayer layer: Int) -> (width: UInt32, height: UInt32)? {
        guard layer >= 0, layer < spatialLayerCount, widths[layer] > 0 else { return nil }
        return (widths[layer], heights[layer])
    }

    init?(_ reader: inout BitReader, in bytes: Span<UInt8>) {
        templateIDOffset = UInt8(reader.bits(6, in: bytes))
        decodeTargetCount = Int(reader.bits(5, in: bytes)) + 1
        guard readLayers(&reader, in: bytes) else { return nil }
        readIndications(&reader, in: bytes)
        guard readFrameDifferences(&reader, in: bytes) else { return nil }
        readChains(&reader, in: bytes)
        deriveTargetLayers()
        if reader.flag(in: bytes) {
            for layer in 0..<spatialLayerCount {
                widths[layer] = reader.bits(16, in: bytes) + 1
                heights[layer] = reader.bits(16, in: bytes) + 1
            }
        }
        guard !reader.isOverrun else { return nil }
    }

    private mutating func readLayers(_ reader: inout BitReader, in bytes: Span<UInt8>) -> Bool {
        var spatial = 0
        var temporal = 0
        while true {
            guard !reader.isOverrun, templates.count < DependencyLimits.templates,
                spatial < DependencyLimits.spatialLayers, temporal < DependencyLimits.temporalLayers
            else { return false }
            templates.append(DependencyTemplate(spatialLayer: UInt8(spatial), temporalLayer: UInt8(temporal)))
            switch reader.bits(2, in: bytes) {
            case 0: continue
            case 1: temporal += 1
            case 2:
                temporal = 0
                spatial += 1
            default: return true
            }
        }
    }

    private mutating func readIndications(_ reader: inout BitReader, in bytes: Span<UInt8>) {
        for template in templates.indices {
            for target in 0..<decodeTargetCount {
                templates[template].indications |= UInt64(reader.bits(2, in: bytes)) << UInt64(target * 2)
            }
        }
    }

    private mutating func readFrameDifferences(_ reader: inout BitReader, in bytes: Span<UInt8>) -> Bool {
        for template in templates.indices {
            while reader.flag(in: bytes) {
                let difference = UInt16(reader.bits(4, in: bytes)) + 1
                guard templates[template].frameDifferences.append(difference) else { return false }
            }
        }
        return true
    }

    private mutating func readChains(_ reader: inout BitReader, in bytes: Span<UInt8>) {
        chainCount = reader.number(below: decodeTargetCount + 1, in: bytes)
        guard chainCount > 0 else { return }
        for target in 0..<decodeTargetCount {
            protectingChains[target] = UInt8(reader.number(below: chainCount, in: bytes))
        }
        for template in templates.indices {
            for chain in 0..<chainCount {
                templates[template].chainDifferences[chain] = UInt8(reader.bits(4, in: bytes))
            }
        }
    }

    private mutating func deriveTargetLayers() {
        for template in templates {
            for target in 0..<decodeTargetCount where template.indications >> UInt64(target * 2) & 3 != 0 {
                targetSpatialLayers[target] = max(targetSpatialLayers[target], template.spatialLayer)
                targetTemporalLayers[target] = max(targetTemporalLayers[target], template.temporalLayer)
            }
        }
    }
}
