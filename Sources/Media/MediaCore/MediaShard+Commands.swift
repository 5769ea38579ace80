// The control plane's commands.

public import Basics
internal import Forwarding
internal import ICE
public import MediaInterface
internal import RTP

extension MediaShard {
    /// Carries out a command; one that names nothing alive is counted and ignored.
    public mutating func apply(_ command: consuming MediaCommand, at now: MonotonicTime, into outbox: inout Outbox) {
        switch command {
        case .addPeer(let description): addPeer(description, at: now, into: &outbox)
        case .removePeer(let id): removePeer(id, at: now, into: &outbox)
        case .setRemote(let id, let remote):
            guard let peer = livePeer(id) else { return }
            peers[peer].setRemote(remote)
        case .restartICE(let id, let local, let remote): restartICE(id, local: local, remote: remote)
        case .setHeaderExtensions(let id, let extensions):
            guard let peer = livePeer(id) else { return }
            peers[peer].setExtensions(extensions, at: now)
        case .publish(let description): publish(description, at: now)
        case .unpublish(let id): unpublish(id, at: now)
        case .setMuted(let id, let isMuted):
            guard let place = directory.tracks[id] else { return countStale() }
            rooms[place.room].tracks[place.track].isMuted = isMuted
            rooms[place.room].tracks[place.track].track.setMuted(isMuted)
        case .subscribe(let description): subscribe(description, at: now, into: &outbox)
        case .configure(let id, let settings):
            guard let place = directory.subscriptions[id] else { return countStale() }
            rooms[place.room].subscriptions[place.subscription].subscription.configure(settings)
            start(place, at: now, into: &outbox)
            wantAllocation(of: rooms[place.room].subscriptions[place.subscription].peer, at: now)
        case .unsubscribe(let id): unsubscribe(id, at: now)
        case .openDataChannel(let id, let label, let isOrdered, let maximumRetransmits):
            guard let peer = livePeer(id) else { return }
            peers[peer].data.open(label: label, isOrdered: isOrdered, maximumRetransmits: maximumRetransmits)
            sendTransport(peer, into: &outbox)
        case .sendData(let ids, let label, let payload):
            for id in ids { sendData(payload, label: label, to: id, into: &outbox) }
        case .tellState: tellState(into: &outbox)
        }
    }

    private mutating func livePeer(_ id: PeerID) -> SlotHandle? {
        guard let peer = directory.peers[id] else {
            countStale()
            return nil
        }
        return peer
    }

    private mutating func countStale() { statistics.drops.staleCommands += 1 }

    private mutating func addPeer(_ description: PeerDescription, at now: MonotonicTime, into outbox: inout Outbox) {
        guard directory.peers[description.id] == nil else { return countStale() }
        guard let local = ICECredentialBytes(description.local), let key = UsernameKey(local.usernameFragment.span)
        else {
            outbox.tell(.peerFailed(description.id, .handshakeFailed("invalid ICE credentials")))
            return
        }
        guard let room = room(description.room),
            let peer = peers.insert(
                PeerTransport(description, local: local, room: room, context: dtls, at: now, random: &random))
        else {
            dropRoomIfEmpty(description.room)
            outbox.tell(.peerFailed(description.id, .overLimit))
            return
        }
        rooms[room].peerCount += 1
        directory.peers[description.id] = peer
        directory.usernames[key] = peer
        peers[peer].usernames = [key]
        schedule(peer, at: now)
    }

    /// The room of that name, made when it is not there.
    private mutating func room(_ id: RoomID) -> SlotHandle? {
        if let room = directory.rooms[id] { return room }
        guard let room = rooms.insert(MediaRoom(id: id)) else { return nil }
        directory.rooms[id] = room
        return room
    }

    private mutating func dropRoomIfEmpty(_ id: RoomID) {
        guard let room = directory.rooms[id], rooms[room].peerCount == 0 else { return }
        directory.rooms[id] = nil
        _ = rooms.remove(room)
    }

    private mutating func removePeer(_ id: PeerID, at now: MonotonicTime, into outbox: inout Outbox) {
        guard let peer = livePeer(id) else { return }
        peers[peer].close()
        sendTransport(peer, into: &outbox)
        let room = peers[peer].room
        for track in peers[peer].streams.tracks {
            if rooms[room].tracks.contains(track) { unpublish(rooms[room].tracks[track].id, at: now) }
        }
        for subscription in peers[peer].streams.subscriptions {
            if rooms[room].subscriptions.contains(subscription) {
                unsubscribe(rooms[room].subscriptions[subscription].id, at: now)
            }
        }
        directory.peers[id] = nil
        for key in peers[peer].usernames where directory.usernames[key] == peer { directory.usernames[key] = nil }
        for address in peers[peer].boundAddresses { addresses.unbind(address, from: peer) }
        deadlines.forget(peer)
        _ = peers.remove(peer)
        rooms[room].peerCount -= 1
        dropRoomIfEmpty(rooms[room].id)
    }

    private mutating func restartICE(_ id: PeerID, local: ICECredentials, remote: ICECredentials?) {
        guard let peer = livePeer(id), let local = ICECredentialBytes(local),
            let key = UsernameKey(local.usernameFragment.span)
        else { return }
        // The nominated generation stays until the new one is nominated; one in between can no longer be.
        let nominated = peers[peer].ice.local.usernameFragment
        let kept = UsernameKey(nominated.span)
        for former in peers[peer].usernames where former != kept { directory.usernames[former] = nil }
        peers[peer].usernames = [kept, key].compactMap(\.self)
        directory.usernames[key] = peer
        peers[peer].restartICE(local: local, remote: remote)
    }

    private mutating func publish(_ description: TrackDescription, at now: MonotonicTime) {
        guard let peer = livePeer(description.publisher) else { return }
        let room = peers[peer].room
        if let place = directory.tracks[description.id] {
            rooms[place.room].tracks[place.track].track.update(description)
            bind(description, to: place.track, of: peer)
            return
        }
        guard peers[peer].streams.tracks.count < MediaLimits.tracksPerPeer,
            let track = rooms[room].tracks.insert(RoutedTrack(description, publisher: peer, at: now))
        else {
            statistics.drops.overLimit += 1
            return
        }
        directory.tracks[description.id] = .init(room: room, track: track)
        bind(description, to: track, of: peer)
    }

    /// The track's section and SSRCs, as described and as remembered from a track that was there before.
    private mutating func bind(_ description: TrackDescription, to track: SlotHandle, of peer: SlotHandle) {
        let room = peers[peer].room
        for known in peers[peer].streams.bind(description, to: track) {
            rooms[room].tracks[track].track.bind(
                ssrc: known.ssrc, encoding: known.stream.encoding, isRetransmission: known.stream.isRetransmission)
        }
    }

    private mutating func unpublish(_ id: TrackID, at now: MonotonicTime) {
        guard let place = directory.tracks.removeValue(forKey: id) else { return countStale() }
        let publisher = rooms[place.room].tracks[place.track].publisher
        if peers.contains(publisher) { peers[publisher].streams.forget(track: place.track) }
        for removed in rooms[place.room].removeTrack(place.track) { forget(removed, at: now) }
    }

    private mutating func subscribe(
        _ description: SubscriptionDescription, at now: MonotonicTime, into outbox: inout Outbox
    ) {
        guard let peer = livePeer(description.subscriber), let place = directory.tracks[description.track] else {
            return countStale()
        }
        if let known = directory.subscriptions[description.id] {
            rooms[known.room].subscriptions[known.subscription].subscription.update(description)
            wantAllocation(of: peer, at: now)
            return
        }
        guard peers[peer].room == place.room else { return countStale() }
        let routed = RoutedSubscription(
            subscription: Subscription(
                description, kind: rooms[place.room].tracks[place.track].kind, at: now, random: &random),
            id: description.id, track: place.track, peer: peer, kind: rooms[place.room].tracks[place.track].kind,
            ssrc: description.ssrc, retransmissionSSRC: description.retransmissionSSRC)
        guard peers[peer].streams.subscriptions.count < MediaLimits.subscriptionsPerPeer,
            let handle = rooms[place.room].subscriptions.insert(routed)
        else {
            statistics.drops.overLimit += 1
            return
        }
        rooms[place.room].tracks[place.track].subscribers.append(handle)
        let subscription = ShardDirectory.SubscriptionPlace(room: place.room, subscription: handle)
        directory.subscriptions[description.id] = subscription
        let isPicture = rooms[place.room].subscriptions[handle].kind == .video
        peers[peer].streams.add(subscription: handle, ssrc: description.ssrc, isPicture: isPicture)
        start(subscription, at: now, into: &outbox)
        wantAllocation(of: peer, at: now)
    }

    private mutating func unsubscribe(_ id: SubscriptionID, at now: MonotonicTime) {
        guard let place = directory.subscriptions[id] else { return countStale() }
        if let removed = rooms[place.room].removeSubscription(place.subscription) { forget(removed, at: now) }
    }

    private mutating func forget(_ removed: RemovedSubscription, at now: MonotonicTime) {
        directory.subscriptions[removed.id] = nil
        guard peers.contains(removed.peer) else { return }
        peers[removed.peer].end(removed)
        if removed.kind == .video { peers[removed.peer].downlink.wantAllocation(at: now) }
    }

    /// Events that only repeat what the control plane knows change nothing there.
    private func tellState(into outbox: inout Outbox) {
        for index in 0..<peers.slotCount {
            guard let peer = peers.handle(at: index) else { continue }
            let id = peers[peer].id
            if let failure = peers[peer].failure {
                outbox.tell(.peerFailed(id, failure))
            } else if peers[peer].isConnected {
                outbox.tell(.peerConnected(id))
                for label in peers[peer].data.openLabels { outbox.tell(.dataChannelOpened(id, label: label)) }
            }
        }
    }

    /// The transport stands: what was subscribed before can be shown now.
    mutating func startSubscriptions(of peer: SlotHandle, at now: MonotonicTime, into outbox: inout Outbox) {
        let room = peers[peer].room
        for handle in peers[peer].streams.subscriptions where rooms[room].subscriptions.contains(handle) {
            start(.init(room: room, subscription: handle), at: now, into: &outbox)
        }
    }

    /// A new or changed subscription does not wait for the next packet: it begins with the newest keyframe where little
    /// has come since, and else asks for one.
    private mutating func start(
        _ place: ShardDirectory.SubscriptionPlace, at now: MonotonicTime, into outbox: inout Outbox
    ) {
        replayGroup(to: place, at: now, into: &outbox)
        guard let encoding = rooms[place.room].subscriptions[place.subscription].subscription.wantedKeyframe else {
            return
        }
        let track = rooms[place.room].subscriptions[place.subscription].track
        guard rooms[place.room].tracks.contains(track) else { return }
        rooms[place.room].tracks[track].track.requestKeyframe(encoding: encoding, at: now)
        schedule(rooms[place.room].tracks[track].publisher, at: now)
    }

    private mutating func sendData(
        _ payload: [UInt8], label: String, to id: PeerID, into outbox: inout Outbox
    ) {
        guard let peer = directory.peers[id], peers[peer].data.send(payload, label: label) else {
            statistics.drops.undeliverableData += 1
            return
        }
        sendTransport(peer, into: &outbox)
    }
}
