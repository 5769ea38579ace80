import Basics
import Testing

@testable import CongestionControl

@Suite struct LongerPathTests {
    /// Feeds a queue by step of 100 ms; gives the steps at which the path was found longer, and the rates from before.
    private func found(
        rate: (Int) -> Double = { _ in 1_000_000 }, loss: Double = 0, sending: (Int) -> Double = { _ in 800_000 },
        queue: (Int) -> Double?
    ) -> [(step: Int, before: Double)] {
        var state = LongerPath()
        return (0..<60).compactMap { step in
            let input = LongerPath.Input(
                queueMilliseconds: queue(step), allowed: rate(step), sending: sending(step),
                arriving: sending(step) * (1 - loss), loss: loss)
            return state.note(input, at: .zero + .milliseconds(step * 100)).map { (step, $0) }
        }
    }

    @Test(arguments: [25.0, 45, 80]) func aDelayThatDoesNotMoveIsALongerPath(_ longer: Double) {
        let found = found(rate: { $0 < 10 ? 2_000_000 : 1_500_000 }) {
            $0 < 10 ? 1 : $0 < 25 ? longer + Double($0 % 3) : 0
        }
        #expect(found.count == 1 && 20...24 ~= (found.first?.step ?? 0) && found.first?.before == 2_000_000)
    }

    @Test func whatAQueueLeavesBehindGivesNothingBack() {
        // A link becomes narrow: its queue drains, but each packet takes longer than before.
        let found = found(rate: { $0 < 10 ? 2_000_000 : 400_000 }) {
            $0 < 10 ? 1 : $0 < 20 ? 150 - Double(($0 - 10) * 13) : 14
        }
        #expect(!found.isEmpty && found.allSatisfy { $0.before == 400_000 })
    }

    @Test func aQueueThatMovesIsOne() {
        #expect(found { 30 + Double($0 % 5) * 3 }.isEmpty)
    }

    @Test func aShortQueueIsNoMatter() {
        #expect(found { _ in 7 }.isEmpty)
    }

    @Test func aPathThatJittersIsLongerWhenSendingLessDoesNotHelp() {
        func queue(_ step: Int) -> Double { step < 10 ? 1 : 36 + Double(step * 7 % 5) * 3 }
        let gaveWay = found(rate: { $0 < 25 ? 1_000_000 : 500_000 }, queue: queue)
        #expect(gaveWay.first.map { 36...42 ~= $0.step && $0.before == 1_000_000 } == true)
        #expect(found(rate: { $0 < 25 ? 1_000_000 : 800_000 }, queue: queue).isEmpty)
    }

    @Test func aLongQueueThatMovesMayBeAnothers() {
        #expect(found(rate: { $0 < 5 ? 1_000_000 : 300_000 }) { $0 < 5 ? 1 : 90 + Double($0 % 5) * 8 }.isEmpty)
    }

    @Test func aQueueThatIsFullIsNotThePath() {
        #expect(found(loss: 0.2) { $0 < 10 ? 1 : 280 }.isEmpty)
        let sendingLess = found(loss: 0.2, sending: { $0 < 30 ? 800_000 : 500_000 }) { $0 < 10 ? 1 : 280 }
        #expect(sendingLess.first.map { 30...32 ~= $0.step } == true)
        // Nothing is lost: it is not full.
        #expect(!found { $0 < 10 ? 1 : 280 }.isEmpty)
    }
}
