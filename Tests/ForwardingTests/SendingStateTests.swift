import Basics
import Testing

@testable import Forwarding

@Suite struct SentHistoryTests {
    private func packet(_ number: Int64, at now: MonotonicTime) -> SentPacket {
        var packet = SentPacket()
        packet.outgoing = number
        packet.sequence = number * 3
        packet.sentAt = now
        return packet
    }

    @Test func growsOnlyForYoungPackets() {
        var history = SentHistory(limit: 1_024)
        for number in 0..<Int64(500) { history.insert(packet(number, at: .ms(Int(number) * 40))) }
        #expect(history.capacity == 64)
        for number in 500..<Int64(3_000) { history.insert(packet(number, at: .ms(20_000 + Int(number)))) }
        #expect(history.capacity == 1_024)
        #expect(history.packet(2_999)?.sequence == 8_997 && history.packet(1_976)?.sequence == 5_928)
        #expect(history.packet(1_975) == nil && history.packet(3_000) == nil && history.packet(-1) == nil)
    }

    @Test func notesRepetitionsOfWhatItHas() {
        var history = SentHistory(limit: 64)
        history.insert(packet(70, at: .ms(1)))
        history.noteRepetition(70, at: .ms(9))
        history.noteRepetition(6, at: .ms(9))
        history.noteMid(6)
        #expect(history.packet(70)?.sentAt == .ms(9) && history.packet(70)?.wasRepeated == true)
        #expect(history.packet(70)?.hasMid == false && history.packet(6) == nil)
    }
}

@Suite struct RetransmissionBudgetTests {
    @Test func isAShareOfWhatIsSentAndAFloor() {
        var budget = RetransmissionBudget(at: .zero)
        var taken = 0
        while budget.take(1_000, at: .zero) { taken += 1_000 }
        #expect(taken == ForwardingLimits.retransmissionBurstBytes)
        // Ten seconds of the floor.
        taken = 0
        for time in 1...10_000 {
            while budget.take(100, at: .ms(time)) { taken += 100 }
        }
        #expect(abs(taken - 10 * ForwardingLimits.retransmissionFloorBytesPerSecond) <= 100)
        budget.noteSent(10_000)
        taken = 0
        while budget.take(100, at: .ms(10_000)) { taken += 100 }
        #expect(taken == 5_000)
        // Credit does not pile up.
        #expect(budget.take(ForwardingLimits.retransmissionBurstBytes, at: .ms(10_000_000)) == true)
        #expect(budget.take(100, at: .ms(10_000_000)) == false)
    }
}

@Suite struct SenderReportHistoryTests {
    @Test func tellsTheRoundTripOfKnownReports() {
        var history = SenderReportHistory()
        #expect(history.roundTrip(lastSenderReport: 0, delay: 0, at: .ms(5)) == nil)
        for number in 1...5 { history.note(NTPTime(rawValue: UInt64(number) << 32), at: .ms(number * 1_000)) }
        #expect(history.roundTrip(lastSenderReport: 5 << 16, delay: 65_536 / 2, at: .ms(5_580)) == .milliseconds(80))
        #expect(history.roundTrip(lastSenderReport: 2 << 16, delay: 0, at: .ms(5_580)) == .milliseconds(3_580))
        #expect(history.roundTrip(lastSenderReport: 1 << 16, delay: 0, at: .ms(5_580)) == nil)
        // A delay that is longer than the time since is a lie.
        #expect(history.roundTrip(lastSenderReport: 5 << 16, delay: .max, at: .ms(5_580)) == .zero)
    }
}
