// From what was measured to what is reported.

import Basics
import Foundation
import MediaInterface

extension LoadReport {
    init(profile: LoadProfile, options: LoadOptions, measurement: RunMeasurement) {
        generatedAt = Date()
        measuredSeconds = measurement.length.seconds
        wasInterrupted = measurement.wasInterrupted
        scenario = Scenario(profile, options)
        participants = Participants(measurement.participants, planned: profile.participants.count)
        let streams = measurement.outcomes.flatMap(\.streams)
        self.streams = Streams(
            expected: profile.expectedStreams, described: streams.count,
            flowing: streams.count { $0.firstPacketAt != nil })
        traffic = Traffic(measurement.traffic, over: measurement.length)
        delivery = Delivery(measurement, streams)
        audioLatency = Latency(measurement.audioLatency)
        videoLatency = Latency(measurement.videoLatency)
        join = Join(measurement)
        playback = Playback(measurement.outcomes, streams)
        server = measurement.server.map { Server($0, pid: options.serverPID ?? 0, measurement) }
        client = Client(measurement)
    }
}

extension LoadReport.Scenario {
    fileprivate init(_ profile: LoadProfile, _ options: LoadOptions) {
        let encodings = profile.participants.first { $0.publishesVideo }?.videoEncodings ?? []
        self.init(
            profile: profile.name, url: options.target.url, participants: profile.participants.count,
            audioPublishers: profile.audioPublishers, videoPublishers: profile.videoPublishers,
            videoLayers: encodings.count,
            videoBitrateBitsPerSecond: encodings.reduce(0) { $0 + $1.bitrateBitsPerSecond },
            mediaThreads: options.mediaThreads, seed: options.seed)
    }
}

extension LoadReport.Participants {
    init(_ entries: [Int: RunBoard.Entry], planned: Int) {
        self.init(planned: planned, ready: 0, failed: 0, lost: 0, failures: [:])
        for entry in entries.values {
            switch entry.state {
            case .joining: break
            case .ready: ready += 1
            case .failed(let failure):
                failed += 1
                failures["\(failure)", default: 0] += 1
            case .lost(let failure):
                lost += 1
                failures["\(failure)", default: 0] += 1
            }
        }
    }
}

extension LoadReport.Traffic {
    fileprivate init(_ counts: TrafficCounts, over length: Interval) {
        let perSecond = length > .zero ? 1 / length.seconds : 0
        self.init(
            packetsIn: counts.packetsIn, packetsOut: counts.packetsOut,
            packetsInPerSecond: Double(counts.packetsIn) * perSecond,
            packetsOutPerSecond: Double(counts.packetsOut) * perSecond,
            bitsInPerSecond: Double(counts.bytesIn * 8) * perSecond,
            bitsOutPerSecond: Double(counts.bytesOut * 8) * perSecond)
    }
}

extension LoadReport.Delivery {
    fileprivate init(_ measurement: RunMeasurement, _ streams: [StreamOutcome]) {
        let received = streams.reduce(0) { $0 + $1.packetsReceived }
        let lost = streams.reduce(0) { $0 + $1.packetsLost }
        self.init(
            packetsReceived: received, packetsLost: lost,
            lossPercent: received + lost > 0 ? Double(lost) * 100 / Double(received + lost) : 0,
            packetsLeftOut: streams.reduce(0) { $0 + $1.packetsLeftOut },
            packetsReordered: streams.reduce(0) { $0 + $1.reordered },
            packetsDuplicated: streams.reduce(0) { $0 + $1.duplicates },
            packetsRepaired: streams.reduce(0) { $0 + $1.repaired },
            socketOverflows: measurement.outcomes.reduce(0) { $0 + $1.overflows },
            sendRefusals: measurement.sendRefusals)
    }
}

extension LoadReport.Join {
    init(_ measurement: RunMeasurement) {
        let outcomes = Dictionary(measurement.outcomes.map { ($0.participant, $0) }) { first, _ in first }
        var signalOpen: [Double] = []
        var connected: [Double] = []
        var media: [Double] = []
        var video: [Double] = []
        var keyframe: [Double] = []
        for (participant, entry) in measurement.participants {
            let times = entry.times
            func note(_ time: MonotonicTime?, in list: inout [Double]) {
                if let time { list.append((time - times.started).milliseconds) }
            }
            note(times.signalOpened, in: &signalOpen)
            note(times.connected, in: &connected)
            let streams = outcomes[participant]?.streams ?? []
            if times.audioTracksAtJoin + times.videoTracksAtJoin > 0 {
                note(streams.compactMap(\.firstPacketAt).min(), in: &media)
            }
            if times.videoTracksAtJoin > 0 {
                note(streams.lazy.filter { $0.kind == .video }.compactMap(\.firstPacketAt).min(), in: &video)
                note(streams.compactMap(\.firstKeyframeAt).min(), in: &keyframe)
            }
        }
        self.init(
            signalOpen: .init(milliseconds: signalOpen), connected: .init(milliseconds: connected),
            firstMediaPacket: .init(milliseconds: media), firstVideoPacket: .init(milliseconds: video),
            firstKeyframe: .init(milliseconds: keyframe))
    }
}

extension LoadReport.Playback {
    fileprivate init(_ outcomes: [PeerOutcome], _ streams: [StreamOutcome]) {
        let faults = streams.flatMap(\.faults)
        func longest(_ kind: MediaKind) -> Double {
            streams.lazy.filter { $0.kind == kind }.map(\.longestGap.milliseconds).max() ?? 0
        }
        self.init(
            framesDecoded: streams.reduce(0) { $0 + $1.framesDecoded },
            framesUndecodable: streams.reduce(0) { $0 + $1.framesUndecodable },
            longestFreezeMilliseconds: longest(.video), longestAudioGapMilliseconds: longest(.audio),
            keyframeRequestsReceived: outcomes.reduce(0) { $0 + $1.keyframeRequests },
            retransmissionRequestsReceived: outcomes.reduce(0) { $0 + $1.retransmissionRequests },
            transportFeedbacksReceived: outcomes.reduce(0) { $0 + $1.transportFeedbacks },
            faults: Array(faults.prefix(LoadLimits.reportedFaults)), faultCount: faults.count)
    }
}

extension LoadReport.Server {
    fileprivate init(_ measured: ServerMeasurement, pid: Int32, _ measurement: RunMeasurement) {
        let length = (measured.last.time - measured.first.time).seconds
        let cpu = (measured.last.cpu - measured.first.cpu).seconds
        let packetsPerSecond =
            measurement.length > .zero ? Double(measurement.traffic.packetsIn) / measurement.length.seconds : 0
        // Rates, not counts: the two samples of the process and of the packets are not taken at the same instant.
        func perPacket(_ count: Double) -> Double? {
            length > 0 && packetsPerSecond > 0 ? count / length / packetsPerSecond : nil
        }
        self.init(
            pid: pid, cpuPercentOfOneCore: length > 0 ? cpu / length * 100 : 0,
            cpuMicrosecondsPerForwardedPacket: perPacket(cpu * 1_000_000), threads: measured.last.threads,
            contextSwitchesPerForwardedPacket: perPacket(
                // Those of threads that have ended are gone with them.
                Double(max(0, measured.last.contextSwitches - measured.first.contextSwitches))),
            residentBytesAtStart: measured.first.residentBytes, residentBytesSettled: measured.settled.residentBytes,
            residentBytesAtEnd: measured.last.residentBytes, residentBytesPeak: measured.peakResidentBytes,
            residentBytesGrowth: measured.last.residentBytes - measured.settled.residentBytes,
            isGone: measured.isGone)
    }
}

extension LoadReport.Client {
    fileprivate init(_ measurement: RunMeasurement) {
        let seconds = measurement.length.seconds
        let packets = measurement.traffic.packetsIn + measurement.traffic.packetsOut
        self.init(
            cpuPercentOfOneCore: seconds > 0 ? measurement.ownCPU.seconds / seconds * 100 : 0,
            cpuMicrosecondsPerPacket: packets > 0 ? measurement.ownCPU.seconds * 1_000_000 / Double(packets) : nil)
    }
}
