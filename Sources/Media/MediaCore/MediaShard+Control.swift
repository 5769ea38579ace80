// RTCP from clients, and the feedback and reports that go to them.

internal import Basics
internal import CongestionControl
internal import Forwarding
internal import MediaInterface
internal import RTP

extension MediaShard {
    mutating func receiveRTCP(
        _ datagram: inout MutableSpan<UInt8>, from source: SocketAddress, at now: MonotonicTime,
        into outbox: inout Outbox
    ) {
        guard let peer = knownPeer(at: source), let count = peers[peer].openRTCP(&datagram, drops: &statistics.drops)
        else { return }
        let compound = datagram.span.extracting(first: count)
        guard rooms.contains(peers[peer].room) else { return }
        var cursor = RTCPCursor()
        while let packet = cursor.next(in: compound) {
            take(packet.message(in: compound), compound, from: peer, at: now, into: &outbox)
        }
        if cursor.isMalformed { statistics.drops.malformedRTCP += 1 }
        schedule(peer, at: now)
    }

    private mutating func take(
        _ message: RTCPMessage, _ compound: Span<UInt8>, from peer: SlotHandle, at now: MonotonicTime,
        into outbox: inout Outbox
    ) {
        switch message {
        case .senderReport(let report):
            takeSenderInfo(report.info, from: peer, at: now)
            takeReports(report.reports, compound, from: peer, at: now)
        case .receiverReport(let reports): takeReports(reports, compound, from: peer, at: now)
        case .nack(var nack):
            statistics.nacksReceived += 1
            takeNACK(&nack, compound, from: peer, at: now, into: &outbox)
        case .pictureLossIndication(let request): takeKeyframeRequest(request.mediaSSRC, from: peer, at: now)
        case .fullIntraRequest(let request):
            for index in 0..<request.count {
                takeKeyframeRequest(request.entry(index, in: compound).ssrc, from: peer, at: now)
            }
        case .malformed: statistics.drops.malformedRTCP += 1
        case .transportFeedback(let feedback): peers[peer].downlink.receive(feedback, in: compound, at: now)
        case .bitrateEstimate(let estimate):
            peers[peer].downlink.receiveEstimate(bitrateBitsPerSecond: estimate.bitrateBitsPerSecond, at: now)
        // Names, goodbyes and the rest need no action: signaling says who is here.
        case .sourceDescription, .goodbye, .extendedReport, .other: break
        }
    }

    private mutating func takeSenderInfo(_ info: SenderInfo, from peer: SlotHandle, at now: MonotonicTime) {
        guard let stream = peers[peer].streams.stream(ofSSRC: info.ssrc) else { return }
        let room = peers[peer].room
        guard !stream.isRetransmission, rooms[room].tracks.contains(stream.track) else { return }
        rooms[room].tracks[stream.track].track.noteSenderReport(
            info.ntpTime, rtpTimestamp: info.rtpTimestamp, encoding: stream.encoding, at: now)
    }

    private mutating func takeReports(
        _ reports: ReportBlocks, _ compound: Span<UInt8>, from peer: SlotHandle, at now: MonotonicTime
    ) {
        let room = peers[peer].room
        for index in 0..<reports.count {
            let block = reports.block(index, in: compound)
            guard let handle = peers[peer].streams.subscription(ofSSRC: block.ssrc),
                rooms[room].subscriptions.contains(handle)
            else { continue }
            let roundTrip = rooms[room].subscriptions[handle].subscription.noteReceiverReport(
                block, at: now)
            if let roundTrip { peers[peer].noteRoundTrip(roundTrip) }
            peers[peer].downlink.receiveReport(fractionLost: block.fractionLost, roundTrip: roundTrip, at: now)
        }
    }

    private mutating func takeKeyframeRequest(_ ssrc: UInt32, from peer: SlotHandle, at now: MonotonicTime) {
        let room = peers[peer].room
        guard let handle = peers[peer].streams.subscription(ofSSRC: ssrc), rooms[room].subscriptions.contains(handle)
        else {
            statistics.drops.unknownSSRC += 1
            return
        }
        statistics.keyframeRequestsReceived += 1
        rooms[room].subscriptions[handle].subscription.noteKeyframeRequest(at: now)
        guard let encoding = rooms[room].subscriptions[handle].subscription.wantedKeyframe else { return }
        let track = rooms[room].subscriptions[handle].track
        guard rooms[room].tracks.contains(track) else { return }
        rooms[room].tracks[track].track.requestKeyframe(encoding: encoding, isUrgent: true, at: now)
        schedule(rooms[room].tracks[track].publisher, at: now)
    }

    private mutating func takeNACK(
        _ nack: inout GenericNACK, _ compound: Span<UInt8>, from peer: SlotHandle, at now: MonotonicTime,
        into outbox: inout Outbox
    ) {
        let room = peers[peer].room
        guard let handle = peers[peer].streams.subscription(ofSSRC: nack.mediaSSRC),
            rooms[room].subscriptions.contains(handle)
        else {
            statistics.drops.unknownSSRC += 1
            return
        }
        let track = rooms[room].subscriptions[handle].track
        guard rooms[room].tracks.contains(track), peers[peer].canSend,
            // What the network could not carry is not wanted any more.
            rooms[room].subscriptions[handle].subscription.wantsRepairs
        else { return }
        while let sequence = nack.next(in: compound) {
            Self.retransmit(
                sequence, subscription: handle, track: track, in: &rooms[room], to: &peers[peer], slot: peer.index,
                statistics: &statistics, at: now, into: &outbox)
        }
    }

    private static func retransmit(
        _ sequence: UInt16, subscription handle: SlotHandle, track: SlotHandle, in room: inout MediaRoom,
        to peer: inout PeerTransport, slot: UInt32, statistics: inout MediaStatistics, at now: MonotonicTime,
        into outbox: inout Outbox
    ) {
        let extensions = peer.extensions
        guard
            let plan = room.subscriptions[handle].subscription.retransmission(
                of: sequence, roundTrip: peer.roundTrip, extensions: extensions, at: now,
                track: room.tracks[track].track)
        else { return }
        if room.subscriptions[handle].kind == .video,
            !peer.downlink.mayRepeat(byteCount: plan.packet.payload.count + DownlinkLimits.overheadBytes, at: now)
        {
            return
        }
        let sent = outbox.append(
            peer: slot, destination: peer.destination, seal: plan.isRepetition ? .srtpAgain : .srtp,
            capacity: plan.packet.payload.count + plan.original.redundancyByteCount + PeerLimits.headerBytes
        ) { span in
            let written = room.subscriptions[handle].subscription.write(
                plan, from: room.tracks[track].track, extensions: extensions, at: now, into: &span)
            return written.map { peer.stamp($0, .retransmission, at: now, in: &span) }
        }
        if sent { statistics.packetsRetransmitted += 1 } else { statistics.drops.overLimit += 1 }
    }
}

// MARK: - Feedback and reports

extension MediaShard {
    /// Rounds a deadline up, so that one wake-up serves many peers, and queues it.
    mutating func schedule(_ peer: SlotHandle, at now: MonotonicTime) {
        guard let deadline = deadline(of: peer) else { return }
        let step = ShardTiming.granularity.nanoseconds
        // Strictly later than now, so that work which makes no progress cannot hold the loop.
        let earliest = max(deadline.nanoseconds, now.nanoseconds + 1)
        deadlines.schedule(peer, at: MonotonicTime(nanoseconds: (earliest + step - 1) / step * step))
    }

    private func deadline(of peer: SlotHandle) -> MonotonicTime? {
        var earliest = peers[peer].nextDeadline ?? .distantFuture
        let room = peers[peer].room
        guard rooms.contains(room) else { return nil }
        for track in peers[peer].streams.tracks where rooms[room].tracks.contains(track) {
            if let due = rooms[room].tracks[track].track.nextDeadline { earliest = min(earliest, due) }
        }
        return earliest == .distantFuture ? nil : earliest
    }

    /// All that is due for one peer.
    mutating func servePeer(_ peer: SlotHandle, at now: MonotonicTime, into outbox: inout Outbox) {
        if let failure = peers[peer].advance(to: now) {
            outbox.tell(.peerFailed(peers[peer].id, failure))
        }
        dropExpiredAddresses(of: peer)
        tellData(peer, into: &outbox)
        sendTransport(peer, into: &outbox)
        if peers[peer].canSend {
            let room = peers[peer].room
            Self.sendFeedback(
                to: &peers[peer], slot: peer.index, room: &rooms[room], statistics: &statistics, at: now, into: &outbox)
            serveDownlink(peer, at: now, into: &outbox)
            if peers[peer].quality.isDue(at: now) { tellQuality(of: peer, at: now, into: &outbox) }
            if peers[peer].senderReportsDue(at: now) {
                Self.sendReports(
                    to: &peers[peer], slot: peer.index, room: &rooms[room], clock: clock, at: now, into: &outbox)
            }
        }
        schedule(peer, at: now)
    }

    /// Transport-wide feedback, and per track NACK, keyframe requests and receiver reports.
    private static func sendFeedback(
        to peer: inout PeerTransport, slot: UInt32, room: inout MediaRoom, statistics: inout MediaStatistics,
        at now: MonotonicTime, into outbox: inout Outbox
    ) {
        for track in peer.streams.tracks where room.tracks.contains(track) {
            guard let due = room.tracks[track].track.nextDeadline, due <= now else { continue }
            let before = room.tracks[track].track.statistics
            let senderSSRC = peer.reportSSRC
            let roundTrip = peer.roundTrip
            _ = outbox.append(
                peer: slot, destination: peer.destination, seal: .srtcp, capacity: PeerLimits.compoundBytes
            ) { span in
                let count = room.tracks[track].track.writeFeedback(
                    senderSSRC: senderSSRC, roundTrip: roundTrip, at: now, into: &span)
                return count > 0 ? count : nil
            }
            let after = room.tracks[track].track.statistics
            statistics.nacksSent += after.nacksSent - before.nacksSent
            statistics.keyframeRequestsSent += after.keyframeRequestsSent - before.keyframeRequestsSent
        }
        while peer.transportFeedbackIsDue(at: now) {
            let sent = outbox.append(
                peer: slot, destination: peer.destination, seal: .srtcp, capacity: PeerLimits.compoundBytes
            ) { span in peer.writeTransportFeedback(at: now, into: &span) }
            guard sent else { break }
        }
    }

    /// One sender report per subscription, as many to a compound as fit.
    private static func sendReports(
        to peer: inout PeerTransport, slot: UInt32, room: inout MediaRoom, clock: NTPClock, at now: MonotonicTime,
        into outbox: inout Outbox
    ) {
        let subscriptions = peer.streams.subscriptions
        var next = 0
        while next < subscriptions.count {
            let first = next
            _ = outbox.append(
                peer: slot, destination: peer.destination, seal: .srtcp, capacity: PeerLimits.compoundBytes
            ) { span in
                var writer = RTCPWriter()
                while next < subscriptions.count {
                    let handle = subscriptions[next]
                    guard room.subscriptions.contains(handle) else {
                        next += 1
                        continue
                    }
                    let track = room.subscriptions[handle].track
                    guard room.tracks.contains(track),
                        let report = room.subscriptions[handle].subscription.senderReport(
                            clock: clock, at: now, track: room.tracks[track].track)
                    else {
                        next += 1
                        continue
                    }
                    guard writer.append(report, into: &span) else { break }
                    next += 1
                }
                return writer.count > 0 ? writer.count : nil
            }
            // A full outbox takes nothing: the reports come again in a second.
            if next == first { return }
        }
    }
}

extension RTCPWriter {
    /// Appends a sender report without blocks; false when it does not fit.
    fileprivate mutating func append(_ report: SenderInfo, into buffer: inout MutableSpan<UInt8>) -> Bool {
        appendSenderReport(report, blocks: Span(), into: &buffer)
    }
}
