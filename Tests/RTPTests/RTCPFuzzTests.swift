import Basics
import RTP
import Testing

@Suite struct RTCPFuzzTests {
    private static let samples =
        [
            Vector.senderReport, Vector.receiverReport, Vector.sourceDescription, Vector.sourceDescriptionOfThree,
            Vector.goodbye, Vector.nack, Vector.pictureLoss, Vector.fullIntra, Vector.bitrate0, Vector.bitrate3,
            Vector.senderReport + Vector.sourceDescription + Vector.nack,
            bytes(
                "80cf000b 00000006 05000009 000000000000000a00000014 000000010000000b00000015 000000020000000c00000016"),
        ] + FeedbackVector.all.map(\.datagram)

    /// Visits everything that a message offers.
    private static func visit(_ message: RTCPMessage, _ datagram: borrowing [UInt8]) -> Int {
        var visited = 0
        switch message {
        case .senderReport(let report):
            for index in 0..<report.reports.count {
                visited += Int(report.reports.block(index, in: datagram.span).ssrc & 1)
            }
        case .receiverReport(let reports):
            for index in 0..<reports.count { visited += Int(reports.block(index, in: datagram.span).ssrc & 1) }
        case .sourceDescription(var description):
            while let name = description.nextName(in: datagram.span) {
                visited += 1
                if name.name.upperBound > datagram.count { Issue.record("a name over the end") }
            }
        case .goodbye(let goodbye):
            for index in 0..<goodbye.count { visited += Int(goodbye.ssrc(index, in: datagram.span) & 1) }
        case .nack(var nack): while nack.next(in: datagram.span) != nil { visited += 1 }
        case .transportFeedback(var feedback):
            while feedback.next(in: datagram.span) != nil { visited += 1 }
            if visited != feedback.statusCount { Issue.record("\(visited) of \(feedback.statusCount) statuses") }
            visited = 0
        case .fullIntraRequest(let request):
            for index in 0..<request.count {
                visited += Int(request.entry(index, in: datagram.span).commandSequence & 1)
            }
        case .bitrateEstimate(let estimate):
            for index in 0..<estimate.count { visited += Int(estimate.ssrc(index, in: datagram.span) & 1) }
        case .extendedReport(var report): while report.next(in: datagram.span) != nil { visited += 1 }
        case .pictureLossIndication, .other, .malformed: break
        }
        return visited
    }

    private static func walk(_ datagram: borrowing [UInt8]) -> Int {
        var cursor = RTCPCursor()
        var packets = 0
        while let packet = cursor.next(in: datagram.span) {
            packets += 1
            // No list is longer than its bytes: at worst 17 numbers in four of them.
            if visit(packet.message(in: datagram.span), datagram) > datagram.count * 5 {
                Issue.record("too long a list")
            }
        }
        return packets
    }

    @Test func randomInputIsHarmless() {
        var packets = 0
        fuzz(seed: 4585, Self.samples) { packets += Self.walk($0) }
        #expect(packets > 30_000)
    }

    @Test func everyTruncationIsHarmless() {
        for sample in Self.samples {
            for count in 0..<sample.count {
                let cut = Array(sample[..<count])
                let all = messages(cut)
                #expect(all == nil || count % 4 == 0)
                _ = Self.walk(cut)
                // The same with a length that agrees with the cut.
                guard count >= 4, count % 4 == 0 else { continue }
                var lying = cut
                lying[2] = 0
                lying[3] = UInt8(count / 4 - 1)
                let packets = Self.walk(lying)
                #expect(packets == 1)
            }
        }
    }
}
