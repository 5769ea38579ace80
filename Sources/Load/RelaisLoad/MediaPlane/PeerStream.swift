// One stream that a participant receives, with its judge.

import Basics
import MediaInterface
import RTP
import SyntheticPeer

struct PeerStream {
    let incoming: IncomingStream
    var audio: SyntheticAudioReceiver?
    var video: SyntheticReceiver?
    var reception = ReceptionStatistics()
    private(set) var firstPacketAt: MonotonicTime?
    /// The server has taken it out of its description: what comes later does not count.
    var isRetired = false

    init(_ incoming: IncomingStream) {
        self.incoming = incoming
        switch incoming.kind {
        case .audio: audio = SyntheticAudioReceiver(ssrc: incoming.ssrc)
        case .video:
            video = SyntheticReceiver(ssrc: incoming.ssrc, retransmissionSSRC: incoming.retransmissionSSRC)
        }
    }

    mutating func receive(_ packet: Span<UInt8>, _ header: RTPHeader, at now: MonotonicTime) {
        if firstPacketAt == nil { firstPacketAt = now }
        if header.ssrc == incoming.ssrc {
            reception.noteArrival(
                sequence: header.sequenceNumber, timestamp: header.timestamp,
                clockRateHertz: incoming.kind == .audio ? 48_000 : 90_000, at: now)
        }
        audio?.receive(packet, at: now)
        video?.receive(packet, at: now)
    }

    /// The judgement as it stands.
    func outcome(at now: MonotonicTime) -> StreamOutcome {
        var outcome = StreamOutcome(kind: incoming.kind, firstPacketAt: firstPacketAt)
        if let audio {
            outcome.packetsReceived = audio.packetsReceived
            outcome.packetsLost = audio.packetsLost
            outcome.packetsLeftOut = audio.packetsLeftOut
            outcome.reordered = audio.reordered
            outcome.duplicates = audio.duplicates
            outcome.longestGap = Self.longest(audio.longestGap, since: audio.lastPacketAt, at: now, isRetired)
            if audio.damaged > 0 { outcome.faults = ["\(audio.damaged) damaged audio packets"] }
        }
        if let video {
            outcome.packetsReceived = video.packetsReceived
            outcome.packetsLost = video.packetsLost
            outcome.reordered = video.reordered
            outcome.duplicates = video.duplicates
            outcome.repaired = video.repaired
            outcome.framesDecoded = video.framesDecoded
            outcome.framesUndecodable = video.framesUndecodable
            outcome.firstKeyframeAt = video.firstFrameAt
            outcome.longestGap = Self.longest(video.longestGap, since: video.lastFrameAt, at: now, isRetired)
            outcome.faults = video.faults
        }
        return outcome
    }

    /// A stream that stands still counts until now.
    private static func longest(
        _ gap: Interval, since last: MonotonicTime?, at now: MonotonicTime, _ isRetired: Bool
    ) -> Interval {
        guard let last, !isRetired else { return gap }
        return max(gap, now - last)
    }
}

/// What became of one stream.
struct StreamOutcome: Hashable, Sendable {
    var kind: MediaKind
    var firstPacketAt: MonotonicTime?
    var firstKeyframeAt: MonotonicTime?
    var packetsReceived = 0
    /// After repair.
    var packetsLost = 0
    /// Sent, not received, and no gap in the numbering tells of it. Audio only.
    var packetsLeftOut = 0
    var reordered = 0
    var duplicates = 0
    var repaired = 0
    var framesDecoded = 0
    var framesUndecodable = 0
    /// Between packets of audio, between decoded frames of video.
    var longestGap = Interval.zero
    var faults: [String] = []

    init(kind: MediaKind, firstPacketAt: MonotonicTime? = nil) {
        self.kind = kind
        self.firstPacketAt = firstPacketAt
    }
}

/// What became of the media of one participant.
struct PeerOutcome: Hashable, Sendable {
    var participant: Int
    var connectedAt: MonotonicTime?
    var streams: [StreamOutcome] = []
    /// Datagrams that this machine dropped because this process was too slow to take them.
    var overflows = 0
    var keyframeRequests = 0
    var retransmissionRequests = 0
    var transportFeedbacks = 0
}
