// One participant's side of the protocol as a pure state machine: messages and time in, effects out.

import Basics
import LiveKitWire
import MediaInterface

struct ParticipantSession: Sendable {
    enum Stage: Hashable, Sendable { case opening, joining, negotiating, connecting, publishing, ready, ended }

    enum Input: Sendable {
        case signalOpened
        case signalFailed(LoadFailure)
        case message(WireSignalResponse.OneOf_Message)
        case signalClosed
        case mediaConnected(MonotonicTime)
        case mediaFailed(LoadFailure)
        /// Time passes; several times a second.
        case tick
    }

    enum Effect: Sendable {
        case send(WireSignalRequest)
        case openMedia(ServerTransport, candidate: SocketAddress)
        /// All streams that come now.
        case receive([IncomingStream], HeaderExtensionIDs)
        case publish(NegotiatedPublication)
        /// Connected, and all of its own tracks are accepted.
        case ready
        case end(LoadFailure)
    }

    let plan: ParticipantPlan
    private(set) var stage = Stage.opening
    private(set) var times: JoinTimes
    private(set) var connection: ClientPeerConnection
    private var publications: [Publication]
    private var stageSince: MonotonicTime
    private var nextPing: MonotonicTime
    private var pingInterval = LoadLimits.pingInterval
    /// Of the first answer, while the candidate is still to come.
    private var waitingTransport: ServerTransport?
    private var hasMedia = false
    private var acceptedTracks: Set<String> = []
    private var startedPublications: Set<String> = []

    init(
        plan: ParticipantPlan, connection: ClientPeerConnection, publications: [Publication], at now: MonotonicTime
    ) {
        self.plan = plan
        self.connection = connection
        self.publications = publications
        times = JoinTimes(started: now)
        stageSince = now
        nextPing = now
    }

    /// The request that opens the session, with the first offer inside.
    mutating func joinRequest() -> WireJoinRequest {
        var request = WireJoinRequest()
        request.clientInfo.sdk = .rust
        request.clientInfo.protocol = 16
        request.clientInfo.version = "1.0"
        request.clientInfo.otherSdks = "relais-load"
        request.connectionSettings.autoSubscribe = true
        if let offer = connection.nextOffer() { request.publisherOffer = .offer(offer) }
        return request
    }

    mutating func handle(_ input: Input, at now: MonotonicTime) -> [Effect] {
        guard stage != .ended else { return [] }
        switch input {
        case .signalOpened:
            times.signalOpened = now
            enter(.joining, at: now)
            return []
        case .signalFailed(let failure), .mediaFailed(let failure): return end(failure)
        case .signalClosed: return end(.signalLost)
        case .message(let message): return handle(message, at: now)
        case .mediaConnected(let time):
            guard times.connected == nil else { return [] }
            times.connected = time
            return startPublishing(at: now)
        case .tick: return tick(at: now)
        }
    }

    private mutating func enter(_ next: Stage, at now: MonotonicTime) {
        stage = next
        stageSince = now
    }

    private mutating func end(_ failure: LoadFailure) -> [Effect] {
        stage = .ended
        return [.end(failure)]
    }

    // MARK: Messages

    private mutating func handle(_ message: WireSignalResponse.OneOf_Message, at now: MonotonicTime) -> [Effect] {
        switch message {
        case .join(let join): return accept(join, at: now)
        case .answer(let answer): return accept(answer, at: now)
        case .trickle(let trickle): return accept(trickle, at: now)
        case .trackPublished(let published):
            acceptedTracks.insert(published.cid)
            return offerPublications(at: now)
        case .requestResponse(let response):
            guard case .addTrack(let request)? = response.request else { return [] }
            return end(.publicationRefused("\(request.name): \(response.reason) \(response.message)"))
        case .mediaSectionsRequirement(let wanted):
            connection.addReceivers(audios: Int(wanted.numAudios), videos: Int(wanted.numVideos))
            connection.requestOffer()
            return offer()
        case .leave(let leave): return end(.dismissed(reason: "\(leave.reason)"))
        default: return []
        }
    }

    private mutating func accept(_ join: WireJoinResponse, at now: MonotonicTime) -> [Effect] {
        guard stage == .joining else { return [] }
        times.joined = now
        for track in join.otherParticipants.flatMap(\.tracks) {
            if track.type == .audio { times.audioTracksAtJoin += 1 }
            if track.type == .video { times.videoTracksAtJoin += 1 }
        }
        if join.pingInterval > 0 { pingInterval = .seconds(Int(join.pingInterval)) }
        nextPing = now
        enter(.negotiating, at: now)
        return []
    }

    private mutating func accept(_ answer: WireSessionDescription, at now: MonotonicTime) -> [Effect] {
        let negotiated: NegotiatedAnswer
        do {
            let accepted = try connection.accept(sdp: answer.sdp, id: answer.id, tracks: answer.midToTrackID)
            guard let accepted else { return [] }
            negotiated = accepted
        } catch {
            return end(error)
        }
        var effects: [Effect] = []
        if !hasMedia, waitingTransport == nil {
            waitingTransport = negotiated.transport
            enter(.connecting, at: now)
            effects += openMedia(negotiated.candidates)
        }
        effects.append(.receive(negotiated.streams, negotiated.extensions))
        for publication in negotiated.publications
        where startedPublications.insert(publication.publication.cid).inserted {
            effects.append(.publish(publication))
        }
        effects += offer()
        return effects + becomeReady(at: now)
    }

    private mutating func accept(_ trickle: WireTrickleRequest, at now: MonotonicTime) -> [Effect] {
        guard let candidate = TrickledCandidate(json: trickle.candidateInit) else { return [] }
        return openMedia([candidate.address])
    }

    /// Opens the media path once, to the most local of the addresses.
    private mutating func openMedia(_ candidates: [SocketAddress]) -> [Effect] {
        guard !hasMedia, let transport = waitingTransport else { return [] }
        let ranked = candidates.first { $0.isLoopback && $0.isIPv4 } ?? candidates.first { $0.isLoopback }
        guard let address = ranked ?? candidates.first(where: \.isIPv4) ?? candidates.first else { return [] }
        hasMedia = true
        return [.openMedia(transport, candidate: address)]
    }

    // MARK: Publishing

    private mutating func startPublishing(at now: MonotonicTime) -> [Effect] {
        enter(.publishing, at: now)
        guard !publications.isEmpty else { return becomeReady(at: now) }
        return publications.map { .send(.addTrack($0)) }
    }

    /// Offers the tracks together when the server knows them all: one renegotiation for both.
    private mutating func offerPublications(at now: MonotonicTime) -> [Effect] {
        guard stage == .publishing, publications.allSatisfy({ acceptedTracks.contains($0.cid) }) else { return [] }
        for publication in publications { connection.publish(publication) }
        return offer()
    }

    private mutating func offer() -> [Effect] {
        guard times.joined != nil, let offer = connection.nextOffer() else { return [] }
        var request = WireSignalRequest()
        request.offer = .offer(offer)
        return [.send(request)]
    }

    private mutating func becomeReady(at now: MonotonicTime) -> [Effect] {
        guard stage == .publishing, startedPublications.count == publications.count else { return [] }
        times.published = now
        enter(.ready, at: now)
        return [.ready]
    }

    // MARK: Time

    private mutating func tick(at now: MonotonicTime) -> [Effect] {
        if let failure = overdue(at: now) { return end(failure) }
        guard times.joined != nil, now >= nextPing else { return [] }
        nextPing = now + pingInterval
        var request = WireSignalRequest()
        request.pingReq.timestamp = now.nanoseconds / 1_000_000
        return [.send(request)]
    }

    private func overdue(at now: MonotonicTime) -> LoadFailure? {
        let (seconds, step): (Int, String) =
            switch stage {
            case .opening: (LoadLimits.joinSeconds, "its answer to the WebSocket handshake")
            case .joining: (LoadLimits.joinSeconds, "the join message")
            case .negotiating: (LoadLimits.answerSeconds, "an answer to the first offer")
            case .connecting: (LoadLimits.mediaSeconds, "")
            case .publishing: (LoadLimits.publishSeconds, "its consent to the participant's tracks")
            case .ready, .ended: (0, "")
            }
        guard seconds > 0, now - stageSince > .seconds(seconds) else { return nil }
        if stage == .connecting {
            return hasMedia ? .noMedia(seconds: seconds) : .noAnswer(step: "an ICE candidate", seconds: seconds)
        }
        return .noAnswer(step: step, seconds: seconds)
    }
}
