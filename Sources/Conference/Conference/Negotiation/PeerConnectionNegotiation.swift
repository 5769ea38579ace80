// What the room needs of a participant's PeerConnections, one or two.

import Basics
import MediaInterface

/// The next step that the server takes on its own account.
enum NegotiationProposal: Sendable {
    /// The client shall offer again, with so many more sections.
    case sections(audios: UInt32, videos: UInt32)
    case offer(SessionDescription)
    /// The client has not answered in time.
    case timedOut
}

/// What a completed exchange brought about.
struct NegotiationOutcome: Sendable {
    var description: SessionDescription?
    var commands: [MediaCommand] = []
    /// Tracks whose forwarding begins.
    var started: [TrackSID] = []
    /// Tracks that the client cannot take.
    var refused: [TrackSID] = []
}

protocol PeerConnectionNegotiation: Sendable {
    /// The one whose connection makes the participant active.
    var primaryPeer: PeerID { get }
    /// The one on which data goes out.
    var dataPeer: PeerID { get }
    var peers: [PeerID] { get }
    /// Those of `peers` that the media plane knows.
    var livePeers: [PeerID] { get }
    /// The one on which the client publishes.
    var publisherPeer: PeerID { get }
    /// Commands that come before all others.
    var opening: [MediaCommand] { get }

    /// Takes over an offer; tracks whose section went away with it, or no longer takes their codec, are returned in
    /// `lost`.
    mutating func accept(offer: SessionDescription, lost: inout [TrackSID], random: inout RandomSource)
        throws(NegotiationError) -> AcceptedOffer
    mutating func answer(
        _ offer: AcceptedOffer, publications: [String: PublicationAnswer], at now: MonotonicTime,
        random: inout RandomSource
    ) -> NegotiationOutcome
    mutating func accept(answer: SessionDescription, at now: MonotonicTime) throws(NegotiationError)
        -> NegotiationOutcome

    /// A track to receive; false when there is no place for it.
    mutating func add(_ wish: SubscriptionWish, at now: MonotonicTime, random: inout RandomSource) -> Bool
    mutating func remove(_ track: TrackSID, at now: MonotonicTime) -> [MediaCommand]
    mutating func configure(_ track: TrackSID, _ settings: SubscriptionSettings) -> [MediaCommand]

    /// The codecs of a track have changed; it is returned in `lost` when the client takes none of them.
    mutating func update(
        _ track: TrackSID, codecs: [NegotiatedCodec], lost: inout [TrackSID], at now: MonotonicTime
    ) -> [MediaCommand]
    /// The candidates that go with the last description, once.
    mutating func takeCandidates() -> [TrickledCandidate]

    /// Signaling is back after an interruption: what was asked meanwhile is lost.
    mutating func resume(at now: MonotonicTime, random: inout RandomSource) -> [MediaCommand]
    /// The offer that does not wait for the pace: a session's first, and the one of a resumed session.
    mutating func offerNow(at now: MonotonicTime) -> SessionDescription?
    /// When `propose` has something to do.
    var deadline: MonotonicTime? { get }
    mutating func propose(at now: MonotonicTime) -> NegotiationProposal?
}

/// Spaces out what the server asks of a client: the first at once, then no faster than clients renegotiate.
struct NegotiationPacer: Sendable {
    private(set) var dueAt: MonotonicTime?
    private var lastProposal: MonotonicTime?

    mutating func request(at now: MonotonicTime) {
        guard dueAt == nil else { return }
        let soonest = now + ConferenceTimers.firstNegotiationDelay
        let spaced = lastProposal.map { $0 + ConferenceTimers.negotiationInterval } ?? soonest
        dueAt = max(soonest, spaced)
    }

    mutating func clear() { dueAt = nil }

    mutating func proposed(at now: MonotonicTime) {
        dueAt = nil
        lastProposal = now
    }
}
