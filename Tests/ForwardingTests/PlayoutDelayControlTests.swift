import Basics
import RTP
import Testing

@testable import Forwarding

@Suite struct PlayoutDelayControlTests {
    private let start = MonotonicTime(nanoseconds: 0)

    /// The minimum that is said, nil for nothing.
    private func minimum(_ control: PlayoutDelayControl) -> UInt32? { control.rawValue.map { $0 >> 12 * 10 } }

    @Test func nothingIsSaidWithoutLoss() {
        var control = PlayoutDelayControl()
        control.note(loss: 0.01, roundTrip: .milliseconds(300), at: start)
        #expect(control.rawValue == nil)
    }

    @Test func risesAtOnceWithTheLoss() {
        var control = PlayoutDelayControl()
        control.note(loss: 0.03, roundTrip: .milliseconds(30), at: start)
        #expect(minimum(control) == 100)
        control.note(loss: 0.1, roundTrip: .milliseconds(30), at: start)
        #expect(minimum(control) == 180)
        control.note(loss: 0.3, roundTrip: .milliseconds(30), at: start)
        #expect(minimum(control) == 240)
        control.note(loss: 0.3, roundTrip: .seconds(2), at: start)
        #expect(minimum(control) == 500)
        #expect(control.rawValue.map { $0 & 0xfff } == 1_000)
    }

    @Test func fallsAfterAWhileSaysSoAndIsSilent() {
        var control = PlayoutDelayControl()
        control.note(loss: 0.1, roundTrip: .milliseconds(30), at: start)
        control.note(loss: 0, roundTrip: .milliseconds(30), at: start + .seconds(1))
        #expect(minimum(control) == 180)
        control.note(loss: 0, roundTrip: .milliseconds(30), at: start + .seconds(12))
        #expect(minimum(control) == 0)
        control.note(loss: 0, roundTrip: .milliseconds(30), at: start + .seconds(16))
        #expect(control.rawValue == nil)
        // And a loss in between begins the wait anew.
        control.note(loss: 0.1, roundTrip: .milliseconds(30), at: start + .seconds(20))
        control.note(loss: 0, roundTrip: .milliseconds(30), at: start + .seconds(25))
        control.note(loss: 0.1, roundTrip: .milliseconds(30), at: start + .seconds(30))
        control.note(loss: 0, roundTrip: .milliseconds(30), at: start + .seconds(36))
        #expect(minimum(control) == 180)
    }
}
