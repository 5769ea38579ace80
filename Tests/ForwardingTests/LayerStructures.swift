// Scalability structures as real encoders use them, with the truth about what every frame refers to.

import Basics
import RTP

/// How a simulated encoder makes layers.
enum LayerStructure: String, CaseIterable {
    /// VP8 with the usual eight pictures of three temporal layers (0 2 1 2 0 2 1 2).
    case vp8T3
    case vp9L3T3Flexible, vp9L3T3KeyFlexible
    /// References told by the picture group of the keyframe.
    case vp9L3T3Group, vp9L2T2Group
    /// Dependency descriptor.
    case av1L3T3, av1L3T3Key, av1L1T3, h264L1T3

    var isVP8: Bool { self == .vp8T3 }
    var isVP9: Bool { rawValue.hasPrefix("vp9") }
    var usesDescriptor: Bool { rawValue.hasPrefix("av1") || self == .h264L1T3 }
    var spatialLayers: Int {
        switch self {
        case .vp8T3, .av1L1T3, .h264L1T3: 1
        case .vp9L2T2Group: 2
        default: 3
        }
    }
    var temporalLayers: Int { self == .vp9L2T2Group ? 2 : 3 }
    var isKeyOnly: Bool { self == .vp9L3T3KeyFlexible || self == .av1L3T3Key }
    var isFlexible: Bool { self == .vp9L3T3Flexible || self == .vp9L3T3KeyFlexible }
    /// The temporal layers of the pictures since a keyframe, again and again.
    var pattern: [Int] {
        switch self {
        case .vp8T3: [0, 2, 1, 2, 0, 2, 1, 2]
        case .vp9L2T2Group: [0, 1]
        default: [0, 2, 1, 2]
        }
    }
    /// How many pictures back the reference of the same spatial layer is, by place in the pattern.
    var differences: [[Int]] {
        switch self {
        // The lowest layer to itself, the first of the others to that, the rest to the two below.
        case .vp8T3: [[4], [1], [2], [1, 3], [4], [1, 3], [2, 4], [1, 3]]
        case .vp9L2T2Group: [[2], [1]]
        default: [[4], [1], [2], [1]]
        }
    }
}

/// One picture of one spatial layer.
struct LayerFrame {
    var id = 0
    var picture = 0
    var spatial = 0
    var temporal = 0
    var references: [Int] = []
    var isKeyPicture = false
    /// Number of packets.
    var packets = 1
    var isTop = false
}

/// Makes frames and their packets.
struct LayerEncoder {
    let structure: LayerStructure
    var isKeyframeDue = true
    private(set) var frames: [Int: LayerFrame] = [:]
    /// Everything that was sent, by sequence number.
    private(set) var sent: [UInt16: TestPacket] = [:]
    private(set) var keyframes = 0
    private var picture = 0
    private var keyPicture = 0
    private var sequence: UInt16
    private let firstPictureID: Int
    private var levelIndex: UInt8
    private let frameBase: Int
    /// Changes with every keyframe, so that old structures are told from new ones.
    private var templateOffset = 0

    init(_ structure: LayerStructure, _ random: inout SeededRandom) {
        self.structure = structure
        sequence = UInt16.random(in: 65_000 ... .max, using: &random)
        firstPictureID = Int.random(in: 32_000..<32_768, using: &random)
        levelIndex = UInt8.random(in: 0 ... .max, using: &random)
        frameBase = Int.random(in: 65_000..<65_536, using: &random)
    }

    mutating func nextPicture(at milliseconds: Int, _ random: inout SeededRandom) -> [TestPacket] {
        if isKeyframeDue {
            keyPicture = picture
            keyframes += 1
            templateOffset = (templateOffset + 11) % 64
        }
        let isKey = isKeyframeDue
        isKeyframeDue = false
        let place = (picture - keyPicture) % structure.pattern.count
        let temporal = structure.pattern[place]
        if temporal == 0 { levelIndex &+= 1 }
        var packets: [TestPacket] = []
        for spatial in 0..<structure.spatialLayers {
            var frame = LayerFrame(
                id: picture * structure.spatialLayers + spatial, picture: picture, spatial: spatial,
                temporal: isKey ? 0 : temporal, isKeyPicture: isKey)
            if !isKey {
                // In the first group after a keyframe there is nothing further back than that.
                let differences = Set(structure.differences[place].map { min($0, picture - keyPicture) })
                frame.references = differences.map { (picture - $0) * structure.spatialLayers + spatial }
            }
            if spatial > 0, isKey || !structure.isKeyOnly { frame.references.append(frame.id - 1) }
            frame.packets = Int.random(in: 1...(isKey ? 4 : 2), using: &random)
            frame.isTop = spatial == structure.spatialLayers - 1
            frames[frame.id] = frame
            for index in 0..<frame.packets {
                let packet = self.packet(frame, place: place, index: index, at: milliseconds)
                sent[packet.sequence] = packet
                packets.append(packet)
                sequence &+= 1
            }
        }
        picture += 1
        return packets
    }

    private func packet(_ frame: LayerFrame, place: Int, index: Int, at milliseconds: Int) -> TestPacket {
        let isFirst = index == 0
        let isLast = index == frame.packets - 1
        let tag: [UInt8] =
            (0..<4).map { UInt8(truncatingIfNeeded: frame.id >> (24 - $0 * 8)) } + [UInt8(index), UInt8(frame.packets)]
        var packet = TestPacket(
            sequence: sequence, timestamp: UInt32(truncatingIfNeeded: milliseconds * 90 - 1_000_000), ssrc: 0x1000,
            marker: isLast && frame.isTop)
        let pictureID = (firstPictureID + frame.picture) % 32_768
        if structure.isVP8 {
            let isSync = place == 1 || place == 2
            packet.payload = vp8Payload(
                key: frame.isKeyPicture && isFirst, start: isFirst, pictureID: pictureID, level: levelIndex,
                temporal: UInt8(frame.temporal), keyIndex: 0, body: tag)
            if isSync, !frame.isKeyPicture { packet.payload[5] |= 0x20 }
            if !isFirst { packet.payload[6] = 0xff }
        } else if structure.isVP9 {
            packet.payload = vp9Descriptor(frame, pictureID: pictureID, isFirst: isFirst, isLast: isLast) + [0] + tag
        } else {
            packet.extensions = [(12, descriptor(frame, isFirst: isFirst, isLast: isLast))]
            packet.payload =
                structure == .h264L1T3
                ? [0x7c, (isFirst ? 0x80 : 0) | (frame.isKeyPicture ? 5 : 1), 0x80] + tag
                    // One element that continues or begins; N with the first packet of the sequence.
                : [(isFirst ? 0 : 0x80) | 0x10 | (isFirst && frame.isKeyPicture && frame.spatial == 0 ? 8 : 0), 0x30]
                    + tag
        }
        return packet
    }

    /// RFC 9628 section 4.2.
    private func vp9Descriptor(_ frame: LayerFrame, pictureID: Int, isFirst: Bool, isLast: Bool) -> [UInt8] {
        let isPredicted = !frame.isKeyPicture
        let isInterLayer = frame.references.contains(frame.id - 1) && frame.spatial > 0
        let hasStructure = frame.isKeyPicture && frame.spatial == 0 && isFirst
        var flags: UInt8 = 0xa0
        if isPredicted { flags |= 0x40 }
        if structure.isFlexible { flags |= 0x10 }
        if isFirst { flags |= 0x08 }
        if isLast { flags |= 0x04 }
        if hasStructure { flags |= 0x02 }
        var bytes = [flags, 0x80 | UInt8(pictureID >> 8), UInt8(pictureID & 255)]
        bytes.append(UInt8(frame.temporal << 5 | frame.spatial << 1 | (isInterLayer ? 1 : 0)))
        if !structure.isFlexible {
            bytes.append(levelIndex)
        } else if isPredicted {
            let differences = frame.references.compactMap {
                $0 % 3 == frame.spatial ? frame.picture - $0 / 3 : nil
            }
            for (index, difference) in differences.enumerated() {
                bytes.append(UInt8(difference << 1) | (index + 1 < differences.count ? 1 : 0))
            }
        }
        if hasStructure {
            bytes.append(UInt8(structure.spatialLayers - 1) << 5 | (structure.isFlexible ? 0 : 0x08))
            if !structure.isFlexible {
                bytes.append(UInt8(structure.pattern.count))
                for (temporal, differences) in zip(structure.pattern, structure.differences) {
                    bytes.append(UInt8(temporal << 5 | differences.count << 2))
                    bytes += differences.map { UInt8($0) }
                }
            }
        }
        return bytes
    }

    /// AV1 RTP specification appendix A.8: a template per layer, references with every frame.
    private func descriptor(_ frame: LayerFrame, isFirst: Bool, isLast: Bool) -> [UInt8] {
        let layers = structure.temporalLayers
        let template = (templateOffset + frame.spatial * layers + frame.temporal) % 64
        var bits = BitWriter()
        bits.put(isFirst ? 1 : 0, 1)
        bits.put(isLast ? 1 : 0, 1)
        bits.put(template, 6)
        bits.put((frameBase + frame.id) % 65_536, 16)
        let hasStructure = frame.isKeyPicture && frame.spatial == 0 && isFirst
        bits.put(hasStructure ? 1 : 0, 1)
        bits.put(0, 1)
        bits.put(1, 1)
        bits.put(1, 1)
        bits.put(0, 1)
        if hasStructure { putStructure(into: &bits) }
        // What the frame is to each decode target: one per layer.
        for spatial in 0..<structure.spatialLayers {
            for temporal in 0..<layers { bits.put(indication(frame, spatial, temporal), 2) }
        }
        for reference in frame.references {
            bits.put(2, 2)
            bits.put(frame.id - reference - 1, 8)
        }
        bits.put(0, 2)
        return bits.bytes
    }

    private func indication(_ frame: LayerFrame, _ spatial: Int, _ temporal: Int) -> Int {
        guard frame.spatial <= spatial, frame.temporal <= temporal else { return 0 }
        if structure.isKeyOnly, !frame.isKeyPicture, frame.spatial < spatial { return 0 }
        if frame.isKeyPicture { return 2 }
        return frame.temporal == 0 ? (frame.spatial == spatial ? 2 : 3) : 1
    }

    private func putStructure(into bits: inout BitWriter) {
        let (spatialLayers, temporalLayers) = (structure.spatialLayers, structure.temporalLayers)
        let count = spatialLayers * temporalLayers
        bits.put(templateOffset, 6)
        bits.put(count - 1, 5)
        for template in 0..<count {
            let isLastOfLayer = template % temporalLayers == temporalLayers - 1
            bits.put(template == count - 1 ? 3 : isLastOfLayer ? 2 : 1, 2)
        }
        for template in 0..<count {
            for target in 0..<count {
                let isPart =
                    template / temporalLayers <= target / temporalLayers
                    && template % temporalLayers <= target % temporalLayers
                bits.put(isPart ? 3 : 0, 2)
            }
        }
        for _ in 0..<count { bits.put(0, 1) }
        // No chains: ns(count + 1) of 0.
        let width = Int.bitWidth - (count + 1).leadingZeroBitCount
        bits.put(0, width - 1 + (0 >= (1 << width) - (count + 1) ? 1 : 0))
        bits.put(0, 1)
    }
}

struct BitWriter {
    private var bits: [UInt8] = []

    mutating func put(_ value: Int, _ count: Int) {
        for index in (0..<count).reversed() { bits.append(UInt8(value >> index & 1)) }
    }

    var bytes: [UInt8] {
        stride(from: 0, to: bits.count, by: 8).map { start in
            (start..<start + 8).reduce(0) { $0 << 1 | ($1 < bits.count ? bits[$1] : 0) }
        }
    }
}
