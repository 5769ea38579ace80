// A track as it arrives: one receive stream per encoding, feedback to the publisher. Owned by the room's shard.

public import Basics
public import MediaInterface
public import RTP

/// Receives the encodings of one track: repairs, counts, stores, and tells once what every packet is.
public struct PublishedTrack: ~Copyable {
    let kind: MediaKind
    var payloads: [PayloadDescription]
    private var rids: [String?]
    var streams: EncodingStreams
    private(set) var flows = EncodingFlows()
    private(set) var isMuted = false
    public internal(set) var statistics = TrackStatistics()
    /// What the packet that was accepted last brought back.
    var recovered = RecoveredFrames()

    public init(_ description: TrackDescription, at now: MonotonicTime) {
        kind = description.kind
        payloads = description.payloads
        rids = description.encodings.map(\.rid)
        streams = EncodingStreams(kind)
        flows.set(description.encodings)
        bindDescribed(description.encodings)
    }

    /// A later offer: payloads and encodings change, the streams of encodings that stay (same index, same rid) go on.
    public mutating func update(_ description: TrackDescription) {
        payloads = description.payloads
        for index in 0..<MediaLimits.encodingsPerTrack {
            let known = index < rids.count ? rids[index] : nil
            let next = index < description.encodings.count ? description.encodings[index].rid : nil
            if index >= description.encodings.count || (index < rids.count && known != next) { forget(index) }
        }
        rids = description.encodings.map(\.rid)
        flows.set(description.encodings)
        bindDescribed(description.encodings)
    }

    /// Tells under which SSRC an encoding arrives; the caller's SSRC table decides it. A new SSRC begins a new stream.
    /// Ignored for an encoding that the description does not have.
    public mutating func bind(ssrc: UInt32, encoding: Int, isRetransmission: Bool) {
        guard 0..<encodingCount ~= encoding else { return }
        if isRetransmission {
            streams[encoding].retransmissionSSRC = ssrc
        } else if streams[encoding].ssrc != ssrc {
            if streams[encoding].ssrc != nil { streams[encoding].restart() }
            streams[encoding].ssrc = ssrc
        }
    }

    /// A muted track may stay silent: its encodings are not asked for keyframes meanwhile.
    public mutating func setMuted(_ isMuted: Bool) {
        self.isMuted = isMuted
        guard isMuted else { return }
        for encoding in 0..<encodingCount { streams[encoding].keyframes.noteKeyframe() }
    }

    /// A decrypted datagram of an encoding or of its retransmission stream (RFC 4588). Drops duplicates and what is too
    /// old, notices loss, and stores one copy without header and padding.
    ///
    /// - Parameter extensions: the identifiers of the publisher's transport
    /// - Returns: nil when there is nothing to forward; `statistics` counts why. A packet of padding only is returned
    ///   (`isPadding`): every subscription must hear of its number.
    public mutating func accept(
        _ datagram: Span<UInt8>, _ header: RTPHeader, encoding: Int, isRetransmission: Bool,
        extensions: HeaderExtensionIDs, at now: MonotonicTime
    ) -> AcceptedPacket? {
        guard 0..<encodingCount ~= encoding, header.payload.upperBound <= datagram.count else {
            statistics.malformed += 1
            return nil
        }
        if streams[encoding].ssrc == nil, !isRetransmission { streams[encoding].ssrc = header.ssrc }
        recovered = RecoveredFrames(before: streams[encoding].tracker.newest)
        guard let arrived = unwrap(datagram, header, isRetransmission: isRetransmission),
            let number = follow(
                arrived, timestamp: header.timestamp, encoding: encoding, isRetransmission: isRetransmission, at: now)
        else { return nil }
        var packet = AcceptedPacket()
        packet.extendedSequence = number.extended
        packet.isLate = number.isLate
        packet.arrival = now
        packet.timestamp = header.timestamp
        packet.encoding = UInt8(encoding)
        packet.payloadType = arrived.description.payloadType
        packet.codec = arrived.description.codec
        packet.marker = header.marker
        statistics.packets += 1
        statistics.payloadBytes += UInt64(arrived.payload.count)
        guard !arrived.payload.isEmpty else {
            storeNumber(&packet)
            return packet
        }
        let continuesPicture = flows.noteArrival(encoding: encoding, timestamp: header.timestamp, at: now)
        let isReadable = packet.readTraits(datagram.extracting(arrived.payload), &streams[encoding].frames)
        if isReadable, kind == .video {
            readFrame(&packet, datagram, header, continuesPicture: continuesPicture, extensions)
        }
        guard isReadable,
            store(&packet, datagram, header, payload: arrived.payload, extensions)
        else {
            // Goes nowhere, but its number counts: like a packet of padding.
            statistics.malformed += 1
            packet.traits = PayloadTraits()
            packet.frame = FrameInfo()
            packet.extensions = StoredExtensions()
            storeNumber(&packet)
            return packet
        }
        if kind == .video { noteVideo(packet) }
        if packet.codec == .red { recover(from: datagram.extracting(arrived.payload), of: packet) }
        return packet
    }

    /// The stored bytes of a packet: extension values, then payload (`packet.extensions`, `packet.payload`). Nil when
    /// the cache has given its room to newer ones.
    public func withPacket<R>(_ packet: AcceptedPacket, _ body: (Span<UInt8>) -> R) -> R? {
        guard packet.encoding < MediaLimits.encodingsPerTrack else { return nil }
        return streams[Int(packet.encoding)].cache.withBytes(
            at: packet.location, count: packet.payload.upperBound, body)
    }

    /// A packet that is still stored, by its extended sequence number.
    public func packet(encoding: Int, extendedSequence: Int64) -> AcceptedPacket? {
        guard 0..<encodingCount ~= encoding else { return nil }
        return streams[encoding].cache.packet(extendedSequence)
    }

    /// The next newer packet of the encoding that is stored, as if it came in order just now; nil at the newest.
    ///
    /// When a subscription starts at a late packet (`ForwardPlan.startsRun`), what came after it is planned with this.
    public func nextStored(after packet: AcceptedPacket) -> AcceptedPacket? {
        let stream = Int(packet.encoding)
        guard 0..<encodingCount ~= stream, let newest = streams[stream].tracker.newest else { return nil }
        var sequence = packet.extendedSequence + 1
        while sequence <= newest {
            if var stored = streams[stream].cache.packet(sequence) {
                stored.isLate = false
                return explained(stored)
            }
            sequence += 1
        }
        return nil
    }

    /// A sender report of the encoding's SSRC (RFC 3550 section 6.4.1).
    public mutating func noteSenderReport(
        _ ntp: NTPTime, rtpTimestamp: UInt32, encoding: Int, at now: MonotonicTime
    ) {
        guard 0..<encodingCount ~= encoding else { return }
        // Some senders report before they know the time.
        guard ntp.rawValue != 0 else { return }
        streams[encoding].clock = MediaClock(
            ntp: ntp, rtpTimestamp: rtpTimestamp, arrival: now, clockRateHertz: clockRateHertz)
        streams[encoding].reception.noteSenderReport(ntp, at: now)
    }

    /// How many encodings the description has.
    public var encodingCount: Int { flows.count }
    /// Ticks per second of the track's timestamps.
    public var clockRateHertz: UInt32 { payloads.first?.clockRateHertz ?? (kind == .video ? 90_000 : 48_000) }
    /// Whether the encoding has had a packet in the last `ForwardingLimits.encodingSilence`.
    public func isFlowing(encoding: Int, at now: MonotonicTime) -> Bool {
        0..<encodingCount ~= encoding && flows.isRecent(encoding, at: now)
    }

    /// Packets of all encodings that should have come, and those that are missing, since each stream's beginning.
    public var reception: (expected: Int64, lost: Int64) {
        var (expected, lost): (Int64, Int64) = (0, 0)
        for encoding in 0..<encodingCount {
            expected += streams[encoding].reception.expectedCount
            lost += streams[encoding].reception.lostCount
        }
        return (expected, lost)
    }

    func clock(_ encoding: UInt8) -> MediaClock? {
        encoding < MediaLimits.encodingsPerTrack ? streams[Int(encoding)].clock : nil
    }

    private mutating func noteVideo(_ packet: AcceptedPacket) {
        let stream = Int(packet.encoding)
        streams[stream].rates.note(packet.frame, byteCount: Int(packet.payloadLength), at: packet.arrival)
        streams[stream].group.note(packet)
        // In a payload that is not looked into, no keyframe can be seen.
        streams[Int(packet.encoding)].showsKeyframes = packet.codec != .opaque
        guard packet.startsKeyframe, packet.codec != .opaque else { return }
        statistics.keyframes += 1
        streams[Int(packet.encoding)].keyframes.noteKeyframe()
    }

    private mutating func bindDescribed(_ encodings: [EncodingDescription]) {
        for (index, encoding) in encodings.prefix(encodingCount).enumerated() {
            if let ssrc = encoding.ssrc { bind(ssrc: ssrc, encoding: index, isRetransmission: false) }
            if let ssrc = encoding.retransmissionSSRC { bind(ssrc: ssrc, encoding: index, isRetransmission: true) }
        }
    }

    private mutating func forget(_ encoding: Int) {
        streams[encoding].ssrc = nil
        streams[encoding].retransmissionSSRC = nil
        streams[encoding].restart()
        flows.forget(encoding: encoding)
    }
}
