import Basics
import Foundation
import MediaInterface
import Testing

@testable import RelaisLoad

@Suite struct ReportTests {
    private static let start = MonotonicTime(nanoseconds: 10_000_000_000)

    private func profile(_ participants: Int) -> LoadProfile {
        MeetingShape(
            room: "r", participants: participants, audioPublishers: participants, videoPublishers: 1,
            isSimulcast: false, videoBitrateBitsPerSecond: 1_000_000, joinsPerSecond: 10
        ).profile
    }

    private func options() throws -> LoadOptions {
        LoadOptions(
            target: try ServerTarget(url: "ws://127.0.0.1:7880"), apiKey: "k", apiSecret: "s", measuredSeconds: 10,
            serverPID: 42, seed: 1)
    }

    private func sample(_ seconds: Int, cpuMilliseconds: Int, megabytes: Int) -> ProcessSample {
        ProcessSample(
            time: Self.start + .seconds(seconds), cpu: .milliseconds(cpuMilliseconds),
            residentBytes: megabytes * 1_000_000, threads: 4, contextSwitches: cpuMilliseconds * 10)
    }

    /// Two participants, ten seconds, 10,000 packets, half a second of server CPU.
    private func measurement() -> RunMeasurement {
        var measurement = RunMeasurement()
        for index in 0..<2 {
            var times = JoinTimes(started: Self.start)
            times.signalOpened = Self.start + .milliseconds(5)
            times.connected = Self.start + .milliseconds(20 + index)
            times.audioTracksAtJoin = index
            times.videoTracksAtJoin = index
            measurement.participants[index] = RunBoard.Entry(state: .ready, times: times)
        }
        func stream(_ kind: MediaKind, received: Int, lost: Int = 0) -> StreamOutcome {
            var stream = StreamOutcome(kind: kind, firstPacketAt: Self.start + .milliseconds(30))
            stream.packetsReceived = received
            stream.packetsLost = lost
            stream.longestGap = .milliseconds(kind == .audio ? 25 : 80)
            if kind == .video { stream.firstKeyframeAt = Self.start + .milliseconds(44) }
            return stream
        }
        measurement.outcomes = [
            PeerOutcome(participant: 0, streams: [stream(.audio, received: 5_000)]),
            PeerOutcome(participant: 1, streams: [stream(.audio, received: 5_000), stream(.video, received: 2_000)]),
        ]
        measurement.length = .seconds(10)
        measurement.traffic = TrafficCounts(packetsIn: 10_000, packetsOut: 5_000, bytesIn: 1_000_000, bytesOut: 500_000)
        measurement.audioLatency.record(.milliseconds(2))
        measurement.ownCPU = .milliseconds(150)
        measurement.server = ServerMeasurement(
            first: sample(0, cpuMilliseconds: 100, megabytes: 20),
            settled: sample(3, cpuMilliseconds: 250, megabytes: 30),
            last: sample(10, cpuMilliseconds: 600, megabytes: 31), peakResidentBytes: 32_000_000)
        return measurement
    }

    private func report(_ change: (inout RunMeasurement) -> Void = { _ in }) throws -> LoadReport {
        var measurement = measurement()
        change(&measurement)
        return LoadReport(profile: profile(2), options: try options(), measurement: measurement)
    }

    @Test func theFiguresFollowFromTheMeasurement() throws {
        let report = try report()
        #expect(report.traffic.packetsInPerSecond == 1_000 && report.traffic.bitsInPerSecond == 800_000)
        #expect(report.delivery.packetsReceived == 12_000 && report.delivery.lossPercent == 0)
        #expect(report.streams.expected == 3 && report.streams.flowing == 3)
        let server = try #require(report.server)
        // Half a second of CPU for 10,000 packets.
        #expect(abs((server.cpuMicrosecondsPerForwardedPacket ?? 0) - 50) < 1e-9)
        #expect(abs(server.cpuPercentOfOneCore - 5) < 1e-9)
        #expect(server.residentBytesGrowth == 1_000_000)
        #expect(report.join.connected?.p50Milliseconds == 20 && report.join.connected?.p95Milliseconds == 21)
        #expect(report.join.firstMediaPacket?.participants == 1, "the first one found nobody")
        #expect(report.join.firstVideoPacket?.p50Milliseconds == 30)
        #expect(report.join.firstKeyframe?.p50Milliseconds == 44)
        #expect(report.playback.longestFreezeMilliseconds == 80)
        #expect(report.audioLatency?.p50Milliseconds == 2 && report.videoLatency == nil)
    }

    @Test func theJSONIsReadBack() throws {
        var report = try report()
        report.generatedAt = Date(timeIntervalSince1970: 1_700_000_000)
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        #expect(try decoder.decode(LoadReport.self, from: report.json) == report)
    }

    @Test func theTextHasEveryFigure() throws {
        var report = try report { $0.outcomes[0].streams[0].packetsLost = 3 }
        report.violations = ["too much"]
        let text = ReportText.text(of: report)
        for part in [
            "2 of 2 in", "10000 packets, 1000/s, 0.80 Mbit/s", "3 of 12003 packets", "50.00 µs per forwarded packet",
            "growth 1000000 B", "p50 20.0, p95 21.0 ms", "longest freeze 80 ms", "too much",
        ] {
            #expect(text.contains(part), "\(part) is missing in\n\(text)")
        }
    }

    @Test func aRunThatNeverBeganHasAReport() throws {
        let empty = LoadReport(profile: profile(2), options: try options(), measurement: RunMeasurement())
        #expect(empty.traffic.packetsInPerSecond == 0 && empty.server == nil && empty.join.connected == nil)
        #expect(!ReportText.text(of: empty).isEmpty)
        #expect(try !empty.json.isEmpty)
    }

    @Test func limitsAreJudged() throws {
        let limits = RunLimits(lossPercent: 0, growthBytes: 2_000_000)
        #expect(limits.violations(of: try report()).isEmpty)
        #expect(RunLimits(growthBytes: 500_000).violations(of: try report()).count == 1)
        let lossy = try report { $0.outcomes[0].streams[0].packetsLost = 1 }
        #expect(limits.violations(of: lossy).count == 1)
        #expect(RunLimits(lossPercent: 1).violations(of: lossy).isEmpty)
        #expect(RunLimits().violations(of: lossy).isEmpty)
        #expect(limits.violations(of: try report { $0.outcomes[1].streams[0].packetsLeftOut = 1 }).count == 1)
        #expect(limits.violations(of: try report { $0.outcomes[1].streams.removeLast() }).count == 1)
        #expect(limits.violations(of: try report { $0.outcomes[1].streams[1].faults = ["x"] }).count == 1)
        #expect(limits.violations(of: try report { $0.server?.isGone = true }).count == 1)
        let gone = try report { $0.participants[1]?.state = .lost(.signalLost) }
        #expect(RunLimits().violations(of: gone).count == 1)
        #expect(gone.participants.failures == [LoadFailure.signalLost.description: 1])
    }

    @Test func theBoardTellsLossFromFailure() {
        let board = RunBoard()
        let times = JoinTimes(started: Self.start)
        board.note(0, .joining, times)
        #expect(board.summary.joining == 1 && !board.summary.isHopeless)
        board.note(0, .failed(.signalLost), times)
        #expect(board.summary.isHopeless && board.summary.firstFailure == .signalLost)
        board.note(1, .ready, times)
        #expect(!board.summary.isHopeless)
        board.note(1, .failed(.signalLost), times)
        #expect(board.summary.lost == 1 && board.summary.hasLostEverybody)
    }
}
