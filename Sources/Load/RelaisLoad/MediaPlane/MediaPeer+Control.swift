// RTCP of one participant, both ways (RFC 3550 section 6, RFC 4585).

import Basics
import CongestionControl
import RTP
import SyntheticPeer

extension MediaPeer {
    // MARK: From the server

    func receiveRTCP(_ compound: Span<UInt8>, at now: MonotonicTime) {
        var cursor = RTCPCursor()
        while let packet = cursor.next(in: compound) {
            switch packet.message(in: compound) {
            case .pictureLossIndication(let request): requestKeyframe(request.mediaSSRC)
            case .fullIntraRequest(let request):
                for index in 0..<request.count { requestKeyframe(request.entry(index, in: compound).ssrc) }
            case .nack(var nack):
                while let missing = nack.next(in: compound) { retransmit(missing, of: nack.mediaSSRC) }
            case .transportFeedback: transportFeedbacks += 1
            case .senderReport(let report):
                if let position = position(of: report.info.ssrc) {
                    streams[position].reception.noteSenderReport(report.info.ntpTime, at: now)
                }
            default: break
            }
        }
    }

    private func requestKeyframe(_ ssrc: UInt32) {
        keyframeRequests += 1
        for index in videoSources.indices where videoSources[index].ssrc == ssrc {
            videoSources[index].requestKeyframe()
        }
    }

    private func retransmit(_ missing: UInt16, of ssrc: UInt32) {
        retransmissionRequests += 1
        for index in videoSources.indices where videoSources[index].ssrc == ssrc {
            if let packet = videoSources[index].retransmission(of: missing, transportSequence: &transportSequence) {
                transport.sendRTP(packet)
            }
        }
    }

    // MARK: To the server

    private static let feedbackInterval = Interval.milliseconds(20)
    private static let reportInterval = Interval.seconds(1)
    private static let compoundBytes = 1_200

    func sendFeedback(at now: MonotonicTime) {
        if now >= feedbackDue {
            feedbackDue = now + Self.feedbackInterval
            for index in streams.indices where streams[index].video != nil && !streams[index].isRetired {
                askForRepair(ofStream: index, at: now)
            }
            sendTransportFeedback(at: now)
        }
        if now >= reportDue {
            reportDue = now + Self.reportInterval
            sendSenderReports(at: now)
            sendReceiverReports(at: now)
        }
    }

    /// What identifies this participant where it only receives.
    private var ownSSRC: UInt32 { audioSources.first?.ssrc ?? videoSources.first?.ssrc ?? 1 }

    private func askForRepair(ofStream index: Int, at now: MonotonicTime) {
        guard var video = streams[index].video else { return }
        let hasGaps = video.nextDeadline != nil
        let wantsKeyframe = video.wantsKeyframe(at: now)
        guard hasGaps || wantsKeyframe else { return }
        let missing = hasGaps ? video.dueNACKs(roundTrip: .milliseconds(20), at: now) : []
        streams[index].video = video
        write { writer, span in
            if !missing.isEmpty { _ = writer.appendNACK(missing.span, from: ownSSRC, about: video.ssrc, into: &span) }
            if wantsKeyframe { _ = writer.appendPictureLossIndication(from: ownSSRC, about: video.ssrc, into: &span) }
        }
    }

    private func sendTransportFeedback(at now: MonotonicTime) {
        guard let due = feedback.nextDeadline, due <= now, let media = streams.first?.incoming.ssrc else { return }
        write { writer, span in
            _ = feedback.write(from: ownSSRC, about: media, at: now, to: &writer, into: &span)
        }
    }

    private func sendSenderReports(at now: MonotonicTime) {
        for source in audioSources {
            sendSenderReport(source.ssrc, source.timestamp(at: now), source.packetsSent, source.octetsSent, at: now)
        }
        for source in videoSources {
            sendSenderReport(source.ssrc, source.timestamp(at: now), source.packetsSent, source.octetsSent, at: now)
        }
    }

    private func sendSenderReport(
        _ ssrc: UInt32, _ timestamp: UInt32, _ packets: UInt32, _ octets: UInt32, at now: MonotonicTime
    ) {
        guard packets > 0 else { return }
        let info = SenderInfo(
            ssrc: ssrc, ntpTime: clock.time(at: now), rtpTimestamp: timestamp, packetCount: packets,
            octetCount: octets)
        write { writer, span in _ = writer.appendSenderReport(info, blocks: Span(), into: &span) }
    }

    private func sendReceiverReports(at now: MonotonicTime) {
        var blocks: [ReportBlock] = []
        for index in streams.indices where !streams[index].isRetired {
            let ssrc = streams[index].incoming.ssrc
            if let block = streams[index].reception.takeReport(ssrc: ssrc, at: now) { blocks.append(block) }
        }
        var start = 0
        while start < blocks.count {
            let part = Array(blocks[start..<min(start + RTCPWriter.maximumReportBlocks, blocks.count)])
            write { writer, span in _ = writer.appendReceiverReport(from: ownSSRC, blocks: part.span, into: &span) }
            start += part.count
        }
    }

    /// Sends one compound.
    private func write(_ body: (inout RTCPWriter, inout MutableSpan<UInt8>) -> Void) {
        var bytes = [UInt8](repeating: 0, count: Self.compoundBytes)
        var writer = RTCPWriter()
        var span = bytes.mutableSpan
        body(&writer, &span)
        guard writer.count > 0 else { return }
        transport.sendRTCP(Array(bytes[..<writer.count]))
    }
}
