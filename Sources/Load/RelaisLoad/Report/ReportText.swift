// The report as a page of text for the terminal.

import Foundation

struct ReportText {
    private let report: LoadReport
    private var lines: [String] = []

    static func text(of report: LoadReport) -> String {
        var writer = ReportText(report)
        writer.write()
        return writer.lines.joined(separator: "\n") + "\n"
    }

    private init(_ report: LoadReport) { self.report = report }

    private mutating func line(_ label: String, _ text: String) {
        lines.append("  " + label.padding(toLength: 21, withPad: " ", startingAt: 0) + text)
    }

    private mutating func write() {
        let scenario = report.scenario
        var title = "\(scenario.profile): \(scenario.participants) participants, \(scenario.audioPublishers) audio and"
        title += " \(scenario.videoPublishers) video publishers"
        if scenario.videoPublishers > 0 {
            title += " (\(Self.megabits(Double(scenario.videoBitrateBitsPerSecond)))"
            title += scenario.videoLayers > 1 ? " in \(scenario.videoLayers) layers)" : ")"
        }
        lines.append(title + ", \(Self.number(report.measuredSeconds, 1)) s at \(scenario.url)")
        if report.wasInterrupted { lines.append("  interrupted: this is the report so far") }
        writeParticipants()
        writeTraffic()
        writeTimes()
        writeProcesses()
        for violation in report.violations { line("failed", violation) }
    }

    private mutating func writeParticipants() {
        let people = report.participants
        line("participants", "\(people.ready) of \(people.planned) in, \(people.failed) failed, \(people.lost) lost")
        for (failure, count) in people.failures.sorted(by: { $0.value > $1.value }) {
            line("", "\(count) × \(failure)")
        }
        line("streams", "\(report.streams.flowing) of \(report.streams.expected) flow")
    }

    private mutating func writeTraffic() {
        let traffic = report.traffic
        line(
            "in",
            "\(traffic.packetsIn) packets, \(Self.number(traffic.packetsInPerSecond, 0))/s,"
                + " \(Self.megabits(traffic.bitsInPerSecond))")
        line(
            "out",
            "\(traffic.packetsOut) packets, \(Self.number(traffic.packetsOutPerSecond, 0))/s,"
                + " \(Self.megabits(traffic.bitsOutPerSecond))")
        let delivery = report.delivery
        line(
            "loss",
            "\(delivery.packetsLost) of \(delivery.packetsReceived + delivery.packetsLost) packets"
                + " (\(Self.number(delivery.lossPercent, 4)) %), left out \(delivery.packetsLeftOut),"
                + " repaired \(delivery.packetsRepaired)")
        line("order", "\(delivery.packetsReordered) reordered, \(delivery.packetsDuplicated) duplicated")
        if delivery.socketOverflows + delivery.sendRefusals > 0 {
            line(
                "this machine",
                "\(delivery.socketOverflows) datagrams not taken in time, \(delivery.sendRefusals) not sent")
        }
        let playback = report.playback
        line(
            "video",
            "\(playback.framesDecoded) frames decoded, \(playback.framesUndecodable) not,"
                + " longest freeze \(Self.number(playback.longestFreezeMilliseconds, 0)) ms")
        line("audio", "longest gap \(Self.number(playback.longestAudioGapMilliseconds, 0)) ms")
        for fault in playback.faults { line("fault", fault) }
    }

    private mutating func writeTimes() {
        for (label, latency) in [("audio latency", report.audioLatency), ("video latency", report.videoLatency)] {
            guard let latency else { continue }
            line(
                label,
                "p50 \(Self.number(latency.p50Milliseconds, 2)), p99 \(Self.number(latency.p99Milliseconds, 2)),"
                    + " p99.9 \(Self.number(latency.p999Milliseconds, 2)),"
                    + " largest \(Self.number(latency.largestMilliseconds, 2)) ms")
        }
        let join = report.join
        let steps = [
            ("WebSocket open", join.signalOpen), ("connected", join.connected),
            ("first packet", join.firstMediaPacket), ("first video", join.firstVideoPacket),
            ("first keyframe", join.firstKeyframe),
        ]
        for (label, step) in steps {
            guard let step else { continue }
            line(
                "join " + label,
                "p50 \(Self.number(step.p50Milliseconds, 1)), p95 \(Self.number(step.p95Milliseconds, 1)) ms"
                    + " (\(step.participants))")
        }
    }

    private mutating func writeProcesses() {
        if let server = report.server {
            var cpu = "\(Self.number(server.cpuPercentOfOneCore, 1)) % of a core"
            if let cost = server.cpuMicrosecondsPerForwardedPacket {
                cpu += ", \(Self.number(cost, 2)) µs per forwarded packet"
            }
            if let switches = server.contextSwitchesPerForwardedPacket {
                cpu += ", \(Self.number(switches, 3)) context switches per packet"
            }
            line("server CPU", cpu)
            line(
                "server memory",
                "\(Self.megabytes(server.residentBytesAtStart)) at the start,"
                    + " \(Self.megabytes(server.residentBytesSettled)) settled,"
                    + " \(Self.megabytes(server.residentBytesAtEnd)) at the end (growth"
                    + " \(server.residentBytesGrowth) B), peak \(Self.megabytes(server.residentBytesPeak))")
        }
        line("own CPU", "\(Self.number(report.client.cpuPercentOfOneCore, 1)) % of a core")
    }

    private static func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
    private static func megabits(_ bits: Double) -> String { number(bits / 1_000_000, 2) + " Mbit/s" }
    private static func megabytes(_ bytes: Int) -> String { number(Double(bytes) / 1_000_000, 1) + " MB" }
}
