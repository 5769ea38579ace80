// Two PeerConnections: the client offers what it publishes, the server offers what the client receives.

import Basics
import MediaInterface
import SDP

struct DualPeerConnectionNegotiation: PeerConnectionNegotiation {
    private(set) var publisher: AnsweringConnection
    private(set) var subscriber: OfferingConnection
    /// Something changed since the last offer.
    private var hasNews = true
    private var pacer = NegotiationPacer()
    private var answerDueAt: MonotonicTime?

    init(
        publisher: PeerID, subscriber: PeerID, room: RoomID, local: LocalTransport, at now: MonotonicTime,
        random: inout RandomSource
    ) {
        self.publisher = AnsweringConnection(peer: publisher, room: room, local: local, random: &random)
        self.subscriber = OfferingConnection(peer: subscriber, room: room, local: local, random: &random)
    }

    var primaryPeer: PeerID { subscriber.peer }
    var dataPeer: PeerID { subscriber.peer }
    var publisherPeer: PeerID { publisher.peer }
    var peers: [PeerID] { [publisher.peer, subscriber.peer] }
    var livePeers: [PeerID] { (publisher.remote == nil ? [] : [publisher.peer]) + [subscriber.peer] }
    var opening: [MediaCommand] { subscriber.opening }

    mutating func accept(offer: SessionDescription, lost: inout [TrackSID], random: inout RandomSource)
        throws(NegotiationError) -> AcceptedOffer
    {
        let session = try offer.session()
        var none: [SubscriptionBinding] = []
        return try publisher.accept(session, id: offer.id, lost: &none, random: &random)
    }

    mutating func answer(
        _ offer: AcceptedOffer, publications: [String: PublicationAnswer], at now: MonotonicTime,
        random: inout RandomSource
    ) -> NegotiationOutcome {
        NegotiationOutcome(description: publisher.answer(offer, publications: publications))
    }

    mutating func accept(answer: SessionDescription, at now: MonotonicTime) throws(NegotiationError)
        -> NegotiationOutcome
    {
        let accepted = try subscriber.accept(answer.session(), id: answer.id)
        answerDueAt = nil
        if !accepted.refused.isEmpty { hasNews = true }
        if hasNews { pacer.request(at: now) }
        return NegotiationOutcome(
            commands: accepted.commands
                + (accepted.changed + accepted.started).map { $0.command(subscriber: subscriber.peer) },
            started: accepted.started.map(\.wish.sid), refused: accepted.refused.map(\.wish.sid))
    }

    mutating func add(_ wish: SubscriptionWish, at now: MonotonicTime, random: inout RandomSource) -> Bool {
        guard subscriber.bind(wish, random: &random) != nil else { return false }
        noteNews(at: now)
        return true
    }

    mutating func remove(_ track: TrackSID, at now: MonotonicTime) -> [MediaCommand] {
        guard let (binding, isConfirmed) = subscriber.unbind(track) else { return [] }
        noteNews(at: now)
        return isConfirmed ? [.unsubscribe(binding.wish.id)] : []
    }

    mutating func configure(_ track: TrackSID, _ settings: SubscriptionSettings) -> [MediaCommand] {
        subscriber.configure(track, settings).map { [.configure($0, settings)] } ?? []
    }

    mutating func update(
        _ track: TrackSID, codecs: [NegotiatedCodec], lost: inout [TrackSID], at now: MonotonicTime
    ) -> [MediaCommand] {
        var lostBindings: [SubscriptionBinding] = []
        let commands = subscriber.update(track, codecs: codecs, lost: &lostBindings)
        lost = lostBindings.map(\.wish.sid)
        if !lost.isEmpty { noteNews(at: now) }
        return commands
    }

    mutating func takeCandidates() -> [TrickledCandidate] {
        publisher.takeCandidates() + subscriber.takeCandidates()
    }

    private mutating func noteNews(at now: MonotonicTime) {
        hasNews = true
        // While an offer is out, its answer brings the next one.
        if !subscriber.isWaitingForAnswer { pacer.request(at: now) }
    }

    /// The client restarts its own connection; the server's it expects to be restarted by an offer.
    mutating func resume(at now: MonotonicTime, random: inout RandomSource) -> [MediaCommand] {
        answerDueAt = nil
        hasNews = true
        return subscriber.restart(random: &random)
    }

    var deadline: MonotonicTime? { [pacer.dueAt, answerDueAt].compactMap(\.self).min() }

    mutating func propose(at now: MonotonicTime) -> NegotiationProposal? {
        if let due = answerDueAt, due <= now {
            answerDueAt = nil
            return .timedOut
        }
        guard !subscriber.isWaitingForAnswer, let due = pacer.dueAt, due <= now else { return nil }
        return offerNow(at: now).map { .offer($0) }
    }

    mutating func offerNow(at now: MonotonicTime) -> SessionDescription? {
        pacer.clear()
        guard hasNews, !subscriber.isWaitingForAnswer else { return nil }
        hasNews = false
        pacer.proposed(at: now)
        answerDueAt = now + ConferenceTimers.answerTimeout
        return subscriber.offer()
    }
}
