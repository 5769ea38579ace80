import Basics
import Testing

@testable import CongestionControl

@Suite struct SentPacketHistoryTests {
    private func packet(at milliseconds: Int, _ byteCount: UInt16 = 100) -> SentPacket {
        SentPacket(sendTime: .zero + .milliseconds(milliseconds), byteCount: byteCount, state: .inFlight)
    }

    private func name(_ outcome: SentPacketHistory.Outcome) -> String {
        switch outcome {
        case .received: "received"
        case .late: "late"
        case .lost: "lost"
        case .known: "known"
        case .forgotten: "forgotten"
        case .neverSent: "never"
        }
    }

    @Test func tellsEachPacketOnce() {
        var history = SentPacketHistory(first: 65_534)
        let numbers = (0..<4).map { history.append(packet(at: $0)) }
        #expect(numbers == [65_534, 65_535, 0, 1])
        let extended = numbers.map { history.extended($0) }
        #expect(extended == [65_534, 65_535, 65_536, 65_537])
        var told: [String] = []
        for (number, hasArrived) in [
            (65_534, true), (65_534, true), (65_535, false), (65_535, false), (65_535, true), (65_536, true),
            (65_536, false), (65_538, true), (65_000, true),
        ] { told.append(name(history.note(Int64(number), hasArrived: hasArrived))) }
        #expect(
            told == ["received", "known", "lost", "known", "late", "received", "known", "never", "forgotten"])
    }

    @Test func growsOnlyWhileFreshPacketsAreInFlight() {
        var history = SentPacketHistory(first: 0)
        for index in 0..<2_000 { _ = history.append(packet(at: index * 100)) }
        let slow = history.capacity
        #expect(slow == SendSideLimits.smallestHistory, "nobody answers, but what is old may go")
        for index in 0..<50_000 { _ = history.append(packet(at: 300_000 + index / 100)) }
        let fast = history.capacity
        #expect(fast == SendSideLimits.largestHistory)
        let old = name(history.note(history.next - Int64(fast) - 1, hasArrived: true))
        let newest = name(history.note(history.next - 1, hasArrived: true))
        #expect(old == "forgotten" && newest == "received")
    }

    @Test func growingKeepsWhatIsKnown() {
        var history = SentPacketHistory(first: 5)
        for index in 0..<200 { _ = history.append(packet(at: index / 10, UInt16(index))) }
        _ = history.note(7, hasArrived: true)
        for index in 200..<400 { _ = history.append(packet(at: index / 10, UInt16(index))) }
        #expect(history.capacity == 512)
        let known = name(history.note(7, hasArrived: true))
        #expect(known == "known")
        if case .received(let packet) = history.note(105, hasArrived: true) {
            #expect(packet.byteCount == 100)
        } else {
            Issue.record("lost in growing")
        }
    }

    @Test func whatWasNotToldIsAssumedOnce() {
        var history = SentPacketHistory(first: 0)
        for index in 0..<10 { _ = history.append(packet(at: index)) }
        _ = history.note(3, hasArrived: true)
        let first = history.assume(2..<6)
        let second = history.assume(2..<6)
        let late = name(history.note(4, hasArrived: true))
        let beyond = history.assume(-1_000_000..<1_000_000)
        #expect(first == 300 && second == 0 && late == "late" && beyond == 600)
    }
}
