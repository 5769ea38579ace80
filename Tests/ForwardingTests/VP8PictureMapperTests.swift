import Basics
import Testing

@testable import Forwarding

@Suite struct VP8PictureMapperTests {
    private func fields(_ picture: Int, bits: UInt8 = 15, level: Int = 0, key: Int = 0) -> VP8Fields {
        var fields = VP8Fields()
        fields.pictureID = UInt16(bits == 7 ? picture & 127 : picture & 32_767)
        fields.pictureIDBits = bits
        fields.temporalLevelZeroIndex = UInt8(level & 255)
        fields.hasTemporalLevelZeroIndex = true
        fields.temporalByte = UInt8(key & 31)
        fields.hasTemporalByte = true
        fields.hasKeyIndex = true
        fields.byteCount = 6
        return fields
    }

    @Test(arguments: [UInt8(7), 15]) func continuesOverWraps(bits: UInt8) {
        var mapper = VP8PictureMapper(beforePictureID: 32_700, level: 250)
        mapper.start(fields(100, bits: bits, level: 9, key: 30))
        var wrong = 0
        for step in 0..<34_000 {
            let numbers = mapper.map(fields(100 + step, bits: bits, level: 9 + step, key: 30 + step))
            let expected = VP8Numbers(
                pictureID: UInt16((32_701 + step) % 32_768), temporalLevelZeroIndex: UInt8((251 + step) % 256),
                keyIndex: UInt8((1 + step) % 32))
            if numbers != expected { wrong += 1 }
        }
        #expect(wrong == 0)
    }

    @Test func takesPublishersThatChangeTheWidth() {
        // Some write ids below 128 in seven bits and the others in fifteen.
        var mapper = VP8PictureMapper(beforePictureID: 0, level: 0)
        mapper.start(fields(32_760))
        for step in 0..<300 {
            let picture = (32_760 + step) % 32_768
            #expect(mapper.map(fields(picture, bits: picture < 128 ? 7 : 15)).pictureID == UInt16(1 + step))
        }
    }

    @Test func joinsRunsAndNumbersLatePackets() {
        var mapper = VP8PictureMapper(beforePictureID: 9, level: 9)
        mapper.start(fields(500, level: 50))
        #expect(mapper.map(fields(500, level: 50)).pictureID == 10)
        #expect(mapper.map(fields(503, level: 51)).pictureID == 13)
        mapper.start(fields(7, level: 200))
        let first = mapper.map(fields(7, level: 200))
        #expect(first.pictureID == 14 && first.temporalLevelZeroIndex == 12)
        #expect(mapper.map(fields(8, level: 201)).pictureID == 15)
        #expect(mapper.map(fields(7, level: 200)).pictureID == 14)
        let late = mapper.mapPrevious(fields(502, level: 50))
        #expect(late.pictureID == 12 && late.temporalLevelZeroIndex == 10)
    }

    @Test func closesUpDroppedPictures() {
        var mapper = VP8PictureMapper(beforePictureID: 99, level: 0)
        mapper.start(fields(10))
        _ = mapper.map(fields(10))
        mapper.drop(fields(11))
        #expect(mapper.map(fields(12)).pictureID == 101)
        mapper.drop(fields(13))
        mapper.drop(fields(13))
        mapper.drop(fields(15))
        #expect(mapper.map(fields(16)).pictureID == 103)
        // The picture that is still missing keeps its number; late packets of older ones have theirs.
        #expect(mapper.map(fields(14)).pictureID == 102)
        #expect(mapper.map(fields(12)).pictureID == 101)
        #expect(mapper.map(fields(10)).pictureID == 100)
        mapper.start(fields(900))
        #expect(mapper.map(fields(900)).pictureID == 104)
    }

    @Test func leavesAbsentNumbersAlone() {
        var mapper = VP8PictureMapper(beforePictureID: 1, level: 1)
        var plain = VP8Fields()
        plain.byteCount = 1
        mapper.start(plain)
        for _ in 0..<10 { #expect(mapper.map(plain).pictureID == 2) }
    }
}
