// STUN, DTLS and SCTP of a peer: how a transport comes to stand.

internal import Basics
internal import ICE
internal import MediaInterface
internal import STUN
internal import SecureTransport

extension MediaShard {
    mutating func receiveSTUN(
        _ datagram: Span<UInt8>, from source: SocketAddress, at now: MonotonicTime, into outbox: inout Outbox
    ) {
        guard let message = try? STUNMessage(parsing: datagram) else {
            statistics.drops.malformedSTUN += 1
            return
        }
        // Relais is ICE-lite: it answers requests and sends none, so nothing else is expected.
        guard message.messageClass == .request, let peer = peer(of: message, datagram) else {
            statistics.drops.refusedSTUN += 1
            return
        }
        answer(message, datagram, from: source, peer: peer, at: now, into: &outbox)
    }

    /// The peer that has proved to be at an address; nobody there is counted.
    @inline(__always) mutating func knownPeer(at source: SocketAddress) -> SlotHandle? {
        if let peer = addresses.peer(at: source), peers.contains(peer) { return peer }
        statistics.drops.unknownAddress += 1
        return nil
    }

    /// The peer whose username fragment stands before the colon (RFC 8445 section 7.2.2).
    private func peer(of message: STUNMessage, _ datagram: Span<UInt8>) -> SlotHandle? {
        guard let range = message.username else { return nil }
        let username = datagram.extracting(range)
        guard let colon = username.indices.first(where: { username[$0] == UInt8(ascii: ":") }),
            let key = UsernameKey(username.extracting(first: colon)), let peer = directory.usernames[key],
            peers.contains(peer)
        else { return nil }
        return peer
    }

    /// Lets the peer's agent judge the check, and sends its answer.
    private mutating func answer(
        _ message: STUNMessage, _ datagram: Span<UInt8>, from source: SocketAddress, peer: SlotHandle,
        at now: MonotonicTime, into outbox: inout Outbox
    ) {
        var judged: ICEOutcome?
        let sent = outbox.append(
            peer: peer.index, destination: source, seal: .none, capacity: ICELimits.messageBytes
        ) { response in
            let outcome = peers[peer].ice.receive(message, datagram, from: source, at: now, response: &response)
            judged = outcome
            return outcome.responseByteCount
        }
        guard let outcome = judged, sent || outcome.refusal != nil else {
            statistics.drops.overLimit += 1
            return
        }
        guard outcome.refusal == nil else {
            statistics.drops.refusedSTUN += 1
            return
        }
        if let evicted = outcome.evictedAddress { unbind(evicted, from: peer) }
        // Every valid check claims its address again: nobody can take one for good by a forged source.
        if addresses.peer(at: source) != peer { bind(source, to: peer) }
        if outcome.selectedAddressChanged { peers[peer].followSelectedAddress() }
        schedule(peer, at: now)
    }

    private mutating func bind(_ address: SocketAddress, to peer: SlotHandle) {
        // An address that belonged to another peer (a port used again) now belongs to whom it proved to be.
        if let former = addresses.peer(at: address), former != peer, peers.contains(former) {
            peers[former].boundAddresses.removeAll { $0 == address }
        }
        guard addresses.bind(address, to: peer) else {
            statistics.drops.overLimit += 1
            return
        }
        peers[peer].boundAddresses.append(address)
    }

    private mutating func unbind(_ address: SocketAddress, from peer: SlotHandle) {
        addresses.unbind(address, from: peer)
        peers[peer].boundAddresses.removeAll { $0 == address }
    }

    /// Forgets addresses whose consent has run out.
    mutating func dropExpiredAddresses(of peer: SlotHandle) {
        for address in peers[peer].boundAddresses where !peers[peer].ice.isValidated(address) {
            unbind(address, from: peer)
        }
    }

    mutating func receiveDTLS(
        _ datagram: Span<UInt8>, from source: SocketAddress, at now: MonotonicTime, into outbox: inout Outbox
    ) {
        guard let peer = knownPeer(at: source) else { return }
        if peers[peer].receiveDTLS(datagram, at: now) {
            outbox.tell(.peerConnected(peers[peer].id))
            // The end of the handshake goes first: without it the client has no keys for what follows.
            sendTransport(peer, into: &outbox)
            startSubscriptions(of: peer, at: now, into: &outbox)
        }
        servePeer(peer, at: now, into: &outbox)
    }

    /// Time has passed for all associations: what they now have to send and to tell.
    mutating func serveDataChannels(into outbox: inout Outbox) {
        for index in 0..<peers.slotCount {
            guard let peer = peers.handle(at: index), peers[peer].data.isActive else { continue }
            tellData(peer, into: &outbox)
            sendTransport(peer, into: &outbox)
        }
    }

    /// Passes on what happened on the peer's data channels.
    mutating func tellData(_ peer: SlotHandle, into outbox: inout Outbox) {
        let id = peers[peer].id
        for news in peers[peer].data.takeNews() {
            switch news {
            case .opened(let label): outbox.tell(.dataChannelOpened(id, label: label))
            case .closed(let label): outbox.tell(.dataChannelClosed(id, label: label))
            case .received(let label, let payload): outbox.tell(.dataReceived(id, label: label, payload: payload))
            }
        }
        statistics.drops.undeliverableData += peers[peer].data.undelivered
        peers[peer].data.undelivered = 0
    }

    /// Moves what DTLS and SCTP have to send into the outbox.
    mutating func sendTransport(_ peer: SlotHandle, into outbox: inout Outbox) {
        Self.sendTransport(&peers[peer], slot: peer.index, into: &outbox, drops: &statistics.drops)
    }

    private static func sendTransport(
        _ peer: inout PeerTransport, slot: UInt32, into outbox: inout Outbox, drops: inout MediaStatistics.Drops
    ) {
        peer.drainData()
        let destination = peer.destination
        var lost: UInt64 = 0
        peer.dtls.drainDatagrams { datagram in
            let sent = outbox.append(
                peer: slot, destination: destination, seal: .none, capacity: datagram.count
            ) { span in
                span.put(datagram, at: 0)
                return datagram.count
            }
            if !sent { lost += 1 }
        }
        drops.overLimit += lost
    }
}
