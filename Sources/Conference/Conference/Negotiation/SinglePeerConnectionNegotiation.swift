// One PeerConnection: the client offers, the server answers and asks for offers when it needs one.

import Basics
import MediaInterface
import SDP

struct SinglePeerConnectionNegotiation: PeerConnectionNegotiation {
    private(set) var connection: AnsweringConnection
    /// Tracks that have no section yet, first come first served.
    private(set) var waiting: [SubscriptionWish] = []
    /// A section was freed since the last answer: the client must hear of it.
    private var hasNews = false
    private var asked: Asked?
    private var pacer = NegotiationPacer()

    /// What the client was asked for and has not offered yet.
    private struct Asked {
        var audios: Int
        var videos: Int
        var until: MonotonicTime
    }

    init(peer: PeerID, room: RoomID, local: LocalTransport, random: inout RandomSource) {
        connection = AnsweringConnection(peer: peer, room: room, local: local, random: &random)
    }

    var primaryPeer: PeerID { connection.peer }
    var dataPeer: PeerID { connection.peer }
    var publisherPeer: PeerID { connection.peer }
    var peers: [PeerID] { [connection.peer] }
    var livePeers: [PeerID] { connection.remote == nil ? [] : [connection.peer] }
    var opening: [MediaCommand] { [] }

    mutating func accept(offer: SessionDescription, lost: inout [TrackSID], random: inout RandomSource)
        throws(NegotiationError) -> AcceptedOffer
    {
        let session = try offer.session()
        let known = Set(connection.sections.map(\.mid))
        var lostBindings: [SubscriptionBinding] = []
        let accepted = try connection.accept(session, id: offer.id, lost: &lostBindings, random: &random)
        lost = lostBindings.map(\.wish.sid)
        noteSections { !known.contains($0) }
        return accepted
    }

    /// Counts what the client added against what it was asked for.
    private mutating func noteSections(where isNew: (String) -> Bool) {
        guard var pending = asked else { return }
        for section in connection.sections where section.use == .free && isNew(section.mid) {
            if section.kind == .audio { pending.audios -= 1 } else { pending.videos -= 1 }
        }
        asked = pending.audios > 0 || pending.videos > 0 ? pending : nil
    }

    mutating func answer(
        _ offer: AcceptedOffer, publications: [String: PublicationAnswer], at now: MonotonicTime,
        random: inout RandomSource
    ) -> NegotiationOutcome {
        var outcome = NegotiationOutcome()
        var left: [SubscriptionWish] = []
        for wish in waiting {
            guard let binding = connection.bind(wish, random: &random) else {
                left.append(wish)
                continue
            }
            if binding.payloads.isEmpty {
                outcome.refused.append(wish.sid)
            } else {
                outcome.started.append(wish.sid)
                outcome.commands.append(binding.command(subscriber: connection.peer))
            }
        }
        waiting = left
        outcome.description = connection.answer(offer, publications: publications)
        hasNews = false
        if !waiting.isEmpty { pacer.request(at: now) }
        return outcome
    }

    mutating func accept(answer: SessionDescription, at now: MonotonicTime) throws(NegotiationError)
        -> NegotiationOutcome
    {
        throw .unexpectedAnswer
    }

    mutating func add(_ wish: SubscriptionWish, at now: MonotonicTime, random: inout RandomSource) -> Bool {
        let places =
            ConferenceLimits.sdpSections - connection.sections.count + connection.freeSections(wish.kind.section)
        guard waiting.count < places else { return false }
        waiting.append(wish)
        pacer.request(at: now)
        return true
    }

    mutating func remove(_ track: TrackSID, at now: MonotonicTime) -> [MediaCommand] {
        waiting.removeAll { $0.sid == track }
        guard let binding = connection.unbind(track) else { return [] }
        hasNews = true
        pacer.request(at: now)
        return [.unsubscribe(binding.wish.id)]
    }

    mutating func configure(_ track: TrackSID, _ settings: SubscriptionSettings) -> [MediaCommand] {
        if let index = waiting.firstIndex(where: { $0.sid == track }) {
            waiting[index].settings = settings
            return []
        }
        return connection.configure(track, settings).map { [.configure($0, settings)] } ?? []
    }

    mutating func update(
        _ track: TrackSID, codecs: [NegotiatedCodec], lost: inout [TrackSID], at now: MonotonicTime
    ) -> [MediaCommand] {
        if let index = waiting.firstIndex(where: { $0.sid == track }) {
            waiting[index].codecs = codecs
            return []
        }
        var lostBindings: [SubscriptionBinding] = []
        let commands = connection.update(track, codecs: codecs, lost: &lostBindings)
        lost = lostBindings.map(\.wish.sid)
        if !lost.isEmpty {
            hasNews = true
            pacer.request(at: now)
        }
        return commands
    }

    mutating func takeCandidates() -> [TrickledCandidate] { connection.takeCandidates() }

    mutating func resume(at now: MonotonicTime, random: inout RandomSource) -> [MediaCommand] {
        asked = nil
        if hasNews || !waiting.isEmpty { pacer.request(at: now) }
        return []
    }

    /// Only the client offers.
    mutating func offerNow(at now: MonotonicTime) -> SessionDescription? { nil }

    var deadline: MonotonicTime? {
        guard connection.remote != nil else { return nil }
        return [pacer.dueAt, asked?.until].compactMap(\.self).min()
    }

    mutating func propose(at now: MonotonicTime) -> NegotiationProposal? {
        if let pending = asked, pending.until <= now {
            asked = nil
            if hasNews || !waiting.isEmpty { pacer.request(at: now) }
        }
        guard connection.remote != nil, let due = pacer.dueAt, due <= now else { return nil }
        pacer.clear()
        guard hasNews || !waiting.isEmpty else { return nil }
        let audios = missing(.audio, asked: asked?.audios)
        let videos = missing(.video, asked: asked?.videos)
        // An offer is on its way already, and it suffices.
        if asked != nil, audios == 0, videos == 0 { return nil }
        pacer.proposed(at: now)
        asked = Asked(
            audios: audios + max(0, asked?.audios ?? 0), videos: videos + max(0, asked?.videos ?? 0),
            until: now + ConferenceTimers.requestedOfferTimeout)
        return .sections(audios: UInt32(audios), videos: UInt32(videos))
    }

    private func missing(_ kind: MediaKind, asked: Int?) -> Int {
        let wished = waiting.count { $0.kind == kind }
        return max(0, wished - connection.freeSections(kind.section) - max(0, asked ?? 0))
    }
}

extension MediaKind {
    var section: SDPMediaKind { self == .audio ? .audio : .video }
}
