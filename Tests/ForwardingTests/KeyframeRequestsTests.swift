import Basics
import Testing

@testable import Forwarding

@Suite struct KeyframeRequestsTests {
    @Test func coalescesDemands() {
        var requests = KeyframeRequests()
        #expect(requests.nextDeadline == nil)
        for _ in 0..<100 { requests.request(isUrgent: false, at: .ms(1_000)) }
        #expect(requests.takeDue(at: .ms(1_000), roundTrip: .zero, repeats: true) == .pictureLossIndication)
        for time in 1_001..<1_300 {
            requests.request(isUrgent: false, at: .ms(time))
            #expect(requests.takeDue(at: .ms(time), roundTrip: .zero, repeats: true) == nil)
        }
        #expect(requests.takeDue(at: .ms(1_300), roundTrip: .zero, repeats: true) == .pictureLossIndication)
    }

    @Test func waitsARoundTripAtLeast() {
        var requests = KeyframeRequests()
        requests.request(isUrgent: false, at: .ms(0))
        #expect(requests.takeDue(at: .ms(0), roundTrip: .milliseconds(800), repeats: true) != nil)
        #expect(requests.takeDue(at: .ms(799), roundTrip: .milliseconds(800), repeats: true) == nil)
        #expect(requests.takeDue(at: .ms(800), roundTrip: .milliseconds(800), repeats: true) != nil)
    }

    @Test func endsWithAKeyframe() {
        var requests = KeyframeRequests()
        requests.request(isUrgent: false, at: .ms(0))
        _ = requests.takeDue(at: .ms(0), roundTrip: .zero, repeats: true)
        requests.noteKeyframe()
        #expect(!requests.isWanted && requests.nextDeadline == nil)
        // A new demand keeps its distance from the request before.
        requests.request(isUrgent: false, at: .ms(100))
        #expect(requests.nextDeadline == .ms(1_000))
        #expect(requests.takeDue(at: .ms(100), roundTrip: .zero, repeats: true) == nil)
        #expect(requests.takeDue(at: .ms(1_000), roundTrip: .zero, repeats: true) == .pictureLossIndication)
    }

    /// One a second when keyframes come; a picture that is lost in between does not wait for it, but is
    /// made up for later.
    @Test func losesNoTimeOverALoss() {
        var requests = KeyframeRequests()
        var sent: [Int] = []
        for time in 0..<10_000 {
            // Somebody joins all the time, and somebody loses the picture at 2.5 s and again soon after.
            requests.request(isUrgent: false, at: .ms(time))
            if time == 2_500 || time == 2_900 { requests.request(isUrgent: true, at: .ms(time)) }
            if requests.takeDue(at: .ms(time), roundTrip: .milliseconds(50), repeats: true) != nil {
                sent.append(time)
                requests.noteKeyframe()
            }
        }
        #expect(sent == [0, 1_000, 2_000, 2_500, 3_000, 5_000, 6_000, 7_000, 8_000, 9_000])
    }

    @Test func repeatsLessAndLessThenForgets() {
        var requests = KeyframeRequests()
        requests.request(isUrgent: false, at: .ms(0))
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
        requests.request(isUrgent: false, at: .ms(Int(times[times.count - 1]) + 1))
        #expect(requests.nextDeadline == .ms(Int(times[times.count - 1]) + 3_000))
    }

    @Test func asksOnceWhereNoAnswerCanBeSeen() {
        var requests = KeyframeRequests()
        requests.request(isUrgent: false, at: .ms(0))
        #expect(requests.takeDue(at: .ms(0), roundTrip: .zero, repeats: false) == .pictureLossIndication)
        #expect(requests.nextDeadline == nil)
    }
}
