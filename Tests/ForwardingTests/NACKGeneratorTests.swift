import Basics
import Testing

@testable import Forwarding

@Suite struct NACKGeneratorTests {
    private func due(
        _ generator: inout NACKGenerator, at now: MonotonicTime, roundTrip: Interval = .milliseconds(50),
        limit: Int = 128
    ) -> [UInt16] {
        var numbers: [UInt16] = []
        generator.takeDue(at: now, roundTrip: roundTrip, limit: limit) { numbers.append($0) }
        return numbers
    }

    @Test func waitsForReorderedPackets() {
        var generator = NACKGenerator(maximumAge: ForwardingLimits.videoRepairAge)
        #expect(generator.noteGap(from: 65_535, before: 65_538, at: .ms(100)) == true)
        #expect(generator.nextDeadline == .ms(108))
        #expect(due(&generator, at: .ms(107)) == [])
        #expect(generator.noteArrival(65_536) == false)
        #expect(due(&generator, at: .ms(108)) == [65_535, 1])
        #expect(generator.noteArrival(65_535) == true)
        #expect(generator.noteArrival(65_535) == false)
        #expect(generator.noteArrival(65_537) == true)
        #expect(generator.nextDeadline == nil)
    }

    @Test func repeatsWithGrowingPausesAndGivesUp() {
        var generator = NACKGenerator(maximumAge: .seconds(60))
        _ = generator.noteGap(from: 7, before: 8, at: .ms(0))
        var times: [Int64] = []
        while let deadline = generator.nextDeadline {
            if due(&generator, at: deadline) == [7] { times.append(deadline.nanoseconds / 1_000_000) }
        }
        #expect(times.count == Int(ForwardingLimits.maximumNACKTries))
        let pauses = zip(times.dropFirst(), times).map { $0 - $1 }
        #expect(pauses.first == 50)
        #expect(pauses == pauses.sorted() && Set(pauses).count == pauses.count)
        #expect(generator.missingCount == 0)
    }

    @Test func givesUpByAge() {
        var generator = NACKGenerator(maximumAge: .milliseconds(500))
        _ = generator.noteGap(from: 7, before: 8, at: .ms(0))
        #expect(due(&generator, at: .ms(8)) == [7])
        #expect(due(&generator, at: .ms(501)) == [])
        #expect(generator.missingCount == 0 && generator.nextDeadline == nil)
    }

    @Test func pausesAtLeastAMinimum() {
        var generator = NACKGenerator(maximumAge: .seconds(1))
        _ = generator.noteGap(from: 7, before: 8, at: .ms(0))
        #expect(due(&generator, at: .ms(8), roundTrip: .microseconds(200)) == [7])
        #expect(generator.nextDeadline == .ms(28))
        // An unknown round trip is taken for a usual one.
        #expect(due(&generator, at: .ms(28), roundTrip: .zero) == [7])
        #expect(generator.nextDeadline == .ms(28 + 125))
    }

    @Test func staysWithinItsBounds() {
        var generator = NACKGenerator(maximumAge: .seconds(1))
        #expect(generator.noteGap(from: 0, before: 512, at: .ms(0)) == true)
        #expect(generator.noteGap(from: 1_000, before: 1_010, at: .ms(1)) == false)
        #expect(generator.missingCount == 512)
        // The oldest are given up.
        #expect(due(&generator, at: .ms(8), limit: 1) == [10])
        #expect(generator.noteGap(from: 2_000, before: 4_999, at: .ms(9)) == false)
        #expect(generator.missingCount == 512)
        #expect(due(&generator, at: .ms(60), limit: 2) == [4_999 - 512, 4_999 - 511])
        // What did not fit stays due.
        #expect(generator.nextDeadline == .ms(17))
    }

    /// A publisher to which nothing is sent tells no round trip: its repairs do.
    @Test func repairsTellHowLongAnswersTake() {
        var generator = NACKGenerator(maximumAge: .seconds(2))
        func ask(at milliseconds: Int) -> [UInt16] {
            var asked: [UInt16] = []
            generator.takeDue(at: .ms(milliseconds), roundTrip: .zero, limit: 9) { asked.append($0) }
            return asked
        }
        _ = generator.noteGap(from: 5, before: 7, at: .ms(0))
        #expect(ask(at: 8) == [5, 6])
        let wasAsked = generator.noteArrival(5, at: .ms(48))
        #expect(wasAsked && generator.answerTime == .milliseconds(40))
        // The other request waits as it was told; its second answer tells nothing.
        #expect(ask(at: 107).isEmpty && ask(at: 108) == [6])
        _ = generator.noteArrival(6, at: .ms(111))
        #expect(generator.answerTime == .milliseconds(40))
        // Now it is asked again after 40 ms.
        _ = generator.noteGap(from: 20, before: 21, at: .ms(200))
        #expect(ask(at: 208) == [20] && ask(at: 247).isEmpty && ask(at: 248) == [20])
        _ = generator.noteArrival(20)
        _ = generator.noteGap(from: 30, before: 31, at: .ms(500))
        #expect(ask(at: 508) == [30])
        _ = generator.noteArrival(30, at: .ms(520))
        #expect(generator.answerTime == .microseconds(36_500), "an eighth of the way from 40 to 12")
        _ = generator.noteGap(from: 40, before: 41, at: .ms(600))
        _ = ask(at: 608)
        _ = generator.noteArrival(40, at: .ms(1_600))
        #expect(generator.answerTime == ForwardingLimits.longestAnswerTime)
    }
}
