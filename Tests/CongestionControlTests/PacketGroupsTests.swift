import Testing

@testable import CongestionControl

@Suite struct PacketGroupsTests {
    @Test func comparesTheLastPacketsOfGroups() throws {
        var groups = PacketGroups()
        var deltas: [PacketGroups.Delta] = []
        // Three groups of two packets, 3 ms apart, each 20 ms; the third arrives 7 ms late.
        for (send, arrival) in [(0.0, 100.0), (3, 103), (20, 120), (23, 123), (40, 147), (43, 150), (60, 160)] {
            if let delta = groups.note(send: send, arrival: arrival) { deltas.append(delta) }
        }
        #expect(deltas.count == 2)
        #expect(deltas.map(\.sendMilliseconds) == [20, 20])
        #expect(deltas.map(\.arrivalMilliseconds) == [20, 27])
        #expect(deltas.map(\.arrival) == [123, 150])
        #expect(groups.jitterMilliseconds > 0)
    }

    @Test func whatArrivesAsOneBurstIsOneGroup() {
        var groups = PacketGroups()
        var count = 0
        // Sent each 20 ms, held back and delivered together.
        for index in 0..<4 where groups.note(send: Double(index * 20), arrival: 200 + Double(index)) != nil {
            count += 1
        }
        #expect(count == 0)
    }

    @Test func reorderedAndLatePacketsDoNotCount() {
        var groups = PacketGroups()
        _ = groups.note(send: 0, arrival: 100)
        _ = groups.note(send: 20, arrival: 120)
        let late = groups.note(send: 1, arrival: 500)
        #expect(late == nil)
        let next = groups.note(send: 40, arrival: 140)
        #expect(next?.arrivalMilliseconds == 20)
    }

    @Test func anotherClockStartsAnew() {
        var groups = PacketGroups()
        var arrival = 1e6
        var deltas = 0
        for index in 0..<50 {
            arrival += index < 10 ? 20 : -20
            if groups.note(send: Double(index * 20), arrival: arrival) != nil { deltas += 1 }
        }
        #expect(deltas < 12, "times that go backwards give nothing")
    }
}
