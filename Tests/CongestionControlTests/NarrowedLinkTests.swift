import Basics
import Testing

@testable import CongestionControl

@Suite struct NarrowedLinkTests {
    /// Eight packets of 1,200 bytes that leave 2 ms apart; `arrival` gives their arrival by number.
    private func sighting(allowed: Double = 2e6, _ arrival: (Int) -> Double) -> NarrowedLink.Sighting? {
        var link = NarrowedLink()
        for number in 0..<8 { link.note(send: Double(number) * 2, arrival: arrival(number), byteCount: 1_200) }
        return link.sighting(allowed: allowed)
    }

    @Test func aBurstThatIsStretchedTellsTheRateOfTheLink() throws {
        // 9,600 bits at 500 kbit/s: 19.2 ms each.
        let found = try #require(sighting { 15 + Double($0 + 1) * 19.2 })
        #expect(abs(found.bitsPerSecond - 500_000) < 1_000)
        #expect(found.queueMilliseconds > 80)
    }

    @Test func aLinkThatCarriesMostOfWhatIsAllowedIsNotMeant() {
        #expect(sighting(allowed: 0.8e6) { 15 + Double($0 + 1) * 19.2 } == nil)
    }

    @Test func jitterAndWhatIsHeldBackTogetherAreNotMeant() {
        #expect(sighting { 15 + Double($0) * 2 + ($0 % 2 == 0 ? 30 : 0) } == nil, "jitter")
        #expect(sighting { _ in 120 } == nil, "a radio link delivers what it has held back")
        #expect(sighting { 15 + Double($0) * 2 } == nil, "as sent")
    }

    @Test func aPathThatBecomesLongerBetweenTwoPicturesIsNotMeant() {
        var link = NarrowedLink()
        for number in 0..<8 {
            let send = Double(number / 3 * 40 + number % 3 * 2)
            link.note(send: send, arrival: send + (number < 3 ? 1 : 50), byteCount: 1_200)
        }
        #expect(link.sighting(allowed: 2e6) == nil)
    }
}
