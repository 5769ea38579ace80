// One packet, from a publisher's transport to the outbox.

internal import Basics
internal import CongestionControl
internal import Forwarding
internal import MediaInterface
internal import RTP
internal import SecureTransport

extension MediaShard {
    mutating func receiveRTP(
        _ datagram: inout MutableSpan<UInt8>, from source: SocketAddress, at now: MonotonicTime,
        into outbox: inout Outbox
    ) {
        guard let peer = knownPeer(at: source), let count = peers[peer].openRTP(&datagram, drops: &statistics.drops)
        else { return }
        let packet = datagram.span.extracting(first: count)
        guard let header = try? RTPHeader(parsing: packet) else {
            statistics.drops.malformedRTP += 1
            return
        }
        if peers[peer].noteArrival(packet, header, at: now) { schedule(peer, at: now) }
        guard let stream = stream(of: header, packet, peer: peer) else {
            statistics.drops.unknownSSRC += 1
            return
        }
        let room = peers[peer].room
        guard rooms.contains(room) else { return }
        let wakes = Self.route(
            packet, header, stream, publisher: peer, in: &rooms[room], peers: &peers, waiting: &waitingPeers,
            statistics: &statistics, at: now, into: &outbox)
        if wakes { schedule(peer, at: now) }
        scheduleWaiting(at: now)
    }

    /// Those whose pictures have begun to wait for the pacer.
    @inline(__always) private mutating func scheduleWaiting(at now: MonotonicTime) {
        guard !waitingPeers.isEmpty else { return }
        for peer in waitingPeers { schedule(peer, at: now) }
        waitingPeers.removeAll(keepingCapacity: true)
    }

    /// The stream that a packet belongs to; an unknown SSRC is learnt from its mid and rid (RFC 8843 section 9.2,
    /// RFC 8852).
    private mutating func stream(of header: RTPHeader, _ packet: Span<UInt8>, peer: SlotHandle) -> ReceivedStream? {
        if let known = peers[peer].streams.stream(ofSSRC: header.ssrc) { return known }
        let room = peers[peer].room
        let extensions = peers[peer].extensions
        guard rooms.contains(room),
            let stream = peers[peer].streams.learn(header, packet, extensions: extensions)
        else { return nil }
        guard rooms[room].tracks.contains(stream.track) else { return nil }
        rooms[room].tracks[stream.track].track.bind(
            ssrc: header.ssrc, encoding: stream.encoding, isRetransmission: stream.isRetransmission)
        return stream
    }

    /// Takes a packet into its track and plans it for every subscription.
    ///
    /// - Returns: true when the track has feedback due sooner than before
    private static func route(
        _ packet: Span<UInt8>, _ header: RTPHeader, _ stream: ReceivedStream, publisher: SlotHandle,
        in room: inout MediaRoom, peers: inout SlotMap<PeerTransport>, waiting: inout [SlotHandle],
        statistics: inout MediaStatistics, at now: MonotonicTime, into outbox: inout Outbox
    ) -> Bool {
        guard room.tracks.contains(stream.track) else { return false }
        let before = room.tracks[stream.track].track.nextDeadline
        guard
            let accepted = room.tracks[stream.track].track.accept(
                packet, header, encoding: stream.encoding, isRetransmission: stream.isRetransmission,
                extensions: peers[publisher].extensions, at: now)
        else { return room.tracks[stream.track].track.nextDeadline.isSooner(than: before) }

        if room.tracks[stream.track].kind == .audio {
            noteLevel(
                packet, header, id: peers[publisher].extensions.audioLevel, of: &room.tracks[stream.track], at: now)
        }
        tellStart(accepted, of: &room.tracks[stream.track], into: &outbox)
        while let recovered = room.tracks[stream.track].track.nextRecovered() {
            forward(
                recovered, of: stream.track, in: &room, peers: &peers, waiting: &waiting, statistics: &statistics,
                at: now, into: &outbox)
        }
        forward(
            accepted, of: stream.track, in: &room, peers: &peers, waiting: &waiting, statistics: &statistics, at: now,
            into: &outbox)
        return room.tracks[stream.track].track.nextDeadline.isSooner(than: before)
    }

    /// Forwards a packet to all subscribers of its track.
    @inline(__always) private static func forward(
        _ packet: AcceptedPacket, of track: SlotHandle, in room: inout MediaRoom, peers: inout SlotMap<PeerTransport>,
        waiting: inout [SlotHandle], statistics: inout MediaStatistics, at now: MonotonicTime,
        into outbox: inout Outbox
    ) {
        for index in 0..<room.tracks[track].subscribers.count {
            let handle = room.tracks[track].subscribers[index]
            forward(
                packet, to: &room.subscriptions[handle], handle, of: &room.tracks[track].track, peers: &peers,
                waiting: &waiting, statistics: &statistics, at: now, into: &outbox)
        }
    }

    /// Forwards a packet, and where it starts a run behind newer ones, those too.
    private static func forward(
        _ packet: AcceptedPacket, to routed: inout RoutedSubscription, _ handle: SlotHandle,
        of track: inout PublishedTrack, peers: inout SlotMap<PeerTransport>, waiting: inout [SlotHandle],
        statistics: inout MediaStatistics, at now: MonotonicTime, into outbox: inout Outbox
    ) {
        let startsRun = forwardOne(
            packet, to: &routed, handle, of: &track, peers: &peers, waiting: &waiting, statistics: &statistics, at: now,
            into: &outbox)
        guard startsRun, packet.isLate else { return }
        forwardStored(
            from: track.nextStored(after: packet), to: &routed, handle, of: &track, peers: &peers, waiting: &waiting,
            statistics: &statistics, at: now, into: &outbox)
    }

    /// Forwards a stored packet and all newer ones of its encoding.
    private static func forwardStored(
        from first: AcceptedPacket?, to routed: inout RoutedSubscription, _ handle: SlotHandle,
        of track: inout PublishedTrack, peers: inout SlotMap<PeerTransport>, waiting: inout [SlotHandle],
        statistics: inout MediaStatistics, at now: MonotonicTime, into outbox: inout Outbox
    ) {
        var next = first
        while let packet = next {
            _ = forwardOne(
                packet, to: &routed, handle, of: &track, peers: &peers, waiting: &waiting, statistics: &statistics,
                at: now, into: &outbox)
            next = track.nextStored(after: packet)
        }
    }

    /// Gives a subscription that waits for its start the newest keyframe and all that came since, where that is little.
    mutating func replayGroup(
        to place: ShardDirectory.SubscriptionPlace, at now: MonotonicTime, into outbox: inout Outbox
    ) {
        Self.replayGroup(
            to: place.subscription, in: &rooms[place.room], peers: &peers, waiting: &waitingPeers,
            statistics: &statistics, at: now, into: &outbox)
        scheduleWaiting(at: now)
    }

    private static func replayGroup(
        to handle: SlotHandle, in room: inout MediaRoom, peers: inout SlotMap<PeerTransport>,
        waiting: inout [SlotHandle], statistics: inout MediaStatistics, at now: MonotonicTime,
        into outbox: inout Outbox
    ) {
        let peer = room.subscriptions[handle].peer
        let track = room.subscriptions[handle].track
        guard peers.contains(peer), peers[peer].canSend, room.tracks.contains(track) else { return }
        forwardStored(
            from: room.subscriptions[handle].subscription.groupToStart(of: room.tracks[track].track, at: now),
            to: &room.subscriptions[handle], handle, of: &room.tracks[track].track, peers: &peers, waiting: &waiting,
            statistics: &statistics, at: now, into: &outbox)
    }

    /// Plans one packet for one subscription and writes it for its peer, or lets it wait for its turn.
    ///
    /// - Returns: true when it is the first of a run
    @inline(__always) private static func forwardOne(
        _ packet: AcceptedPacket, to routed: inout RoutedSubscription, _ handle: SlotHandle,
        of track: inout PublishedTrack, peers: inout SlotMap<PeerTransport>, waiting: inout [SlotHandle],
        statistics: inout MediaStatistics, at now: MonotonicTime, into outbox: inout Outbox
    ) -> Bool {
        // Before the transport stands nothing is planned: a keyframe that cannot be sent would be used up.
        guard peers.contains(routed.peer), peers[routed.peer].canSend else { return false }
        let plan = routed.subscription.plan(packet, of: track)
        if let encoding = routed.subscription.wantedKeyframe {
            track.requestKeyframe(encoding: encoding, isUrgent: routed.subscription.wantsKeyframeForLoss, at: now)
        }
        guard let plan else { return false }
        if routed.kind == .video, !plan.isFiller, peers[routed.peer].downlink.mustWait(at: now) {
            if peers[routed.peer].downlink.queue.isEmpty { waiting.append(routed.peer) }
            let place = PacedPacket(subscription: handle, outgoing: plan.extendedSequence, queuedAt: now)
            if !peers[routed.peer].downlink.queue.append(place) {
                routed.subscription.abandon(plan.extendedSequence)
                statistics.drops.pacerFull += 1
            }
            return plan.startsRun
        }
        send(
            plan, packet, of: track, to: &routed, &peers[routed.peer], statistics: &statistics, at: now, into: &outbox)
        return plan.startsRun
    }

    private static func noteLevel(
        _ packet: Span<UInt8>, _ header: RTPHeader, id: UInt8, of routed: inout RoutedTrack, at now: MonotonicTime
    ) {
        guard id != 0, let range = header.range(ofExtension: id, in: packet),
            let level = AudioLevel(at: range, in: packet)
        else { return }
        routed.meter.note(attenuationDecibels: level.attenuationDecibels, at: now)
    }

    private static func tellStart(_ packet: AcceptedPacket, of routed: inout RoutedTrack, into outbox: inout Outbox) {
        let bit: UInt8 = 1 << (packet.encoding & 7)
        guard routed.startedEncodings & bit == 0 else { return }
        routed.startedEncodings |= bit
        outbox.tell(.encodingStarted(routed.id, spatialLayer: packet.encoding, payloadType: packet.payloadType))
    }

    /// Tells the loud tracks of each room.
    mutating func reportLevels(at now: MonotonicTime, into outbox: inout Outbox) {
        for index in 0..<rooms.slotCount {
            guard let handle = rooms.handle(at: index) else { continue }
            if let levels = rooms[handle].levels(at: now) { outbox.tell(.audioLevels(rooms[handle].id, levels)) }
        }
    }
}

extension MediaRoom {
    /// The tracks above the noise floor; nil when there is nothing to tell. Notes who speaks.
    mutating func levels(at now: MonotonicTime) -> [TrackLevel]? {
        var levels: [TrackLevel] = []
        var loudest: Float = 0
        var candidate: SlotHandle?
        for index in 0..<tracks.slotCount {
            guard let handle = tracks.handle(at: index), tracks[handle].kind == .audio else { continue }
            let level = tracks[handle].meter.report(at: now)
            guard level > 0, !tracks[handle].isMuted else { continue }
            levels.append(TrackLevel(track: tracks[handle].id, level: level))
            if level > loudest {
                loudest = level
                candidate = tracks[handle].publisher
            }
        }
        noteSpeaker(candidate, at: now)
        if levels.isEmpty, !reportsSpeech { return nil }
        reportsSpeech = !levels.isEmpty
        return levels
    }

    /// Another speaker takes over only when the former has not been loudest for a while: coughs change no layers.
    private mutating func noteSpeaker(_ candidate: SlotHandle?, at now: MonotonicTime) {
        guard let candidate else { return }
        if candidate == speaker || speaker == nil || now - speakerSince > ShardTiming.speakerHold {
            speaker = candidate
            speakerSince = now
        }
    }
}

extension MonotonicTime? {
    /// True when a deadline has appeared or has moved forward.
    func isSooner(than other: MonotonicTime?) -> Bool { (self ?? .distantFuture) < (other ?? .distantFuture) }
}
