import Basics
import Testing

@testable import Forwarding

@Suite struct SequenceMapperTests {
    @Test func keepsLossesAndClosesDrops() {
        var mapper = SequenceMapper(before: 99)
        mapper.start(encoding: 0, at: 10)
        #expect(mapper.newestOutgoing == 100)
        #expect(mapper.map(11) == 101)
        mapper.drop(12)
        #expect(mapper.map(13) == 102)
        // 14 is missing, 15 is dropped: 14 keeps its number.
        mapper.drop(15)
        #expect(mapper.newestOutgoing == 103)
        #expect(mapper.map(16) == 104)
        #expect(mapper.mapLate(encoding: 0, sequence: 14)?.outgoing == 103)
        // A dropped one has none, nor has one from before the run.
        #expect(mapper.mapLate(encoding: 0, sequence: 12) == nil)
        #expect(mapper.mapLate(encoding: 0, sequence: 9) == nil)
        #expect(mapper.mapLate(encoding: 1, sequence: 14) == nil)
    }

    @Test func joinsRunsWithoutAGap() throws {
        var mapper = SequenceMapper(before: 0)
        mapper.start(encoding: 0, at: 1_000)
        _ = mapper.map(1_001)
        _ = mapper.map(1_004)
        mapper.start(encoding: 2, at: 70_000)
        #expect(mapper.newestOutgoing == 6)
        #expect(mapper.map(70_001) == 7)
        // Late packets of the run before fill what was kept open, later ones of it have no place.
        let late = try #require(mapper.mapLate(encoding: 0, sequence: 1_003))
        #expect(late.outgoing == 4 && !late.isCurrent)
        #expect(mapper.mapLate(encoding: 0, sequence: 1_005) == nil)
        // Two runs back is too far.
        mapper.start(encoding: 0, at: 1_010)
        #expect(mapper.newestOutgoing == 8)
        #expect(mapper.mapLate(encoding: 0, sequence: 1_003) == nil)
        #expect(mapper.mapLate(encoding: 2, sequence: 69_999) == nil)
    }

    @Test func noticesANewBeginning() {
        var mapper = SequenceMapper(before: 0)
        #expect(!mapper.continues(5))
        mapper.start(encoding: 0, at: 5)
        #expect(mapper.continues(6) && mapper.continues(5 + ForwardingLimits.maximumDropout))
        #expect(!mapper.continues(5) && !mapper.continues(6 + ForwardingLimits.maximumDropout))
    }

    /// Against a model: every number of the publisher takes the next outgoing one, but those that are dropped in order.
    @Test(arguments: UInt64(1)...30) func agreesWithAModel(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var mapper = SequenceMapper(before: 41)
        let first = Int64.random(in: 1...100_000, using: &random)
        mapper.start(encoding: 1, at: first)
        var number: Int64 = 42
        var used: Set<Int64> = [42]
        var wrong = 0
        var delayed: [(sequence: Int64, expected: Int64, until: Int64)] = []
        var dropped: [Int64] = []
        var dropRate = 0.2
        var received = first
        for sequence in first + 1...first + 3_000 {
            // Stretches without drops, and losses beyond the window, lie between the others.
            if random.chance(0.002) { dropRate = dropRate == 0 ? 0.2 : 0 }
            let isOutage = (sequence / 700) % 3 == 2
            if !isOutage, random.chance(dropRate) {
                mapper.drop(sequence)
                dropped.append(sequence)
                received = sequence
            } else {
                number += 1
                if isOutage || random.chance(0.2) {
                    delayed.append((sequence, number, sequence + Int64.random(in: 1...400, using: &random)))
                } else {
                    if mapper.map(sequence) != number || !used.insert(number).inserted { wrong += 1 }
                    received = sequence
                }
            }
            for late in delayed where late.until <= sequence && late.sequence < received {
                let place = mapper.mapLate(encoding: 1, sequence: late.sequence)
                let isRemembered = received - late.sequence < ForwardingLimits.mappingWindow
                if place?.outgoing != (isRemembered ? late.expected : nil) { wrong += 1 }
                if let place, !used.insert(place.outgoing).inserted { wrong += 1 }
            }
            delayed.removeAll { $0.until <= sequence }
        }
        for sequence in dropped.suffix(300) where mapper.mapLate(encoding: 1, sequence: sequence) != nil { wrong += 1 }
        #expect(wrong == 0)
    }
}
