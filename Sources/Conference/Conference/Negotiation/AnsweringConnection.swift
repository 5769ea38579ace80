// A PeerConnection on which the client offers and the server answers (RFC 8829 section 5.3): the publisher's of two, or
// the only one.

import MediaInterface
import SDP

/// An offer that was taken over and waits to be answered, within one turn of the room.
struct AcceptedOffer: Sendable {
    var id: UInt32
    var session: SDPSession
    /// The codecs that the answer keeps, by section.
    var codecs: [[SDPCodec]]
    /// By section: not rejected, and on the one transport.
    var usable: [Bool]
    /// What the client sends, by mid.
    var publications: [String: OfferedPublication]
    /// Changes of the transport, for the media plane.
    var commands: [MediaCommand]

    /// Names of the sections, in their order.
    var mids: [String] { session.sections.map(\.mid) }
}

/// How a sending section is answered.
struct PublicationAnswer: Hashable, Sendable {
    /// False for what the participant may not publish.
    var isWanted = true
    var usesDTX = true
    var isStereo = false
    /// Type of the codec that the client shall send ("video/VP9"); nil leaves its own order.
    var preferredType: String?
    /// The client may send redundancy for its speech.
    var usesRedundancy = false
}

struct AnsweringConnection: Sendable {
    /// What stays known of a section from one offer to the next.
    struct Section: Hashable, Sendable {
        enum Use: Hashable, Sendable {
            /// Rejected, for data, or once used by the client to send: never for our tracks.
            case closed
            /// The client would receive here; nothing is bound.
            case free
            /// Unbound since the last answer: must be answered inactive once, or clients do not see the new track.
            case released
            case bound(SubscriptionBinding)
        }
        var mid: String
        var kind: SDPMediaKind
        var use: Use
        var hasSent: Bool
        /// What the last offer takes there.
        var codecs: [NegotiatedCodec]
    }

    private var head: ConnectionHead
    private(set) var sections: [Section] = []
    /// To be told after the answer.
    private(set) var candidates: [TrickledCandidate] = []

    init(peer: PeerID, room: RoomID, local: LocalTransport, random: inout some RandomNumberGenerator) {
        head = ConnectionHead(peer: peer, room: room, local: local, random: &random)
    }

    var peer: PeerID { head.peer }
    var remote: RemoteTransport? { head.remote }

    var bindings: [SubscriptionBinding] {
        sections.compactMap { if case .bound(let binding) = $0.use { binding } else { nil } }
    }

    func freeSections(_ kind: SDPMediaKind) -> Int { sections.count { $0.kind == kind && $0.use == .free } }

    // MARK: - Offer

    /// Takes over an offer: transport, extensions and sections. What was bound to sections that went away, or that no
    /// longer take its codec, is returned in `lost`.
    mutating func accept(
        _ session: SDPSession, id: UInt32, lost: inout [SubscriptionBinding], random: inout some RandomNumberGenerator
    ) throws(NegotiationError) -> AcceptedOffer {
        try session.checkMids()
        let offered = try session.remoteTransport()
        try head.check(offered)
        var commands = takeOver(offered, dataMessageLimitBytes: session.dataMessageLimitBytes, random: &random)

        let usable = session.usableSections()
        let codecs = session.sections.map { CodecSupport.accepted(of: $0) }
        var publications: [String: OfferedPublication] = [:]
        let before = head.extensions
        for index in session.sections.indices where usable[index] {
            let section = session.sections[index]
            if let publication = OfferedPublication(section, accepted: codecs[index]) {
                publications[section.mid] = publication
            }
            _ = acceptedExtensions(of: section, in: session, codecs: nil)
        }
        if head.extensions != before { commands.append(.setHeaderExtensions(peer, head.extensions)) }
        var offer = AcceptedOffer(
            id: id, session: session, codecs: codecs, usable: usable, publications: publications, commands: commands)
        updateSections(from: offer, lost: &lost)
        for index in sections.indices { offer.commands += remap(index, lost: &lost) }
        return offer
    }

    private mutating func takeOver(
        _ offered: RemoteTransport, dataMessageLimitBytes: Int, random: inout some RandomNumberGenerator
    ) -> [MediaCommand] {
        defer { head.remote = offered }
        guard let remote else {
            return [
                .addPeer(
                    PeerDescription(
                        id: peer, room: head.room, local: head.credentials, remote: offered,
                        maximumMessageSizeBytes: dataMessageLimitBytes))
            ]
        }
        // New credentials are what an ICE restart looks like (RFC 8839 section 4.4.1.1.1); ours change with them.
        guard remote.credentials != offered.credentials else { return [] }
        head.renewCredentials(random: &random)
        return [.restartICE(peer, local: head.credentials, remote: offered.credentials)]
    }

    private mutating func updateSections(from offer: AcceptedOffer, lost: inout [SubscriptionBinding]) {
        let known = Dictionary(uniqueKeysWithValues: sections.map { ($0.mid, $0) })
        sections = offer.session.sections.indices.map { index in
            let offered = offer.session.sections[index]
            let before = known[offered.mid]
            let hasSent = before?.hasSent == true || offered.effectiveDirection.sends
            var section = Section(
                mid: offered.mid, kind: offered.kind, use: .closed, hasSent: hasSent,
                codecs: NegotiatedCodec.list(of: offer.codecs[index]))
            let isForReceiving = offer.usable[index] && !hasSent && !offer.codecs[index].isEmpty
            guard isForReceiving, before == nil || before?.kind == offered.kind else { return section }
            guard offered.effectiveDirection.receives else { return section }
            section.use = before.map { $0.use == .closed ? .free : $0.use } ?? .free
            return section
        }
        let kept = Set(bindings.map(\.mid))
        for section in known.values {
            guard case .bound(let binding) = section.use, !kept.contains(section.mid) else { continue }
            head.sources.free(binding)
            lost.append(binding)
        }
    }

    /// `codecs` are those of the answer, nil before it is known which of them comes first.
    private mutating func acceptedExtensions(
        of section: SDPMediaSection, in session: SDPSession, codecs: [SDPCodec]?
    ) -> [SDPExtension] {
        guard section.kind == .audio || section.kind == .video else { return [] }
        return HeaderExtensionSupport.accepted(
            session.extensions + section.extensions, kind: section.kind,
            layering: Self.layering(of: section, codecs: codecs), ids: &head.extensions)
    }

    // MARK: - Binding

    /// Binds a wish to a free section. Nil when there is none; the mapping is empty when no codec fits.
    mutating func bind(_ wish: SubscriptionWish, random: inout some RandomNumberGenerator) -> SubscriptionBinding? {
        let kind: SDPMediaKind = wish.kind == .audio ? .audio : .video
        guard let index = sections.firstIndex(where: { $0.kind == kind && $0.use == .free }) else { return nil }
        var binding = SubscriptionBinding(
            wish: wish, mid: sections[index].mid, ssrc: head.sources.next(using: &random),
            retransmissionSSRC: head.sources.next(using: &random))
        binding.payloads = wish.payloads(for: sections[index].codecs)
        if binding.payloads.isEmpty { head.sources.free(binding) } else { sections[index].use = .bound(binding) }
        return binding
    }

    /// The publisher's codecs have changed. What no longer fits is returned in `lost`.
    mutating func update(
        _ track: TrackSID, codecs: [NegotiatedCodec], lost: inout [SubscriptionBinding]
    ) -> [MediaCommand] {
        for index in sections.indices {
            guard case .bound(var binding) = sections[index].use, binding.wish.sid == track else { continue }
            binding.wish.codecs = codecs
            sections[index].use = .bound(binding)
            return remap(index, lost: &lost)
        }
        return []
    }

    /// Brings the payload types of a bound section up to date with the codecs of both sides.
    private mutating func remap(_ index: Int, lost: inout [SubscriptionBinding]) -> [MediaCommand] {
        guard case .bound(var binding) = sections[index].use else { return [] }
        let payloads = binding.wish.payloads(for: sections[index].codecs)
        guard payloads != binding.payloads else { return [] }
        guard !payloads.isEmpty else {
            sections[index].use = .released
            head.sources.free(binding)
            lost.append(binding)
            return []
        }
        binding.payloads = payloads
        sections[index].use = .bound(binding)
        return [binding.command(subscriber: peer)]
    }

    /// Frees the section of a track.
    mutating func unbind(_ track: TrackSID) -> SubscriptionBinding? {
        for index in sections.indices {
            guard case .bound(let binding) = sections[index].use, binding.wish.sid == track else { continue }
            sections[index].use = .released
            head.sources.free(binding)
            return binding
        }
        return nil
    }

    mutating func configure(_ track: TrackSID, _ settings: SubscriptionSettings) -> SubscriptionID? {
        for index in sections.indices {
            guard case .bound(var binding) = sections[index].use, binding.wish.sid == track else { continue }
            binding.wish.settings = settings
            sections[index].use = .bound(binding)
            return binding.wish.id
        }
        return nil
    }

    // MARK: - Answer

    /// The answer to an offer that was accepted in the same turn.
    mutating func answer(_ offer: AcceptedOffer, publications: [String: PublicationAnswer]) -> SessionDescription {
        var answer = head.nextDescription()
        answer.allowsMixedExtensions = offer.session.allowsMixedExtensions
        for index in offer.session.sections.indices {
            let offered = offer.session.sections[index]
            var section = answerSection(offered, index: index, in: offer, publication: publications[offered.mid])
            if !section.isRejected, answer.bundle?.isEmpty != false { head.describeCandidates(&section) }
            if !section.isRejected { answer.bundle = (answer.bundle ?? []) + [section.mid] }
            answer.sections.append(section)
            if sections[index].use == .released { sections[index].use = .free }
        }
        // A single PeerConnection counts as the publisher's.
        candidates = head.trickle(after: answer, to: .publisher)
        let map = Dictionary(uniqueKeysWithValues: bindings.map { ($0.mid, $0.wish.sid) })
        return SessionDescription(type: .answer, sdp: answer.text, id: offer.id, midToTrack: map)
    }

    /// The candidates that stand out, once.
    mutating func takeCandidates() -> [TrickledCandidate] {
        defer { candidates = [] }
        return candidates
    }

    private mutating func answerSection(
        _ offered: SDPMediaSection, index: Int, in offer: AcceptedOffer, publication: PublicationAnswer?
    ) -> SDPMediaSection {
        var section = SDPMediaSection(
            kind: offered.kind, transportProtocol: offered.transportProtocol, mid: offered.mid)
        let isData = offered.kind == .application && offered.transportProtocol.hasSuffix("SCTP")
        let codecs = offer.codecs[index]
        guard offer.usable[index], isData || !codecs.isEmpty else {
            return Self.rejection(of: offered)
        }
        head.describe(&section, setup: .passive)
        if isData {
            section.format = offered.format
            head.describeData(&section)
            return section
        }
        section.usesRTCPMux = true
        section.usesReducedSizeRTCP = offered.usesReducedSizeRTCP
        section.codecs = codecs
        section.direction = .inactive
        if case .bound(let binding) = sections[index].use {
            binding.describe(in: &section, repeats: binding.payloads.contains { $0.subscribedRetransmission != nil })
        } else if let publication, publication.isWanted, let sent = offer.publications[offered.mid] {
            section.direction = .recvonly
            section.codecs = CodecSupport.answered(codecs, usesRedundancy: publication.usesRedundancy)
                .map { $0.answeringOpus(publication) }
            if let type = publication.preferredType {
                section.codecs = CodecSupport.ordered(section.codecs, preferring: type)
            }
            if !sent.rids.isEmpty {
                section.rids = sent.rids.map { SDPRID(id: $0, direction: .recv) }
                section.simulcast = SDPSimulcast(receive: sent.rids.map { [$0] })
            }
        }
        section.extensions = acceptedExtensions(of: offered, in: offer.session, codecs: section.codecs)
        return section
    }

    /// Whether frames in layers may pass there: where the client sends, what it will send first decides; where it
    /// receives, anything may come later.
    private static func layering(of section: SDPMediaSection, codecs: [SDPCodec]?) -> Bool {
        guard let identities = codecs?.lazy.compactMap(CodecIdentity.init) else { return true }
        return section.effectiveDirection.sends
            ? identities.first?.hasSpatialLayers ?? false : identities.contains { $0.hasSpatialLayers }
    }

    private static func rejection(of offered: SDPMediaSection) -> SDPMediaSection {
        var section = SDPMediaSection(
            kind: offered.kind, port: 0, transportProtocol: offered.transportProtocol, mid: offered.mid)
        section.format = offered.format
        section.codecs = offered.codecs.prefix(1).map { SDPCodec(payloadType: $0.payloadType) }
        section.direction = .inactive
        return section
    }
}

extension SDPSession {
    /// Which sections are neither rejected nor outside of the bundle that is the whole transport.
    fileprivate func usableSections() -> [Bool] {
        let bundled = bundle.map(Set.init)
        return sections.map { !$0.isRejected && (bundled?.contains($0.mid) ?? true) }
    }
}

extension SDPCodec {
    /// RFC 7587 section 7: what the server, as receiver, asks the encoder for.
    fileprivate func answeringOpus(_ publication: PublicationAnswer) -> SDPCodec {
        guard name.lowercased() == "opus" else { return self }
        let ours: Set = ["usedtx", "stereo", "maxaveragebitrate"]
        var parts = parameters.split(separator: ";").map { String($0.drop { $0 == " " }) }
        parts.removeAll { ours.contains(String($0.prefix { $0 != "=" })) }
        if publication.usesDTX { parts.append("usedtx=1") }
        if publication.isStereo { parts += ["stereo=1", "maxaveragebitrate=510000"] }
        var codec = self
        codec.parameters = parts.joined(separator: ";")
        return codec
    }
}
