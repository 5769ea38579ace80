// What a client's network carries, spent: layers, the pacer's queue, probes.

internal import Basics
internal import CongestionControl
internal import Forwarding
internal import MediaInterface
internal import RTP

extension MediaShard {
    /// Something changed in what a peer watches: layers are shared anew soon, once for all changes of the moment.
    mutating func wantAllocation(of peer: SlotHandle, at now: MonotonicTime) {
        guard peers.contains(peer) else { return }
        peers[peer].downlink.wantAllocation(at: now)
        schedule(peer, at: now)
    }

    /// All that is due on the way to a peer.
    mutating func serveDownlink(_ peer: SlotHandle, at now: MonotonicTime, into outbox: inout Outbox) {
        peers[peer].downlink.advance(to: now)
        if peers[peer].downlink.allocationIsDue(at: now) { allocate(to: peer, at: now, into: &outbox) }
        let room = peers[peer].room
        Self.drain(
            to: &peers[peer], in: &rooms[room], statistics: &statistics, at: now, into: &outbox)
        Self.probe(&peers[peer], slot: peer.index, in: &rooms[room], at: now, into: &outbox)
    }

    // MARK: Layers

    /// Shares the network of a peer over the pictures that it watches.
    private mutating func allocate(to peer: SlotHandle, at now: MonotonicTime, into outbox: inout Outbox) {
        let room = peers[peer].room
        allocation.begin()
        let path = peers[peer].pathState(at: now)
        for handle in peers[peer].streams.subscriptions where rooms[room].subscriptions.contains(handle) {
            rooms[room].subscriptions[handle].subscription.follow(path, at: now)
            if let wish = rooms[room].wish(of: handle, at: now) { allocation.add(wish, of: handle) }
        }
        let budget = peers[peer].downlink.pictureBudget(at: now)
        let summary = allocation.allocate(
            budgetBitsPerSecond: peers[peer].downlink.largerBudget(budget, at: now),
            lowestBudgetBitsPerSecond: peers[peer].downlink.lowestBudget(budget, at: now),
            marginPercent: peers[peer].downlink.climbMarginPercent(at: now))
        peers[peer].downlink.noteAllocation(summary, at: now)
        for index in 0..<allocation.count {
            let (handle, target) = allocation.result(index)
            if let changed = rooms[room].allow(target, to: handle, at: now) { outbox.tell(changed) }
            if rooms[room].holdsUpSwitch(handle, within: budget, at: now) {
                Self.stopForSwitch(handle, to: &peers[peer], in: &rooms[room], statistics: &statistics)
            }
            let track = rooms[room].subscriptions[handle].track
            guard let encoding = rooms[room].subscriptions[handle].subscription.wantedKeyframe else { continue }
            rooms[room].tracks[track].track.requestKeyframe(encoding: encoding, at: now)
            schedule(rooms[room].tracks[track].publisher, at: now)
        }
    }

    /// Sends nothing more of a picture that a smaller one shall replace, not even what has been planned.
    private static func stopForSwitch(
        _ handle: SlotHandle, to peer: inout PeerTransport, in room: inout MediaRoom,
        statistics: inout MediaStatistics
    ) {
        room.subscriptions[handle].subscription.stopForSwitch()
        peer.downlink.queue.removeAll(of: handle) { packet in
            room.subscriptions[handle].subscription.abandon(packet.outgoing)
            statistics.drops.pacerFull += 1
        }
    }

    // MARK: Quality

    /// Tells the control plane how a peer's network fared since the last time.
    mutating func tellQuality(of peer: SlotHandle, at now: MonotonicTime, into outbox: inout Outbox) {
        let room = peers[peer].room
        var totals = ReceptionTotals()
        for track in peers[peer].streams.tracks where rooms[room].tracks.contains(track) {
            let reception = rooms[room].tracks[track].track.reception
            totals.expected += reception.expected
            totals.lost += reception.lost
        }
        let summary = peers[peer].downlink.summary
        let quality = PeerQuality(
            uplinkLoss: peers[peer].quality.uplinkLoss(totals),
            downlinkLoss: peers[peer].downlink.takeLoss(),
            roundTripMilliseconds: UInt32(clamping: peers[peer].bestRoundTrip.wholeMilliseconds),
            reducedSubscriptions: UInt32(clamping: summary.reducedPictures),
            pausedSubscriptions: UInt32(clamping: summary.pausedPictures))
        outbox.tell(.peerQuality(peers[peer].id, quality))
    }

    // MARK: Pacing

    /// Sends of the queue what may go now.
    private static func drain(
        to peer: inout PeerTransport, in room: inout MediaRoom, statistics: inout MediaStatistics,
        at now: MonotonicTime, into outbox: inout Outbox
    ) {
        if peer.downlink.queue.delay(at: now) > DownlinkLimits.longestQueueDelay {
            discardQueue(of: &peer, in: &room, statistics: &statistics, at: now)
        }
        while peer.downlink.mayDrain(at: now), !outbox.isNearlyFull, let next = peer.downlink.queue.first {
            peer.downlink.queue.removeFirst()
            guard room.subscriptions.contains(next.subscription) else { continue }
            let track = room.subscriptions[next.subscription].track
            guard room.tracks.contains(track),
                let deferred = room.subscriptions[next.subscription].subscription.deferred(
                    next.outgoing, of: room.tracks[track].track)
            else { continue }
            send(
                deferred.plan, deferred.packet, of: room.tracks[track].track,
                to: &room.subscriptions[next.subscription],
                &peer, statistics: &statistics, at: now, into: &outbox)
        }
    }

    /// The network got worse faster than layers could follow: what has waited too long makes room for the present.
    private static func discardQueue(
        of peer: inout PeerTransport, in room: inout MediaRoom, statistics: inout MediaStatistics,
        at now: MonotonicTime
    ) {
        peer.downlink.queue.forEach { packet in
            guard room.subscriptions.contains(packet.subscription) else { return }
            room.subscriptions[packet.subscription].subscription.abandon(packet.outgoing)
            room.subscriptions[packet.subscription].subscription.noteKeyframeRequest(at: now)
            statistics.drops.pacerFull += 1
        }
        peer.downlink.queue.removeAll()
        peer.downlink.wantAllocation(at: now)
    }

    /// Writes a planned packet for its peer, and counts it.
    @inline(__always) static func send(
        _ plan: ForwardPlan, _ packet: AcceptedPacket, of track: borrowing PublishedTrack,
        to routed: inout RoutedSubscription, _ peer: inout PeerTransport, statistics: inout MediaStatistics,
        at now: MonotonicTime, into outbox: inout Outbox
    ) {
        let kind: SentPacketKind = routed.kind == .audio ? .audio : .media
        let sent = outbox.append(
            peer: routed.peer.index, destination: peer.destination, seal: .srtp,
            capacity: packet.payload.count + plan.redundancyByteCount + PeerLimits.headerBytes
        ) { span in
            let written = routed.subscription.write(
                plan, of: packet, from: track, extensions: peer.extensions, at: now, into: &span)
            return written.map { peer.stamp($0, kind, at: now, in: &span) }
        }
        guard sent else {
            statistics.drops.overLimit += 1
            return
        }
        statistics.packetsForwarded += 1
        if !routed.hasStarted {
            routed.hasStarted = true
            outbox.tell(.subscriptionStarted(routed.id))
        }
    }

    // MARK: Probes

    /// Fills a running probe up: packets that were sent lately once more, padding where there are none.
    private static func probe(
        _ peer: inout PeerTransport, slot: UInt32, in room: inout MediaRoom, at now: MonotonicTime,
        into outbox: inout Outbox
    ) {
        var due = peer.downlink.probeByteCount(at: now)
        guard due > 0, let (handle, track) = room.probeSource(of: peer) else { return }
        var age = 0
        while due > 0, !outbox.isNearlyFull {
            var written = 0
            let repetition = room.subscriptions[handle].subscription.repetition(age: age, of: room.tracks[track].track)
            age += 1
            let sent = outbox.append(
                peer: slot, destination: peer.destination, seal: .srtp,
                capacity: max(repetition?.packet.payload.count ?? 0, DownlinkLimits.paddingBytes)
                    + PeerLimits.headerBytes
            ) { span in
                let extensions = peer.extensions
                let packet =
                    if let repetition {
                        room.subscriptions[handle].subscription.write(
                            repetition, from: room.tracks[track].track, extensions: extensions, at: now, into: &span)
                    } else {
                        room.subscriptions[handle].subscription.writePadding(
                            byteCount: DownlinkLimits.paddingBytes, extensions: extensions, into: &span)
                    }
                guard let packet else { return nil }
                written = packet.byteCount
                return peer.stamp(packet, .padding, at: now, in: &span)
            }
            guard sent else { return }
            due -= written + DownlinkLimits.overheadBytes
        }
    }
}

extension MediaRoom {
    /// What a subscription competes with; nil when it is none of video, is hidden or its track silent.
    fileprivate func wish(of handle: SlotHandle, at now: MonotonicTime) -> PictureWish? {
        let track = subscriptions[handle].track
        guard subscriptions[handle].kind == .video, tracks.contains(track), !tracks[track].isMuted,
            subscriptions[handle].subscription.settings.isEnabled
        else { return nil }
        let settings = subscriptions[handle].subscription.settings
        let rank: PictureRank =
            tracks[track].isScreenShare
            ? .screenShare : tracks[track].publisher == speaker ? .activeSpeaker : .ordinary
        return PictureWish(
            rates: tracks[track].track.layerRates(at: now),
            maximum: LayerTarget(
                spatial: Int8(clamping: settings.maximumSpatialLayer), temporal: settings.maximumTemporalLayer),
            current: subscriptions[handle].allowed, rank: rank, pixels: settings.wishedPixels)
    }

    /// Sets what a subscription may take; returns what the control plane must hear of it.
    fileprivate mutating func allow(
        _ target: LayerTarget, to handle: SlotHandle, at now: MonotonicTime
    ) -> MediaEvent? {
        subscriptions[handle].allowed = target
        let isLess = target.spatial < subscriptions[handle].subscription.currentLayer.spatial
        subscriptions[handle].subscription.allow(target, isUrgent: isLess)
        let isPaused = target.isNothing
        guard isPaused != subscriptions[handle].isPaused else { return nil }
        subscriptions[handle].isPaused = isPaused
        return .subscriptionPaused(subscriptions[handle].id, isPaused)
    }

    /// A smaller picture is waited for, and not even the fewest frames of the current one fit: they would only be in its
    /// way.
    fileprivate func holdsUpSwitch(_ handle: SlotHandle, within budget: Int, at now: MonotonicTime) -> Bool {
        let current = subscriptions[handle].subscription.currentLayer.spatial
        guard subscriptions[handle].subscription.allowance.spatial < current,
            0..<Int8(LayerRates.spatialLayers) ~= current
        else { return false }
        let track = subscriptions[handle].track
        return tracks[track].track.layerRates(at: now)[Int(current), 0] > budget
    }

    /// A subscription of the peer that takes retransmissions, with its track.
    fileprivate func probeSource(of peer: borrowing PeerTransport) -> (SlotHandle, SlotHandle)? {
        for handle in peer.streams.subscriptions where subscriptions.contains(handle) {
            let track = subscriptions[handle].track
            if subscriptions[handle].subscription.takesRetransmissions, tracks.contains(track) {
                return (handle, track)
            }
        }
        return nil
    }
}
