import Basics
import RTP
import Testing

@Suite struct VP8DescriptorTests {
    private func parsed(_ payload: [UInt8]) -> VP8Descriptor? { VP8Descriptor(parsing: payload.span) }

    /// Frame tag, start code and sizes of a keyframe: 640 x 480 with upscaling bits set, which are no size.
    static let keyframe = bytes("5043009d012a8042e081")
    static let interframe = bytes("510000")

    static let vectors = [
        Vector.vp8Descriptor0, Vector.vp8Descriptor1, Vector.vp8Descriptor2, Vector.vp8Descriptor3,
        Vector.vp8Descriptor4, Vector.vp8Descriptor5, Vector.vp8Descriptor6,
    ]

    @Test func readsTheVectors() throws {
        let all = try Self.vectors.map { try #require(parsed($0 + Self.interframe)) }
        #expect(all.map(\.byteCount) == Self.vectors.map(\.count))
        #expect(all.map(\.startsPartition) == [true, false, true, true, true, false, true])
        #expect(all.map(\.partitionIndex) == [0, 5, 0, 0, 0, 0, 1])
        #expect(all.map(\.startsFrame) == [true, false, true, true, true, false, false])
        #expect(all.map(\.pictureID) == [nil, 17, 4_711, 127, 128, nil, nil])
        #expect(all.map(\.pictureIDBitCount) == [0, 15, 15, 15, 15, 0, 0])
        #expect(all.map(\.temporalLevel0PictureIndex) == [nil, nil, nil, 200, 255, nil, 3])
        #expect(all.map(\.temporalLayer) == [nil, nil, nil, nil, 2, 1, nil])
        #expect(all.map(\.isLayerSync) == [false, false, false, false, true, false, false])
        #expect(all.map(\.keyIndex) == [nil, nil, nil, nil, 31, nil, 9])
        #expect(all.allSatisfy { !$0.isKeyframe && $0.width == 0 })
    }

    @Test func readsAShortPictureID() throws {
        let descriptor = try #require(parsed(bytes("a0804b") + Self.interframe))
        #expect(descriptor.pictureID == 75 && descriptor.pictureIDBitCount == 7)
        #expect(descriptor.isNonReference)
        #expect(descriptor.byteCount == 3)
    }

    @Test func keyframesTellTheirSize() throws {
        let descriptor = try #require(parsed(Vector.vp8Descriptor4 + Self.keyframe))
        #expect(descriptor.isKeyframe)
        #expect(descriptor.width == 640 && descriptor.height == 480)
        // Not the first partition, not the start: the same bytes say nothing.
        #expect(parsed(Vector.vp8Descriptor6 + Self.keyframe)?.isKeyframe == false)
        #expect(parsed(Vector.vp8Descriptor5 + Self.keyframe)?.isKeyframe == false)
        // Without a start code or too short there is no size.
        let short = try #require(parsed(bytes("10") + Self.keyframe.dropLast()))
        #expect(short.isKeyframe && short.width == 0)
    }

    @Test func rewritesInACopy() throws {
        for payload in Self.vectors.map({ $0 + Self.interframe }) + [bytes("90c04b07") + Self.interframe] {
            let before = try #require(parsed(payload))
            var copy = bytes("aabbcc") + payload
            var span = copy.mutableSpan
            before.rewrite(pictureID: 0x7abc, temporalLevel0PictureIndex: 99, in: &span, at: 3)
            #expect(Array(copy[..<3]) == bytes("aabbcc"))
            let after = try #require(parsed(Array(copy[3...])))
            switch before.pictureIDBitCount {
            case 15: #expect(after.pictureID == 0x7abc)
            case 7: #expect(after.pictureID == 0x3c)
            default: #expect(after.pictureID == nil)
            }
            #expect(after.temporalLevel0PictureIndex == (before.temporalLevel0PictureIndex == nil ? nil : 99))
            #expect(after.pictureIDBitCount == before.pictureIDBitCount)
            #expect(after.byteCount == before.byteCount && after.temporalLayer == before.temporalLayer)
            #expect(Array(copy.suffix(3)) == Self.interframe)
        }
    }

    @Test func everyTruncation() {
        for vector in Self.vectors {
            let whole = vector + Self.keyframe
            for count in 0..<whole.count {
                let descriptor = parsed(Array(whole[..<count]))
                #expect((descriptor == nil) == (count <= vector.count))
                #expect(descriptor == nil || descriptor!.width == 0)
            }
        }
    }
}

@Suite struct VP9DescriptorTests {
    private func parsed(_ hex: String) -> VP9Descriptor? {
        let payload = bytes(hex)
        return VP9Descriptor(parsing: payload.span)
    }

    @Test func readsANonFlexibleInterframe() throws {
        // I, P, L, B, E; picture id 0x1234; T1 U1 S2 D1; TL0PICIDX 9.
        let descriptor = try #require(parsed("ec 9234 35 09 aa"))
        #expect(descriptor.isInterPicturePredicted && !descriptor.isFlexible)
        #expect(descriptor.startsFrame && descriptor.endsFrame && !descriptor.isNotReferencedAbove)
        #expect(descriptor.pictureID == 0x1234 && descriptor.pictureIDBitCount == 15)
        #expect(descriptor.temporalLayer == 1 && descriptor.spatialLayer == 2)
        #expect(descriptor.isSwitchingPoint && descriptor.isInterLayerPredicted)
        #expect(descriptor.temporalLevel0PictureIndex == 9)
        #expect(descriptor.byteCount == 5 && !descriptor.isKeyframe)
    }

    @Test func readsAFlexibleInterframe() throws {
        // I, P, L, F, B, Z; picture id 5 in 7 bits; layers; differences 1, 3 and no more.
        let descriptor = try #require(parsed("f9 05 60 03 06 aa"))
        #expect(descriptor.pictureID == 5 && descriptor.pictureIDBitCount == 7)
        #expect(descriptor.temporalLayer == 3 && descriptor.spatialLayer == 0)
        #expect(descriptor.temporalLevel0PictureIndex == nil)
        #expect(descriptor.isNotReferencedAbove && descriptor.byteCount == 5)
        #expect(descriptor.referenceCount == 2)
        #expect(descriptor.referenceDifferences[0] == 1 && descriptor.referenceDifferences[1] == 3)
        // Three differences at most.
        #expect(parsed("f9 05 60 03 03 03 02 aa") == nil)
        #expect(parsed("f9 05 60 03 03 02 aa")?.byteCount == 6)
    }

    @Test func readsAKeyframeWithItsStructure() throws {
        // I, L, B, V; three spatial layers with sizes; a group of two pictures with one and two references.
        let descriptor = try #require(
            parsed("aa 8001 00 00 58 0140 00b4 0280 0168 0500 02d0 02 04 01 08 0102 aa"))
        #expect(descriptor.isKeyframe)
        #expect(descriptor.spatialLayerCount == 3)
        let sizes = (0..<4).map { descriptor.size(ofSpatialLayer: $0) }
        #expect(sizes.map { $0?.width } == [320, 640, 1_280, nil])
        #expect(sizes.map { $0?.height } == [180, 360, 720, nil])
        #expect(descriptor.byteCount == 5 + 1 + 12 + 1 + 2 + 3)
        // The upper layer of the same picture is no place to start.
        #expect(parsed("a8 8001 03 00 aa")?.isKeyframe == false)
        // Layers without sizes.
        #expect(parsed("02 20 aa")?.spatialLayerCount == 2)
        #expect(parsed("02 20 aa")?.size(ofSpatialLayer: 0) == nil)
    }

    /// References of the non-flexible mode come again with every group.
    @Test func readsAPictureGroup() throws {
        let payload = bytes("2a 00 00 08 03 04 04 44 01 28 0102 aa")
        let descriptor = VP9Descriptor(parsing: payload.span)
        let described = descriptor?.pictureGroup(in: payload.span)
        let group = try #require(described)
        #expect(group.count == 3)
        #expect((0..<6).map { group.references(ofPicture: $0) } == [0b1000, 0b1, 0b11, 0b1000, 0b1, 0b11])
        #expect(group.references(ofPicture: -1) == 0)
        // No structure, no group, an empty one, one that refers to no picture, one that is too long.
        for hex in [
            "0c aa", "2a 00 00 00 aa", "2a 00 00 08 00 aa", "2a 00 00 08 01 04 00 aa",
            "2a 00 00 08 21" + String(repeating: "00", count: 33) + "aa",
        ] {
            let payload = bytes(hex)
            let descriptor = VP9Descriptor(parsing: payload.span)
            let group = descriptor?.pictureGroup(in: payload.span)
            #expect(descriptor != nil && group == nil, "\(hex)")
        }
    }

    @Test func everyTruncation() {
        for (hex, descriptorCount) in [
            ("ec9234350 9aa", 5), ("f905600306aa", 5), ("aa8001000058014000b40280016805 0002d00204010 80102aa", 24),
        ] {
            let whole = bytes(hex.filter { $0 != " " })
            for count in 0..<whole.count {
                let cut = Array(whole[..<count])
                let descriptor = VP9Descriptor(parsing: cut.span)
                #expect((descriptor == nil) == (count <= descriptorCount), "\(hex) \(count)")
            }
        }
    }

    @Test func rewritesInACopy() throws {
        for hex in ["ec 9234 35 09 aa", "f9 05 60 03 06 aa", "0c aa"] {
            var copy = [0xff] + bytes(hex)
            let before = try #require(parsed(hex))
            var span = copy.mutableSpan
            before.rewrite(pictureID: 0x7abc, temporalLevel0PictureIndex: 99, in: &span, at: 1)
            let payload = Array(copy.dropFirst())
            let reread = VP9Descriptor(parsing: payload.span)
            let after = try #require(reread)
            #expect(after.pictureID == (before.pictureIDBitCount == 15 ? 0x7abc : before.pictureID == nil ? nil : 0x3c))
            #expect(after.temporalLevel0PictureIndex == (before.temporalLevel0PictureIndex == nil ? nil : 99))
            #expect(after.byteCount == before.byteCount && after.spatialLayer == before.spatialLayer)
        }
    }
}

@Suite struct H264PayloadTests {
    private func parsed(_ hex: String) -> H264Payload? {
        let payload = bytes(hex)
        return H264Payload(parsing: payload.span)
    }

    @Test func readsSingleUnits() throws {
        #expect(parsed("6742c01f")?.hasSequenceParameters == true)
        #expect(parsed("68ce3c80")?.hasPictureParameters == true)
        #expect(parsed("68ce3c80")?.isKeyframe == false)
        let first = try #require(parsed("6588 84"))
        #expect(first.startsIDR && first.isKeyframe && first.mayStartFrame && !first.isNonReference)
        // A slice further down the picture.
        #expect(parsed("6542 84")?.mayStartFrame == false)
        let interframe = try #require(parsed("019a 00"))
        #expect(!interframe.isKeyframe && interframe.mayStartFrame && interframe.isNonReference)
        #expect(parsed("09f0")?.mayStartFrame == true)
    }

    @Test func readsAggregations() throws {
        // STAP-A of parameters and an IDR slice.
        let whole = try #require(parsed("78 0004 6742c01f 0003 68ce3c 0002 6588"))
        #expect(whole.hasSequenceParameters && whole.hasPictureParameters && whole.startsIDR && whole.mayStartFrame)
        for broken in [
            "78", "78 00", "78 0004 6742c0", "78 0000 67", "78 0004 6742c01f 00", "78 0004 6742c01f 0002 65",
        ] {
            #expect(parsed(broken) == nil, "\(broken)")
        }
    }

    @Test func readsFragments() throws {
        #expect(parsed("7c 85 88")?.startsIDR == true)
        #expect(parsed("7c 85 88")?.mayStartFrame == true)
        // Neither the middle nor the end of an IDR slice is a place to start.
        #expect(parsed("7c 05 88")?.isKeyframe == false)
        #expect(parsed("7c 45 88")?.mayStartFrame == false)
        #expect(parsed("5c 81 9a")?.isKeyframe == false)
        #expect(parsed("7c") == nil)
        // STAP-B, MTAP, FU-B and the undefined ones.
        for type in [0, 25, 26, 27, 29, 30, 31] as [UInt8] {
            let payload: [UInt8] = [0x60 | type, 0, 1, 2, 3]
            let found = H264Payload(parsing: payload.span)
            #expect(found == nil, "\(type)")
        }
    }
}

@Suite struct AV1PayloadTests {
    private func parsed(_ hex: String) -> AV1Payload? {
        let payload = bytes(hex)
        return AV1Payload(parsing: payload.span)
    }

    @Test func readsTheAggregationHeader() throws {
        // W = 1, N: a sequence header without extension.
        let first = try #require(parsed("18 0a 0b 00"))
        #expect(first.startsSequence && !first.continuesElement && !first.isContinued)
        #expect(first.temporalLayer == nil)
        // W = 2, Y: a frame with extension: size 5, T1 S2.
        let layered = try #require(parsed("60 05 36 30 00"))
        #expect(layered.isContinued && layered.temporalLayer == 1 && layered.spatialLayer == 2)
        // W = 0 with a size of two bytes.
        let sized = try #require(parsed("00 8101 36 48 00"))
        #expect(sized.temporalLayer == 2 && sized.spatialLayer == 1)
        let middle = try #require(parsed("d0 36 30"))
        #expect(middle.continuesElement && middle.temporalLayer == nil)
    }

    @Test func refusesContradictions() {
        #expect(parsed("98 0a") == nil)
        #expect(parsed("18") == nil)
        #expect(parsed("") == nil)
        #expect(parsed("00 ffffffffffffffffff 0a") == nil)
        #expect(parsed("00 05") == nil)
    }
}

@Suite struct PayloadTraitsTests {
    private func traits(_ codec: PayloadCodec, _ hex: String, marker: Bool = false) -> PayloadTraits? {
        let payload = bytes(hex)
        return PayloadFormat.traits(codec, payload: payload.span, marker: marker)
    }

    @Test func sameWordsForAllCodecs() throws {
        let vp8 = try #require(traits(.vp8, "90f08080ffbf 5043009d012a8042e081"))
        #expect(vp8.startsFrame && vp8.isKeyframe && vp8.temporalLayer == 2 && vp8.isSwitchingPoint)
        #expect(!vp8.endsPicture)
        let vp9 = try #require(traits(.vp9, "ec 9234 35 09 aa"))
        #expect(vp9.startsFrame && vp9.endsFrame && !vp9.endsPicture && vp9.spatialLayer == 2)
        let h264 = try #require(traits(.h264, "658884", marker: true))
        #expect(h264.isKeyframe && h264.endsPicture)
        let av1 = try #require(traits(.av1, "60 05 36 30 00"))
        #expect(av1.startsFrame && !av1.isKeyframe && av1.temporalLayer == 1 && av1.spatialLayer == 2)
        for codec in [PayloadCodec.opus, .red, .opaque] {
            let sound = try #require(traits(codec, "78"))
            #expect(sound.startsFrame && sound.endsPicture && sound.isKeyframe)
        }
        for codec in [PayloadCodec.opus, .red, .vp8, .vp9, .h264, .av1, .opaque] { #expect(traits(codec, "") == nil) }
    }

    @Test(arguments: [PayloadCodec.vp8, .vp9, .h264, .av1, .opus, .red])
    func randomInputIsHarmless(codec: PayloadCodec) {
        let samples =
            VP8DescriptorTests.vectors.map { $0 + VP8DescriptorTests.keyframe } + [
                bytes("ec92343509aa"), bytes("f905600306aa"),
                bytes("aa8001000058014000b402800168050002d0020401080102aa"),
                bytes("7800046742c01f000368ce3c00026588"), bytes("7c8588"), bytes("6005363000"), bytes("0081013648"),
            ]
        var understood = 0
        fuzz(seed: 7741, samples) { input in
            if let traits = PayloadFormat.traits(codec, payload: input.span, marker: false) {
                understood += 1
                if traits.spatialLayer > 7 || traits.temporalLayer > 7 { Issue.record("\(traits)") }
            }
            // What is understood can be rewritten within its own bytes.
            if codec == .vp8, let descriptor = VP8Descriptor(parsing: input.span) {
                var copy = copy input
                var span = copy.mutableSpan
                descriptor.rewrite(pictureID: 1, temporalLevel0PictureIndex: 2, in: &span, at: 0)
            }
            if codec == .vp9, let descriptor = VP9Descriptor(parsing: input.span) {
                var copy = copy input
                var span = copy.mutableSpan
                descriptor.rewrite(pictureID: 1, temporalLevel0PictureIndex: 2, in: &span, at: 0)
            }
        }
        #expect(understood > 10_000)
    }
}
