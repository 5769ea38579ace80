import Basics
import LiveKitProtocol
import LiveKitWire
import MediaInterface
import SDP
import Testing

@testable import RelaisLoad

/// The participant against a scripted server: messages in, effects out, no network.
@Suite struct ParticipantSessionTests {
    private static let start = MonotonicTime(nanoseconds: 1_000_000_000)

    private func session(publishes: Bool = true) -> ParticipantSession {
        var random = SeededRandom(seed: 1)
        let plan = ParticipantPlan(
            index: 0, room: "r", identity: "a", publishesAudio: publishes,
            videoEncodings: publishes ? [VideoEncodingPlan(width: 640, height: 360, bitrateBitsPerSecond: 1)] : [])
        return ParticipantSession(
            plan: plan, connection: ClientPeerConnection(transport: NegotiationTests.transport, sessionID: 9),
            publications: plan.publications(using: &random), at: Self.start)
    }

    private func join(_ others: [WireTrackType] = []) -> WireJoinResponse {
        var join = WireJoinResponse()
        join.pingInterval = 5
        var other = WireParticipantInfo()
        other.tracks = others.map { type in
            var track = WireTrackInfo()
            track.type = type
            return track
        }
        join.otherParticipants = [other]
        return join
    }

    private func answer(to offer: WireSessionDescription) throws -> WireSessionDescription {
        var answer = WireSessionDescription()
        answer.type = "answer"
        answer.sdp = try NegotiationTests.answer(to: offer.sdp)
        answer.id = offer.id
        return answer
    }

    /// Everything up to the first answer.
    private func joined(_ session: inout ParticipantSession, others: [WireTrackType] = []) throws
        -> [ParticipantSession.Effect]
    {
        let request = session.joinRequest()
        #expect(request.connectionSettings.autoSubscribe)
        #expect(session.handle(.signalOpened, at: Self.start + .milliseconds(5)).isEmpty)
        #expect(session.handle(.message(.join(join(others))), at: Self.start + .milliseconds(8)).isEmpty)
        return session.handle(
            .message(.answer(try answer(to: request.publisherOffer))), at: Self.start + .milliseconds(9))
    }

    private func requests(_ effects: [ParticipantSession.Effect]) -> [WireSignalRequest.OneOf_Message] {
        effects.compactMap { if case .send(let request) = $0 { request.message } else { nil } }
    }

    private func failure(_ effects: [ParticipantSession.Effect]) -> LoadFailure? {
        effects.lazy.compactMap { if case .end(let failure) = $0 { failure } else { nil } }.first
    }

    @Test func aWholeJoinWithTwoTracks() throws {
        var session = session()
        let effects = try joined(&session, others: [.audio, .video, .video])
        guard case .openMedia(let server, let candidate)? = effects.first else {
            Issue.record("media is not opened: \(effects)")
            return
        }
        #expect(server.credentials.usernameFragment == "server00")
        #expect(candidate == SocketAddress(ipv4: 0x7f00_0001, port: 7_882))
        #expect(session.times.audioTracksAtJoin == 1 && session.times.videoTracksAtJoin == 2)

        // The tracks are announced once media stands, and offered once the server knows both.
        let connectedAt = Self.start + .milliseconds(30)
        let announced = requests(session.handle(.mediaConnected(connectedAt), at: connectedAt))
        #expect(announced.count == 2)
        var offers: [WireSessionDescription] = []
        for message in announced {
            guard case .addTrack(let track) = message else { continue }
            var published = WireTrackPublishedResponse()
            published.cid = track.cid
            for case .offer(let offer) in requests(
                session.handle(.message(.trackPublished(published)), at: connectedAt))
            {
                offers.append(offer)
            }
        }
        let offer = try #require(offers.first)
        #expect(offers.count == 1 && offer.id == 2)
        let last = session.handle(.message(.answer(try answer(to: offer))), at: Self.start + .milliseconds(40))
        let published = last.count { if case .publish = $0 { true } else { false } }
        let isReady = last.contains { if case .ready = $0 { true } else { false } }
        #expect(published == 2 && isReady && session.stage == .ready)
        #expect(session.times.published == Self.start + .milliseconds(40))
    }

    @Test func aListenerIsReadyWhenMediaStands() throws {
        var session = session(publishes: false)
        _ = try joined(&session)
        let effects = session.handle(.mediaConnected(Self.start), at: Self.start)
        #expect(effects.contains { if case .ready = $0 { true } else { false } })
    }

    @Test func wantedSectionsAreOffered() throws {
        var session = session(publishes: false)
        _ = try joined(&session)
        var wanted = WireMediaSectionsRequirement()
        wanted.numAudios = 4
        wanted.numVideos = 2
        let first = requests(session.handle(.message(.mediaSectionsRequirement(wanted)), at: Self.start))
        guard case .offer(let offer)? = first.first else {
            Issue.record("no offer")
            return
        }
        #expect(try SDPSession(parsing: offer.sdp).sections.count == 13)
        // While that offer is out, the next wish waits for its answer.
        #expect(session.handle(.message(.mediaSectionsRequirement(wanted)), at: Self.start).isEmpty)
        let after = requests(session.handle(.message(.answer(try answer(to: offer))), at: Self.start))
        guard case .offer(let second)? = after.first else {
            Issue.record("no second offer")
            return
        }
        #expect(second.id == 3)
        #expect(try SDPSession(parsing: second.sdp).sections.count == 19)
    }

    @Test func aTrickledCandidateOpensMedia() throws {
        var session = session()
        let request = session.joinRequest()
        _ = session.handle(.signalOpened, at: Self.start)
        _ = session.handle(.message(.join(join())), at: Self.start)
        var bare = try answer(to: request.publisherOffer)
        bare.sdp = try NegotiationTests.answer(to: request.publisherOffer.sdp) { $0.sections[0].candidates = [] }
        let effects = session.handle(.message(.answer(bare)), at: Self.start)
        #expect(!effects.contains { if case .openMedia = $0 { true } else { false } })
        var trickle = WireTrickleRequest()
        trickle.candidateInit =
            #"{"candidate":"candidate:1 1 udp 1 127.0.0.1 7882 typ host","sdpMid":"0","sdpMLineIndex":0}"#
        #expect(session.handle(.message(.trickle(trickle)), at: Self.start).count == 1)
        #expect(session.handle(.message(.trickle(trickle)), at: Self.start).isEmpty, "only once")
    }

    @Test func pingsGoOutAsOftenAsTheServerWishes() throws {
        var session = session(publishes: false)
        _ = try joined(&session)
        _ = session.handle(.mediaConnected(Self.start), at: Self.start)
        var pings = 0
        for tenth in 1...300 {
            for case .pingReq in requests(session.handle(.tick, at: Self.start + .milliseconds(100 * tenth))) {
                pings += 1
            }
        }
        #expect(pings == 6)
        #expect(session.stage == .ready)
    }

    // MARK: What goes wrong

    @Test func everyStepHasItsPatience() throws {
        let late = Self.start + .seconds(60)
        var opening = session()
        #expect(failure(opening.handle(.tick, at: late))?.description.contains("handshake") == true)
        #expect(opening.handle(.tick, at: late).isEmpty, "it ends once")

        var joining = session()
        _ = joining.handle(.signalOpened, at: Self.start)
        #expect(failure(joining.handle(.tick, at: late))?.description.contains("join message") == true)

        var negotiating = session()
        _ = negotiating.joinRequest()
        _ = negotiating.handle(.signalOpened, at: Self.start)
        _ = negotiating.handle(.message(.join(join())), at: Self.start)
        #expect(failure(negotiating.handle(.tick, at: late))?.description.contains("answer") == true)

        var connecting = session()
        _ = try joined(&connecting)
        #expect(failure(connecting.handle(.tick, at: late)) == .noMedia(seconds: LoadLimits.mediaSeconds))

        var publishing = session()
        _ = try joined(&publishing)
        _ = publishing.handle(.mediaConnected(Self.start), at: Self.start)
        #expect(failure(publishing.handle(.tick, at: late))?.description.contains("tracks") == true)
    }

    @Test func refusalsAndGoodByesEndTheSession() throws {
        var refused = session()
        _ = try joined(&refused)
        _ = refused.handle(.mediaConnected(Self.start), at: Self.start)
        var response = WireRequestResponse()
        response.reason = .notAllowed
        response.addTrack.name = "a-camera"
        #expect(
            failure(refused.handle(.message(.requestResponse(response)), at: Self.start))?.description
                .contains("a-camera") == true)

        var dismissed = session()
        _ = try joined(&dismissed)
        var leave = WireLeaveRequest()
        leave.reason = .serverShutdown
        #expect(
            failure(dismissed.handle(.message(.leave(leave)), at: Self.start))?.description
                .contains("serverShutdown") == true)

        var lost = session()
        _ = try joined(&lost)
        #expect(failure(lost.handle(.signalClosed, at: Self.start)) == .signalLost)
    }
}
