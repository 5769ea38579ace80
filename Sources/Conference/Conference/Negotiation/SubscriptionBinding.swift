// A track that a participant shall receive, and the section on which it does.

import MediaInterface
import SDP

/// What may happen to the redundancy (RFC 2198) of a track on its way.
enum WishedRedundancy: Hashable, Sendable {
    /// Arrives as it was sent: video, and what is end-to-end encrypted.
    case untouched
    /// Taken out.
    case removed
    /// Made for the subscriber, if its codecs have it.
    case made
}

/// Waits for a free section, or is bound to one.
struct SubscriptionWish: Hashable, Sendable {
    var id: SubscriptionID
    var sid: TrackSID
    var track: TrackID
    var publisher: ParticipantSID
    /// Name of the media stream: browsers play the tracks of one stream in step.
    var stream: String
    var kind: MediaKind
    /// The publisher's, in its order.
    var codecs: [NegotiatedCodec]
    var redundancy = WishedRedundancy.untouched
    var settings: SubscriptionSettings
}

struct SubscriptionBinding: Hashable, Sendable {
    var wish: SubscriptionWish
    var mid: String
    var ssrc: UInt32
    var retransmissionSSRC: UInt32
    /// As the media plane knows them; empty before it knows any.
    var payloads: [PayloadMapping] = []

    init(wish: SubscriptionWish, mid: String, ssrc: UInt32, retransmissionSSRC: UInt32) {
        self.wish = wish
        self.mid = mid
        self.ssrc = ssrc
        self.retransmissionSSRC = retransmissionSSRC
    }

    var mediaStream: SDPMediaStreamID { SDPMediaStreamID(stream: wish.stream, track: wish.sid.rawValue) }

    /// One clock, one name: all that a participant sends may be synchronised (RFC 3550 section 6.5.1).
    private func source(_ ssrc: UInt32) -> SDPSource {
        SDPSource(ssrc: ssrc, cname: wish.publisher.rawValue, mediaStream: mediaStream)
    }

    func describe(in section: inout SDPMediaSection, repeats: Bool) {
        section.direction = .sendonly
        section.mediaStreams = [mediaStream]
        section.sources = [source(ssrc)]
        guard repeats else { return }
        section.sourceGroups = [SDPSourceGroup(semantics: "FID", sources: [ssrc, retransmissionSSRC])]
        section.sources.append(source(retransmissionSSRC))
    }

    func command(subscriber: PeerID) -> MediaCommand {
        .subscribe(
            SubscriptionDescription(
                id: wish.id, track: wish.track, subscriber: subscriber, mid: mid, ssrc: ssrc,
                retransmissionSSRC: retransmissionSSRC, payloads: payloads, settings: wish.settings))
    }
}

extension SubscriptionWish {
    /// What the publisher's payload types become for a subscriber with these codecs; empty when none fits.
    func payloads(for subscribed: [NegotiatedCodec]) -> [PayloadMapping] {
        CodecSupport.mapping(from: codecs, to: subscribed, redundancy: redundancy)
    }
}

/// Draws source identifiers that no other section of a transport uses.
struct SourceAllocator: Sendable {
    private var used: Set<UInt32> = [0]
    init() {}

    mutating func next(using random: inout some RandomNumberGenerator) -> UInt32 {
        while true {
            let candidate = UInt32.random(in: 1...UInt32.max, using: &random)
            if used.insert(candidate).inserted { return candidate }
        }
    }

    mutating func free(_ binding: SubscriptionBinding) {
        used.remove(binding.ssrc)
        used.remove(binding.retransmissionSSRC)
    }
}
