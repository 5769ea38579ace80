// The dependency descriptor header extension (AV1 RTP specification appendix A): what one packet's frame depends on.

internal import Basics

/// Why a descriptor cannot be read.
public enum DependencyDescriptorError: Error, Hashable, Sendable {
    case truncated
    /// The structure has more templates, layers or references than there may be.
    case badStructure
    /// No structure has come yet: wait for a keyframe.
    case noStructure
    /// The frame names a template that the structure does not have.
    case unknownTemplate
}

/// One packet's descriptor, resolved against the stream's structure.
public struct DependencyDescriptor: Sendable {
    /// First and last packet of the frame.
    public var startsFrame: Bool
    public var endsFrame: Bool
    public var templateID: UInt8
    /// Counts frames, modulo 2^16.
    public var frameNumber: UInt16
    public var spatialLayer: UInt8 = 0
    public var temporalLayer: UInt8 = 0
    /// The packet carried a structure: its frame is a keyframe.
    public var hasStructure = false
    /// Decode targets that are produced, bit 0 for target 0; nil when unchanged.
    public var activeDecodeTargets: UInt32?
    public private(set) var frameDifferences = FrameDifferences()
    /// Of the decode targets that this frame is a switch indication for, the highest spatial layer; -1 when there is none.
    public private(set) var highestSwitchableSpatialLayer = -1
    private var indications: UInt64 = 0
    private var chainDifferences = InlineArray<32, UInt8>(repeating: 0)
    private var decodeTargetCount = 0
    private var chainCount = 0

    /// What the frame is to a decode target of the structure.
    public func indication(forTarget target: Int) -> DecodeTargetIndication {
        guard 0 <= target, target < decodeTargetCount else { return .notPresent }
        return DecodeTargetIndication(rawValue: UInt8(indications >> UInt64(target * 2) & 3)) ?? .notPresent
    }

    /// How many frames ago the last frame of a chain was, 0 when there was none.
    public func difference(toChain chain: Int) -> UInt8 {
        guard 0 <= chain, chain < chainCount else { return 0 }
        return chainDifferences[chain]
    }

    /// Parses the value of the header extension.
    ///
    /// - Parameters:
    ///   - range: the element's value within the datagram
    ///   - structure: the one of the stream; replaced when the packet carries a new one and all of it is right
    public init(
        at range: Range<Int>, in datagram: Span<UInt8>, structure: inout DependencyStructure?
    ) throws(DependencyDescriptorError) {
        guard range.count >= 3 else { throw .truncated }
        var reader = BitReader(range)
        startsFrame = reader.flag(in: datagram)
        endsFrame = reader.flag(in: datagram)
        templateID = UInt8(reader.bits(6, in: datagram))
        frameNumber = UInt16(reader.bits(16, in: datagram))
        var flags: UInt32 = 0
        if range.count > 3 {
            flags = reader.bits(5, in: datagram)
            hasStructure = flags & 0x10 != 0
        }
        if hasStructure {
            guard let fresh = DependencyStructure(&reader, in: datagram) else {
                throw reader.isOverrun ? .truncated : .badStructure
            }
            activeDecodeTargets = UInt32.max >> UInt32(32 - fresh.decodeTargetCount)
            try readFrame(flags, fresh, &reader, in: datagram)
            structure = fresh
        } else {
            guard let structure else { throw .noStructure }
            try readFrame(flags, structure, &reader, in: datagram)
        }
    }

    private mutating func readFrame(
        _ flags: UInt32, _ structure: DependencyStructure, _ reader: inout BitReader, in datagram: Span<UInt8>
    ) throws(DependencyDescriptorError) {
        decodeTargetCount = structure.decodeTargetCount
        chainCount = structure.chainCount
        if flags & 0x08 != 0 { activeDecodeTargets = reader.bits(decodeTargetCount, in: datagram) }
        let index = Int((templateID &+ 64 &- structure.templateIDOffset) & 63)
        guard index < structure.templates.count else { throw .unknownTemplate }
        spatialLayer = structure.templates[index].spatialLayer
        temporalLayer = structure.templates[index].temporalLayer
        if flags & 0x04 != 0 {
            for target in 0..<decodeTargetCount {
                indications |= UInt64(reader.bits(2, in: datagram)) << UInt64(target * 2)
            }
        } else {
            indications = structure.templates[index].indications
        }
        if flags & 0x02 != 0 {
            while case let size = Int(reader.bits(2, in: datagram)), size > 0 {
                let difference = UInt16(reader.bits(size * 4, in: datagram)) + 1
                guard frameDifferences.append(difference) else { throw .badStructure }
            }
        } else {
            frameDifferences = structure.templates[index].frameDifferences
        }
        if flags & 0x01 != 0 {
            for chain in 0..<chainCount { chainDifferences[chain] = UInt8(reader.bits(8, in: datagram)) }
        } else {
            chainDifferences = structure.templates[index].chainDifferences
        }
        guard !reader.isOverrun else { throw .truncated }
        for target in 0..<decodeTargetCount where indication(forTarget: target) == .switchPoint {
            let layer = Int(structure.layers(ofTarget: target).spatial)
            highestSwitchableSpatialLayer = max(highestSwitchableSpatialLayer, layer)
        }
    }
}
