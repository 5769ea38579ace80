import Basics
import Testing

@testable import Forwarding

@Suite struct KeyframeRequestsTests {
    @Test func coalescesDemands() {
        var requests = KeyframeRequests()
        #expect(requests.nextDeadline == nil)
        for _ in 0..<100 { requests.request(at: .ms(1_000)) }
        #expect(requests.takeDue(at: .ms(1_000), roundTrip: .zero, repeats: true) == .pictureLossIndication)
        for time in 1_001..<1_300 {
            requests.request(at: .ms(time))
            #expect(requests.takeDue(at: .ms(time), roundTrip: .zero, repeats: true) == nil)
        }
        #expect(requests.takeDue(at: .ms(1_300), roundTrip: .zero, repeats: true) == .pictureLossIndication)
    }

    @Test func waitsARoundTripAtLeast() {
        var requests = KeyframeRequests()
        requests.request(at: .ms(0))
        #expect(requests.takeDue(at: .ms(0), roundTrip: .milliseconds(800), repeats: true) != nil)
        #expect(requests.takeDue(at: .ms(799), roundTrip: .milliseconds(800), repeats: true) == nil)
        #expect(requests.takeDue(at: .ms(800), roundTrip: .milliseconds(800), repeats: true) != nil)
    }

    @Test func endsWithAKeyframe() {
        var requests = KeyframeRequests()
        requests.request(at: .ms(0))
        _ = requests.takeDue(at: .ms(0), roundTrip: .zero, repeats: true)
        requests.noteKeyframe()
        #expect(!requests.isWanted && requests.nextDeadline == nil)
        // A new demand keeps its distance from the request before.
        requests.request(at: .ms(100))
        #expect(requests.nextDeadline == .ms(1_000))
        #expect(requests.takeDue(at: .ms(100), roundTrip: .zero, repeats: true) == nil)
        #expect(requests.takeDue(at: .ms(1_000), roundTrip: .zero, repeats: true) == .pictureLossIndication)
    }

    @Test func repeatsLessAndLessThenForgets() {
        var requests = KeyframeRequests()
        requests.request(at: .ms(0))
        var times: [Int64] = []
        var commands: [UInt8] = []
        while let deadline = requests.nextDeadline, times.count < 50 {
            let kind = requests.takeDue(at: deadline, roundTrip: .zero, repeats: true)
            times.append(deadline.nanoseconds / 1_000_000)
            if case .fullIntraRequest(let sequence)? = kind { commands.append(sequence) }
        }
        #expect(times.count == Int(ForwardingLimits.keyframeRequestTries))
        let pauses = zip(times.dropFirst(), times).map { $0 - $1 }
        #expect(pauses.prefix(3) == [300, 300, 300] && pauses.last == 3_000 && pauses == pauses.sorted())
        #expect(commands == [1, 2, 3, 4])
        // Who still waits asks again, but not faster.
        requests.request(at: .ms(Int(times[times.count - 1]) + 1))
        #expect(requests.nextDeadline == .ms(Int(times[times.count - 1]) + 3_000))
    }

    @Test func asksOnceWhereNoAnswerCanBeSeen() {
        var requests = KeyframeRequests()
        requests.request(at: .ms(0))
        #expect(requests.takeDue(at: .ms(0), roundTrip: .zero, repeats: false) == .pictureLossIndication)
        #expect(requests.nextDeadline == nil)
    }
}
