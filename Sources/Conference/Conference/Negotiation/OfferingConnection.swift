// The subscriber's PeerConnection of two: the server offers and the client answers (RFC 8829 section 5.2).

import MediaInterface
import SDP

/// What an answer brought about.
struct AcceptedAnswer: Sendable {
    var commands: [MediaCommand] = []
    /// Sections that the client will now receive.
    var started: [SubscriptionBinding] = []
    /// Those that it receives in other payload types from now on.
    var changed: [SubscriptionBinding] = []
    /// Tracks that the client refused.
    var refused: [SubscriptionBinding] = []
}

struct OfferingConnection: Sendable {
    struct Section: Sendable {
        enum Use: Sendable {
            case data
            case free
            /// Unbound since the last offer: offered inactive once before it carries another track.
            case released
            /// `isConfirmed` once the client has answered an offer that names it.
            case bound(SubscriptionBinding, isConfirmed: Bool)
        }
        var mid: String
        var kind: SDPMediaKind
        var use: Use
        /// What the last answer takes there.
        var codecs: [NegotiatedCodec] = []
    }

    private var head: ConnectionHead
    private(set) var sections: [Section] = [Section(mid: "0", kind: .application, use: .data)]
    /// To be told after the offer.
    private(set) var candidates: [TrickledCandidate] = []
    /// Number of the last offer; clients count from 1.
    private(set) var offerID: UInt32 = 0
    /// The offer that waits for its answer.
    private var outstanding: Outstanding?

    private struct Outstanding {
        var sectionCount: Int
        /// What each section offered: it may have been bound or freed since.
        var subscriptions: [String: SubscriptionID]
    }

    var isWaitingForAnswer: Bool { outstanding != nil }

    init(peer: PeerID, room: RoomID, local: LocalTransport, random: inout some RandomNumberGenerator) {
        head = ConnectionHead(peer: peer, room: room, local: local, random: &random)
    }

    var peer: PeerID { head.peer }

    /// The commands that make the transport: before its first offer goes out.
    var opening: [MediaCommand] {
        [
            .addPeer(PeerDescription(id: peer, room: head.room, local: head.credentials)),
            .openDataChannel(peer, label: DataChannelLabel.reliable, isOrdered: true, maximumRetransmits: nil),
            .openDataChannel(peer, label: DataChannelLabel.lossy, isOrdered: false, maximumRetransmits: 0),
        ]
    }

    var bindings: [SubscriptionBinding] {
        sections.compactMap { if case .bound(let binding, _) = $0.use { binding } else { nil } }
    }

    // MARK: - Binding

    mutating func bind(_ wish: SubscriptionWish, random: inout some RandomNumberGenerator) -> SubscriptionBinding? {
        let kind: SDPMediaKind = wish.kind == .audio ? .audio : .video
        let reused = sections.firstIndex {
            if case .free = $0.use { $0.kind == kind } else { false }
        }
        guard reused != nil || sections.count < ConferenceLimits.sdpSections else { return nil }
        let binding = SubscriptionBinding(
            wish: wish, mid: reused.map { sections[$0].mid } ?? "\(sections.count)",
            ssrc: head.sources.next(using: &random), retransmissionSSRC: head.sources.next(using: &random))
        if let reused {
            sections[reused].use = .bound(binding, isConfirmed: false)
        } else {
            sections.append(Section(mid: binding.mid, kind: kind, use: .bound(binding, isConfirmed: false)))
        }
        return binding
    }

    /// Frees the section of a track. `isConfirmed` tells that the media plane knows the subscription.
    mutating func unbind(_ track: TrackSID) -> (binding: SubscriptionBinding, isConfirmed: Bool)? {
        for index in sections.indices {
            guard case .bound(let binding, let isConfirmed) = sections[index].use, binding.wish.sid == track else {
                continue
            }
            release(index, binding)
            return (binding, isConfirmed)
        }
        return nil
    }

    private mutating func release(_ index: Int, _ binding: SubscriptionBinding) {
        sections[index].use = .released
        head.sources.free(binding)
    }

    /// The publisher's codecs have changed. What no longer fits is returned in `lost`.
    mutating func update(
        _ track: TrackSID, codecs: [NegotiatedCodec], lost: inout [SubscriptionBinding]
    ) -> [MediaCommand] {
        for index in sections.indices {
            guard case .bound(var binding, let isConfirmed) = sections[index].use, binding.wish.sid == track else {
                continue
            }
            binding.wish.codecs = codecs
            sections[index].use = .bound(binding, isConfirmed: isConfirmed)
            // Before the client has answered there is nothing to compare with.
            guard isConfirmed else { return [] }
            let payloads = binding.wish.payloads(for: sections[index].codecs)
            guard payloads != binding.payloads else { return [] }
            guard !payloads.isEmpty else {
                release(index, binding)
                lost.append(binding)
                return []
            }
            binding.payloads = payloads
            sections[index].use = .bound(binding, isConfirmed: true)
            return [binding.command(subscriber: peer)]
        }
        return []
    }

    /// Nil while the media plane does not know the subscription.
    mutating func configure(_ track: TrackSID, _ settings: SubscriptionSettings) -> SubscriptionID? {
        for index in sections.indices {
            guard case .bound(var binding, let isConfirmed) = sections[index].use, binding.wish.sid == track else {
                continue
            }
            binding.wish.settings = settings
            sections[index].use = .bound(binding, isConfirmed: isConfirmed)
            return isConfirmed ? binding.wish.id : nil
        }
        return nil
    }

    // MARK: - Offer and answer

    /// New credentials for the next offer (RFC 8839 section 4.4.1.1.1).
    mutating func restart(random: inout some RandomNumberGenerator) -> [MediaCommand] {
        outstanding = nil
        guard head.remote != nil else { return [] }
        head.renewCredentials(random: &random)
        return [.restartICE(peer, local: head.credentials, remote: nil)]
    }

    /// The next offer; not while another waits for its answer.
    mutating func offer() -> SessionDescription {
        offerID += 1
        var offer = head.nextDescription()
        offer.allowsMixedExtensions = true
        offer.bundle = sections.map(\.mid)
        offer.sections = sections.map(describe)
        head.describeCandidates(&offer.sections[0])
        candidates = head.trickle(after: offer, to: .subscriber)
        outstanding = Outstanding(
            sectionCount: sections.count,
            subscriptions: Dictionary(uniqueKeysWithValues: bindings.map { ($0.mid, $0.wish.id) }))
        for index in sections.indices {
            if case .released = sections[index].use { sections[index].use = .free }
        }
        let map = Dictionary(uniqueKeysWithValues: bindings.map { ($0.mid, $0.wish.sid) })
        return SessionDescription(type: .offer, sdp: offer.text, id: offerID, midToTrack: map)
    }

    /// The candidates that stand out, once.
    mutating func takeCandidates() -> [TrickledCandidate] {
        defer { candidates = [] }
        return candidates
    }

    private func describe(_ known: Section) -> SDPMediaSection {
        var section = SDPMediaSection(kind: known.kind, mid: known.mid)
        head.describe(&section, setup: .actpass)
        if case .data = known.use {
            section.transportProtocol = "UDP/DTLS/SCTP"
            section.format = "webrtc-datachannel"
            head.describeData(&section)
            return section
        }
        section.usesRTCPMux = true
        section.usesReducedSizeRTCP = true
        section.codecs = known.kind == .audio ? OfferedCodecs.audio : OfferedCodecs.video
        section.direction = .inactive
        var layering = false
        if case .bound(let binding, _) = known.use {
            layering = binding.wish.codecs.first?.identity.hasSpatialLayers ?? false
            binding.describe(in: &section, repeats: known.kind == .video)
        }
        section.extensions = HeaderExtensionSupport.offered
            .filter { $0.0.isAccepted(for: known.kind, layering: layering) }
            .map { SDPExtension(id: UInt16($0.1), uri: $0.0.rawValue) }
        return section
    }

    /// Takes over the answer to the outstanding offer. Some clients number all answers 0.
    mutating func accept(_ session: SDPSession, id: UInt32) throws(NegotiationError) -> AcceptedAnswer {
        guard let asked = outstanding, id == 0 || id == offerID else { throw .unexpectedAnswer }
        guard session.sections.count == asked.sectionCount else {
            throw .malformed("an answer has the sections of its offer")
        }
        for (answered, known) in zip(session.sections, sections) where answered.mid != known.mid {
            throw .malformed("an answer has the sections of its offer, in their order")
        }
        let transport = try session.remoteTransport()
        try head.check(transport)
        outstanding = nil
        var accepted = AcceptedAnswer()
        if head.remote != transport {
            accepted.commands.append(.setRemote(peer, transport))
            head.remote = transport
        }
        let before = head.extensions
        for (index, answered) in session.sections.enumerated() {
            _ = HeaderExtensionSupport.accepted(
                session.extensions + answered.extensions, kind: answered.kind, layering: true,
                ids: &head.extensions)
            sections[index].codecs = NegotiatedCodec.list(of: answered.codecs)
            guard case .bound(let binding, let isConfirmed) = sections[index].use,
                asked.subscriptions[binding.mid] == binding.wish.id
            else { continue }
            confirm(index, binding, isAnew: !isConfirmed, answered, &accepted)
        }
        if head.extensions != before { accepted.commands.append(.setHeaderExtensions(peer, head.extensions)) }
        return accepted
    }

    private mutating func confirm(
        _ index: Int, _ bound: SubscriptionBinding, isAnew: Bool, _ answered: SDPMediaSection,
        _ accepted: inout AcceptedAnswer
    ) {
        var binding = bound
        let payloads = binding.wish.payloads(for: sections[index].codecs)
        guard !answered.isRejected, answered.effectiveDirection.receives, !payloads.isEmpty else {
            accepted.refused.append(binding)
            release(index, binding)
            return
        }
        let isChanged = payloads != binding.payloads
        binding.payloads = payloads
        sections[index].use = .bound(binding, isConfirmed: true)
        if isAnew {
            accepted.started.append(binding)
        } else if isChanged {
            accepted.changed.append(binding)
        }
    }
}

/// Names of the data channels of the LiveKit protocol.
public enum DataChannelLabel {
    public static let reliable = "_reliable"
    public static let lossy = "_lossy"
}
