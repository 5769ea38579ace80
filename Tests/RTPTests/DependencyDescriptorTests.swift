import Basics
import RTP
import Testing

@Suite struct DependencyDescriptorTests {
    /// The first packet of a stream of three spatial and three temporal layers, as a browser sent it.
    static let keyframe = bytes(
        """
        c1017280081485214eafffaaaa863cf0430c10c302afc0aaa0063c00430010c002a000a80006000040001d954926
        e082b04a0941b820ac1282503157f974000ca864330e222222eca8655304224230eca877530077004200ef008601df010d
        """)

    private func parse(
        _ value: [UInt8], _ structure: inout DependencyStructure?
    ) throws(DependencyDescriptorError) -> DependencyDescriptor {
        try DependencyDescriptor(at: 0..<value.count, in: value.span, structure: &structure)
    }

    @Test func readsACapturedStructure() throws {
        var kept: DependencyStructure?
        let descriptor = try parse(Self.keyframe, &kept)
        let structure = try #require(kept)
        #expect(descriptor.startsFrame && descriptor.endsFrame && descriptor.hasStructure)
        #expect(descriptor.templateID == 1 && descriptor.frameNumber == 0x0172)
        #expect(descriptor.spatialLayer == 0 && descriptor.temporalLayer == 0)
        #expect(structure.decodeTargetCount == 9)
        #expect(structure.chainCount == 3)
        #expect(structure.spatialLayerCount == 3)
        // Sizes stand at the end of the bytes: 0077 0042, 00ef 0086, 01df 010d, each less one.
        #expect((0..<3).map { structure.size(ofSpatialLayer: $0)?.width } == [120, 240, 480])
        #expect((0..<3).map { structure.size(ofSpatialLayer: $0)?.height } == [67, 135, 270])
        let layers = (0..<9).map { structure.layers(ofTarget: $0) }
        #expect(layers.map(\.spatial) == [0, 0, 0, 1, 1, 1, 2, 2, 2])
        #expect(layers.map(\.temporal) == [0, 1, 2, 0, 1, 2, 0, 1, 2])
        #expect((0..<9).map { structure.chain(protecting: $0) } == [0, 0, 0, 1, 1, 1, 2, 2, 2])
        #expect(descriptor.activeDecodeTargets == 0x1ff)
        // A keyframe refers to nothing and lets every target start.
        #expect(descriptor.frameDifferences.count == 0)
        #expect((0..<9).allSatisfy { descriptor.indication(forTarget: $0) == .switchPoint })
    }

    /// The packets that followed: layers by template, the same frame number within a picture's layers.
    @Test func resolvesTheFramesThatFollow() throws {
        var kept: DependencyStructure?
        _ = try parse(Self.keyframe, &kept)
        let start = try parse(bytes("86017340fc"), &kept)
        #expect(start.startsFrame && !start.endsFrame && start.frameNumber == 0x0173)
        // Nine bits of active targets: the two lower spatial layers.
        #expect(start.activeDecodeTargets == 0b000_111_111)
        #expect(start.spatialLayer == 1 && start.temporalLayer == 0)
        let end = try parse(bytes("46017340fc"), &kept)
        #expect(!end.startsFrame && end.endsFrame && end.templateID == 6)
        // Within the keyframe's picture the layer refers to the one below it.
        #expect(end.frameDifferences.count == 1 && end.frameDifferences[0] == 1)
        let next = try parse(bytes("c3017540fc"), &kept)
        #expect(next.startsFrame && next.endsFrame && next.spatialLayer == 0)
        #expect(next.temporalLayer == 2)
        let upper = try parse(bytes("88017640fc"), &kept)
        #expect(upper.spatialLayer == 1 && upper.temporalLayer == 2)
        let short = try parse(bytes("860173"), &kept)
        #expect(short.activeDecodeTargets == nil && short.frameNumber == 0x0173 && short.spatialLayer == 1)
    }

    @Test func needsTheStructure() throws {
        var none: DependencyStructure?
        #expect(throws: DependencyDescriptorError.noStructure) { try parse(bytes("860173"), &none) }
        #expect(throws: DependencyDescriptorError.truncated) { try parse(bytes("8601"), &none) }
        var kept: DependencyStructure?
        _ = try parse(Self.keyframe, &kept)
        let count = try #require(kept).templates.count
        // Identifiers outside the structure's.
        for id in 0..<64 {
            let value: [UInt8] = [0xc0 | UInt8(id), 0, 1]
            let index = (id + 64 - Int(kept!.templateIDOffset)) % 64
            if index < count {
                #expect(throws: Never.self) { try parse(value, &kept) }
            } else {
                #expect(throws: DependencyDescriptorError.unknownTemplate) { try parse(value, &kept) }
            }
        }
    }

    /// A structure written out bit by bit: one template per layer of one spatial and two temporal layers.
    @Test func readsCustomFields() throws {
        // start, end, template 0, frame 1; structure, custom dtis, fdiffs and chains;
        // offset 0, two targets; layers: next temporal, end; dtis SS -D; fdiffs: none, 1; one chain protecting both;
        // chain diffs 0, 1; no resolutions; then frame: dtis R-, fdiff 300 (12 bits), chain 200.
        let bits =
            "1" + "1" + "000000" + "0000000000000001" + "10111" + "000000" + "00001" + "01" + "11" + "1010" + "0001"
            + "0"
            + "1" + "0000" + "0" + "10" + "0000" + "0001" + "0" + "1100" + "11" + "000100101011" + "00" + "11001000"
        var value: [UInt8] = []
        for start in stride(from: 0, to: bits.count, by: 8) {
            let part = bits.dropFirst(start).prefix(8)
            value.append(UInt8(part, radix: 2)! << UInt8(8 - part.count))
        }
        var kept: DependencyStructure?
        let descriptor = try parse(value, &kept)
        let structure = try #require(kept)
        #expect(structure.decodeTargetCount == 2 && structure.chainCount == 1 && structure.templates.count == 2)
        #expect(structure.templates.map(\.temporalLayer) == [0, 1])
        #expect(structure.size(ofSpatialLayer: 0) == nil)
        #expect(structure.layers(ofTarget: 0).temporal == 0 && structure.layers(ofTarget: 1).temporal == 1)
        #expect(descriptor.indication(forTarget: 0) == .required)
        #expect(descriptor.indication(forTarget: 1) == .notPresent)
        #expect(descriptor.indication(forTarget: 2) == .notPresent)
        #expect(descriptor.frameDifferences.count == 1 && descriptor.frameDifferences[0] == 300)
        #expect(descriptor.difference(toChain: 0) == 200 && descriptor.difference(toChain: 1) == 0)
        // The second template as it stands.
        let next = try parse(bytes("c10002"), &kept)
        #expect(next.temporalLayer == 1 && next.indication(forTarget: 1) == .discardable)
        #expect(next.frameDifferences[0] == 1 && next.difference(toChain: 0) == 1)
    }

    @Test func everyTruncation() {
        for count in 0..<Self.keyframe.count {
            var kept: DependencyStructure?
            let cut = Array(Self.keyframe[..<count])
            #expect(throws: DependencyDescriptorError.self) { try parse(cut, &kept) }
            #expect(kept == nil)
        }
    }

    @Test func randomInputIsHarmless() throws {
        var kept: DependencyStructure?
        _ = try parse(Self.keyframe, &kept)
        let genuine = kept
        var understood = 0
        fuzz(seed: 1, [Self.keyframe, bytes("86017340fc"), bytes("c3017540fc"), bytes("c101727f0102030405")]) { input in
            kept = genuine
            guard let found = try? DependencyDescriptor(at: 0..<input.count, in: input.span, structure: &kept) else {
                return
            }
            understood += 1
            if found.spatialLayer > 3 || found.temporalLayer > 7 { Issue.record("\(found)") }
        }
        #expect(understood > 10_000)
    }
}
