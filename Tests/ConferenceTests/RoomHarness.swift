// A room without I/O: inputs in, effects out, with the bookkeeping that a door and a media thread would do.

import Basics
import MediaInterface
import SDP
import Testing

@testable import Conference

/// The transcript of a room. Every effect is checked against what must always hold.
struct RoomHarness {
    var state: RoomState
    var now = MonotonicTime.zero + .seconds(100)
    /// Everything since the last `clear`.
    private(set) var effects: [RoomEffect] = []
    private(set) var checker = EffectChecker()
    /// What each participant has not read yet.
    private var inbox: [ParticipantSID: [ParticipantNotification]] = [:]

    static let local = LocalTransport(
        fingerprint: CertificateFingerprint(algorithm: .sha256, digest: [UInt8](repeating: 0xa5, count: 32)),
        candidates: [
            LocalCandidate(address: SocketAddress(ipv4: 0xc000_0201, port: 7_882)),
            LocalCandidate(transport: .tcpPassive, address: SocketAddress(ipv4: 0xc000_0201, port: 7_881)),
        ])

    /// Data packets of the tests: "text" for all, "@identity text" for one, "#7 text" with a sequence number, "!7 text"
    /// with a nonce.
    static let rewriter: DataPacketRewriter = { packet, sender in
        var text = String(decoding: packet, as: UTF8.self)
        if text == "malformed" { return nil }
        var data = RelayedData(payload: [])
        if text.hasPrefix("#") {
            let parts = text.dropFirst().split(separator: " ", maxSplits: 1)
            data.sequence = UInt32(parts[0]) ?? 0
            text = String(parts[1])
        }
        if text.hasPrefix("!") {
            let parts = text.dropFirst().split(separator: " ", maxSplits: 1)
            data.nonce = [UInt8](repeating: 0, count: 15) + [UInt8(parts[0]) ?? 0]
            text = String(parts[1])
        }
        if text.hasPrefix("@") {
            data.destinationIdentities = [String(text.dropFirst().prefix { $0 != " " })]
        }
        data.payload = Array("\(sender.identity): \(text)".utf8)
        return data
    }

    init(settings: RoomSettings = RoomSettings(), seed: UInt64 = 1) {
        state = RoomState(
            name: "room", id: RoomID(7), settings: settings, local: Self.local,
            random: .seeded(SeededRandom(seed: seed)), rewriteData: Self.rewriter, at: now, wallMilliseconds: 1_000)
    }

    // MARK: - Inputs

    mutating func take(_ new: [RoomEffect]) {
        checker.check(new)
        effects += new
        for case .notify(let sid, let notification) in new { inbox[sid, default: []].append(notification) }
    }

    @discardableResult
    mutating func join(
        _ identity: String, mode: PeerConnectionMode = .single, permissions: Permissions = Permissions(),
        kind: ParticipantKind = .standard, adaptive: Bool = false, automatic: Bool = true, offer: String? = nil,
        offerID: UInt32 = 0, attributes: [String: String] = [:]
    ) throws -> ParticipantSID {
        let request = JoinRequest(
            grants: JoinGrants(
                identity: identity, roomName: "room", name: identity.uppercased(), kind: kind,
                permissions: permissions, expiresAtSeconds: 9_999),
            client: ClientInfo(sdk: "python", clientProtocol: 2, capabilities: [1]), mode: mode,
            subscribesAutomatically: automatic, usesAdaptiveStream: adaptive, attributes: attributes,
            publisherOffer: try offer.map {
                SessionDescription(type: .offer, sdp: try Fixtures.text($0), id: offerID)
            })
        return try enter(request)
    }

    mutating func enter(_ request: JoinRequest) throws -> ParticipantSID {
        let (outcome, new) = try state.join(request, at: now, wallMilliseconds: 1_000)
        if case .joined(let sid) = outcome { checker.joined(sid) }
        if case .resumed(let sid) = outcome { checker.resumed(sid) }
        take(new)
        switch outcome {
        case .joined(let sid), .resumed(let sid): return sid
        case .mustStartAnew: throw MustStartAnew()
        }
    }

    struct MustStartAnew: Error {}

    mutating func resume(
        _ sid: ParticipantSID, identity: String, mode: PeerConnectionMode = .single, state sync: SyncState? = nil,
        offer: SessionDescription? = nil
    ) throws {
        let request = JoinRequest(
            grants: JoinGrants(identity: identity, roomName: "room", expiresAtSeconds: 9_999), client: ClientInfo(),
            mode: mode, publisherOffer: offer, resume: JoinRequest.Resume(participant: sid, reason: 1), syncState: sync)
        _ = try enter(request)
    }

    mutating func send(_ request: ParticipantRequest, from sid: ParticipantSID) {
        take(state.handle(request, from: sid, at: now))
    }

    mutating func offer(_ text: String, id: UInt32 = 0, from sid: ParticipantSID) {
        send(.offer(SessionDescription(type: .offer, sdp: text, id: id)), from: sid)
    }

    mutating func media(_ event: MediaEvent) { take(state.receive(event, at: now)) }

    mutating func loseSignal(_ sid: ParticipantSID) {
        checker.signalLost(sid)
        take(state.signalLost(sid, at: now))
    }

    /// Lets time pass, stopping at every deadline as a timer would.
    mutating func wait(_ interval: Interval) {
        let end = now + interval
        while let deadline = state.nextDeadline, deadline <= end {
            let before = (now, effects.count)
            now = max(now, deadline)
            take(state.advance(to: now))
            if state.nextDeadline == deadline, before.0 == now, before.1 == effects.count {
                Issue.record("the deadline \(deadline) does not go away")
                break
            }
        }
        now = end
        take(state.advance(to: now))
    }

    mutating func clear() { effects = [] }
    mutating func read(_ sid: ParticipantSID) -> [ParticipantNotification] { inbox.removeValue(forKey: sid) ?? [] }

    // MARK: - What came out

    func notifications(to sid: ParticipantSID) -> [ParticipantNotification] {
        effects.compactMap { if case .notify(sid, let notification) = $0 { notification } else { nil } }
    }

    var commands: [MediaCommand] { effects.compactMap { if case .media(let command) = $0 { command } else { nil } } }
    var facts: [RoomFact] { effects.compactMap { if case .fact(let fact) = $0 { fact } else { nil } } }

    func answer(to sid: ParticipantSID) throws -> SessionDescription {
        try #require(
            notifications(to: sid).compactMap { if case .answer(let answer) = $0 { answer } else { nil } }.last)
    }

    func offer(to sid: ParticipantSID) throws -> SessionDescription {
        try #require(notifications(to: sid).compactMap { if case .offer(let offer) = $0 { offer } else { nil } }.last)
    }

    func addedPeers() -> [PeerDescription] {
        commands.compactMap { if case .addPeer(let peer) = $0 { peer } else { nil } }
    }

    func published() -> [TrackDescription] {
        commands.compactMap { if case .publish(let track) = $0 { track } else { nil } }
    }

    func subscribed() -> [SubscriptionDescription] {
        commands.compactMap { if case .subscribe(let subscription) = $0 { subscription } else { nil } }
    }

    func configured() -> [(SubscriptionID, SubscriptionSettings)] {
        commands.compactMap { if case .configure(let id, let settings) = $0 { (id, settings) } else { nil } }
    }

    /// The names of the messages in their order, for transcripts.
    func transcript(of sid: ParticipantSID) -> [String] {
        effects.compactMap { effect in
            switch effect {
            case .notify(sid, let notification): notification.label
            case .endSession(sid): "end"
            default: nil
            }
        }
    }
}

/// Ends a test whose next steps need a value of another case.
struct UnexpectedCase: Error {}

extension ParticipantNotification {
    var participants: [ParticipantInfo]? { if case .participantsUpdated(let infos) = self { infos } else { nil } }
    var snapshot: JoinSnapshot? { if case .joined(let snapshot) = self { snapshot } else { nil } }
    var room: RoomInfo? { if case .roomUpdated(let room) = self { room } else { nil } }
    var grants: JoinGrants? { if case .grantsRefreshed(let grants) = self { grants } else { nil } }

    /// The case's name.
    var label: String { String(String(describing: self).prefix { $0 != "(" }) }
}

extension SessionDescription {
    var parsed: SDPSession { get throws { try SDPSession(parsing: sdp) } }
}

extension SDPSession {
    func section(_ mid: String) throws -> SDPMediaSection { try #require(sections.first { $0.mid == mid }) }
}
