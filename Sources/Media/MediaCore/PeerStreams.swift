// What a peer sends and receives: SSRC tables, and how an unknown SSRC finds its track.

internal import Basics
internal import MediaInterface
internal import RTP

/// The streams of one peer, both ways. All handles are those of its room.
struct PeerStreams {
    /// A section on which the peer sends.
    private struct Section {
        var mid: SDESToken
        var track: SlotHandle
        /// Per encoding, nil without simulcast.
        var rids: [SDESToken?]
    }
    private var received = SSRCTable<ReceivedStream>(limit: PeerLimits.receivedSSRCs)
    private var sent = SSRCTable<SlotHandle>(limit: MediaLimits.subscriptionsPerPeer * 2)
    private var sections: [Section] = []
    private(set) var tracks: [SlotHandle] = []
    private(set) var subscriptions: [SlotHandle] = []

    // MARK: Receiving

    @inline(__always) func stream(ofSSRC ssrc: UInt32) -> ReceivedStream? {
        received.index(of: ssrc).map { received[$0] }
    }

    /// Learns an SSRC from the packet's mid and rid (RFC 8843 section 9.2, RFC 8852 section 3); nil when they name no
    /// section.
    mutating func learn(
        _ header: RTPHeader, _ packet: Span<UInt8>, extensions: HeaderExtensionIDs
    ) -> ReceivedStream? {
        guard let mid = token(extensions.mid, header, packet), let section = sections.first(where: { $0.mid == mid })
        else { return nil }
        let repaired = token(extensions.repairedRTPStreamID, header, packet)
        let rid = repaired ?? token(extensions.rtpStreamID, header, packet)
        let encoding: Int?
        if let rid {
            encoding = section.rids.firstIndex { $0 == rid }
        } else {
            encoding = section.rids.count == 1 ? 0 : nil
        }
        guard let encoding else { return nil }
        let stream = ReceivedStream(track: section.track, encoding: encoding, isRetransmission: repaired != nil)
        return received.set(header.ssrc, stream) ? stream : nil
    }

    private func token(_ id: UInt8, _ header: RTPHeader, _ packet: Span<UInt8>) -> SDESToken? {
        guard id != 0, let range = header.range(ofExtension: id, in: packet) else { return nil }
        return SDESToken(packet.extracting(range))
    }

    /// Adds or refreshes a track's section and the SSRCs that its description names.
    mutating func bind(_ description: TrackDescription, to track: SlotHandle) {
        if !tracks.contains(track) { tracks.append(track) }
        sections.removeAll { $0.track == track }
        if let mid = SDESToken(description.mid) {
            let rids = description.encodings.map { $0.rid.flatMap { SDESToken($0) } }
            sections.append(Section(mid: mid, track: track, rids: rids))
        }
        for (index, encoding) in description.encodings.enumerated() {
            if let ssrc = encoding.ssrc {
                _ = received.set(ssrc, ReceivedStream(track: track, encoding: index, isRetransmission: false))
            }
            if let ssrc = encoding.retransmissionSSRC {
                _ = received.set(ssrc, ReceivedStream(track: track, encoding: index, isRetransmission: true))
            }
        }
    }

    mutating func forget(track: SlotHandle) {
        tracks.removeAll { $0 == track }
        sections.removeAll { $0.track == track }
        received.remove { $0.track == track }
    }

    // MARK: Sending

    /// The subscription that is sent under an SSRC, its own or that of its retransmissions.
    func subscription(ofSSRC ssrc: UInt32) -> SlotHandle? { sent.index(of: ssrc).map { sent[$0] } }

    /// The caller keeps to `MediaLimits.subscriptionsPerPeer`, which the table has room for.
    mutating func add(subscription: SlotHandle, ssrc: UInt32) {
        _ = sent.set(ssrc, subscription)
        subscriptions.append(subscription)
    }

    mutating func remove(subscription: SlotHandle, ssrc: UInt32) {
        sent.remove(ssrc)
        subscriptions.removeAll { $0 == subscription }
    }
}
