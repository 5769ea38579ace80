import Basics
import CongestionControl
import RTP
import Testing

/// A recorder, and what a sender learns from its feedback.
private final class Session {
    private var recorder = TransportFeedbackRecorder()
    /// Latest status by number, and how often feedback was written.
    private(set) var told: [UInt16: Int64?] = [:]
    private(set) var feedbackTimes: [MonotonicTime] = []
    private(set) var feedbackCounts: [UInt8] = []
    private(set) var bytes = 0
    private(set) var largest = 0

    var nextDeadline: MonotonicTime? { recorder.nextDeadline }

    @discardableResult func note(_ number: Int, at now: MonotonicTime, byteCount: Int = 1_200)
        -> TransportFeedbackRecorder.Note
    {
        recorder.note(sequenceNumber: UInt16(truncatingIfNeeded: number), byteCount: byteCount, at: now)
    }

    /// Writes all feedback that is due; false when a packet cannot be read again.
    @discardableResult func flush(at now: MonotonicTime, room: Int = 1_180) -> Bool {
        while let deadline = recorder.nextDeadline, deadline <= now {
            var buffer = [UInt8](repeating: 0xff, count: room)
            var span = buffer.mutableSpan
            var writer = RTCPWriter()
            guard recorder.write(from: 1, about: 2, at: now, to: &writer, into: &span) else { return true }
            let datagram = Array(buffer[..<writer.count])
            feedbackTimes.append(now)
            bytes += datagram.count
            largest = max(largest, datagram.count)
            guard take(datagram) else { return false }
        }
        return true
    }

    private func take(_ datagram: [UInt8]) -> Bool {
        var cursor = RTCPCursor()
        guard let packet = cursor.next(in: datagram.span),
            case .transportFeedback(var feedback) = packet.message(in: datagram.span)
        else { return false }
        feedbackCounts.append(feedback.feedbackCount)
        while let status = feedback.next(in: datagram.span) {
            told[status.sequenceNumber] = .some(status.arrivalQuarterMilliseconds)
        }
        return true
    }
}

private func milliseconds(_ count: Int) -> MonotonicTime { .zero + .milliseconds(count) }

@Suite struct TransportFeedbackRecorderTests {
    @Test func tellsEveryPacketOnce() {
        let session = Session()
        var random = SeededRandom(seed: 1)
        var arrived: [UInt16: Int64] = [:]
        // 500 packets a second across the wrap, a tenth lost.
        for index in 0..<5_000 {
            let now = milliseconds(index * 2)
            let number = 65_000 + index
            if !random.chance(0.1) {
                session.note(number, at: now)
                arrived[UInt16(truncatingIfNeeded: number)] = Int64(index * 8)
            }
            #expect(session.flush(at: now))
        }
        #expect(session.flush(at: milliseconds(20_000)))
        for index in 0..<4_990 {
            let number = UInt16(truncatingIfNeeded: 65_000 + index)
            guard index > 0 || arrived[number] != nil else { continue }
            #expect(session.told[number] == .some(arrived[number]), "\(index)")
        }
        // 4.8 Mbit/s: every 50 ms.
        let intervals = zip(session.feedbackTimes, session.feedbackTimes.dropFirst()).map { $1 - $0 }
        #expect(intervals.dropFirst(3).dropLast().allSatisfy { $0 >= .milliseconds(50) && $0 <= .milliseconds(54) })
        #expect(session.feedbackCounts == session.feedbackCounts.indices.map { UInt8(truncatingIfNeeded: $0) })
        // About a twentieth of what came in is the bound.
        #expect(session.bytes * 20 < 5_000 * 1_200)
    }

    @Test func slowStreamsAreToldLessOften() {
        let session = Session()
        // Opus at 24 kbit/s.
        for index in 0..<500 {
            session.note(index, at: milliseconds(index * 20), byteCount: 60)
            session.flush(at: milliseconds(index * 20))
        }
        let intervals = zip(session.feedbackTimes, session.feedbackTimes.dropFirst()).map { $1 - $0 }
        #expect(intervals.dropFirst(3).allSatisfy { $0 >= .milliseconds(250) && $0 <= .milliseconds(270) })
    }

    @Test func aBurstIsToldBeforeItsTime() {
        let session = Session()
        session.note(0, at: .zero)
        session.flush(at: milliseconds(50))
        for index in 1...TransportFeedbackLimits.unreportedPackets { session.note(index, at: milliseconds(51)) }
        #expect(session.nextDeadline == .zero)
        #expect(session.flush(at: milliseconds(51)))
        #expect(session.feedbackTimes.count == 2 && session.nextDeadline == nil)
        #expect(session.told.count == TransportFeedbackLimits.unreportedPackets + 1)
    }

    @Test func aLatePacketTakesBackItsLoss() {
        let session = Session()
        for number in [10, 11, 13, 14] { session.note(number, at: milliseconds(number)) }
        session.flush(at: milliseconds(100))
        #expect(session.told[12] == .some(nil))
        let late = session.note(12, at: milliseconds(101))
        #expect(late == .recorded)
        session.flush(at: milliseconds(400))
        #expect(session.told[12] == .some(404))
        #expect(session.told[14] == .some(56))
        // Even one that came before all others.
        let first = session.note(9, at: milliseconds(401))
        #expect(first == .recorded)
        session.flush(at: milliseconds(800))
        #expect(session.told[9] == .some(1_604))
    }

    @Test func duplicatesKeepTheFirstArrival() {
        let session = Session()
        session.note(1, at: milliseconds(1))
        let again = session.note(1, at: milliseconds(30))
        #expect(again == .duplicate)
        session.flush(at: milliseconds(100))
        #expect(session.told[1] == .some(4))
        let afterwards = session.note(1, at: milliseconds(101))
        #expect(afterwards == .duplicate && session.nextDeadline == nil)
    }

    @Test func aLongGapIsLossAVeryLongOneARestart() {
        let session = Session()
        session.note(0, at: .zero)
        session.flush(at: milliseconds(60))
        let gap = session.note(3_000, at: milliseconds(61))
        #expect(gap == .recorded)
        #expect(session.flush(at: milliseconds(300)))
        #expect(session.told[3_000] == .some(244) && session.told[2_999] == .some(nil))
        // Beyond the ring nothing is known, and nothing is told.
        #expect(session.told[100] == nil)
        let jump = session.note(3_000 + 20_000, at: milliseconds(301))
        #expect(jump == .restarted)
        session.flush(at: milliseconds(700))
        #expect(session.told[23_000] == .some(1_204) && session.told[22_999] == nil)
    }

    @Test func twoOldNumbersInARowAreARestartOneIsNot() {
        let session = Session()
        for number in 10_000..<10_010 { session.note(number, at: milliseconds(number - 10_000)) }
        let stray = session.note(100, at: milliseconds(20))
        #expect(stray == .tooOld)
        let usual = session.note(10_010, at: milliseconds(21))
        #expect(usual == .recorded)
        let first = session.note(200, at: milliseconds(22))
        let second = session.note(201, at: milliseconds(23))
        #expect(first == .tooOld && second == .restarted)
        session.note(202, at: milliseconds(24))
        session.flush(at: milliseconds(500))
        #expect(session.told[201] == .some(92) && session.told[202] == .some(96))
        #expect(session.told[10_010] == nil)
    }

    @Test func whatDoesNotFitStaysDue() {
        let session = Session()
        for index in 0..<1_500 {
            // Steps of 70 ms take two bytes each.
            session.note(index, at: milliseconds(index * 70), byteCount: 10_000)
        }
        #expect(session.flush(at: milliseconds(110_000), room: 300))
        #expect(session.told.count == 1_500 && session.told.values.allSatisfy { $0 != nil })
        #expect(session.feedbackTimes.count > 8 && session.largest <= 300)
        #expect(session.nextDeadline == nil)
        // Without any room it ends and says so.
        session.note(1_500, at: milliseconds(110_001))
        #expect(session.flush(at: milliseconds(120_000), room: 16))
        #expect(session.nextDeadline != nil)
    }

    @Test func randomNumbersAreHarmlessAndBounded() {
        let session = Session()
        var random = SeededRandom(seed: 9)
        var now = MonotonicTime.zero
        var base = 0
        for _ in 0..<30_000 {
            now += .microseconds(Int(random.next() % 3_000))
            switch random.next() % 40 {
            case 0: base = Int(random.next() % 65_536)
            case 1: base -= Int(random.next() % 3_000)
            case 2: base += Int(random.next() % 9_000)
            default: base += Int(random.next() % 3)
            }
            session.note(base, at: now)
            guard session.flush(at: now) else {
                Issue.record("feedback that cannot be read")
                return
            }
        }
        #expect(session.largest <= 1_180)
        #expect(session.feedbackTimes.count > 200)
    }
}
