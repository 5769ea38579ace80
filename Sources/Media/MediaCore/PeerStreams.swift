// What a peer sends and receives: SSRC tables, and how an unknown SSRC finds its track.

internal import Basics
internal import MediaInterface
internal import RTP

/// An SSRC and what arrives under it.
struct KnownStream {
    var ssrc: UInt32
    var stream: ReceivedStream
}

/// The streams of one peer, both ways. All handles are those of its room.
struct PeerStreams {
    /// A section on which the peer sends.
    private struct Section {
        var mid: SDESToken
        var track: SlotHandle
        /// Per encoding, nil without simulcast.
        var rids: [SDESToken?]

        /// Without rid, the only encoding is meant.
        func encoding(ofRid rid: SDESToken?) -> Int? {
            guard let rid else { return rids.count == 1 ? 0 : nil }
            return rids.firstIndex { $0 == rid }
        }
    }
    /// An SSRC whose track is gone. A client that uses its sender again keeps the SSRC and, as its mid and rid were
    /// acknowledged, does not send those again (RFC 8852 section 3.3).
    private struct Former {
        var ssrc: UInt32
        var mid: SDESToken
        var rid: SDESToken?
        var isRetransmission: Bool
    }
    private var received = SSRCTable<ReceivedStream>(limit: PeerLimits.receivedSSRCs)
    private var sent = SSRCTable<SlotHandle>(limit: MediaLimits.subscriptionsPerPeer * 2)
    private var sections: [Section] = []
    /// The newest last, at most `PeerLimits.formerSSRCs`.
    private var formers: [Former] = []
    private(set) var tracks: [SlotHandle] = []
    private(set) var subscriptions: [SlotHandle] = []
    private var pictureCount = 0
    /// Whether any subscription is one of video.
    var watchesPictures: Bool { pictureCount > 0 }

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
        guard let encoding = section.encoding(ofRid: rid) else { return nil }
        let stream = ReceivedStream(track: section.track, encoding: encoding, isRetransmission: repaired != nil)
        return received.set(header.ssrc, stream) ? stream : nil
    }

    private func token(_ id: UInt8, _ header: RTPHeader, _ packet: Span<UInt8>) -> SDESToken? {
        guard id != 0, let range = header.range(ofExtension: id, in: packet) else { return nil }
        return SDESToken(packet.extracting(range))
    }

    /// Adds or refreshes a track's section, and the SSRCs that its description names or that the section had before.
    ///
    /// - Returns: what is now known
    mutating func bind(_ description: TrackDescription, to track: SlotHandle) -> [KnownStream] {
        var known: [KnownStream] = []
        if !tracks.contains(track) { tracks.append(track) }
        sections.removeAll { $0.track == track }
        if let mid = SDESToken(description.mid) {
            let rids = description.encodings.map { $0.rid.flatMap { SDESToken($0) } }
            let section = Section(mid: mid, track: track, rids: rids)
            sections.append(section)
            known += formerStreams(of: section)
        }
        for (index, encoding) in description.encodings.enumerated() {
            if let ssrc = encoding.ssrc {
                known.append(
                    KnownStream(
                        ssrc: ssrc, stream: ReceivedStream(track: track, encoding: index, isRetransmission: false)))
            }
            if let ssrc = encoding.retransmissionSSRC {
                known.append(
                    KnownStream(
                        ssrc: ssrc, stream: ReceivedStream(track: track, encoding: index, isRetransmission: true)))
            }
        }
        return known.filter { received.set($0.ssrc, $0.stream) }
    }

    private mutating func formerStreams(of section: Section) -> [KnownStream] {
        var known: [KnownStream] = []
        for former in formers where former.mid == section.mid {
            guard let encoding = section.encoding(ofRid: former.rid) else { continue }
            known.append(
                KnownStream(
                    ssrc: former.ssrc,
                    stream: ReceivedStream(
                        track: section.track, encoding: encoding, isRetransmission: former.isRetransmission)))
        }
        formers.removeAll { $0.mid == section.mid }
        return known
    }

    private mutating func remember(_ track: SlotHandle) {
        guard let section = sections.first(where: { $0.track == track }) else { return }
        received.forEach { ssrc, stream in
            guard stream.track == track, stream.encoding < section.rids.count else { return }
            formers.append(
                Former(
                    ssrc: ssrc, mid: section.mid, rid: section.rids[stream.encoding],
                    isRetransmission: stream.isRetransmission))
        }
        formers.removeFirst(max(0, formers.count - PeerLimits.formerSSRCs))
    }

    mutating func forget(track: SlotHandle) {
        remember(track)
        tracks.removeAll { $0 == track }
        sections.removeAll { $0.track == track }
        received.remove { $0.track == track }
    }

    // MARK: Sending

    /// The subscription that is sent under an SSRC, its own or that of its retransmissions.
    func subscription(ofSSRC ssrc: UInt32) -> SlotHandle? { sent.index(of: ssrc).map { sent[$0] } }

    /// The caller keeps to `MediaLimits.subscriptionsPerPeer`, which the table has room for.
    mutating func add(subscription: SlotHandle, ssrc: UInt32, isPicture: Bool) {
        _ = sent.set(ssrc, subscription)
        if isPicture { pictureCount += 1 }
        subscriptions.append(subscription)
    }

    mutating func remove(subscription: SlotHandle, ssrc: UInt32, isPicture: Bool) {
        sent.remove(ssrc)
        if isPicture { pictureCount -= 1 }
        subscriptions.removeAll { $0 == subscription }
    }
}
