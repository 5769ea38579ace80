// The report of a run: what stands in the JSON file, and what the terminal shows. Units stand in the names.

import Basics
import Foundation

struct LoadReport: Codable, Hashable, Sendable {
    struct Scenario: Codable, Hashable, Sendable {
        var profile: String
        var url: String
        var participants: Int
        var audioPublishers: Int
        var videoPublishers: Int
        var videoLayers: Int
        var videoBitrateBitsPerSecond: Int
        var mediaThreads: Int
        var seed: UInt64
    }

    struct Participants: Codable, Hashable, Sendable {
        var planned: Int
        /// In until the end.
        var ready: Int
        var failed: Int
        var lost: Int
        /// Sentences, each once, with how often.
        var failures: [String: Int]
    }

    struct Streams: Codable, Hashable, Sendable {
        /// When everybody is subscribed to everything.
        var expected: Int
        /// Described by the server.
        var described: Int
        /// Carried at least one packet.
        var flowing: Int
    }

    /// In the measured time; RTP packets and whole datagrams.
    struct Traffic: Codable, Hashable, Sendable {
        var packetsIn: Int
        var packetsOut: Int
        var packetsInPerSecond: Double
        var packetsOutPerSecond: Double
        var bitsInPerSecond: Double
        var bitsOutPerSecond: Double
    }

    /// Over the whole run, from the first packet of each stream.
    struct Delivery: Codable, Hashable, Sendable {
        var packetsReceived: Int
        /// By sequence numbers, after repair.
        var packetsLost: Int
        var lossPercent: Double
        /// Never numbered by the server, though the publisher sent them.
        var packetsLeftOut: Int
        var packetsReordered: Int
        var packetsDuplicated: Int
        /// Came as retransmissions.
        var packetsRepaired: Int
        /// Of the lost ones, those that this machine dropped because this tool was too slow to take them.
        var socketOverflows: Int
        /// Of what was to be sent, what the kernel did not take.
        var sendRefusals: Int
    }

    struct Latency: Codable, Hashable, Sendable {
        var packets: UInt64
        var p50Milliseconds: Double
        var p99Milliseconds: Double
        var p999Milliseconds: Double
        var largestMilliseconds: Double

        init?(_ histogram: LatencyHistogram) {
            guard let p50 = histogram.percentile(0.5), let p99 = histogram.percentile(0.99),
                let p999 = histogram.percentile(0.999)
            else { return nil }
            packets = histogram.count
            p50Milliseconds = p50.milliseconds
            p99Milliseconds = p99.milliseconds
            p999Milliseconds = p999.milliseconds
            largestMilliseconds = histogram.largest.milliseconds
        }
    }

    /// From the begin of the connection to the server.
    struct JoinStep: Codable, Hashable, Sendable {
        var participants: Int
        var p50Milliseconds: Double
        var p95Milliseconds: Double

        init?(milliseconds: [Double]) {
            guard let p50 = Percentiles.nearestRank(milliseconds, 0.5),
                let p95 = Percentiles.nearestRank(milliseconds, 0.95)
            else { return nil }
            participants = milliseconds.count
            p50Milliseconds = p50
            p95Milliseconds = p95
        }
    }

    struct Join: Codable, Hashable, Sendable {
        /// The WebSocket was open.
        var signalOpen: JoinStep?
        /// ICE and DTLS stood.
        var connected: JoinStep?
        /// Of those who found tracks of others.
        var firstMediaPacket: JoinStep?
        /// Of those who found video of others.
        var firstVideoPacket: JoinStep?
        /// A whole keyframe was there; of those who found video of others.
        var firstKeyframe: JoinStep?
    }

    struct Playback: Codable, Hashable, Sendable {
        var framesDecoded: Int
        var framesUndecodable: Int
        /// Longest time between two decoded frames of a stream.
        var longestFreezeMilliseconds: Double
        /// Longest time between two audio packets of a stream.
        var longestAudioGapMilliseconds: Double
        var keyframeRequestsReceived: Int
        var retransmissionRequestsReceived: Int
        var transportFeedbacksReceived: Int
        /// What was wrong with streams themselves, the first few.
        var faults: [String]
        var faultCount: Int
    }

    struct Server: Codable, Hashable, Sendable {
        var pid: Int32
        var cpuPercentOfOneCore: Double
        /// Nil when nothing was forwarded.
        var cpuMicrosecondsPerForwardedPacket: Double?
        var threads: Int
        var contextSwitchesPerForwardedPacket: Double?
        var residentBytesAtStart: Int
        /// After 20 s, or a third of a shorter measurement.
        var residentBytesSettled: Int
        var residentBytesAtEnd: Int
        var residentBytesPeak: Int
        var residentBytesGrowth: Int
        var isGone: Bool
    }

    struct Client: Codable, Hashable, Sendable {
        var cpuPercentOfOneCore: Double
        var cpuMicrosecondsPerPacket: Double?
    }

    var generatedAt: Date
    var measuredSeconds: Double
    var wasInterrupted: Bool
    var scenario: Scenario
    var participants: Participants
    var streams: Streams
    var traffic: Traffic
    var delivery: Delivery
    var audioLatency: Latency?
    var videoLatency: Latency?
    var join: Join
    var playback: Playback
    var server: Server?
    var client: Client
    /// What the limits given on the command line say; empty when the run passed.
    var violations: [String] = []
}

extension LoadReport {
    /// Indented, with sorted keys.
    var json: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            encoder.dateEncodingStrategy = .iso8601
            return try encoder.encode(self)
        }
    }
}
