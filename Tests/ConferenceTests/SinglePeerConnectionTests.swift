import Basics
import MediaInterface
import SDP
import Testing

@testable import Conference

/// The sequences of a client with one PeerConnection, with the offers of a real one.
@Suite struct SinglePeerConnectionTests {
    static let microphone = AddTrackRequest(
        cid: "c7191c00-0f5c-483f-a082-40d12a27fd2e", kind: .audio, source: .microphone, name: "mic")
    static let camera = AddTrackRequest(
        cid: "79ad4d37-aae9-4d4c-ad55-eb07b5d379e8", kind: .video, source: .camera, name: "cam", width: 1_280,
        height: 720, layers: layers,
        codecs: [
            AddTrackRequest.Codec(codec: "vp8", cid: "79ad4d37-aae9-4d4c-ad55-eb07b5d379e8", layers: layers)
        ])
    static let layers = [
        VideoLayer(quality: .high, width: 1_280, height: 720, bitrateBitsPerSecond: 1_700_000),
        VideoLayer(quality: .medium, width: 640, height: 360, bitrateBitsPerSecond: 450_000),
        VideoLayer(quality: .low, width: 320, height: 180, bitrateBitsPerSecond: 160_000),
    ]

    @Test func aClientJoinsWithItsOffer() throws {
        var room = RoomHarness()
        let alice = try room.join("alice", offer: "v1-join-offer")
        #expect(
            room.transcript(of: alice) == ["joined", "grantsRefreshed", "answer", "trickle", "trickle", "roomUpdated"])
        let snapshot = try #require(room.notifications(to: alice).first?.snapshot)
        #expect(!snapshot.isSubscriberPrimary && snapshot.others.isEmpty)
        #expect(snapshot.participant.sid == alice && snapshot.participant.state == .joined)
        #expect(snapshot.publishableCodecs.first == "video/VP8")

        let answer = try room.answer(to: alice)
        #expect(answer.id == 0 && answer.type == .answer && answer.midToTrack.isEmpty)
        let session = try answer.parsed
        #expect(session.isICELite && session.allowsMixedExtensions)
        #expect(session.bundle == ["0", "1", "2", "3", "4", "5", "6"])
        #expect(session.transport.fingerprints[0].digest == [UInt8](repeating: 0xa5, count: 32))
        #expect(session.sections.dropLast().allSatisfy { $0.direction == .inactive && $0.port == 9 })
        #expect(session.sections.allSatisfy { $0.transport.setup == .passive })
        let candidates = session.sections[0].candidates
        #expect(candidates.map(\.transport) == ["udp", "tcp"] && candidates[0].address == "192.0.2.1")
        #expect(candidates[0].port == 7_882 && candidates[0].priority > candidates[1].priority)
        #expect(session.sections[0].hasEndOfCandidates && session.sections[1].candidates.isEmpty)
        let data = try session.section("6")
        #expect(data.sctpPort == 5_000 && data.maximumMessageSizeBytes == 65_535)

        let peer = try #require(room.addedPeers().first)
        #expect(room.addedPeers().count == 1 && peer.maximumMessageSizeBytes == 262_144)
        #expect(peer.remote?.credentials.usernameFragment == "GTO2")
        #expect(peer.remote?.credentials.password == "BnhUeHDdJPzHS582csICoGOx")
        #expect(session.sections[0].transport.usernameFragment == peer.local.usernameFragment)
        #expect(session.sections[0].transport.password == peer.local.password)
        #expect(peer.local.usernameFragment.count >= 4 && peer.local.password.count >= 22)
    }

    /// Chrome and Rust keep the payload types and extensions of the offer; a missing rid extension kills simulcast.
    @Test func theAnswerMirrorsTheOffer() throws {
        var room = RoomHarness()
        let alice = try room.join("alice", offer: "v1-join-offer")
        let session = try room.answer(to: alice).parsed
        let audio = try session.section("0")
        #expect(audio.codecs.map(\.payloadType) == [111, 63] && audio.codecs[1].parameters == "111/111")
        #expect(audio.codecs[0].parameters == "minptime=10;useinbandfec=1")
        #expect(audio.extensions.map(\.id) == [1, 4])
        let video = try session.section("3")
        // VP8, H.264 baseline and constrained baseline in both modes, AV1, VP9 profiles 0 and 2, each with its repeats.
        #expect(
            video.codecs.map(\.payloadType) == [
                96, 97, 103, 104, 107, 108, 109, 114, 115, 116, 45, 46, 98, 99, 100, 101,
            ])
        #expect(video.codecs[0].feedback == ["transport-cc", "ccm fir", "nack", "nack pli"])
        #expect(Set(video.extensions.map(\.id)) == [2, 3, 4, 5, 6, 8, 10, 11, 13])
        let extensions = room.commands.compactMap { command -> HeaderExtensionIDs? in
            if case .setHeaderExtensions(_, let ids) = command { ids } else { nil }
        }
        #expect(extensions.count == 1)
        #expect(extensions[0].mid == 4 && extensions[0].rtpStreamID == 10 && extensions[0].repairedRTPStreamID == 11)
        #expect(extensions[0].transportSequenceNumber == 3 && extensions[0].audioLevel == 1)
        #expect(extensions[0].videoOrientation == 13 && extensions[0].playoutDelay == 5)
    }

    @Test func theOfferMayComeAfterTheWelcome() throws {
        var room = RoomHarness()
        let firefox = try room.join("firefox")
        #expect(room.transcript(of: firefox) == ["joined", "grantsRefreshed", "roomUpdated"])
        #expect(room.addedPeers().isEmpty)
        room.offer(try Fixtures.text("v1-join-offer"), id: 1, from: firefox)
        #expect(try room.answer(to: firefox).id == 1)
        #expect(room.addedPeers().count == 1)
    }

    @Test func aParticipantBecomesActiveWithItsTransport() throws {
        var room = RoomHarness()
        let alice = try room.join("alice", offer: "v1-join-offer")
        let bob = try room.join("bob", offer: "v1-join-offer-second-client")
        room.clear()
        room.media(.peerConnected(room.state.participants[bob]!.negotiation.primaryPeer))
        for sid in [alice, bob] {
            let infos = try #require(room.notifications(to: sid).first?.participants)
            #expect(infos.map(\.sid) == [bob] && infos[0].state == .active)
        }
        guard case .participantJoined(_, let info) = try #require(room.facts.first) else { throw UnexpectedCase() }
        #expect(info.identity == "bob" && room.facts.count == 1)
    }

    /// Alice publishes with what a real client sent; bob's client then offers again as a real one did.
    static func conversation() throws -> (RoomHarness, alice: ParticipantSID, bob: ParticipantSID) {
        var room = RoomHarness()
        let alice = try room.join("alice", offer: "v1-join-offer")
        let bob = try room.join("bob", offer: "v1-join-offer-second-client")
        for sid in [alice, bob] { room.media(.peerConnected(room.state.participants[sid]!.negotiation.primaryPeer)) }
        return (room, alice, bob)
    }

    @Test func audioIsPublishedAndReceived() throws {
        var (room, alice, bob) = try Self.conversation()
        room.clear()
        room.send(.addTrack(Self.microphone), from: alice)
        guard case .trackPublished(let cid, let announced) = try #require(room.notifications(to: alice).first) else {
            throw UnexpectedCase()
        }
        #expect(cid == Self.microphone.cid && announced.sid.rawValue.hasPrefix("TR_AM"))
        #expect(announced.stream == "camera" && announced.mimeType == "audio/opus" && announced.mid == "")
        #expect(room.notifications(to: bob).isEmpty && room.commands.isEmpty)

        room.clear()
        room.offer(try Fixtures.text("v1-audio-offer"), from: alice)
        #expect(room.transcript(of: alice) == ["participantsUpdated", "answer"])
        let track = try #require(room.published().first)
        #expect(track.mid == "7" && track.kind == .audio && !track.isScreenShare)
        #expect(track.encodings == [EncodingDescription(ssrc: 3_972_215_197)])
        #expect(
            track.payloads == [
                PayloadDescription(payloadType: 111, codec: .opus, clockRateHertz: 48_000),
                PayloadDescription(payloadType: 63, codec: .red, clockRateHertz: 48_000),
            ])
        let section = try room.answer(to: alice).parsed.section("7")
        // Redundancy first: what is answered first is sent.
        #expect(section.direction == .recvonly && section.codecs.map(\.payloadType) == [63, 111])
        #expect(section.codecs.map(\.parameters) == ["111/111", "minptime=10;useinbandfec=1;usedtx=1"])
        let infos = try #require(room.notifications(to: bob).first?.participants)
        #expect(infos[0].tracks.map(\.sid) == [announced.sid] && infos[0].isPublisher)
        #expect(infos[0].tracks[0].mid == "7" && infos[0].tracks[0].mimeType == "audio/red")

        // Three audio sections of bob's are free: a plain new offer suffices.
        room.clear()
        room.wait(.milliseconds(20))
        #expect(room.notifications(to: bob) == [.mediaSectionsRequired(audios: 0, videos: 0)])
        room.clear()
        room.offer(try Fixtures.text("v1-subscriber-reoffer"), id: 5, from: bob)
        let answer = try room.answer(to: bob)
        #expect(answer.id == 5 && answer.midToTrack == ["0": announced.sid])
        let received = try answer.parsed.section("0")
        #expect(received.direction == .sendonly)
        let stream = SDPMediaStreamID(stream: "\(alice)|\(announced.sid)", track: announced.sid.rawValue)
        #expect(received.mediaStreams == [stream])
        let subscription = try #require(room.subscribed().first)
        #expect(subscription.track == track.id && subscription.mid == "0")
        #expect(subscription.ssrc == received.sources.first?.ssrc && received.sources.count == 1)
        #expect(
            subscription.payloads == [
                PayloadMapping(published: 111, subscribed: 63, redundancy: .wrap(opus: 111)),
                PayloadMapping(published: 63, subscribed: 63, redundancy: .wrap(opus: 111)),
            ])
        #expect(received.codecs.map(\.payloadType) == [111, 63])
        #expect(room.notifications(to: alice) == [.trackSubscribed(announced.sid)])
    }

    @Test func simulcastIsPublishedAndReceived() throws {
        var (room, alice, bob) = try Self.conversation()
        room.send(.addTrack(Self.microphone), from: alice)
        room.send(.addTrack(Self.camera), from: alice)
        room.clear()
        room.offer(try Fixtures.text("v1-simulcast-offer"), from: alice)
        let track = try #require(room.published().last)
        #expect(track.mid == "8" && track.kind == .video)
        #expect(
            track.encodings == [
                EncodingDescription(rid: "f", spatialLayer: 2, width: 1_280, height: 720),
                EncodingDescription(rid: "h", spatialLayer: 1, width: 640, height: 360),
                EncodingDescription(rid: "q", spatialLayer: 0, width: 320, height: 180),
            ])
        #expect(
            track.payloads == [
                PayloadDescription(payloadType: 96, codec: .vp8, clockRateHertz: 90_000, supportsNACK: true)
            ])
        let section = try room.answer(to: alice).parsed.section("8")
        #expect(section.rids.map(\.id) == ["f", "h", "q"] && section.rids.allSatisfy { $0.direction == .recv })
        #expect(section.simulcast == SDPSimulcast(receive: [["f"], ["h"], ["q"]]))
        #expect(section.extensions.contains { $0.id == 10 } && section.extensions.contains { $0.id == 11 })
        #expect(!section.extensions.contains { $0.id == 12 }, "the descriptor is not for VP8")
        let info = try #require(room.state.participant(identity: "alice")?.tracks.last)
        #expect(info.layers.map(\.rid) == ["q", "h", "f"] && info.layers.map(\.spatialLayer) == [0, 1, 2])
        #expect(info.isSimulcast && info.codecs[0].layerMode == .oneLayerPerStream && info.codecs[0].mid == "8")
        #expect(room.transcript(of: bob) == ["participantsUpdated", "participantsUpdated"])

        room.clear()
        room.wait(.milliseconds(20))
        room.offer(try Fixtures.text("v1-subscriber-reoffer"), from: bob)
        #expect(try room.answer(to: bob).midToTrack.count == 2)
        let video = try #require(room.subscribed().last)
        #expect(video.mid == "3")
        #expect(
            video.payloads == [PayloadMapping(published: 96, subscribed: 96, subscribedRetransmission: 97)])
        #expect(video.settings == SubscriptionSettings(maximumSpatialLayer: 2))
        let received = try room.answer(to: bob).parsed.section("3")
        #expect(
            received.sourceGroups == [
                SDPSourceGroup(semantics: "FID", sources: [video.ssrc, video.retransmissionSSRC])
            ])
    }

    @Test func aLateJoinerReceivesWithItsFirstAnswer() throws {
        var room = RoomHarness()
        let alice = try room.join("alice", offer: "v1-join-offer")
        room.send(.addTrack(Self.microphone), from: alice)
        room.send(.addTrack(Self.camera), from: alice)
        room.offer(try Fixtures.text("v1-simulcast-offer"), from: alice)
        room.clear()
        let bob = try room.join("bob", offer: "v1-join-offer-second-client")
        #expect(try room.answer(to: bob).midToTrack.count == 2)
        #expect(room.subscribed().count == 2)
        let snapshot = try #require(room.notifications(to: bob).first?.snapshot)
        #expect(snapshot.others.map(\.identity) == ["alice"] && snapshot.others[0].tracks.count == 2)
    }

    @Test func theOfferMayComeBeforeTheAnnouncement() throws {
        var (room, alice, bob) = try Self.conversation()
        room.offer(try Fixtures.text("v1-audio-offer"), from: alice)
        #expect(room.published().isEmpty)
        #expect(try room.answer(to: alice).parsed.section("7").direction == .recvonly)
        room.clear()
        room.send(.addTrack(Self.microphone), from: alice)
        #expect(room.transcript(of: alice) == ["trackPublished", "participantsUpdated"])
        #expect(room.published().map(\.mid) == ["7"])
        #expect(room.transcript(of: bob) == ["participantsUpdated"])
    }

    @Test func aRenamedTrackIsFoundByItsKind() throws {
        var (room, alice, _) = try Self.conversation()
        room.send(.addTrack(AddTrackRequest(cid: "other", kind: .video, source: .camera)), from: alice)
        room.send(.addTrack(AddTrackRequest(cid: "mine", kind: .audio, source: .microphone)), from: alice)
        room.offer(try Fixtures.text("v1-audio-offer"), from: alice)
        let info = try #require(room.state.participant(identity: "alice")?.tracks.first)
        #expect(info.kind == .audio && info.codecs[0].cid == "mine")
        #expect(info.codecs[0].sdpCID == Self.microphone.cid)
    }

    @Test func anUnpublishedTrackLeavesItsSectionAlone() throws {
        var (room, alice, bob) = try Self.conversation()
        room.send(.addTrack(Self.microphone), from: alice)
        room.send(.addTrack(Self.camera), from: alice)
        room.offer(try Fixtures.text("v1-simulcast-offer"), from: alice)
        room.wait(.milliseconds(20))
        room.offer(try Fixtures.text("v1-subscriber-reoffer"), from: bob)
        let audio = try #require(room.subscribed().first { $0.mid == "0" })
        room.clear()

        // The client turns the section around; it is not for us to send there.
        room.offer(try Fixtures.text("v1-unpublish-offer"), from: alice)
        #expect(try room.answer(to: alice).parsed.section("7").direction == .inactive)
        #expect(try room.answer(to: alice).parsed.section("8").direction == .recvonly)
        let ended = room.commands.compactMap { command -> String? in
            switch command {
            case .unsubscribe(let id): id == audio.id ? "unsubscribe" : nil
            case .unpublish: "unpublish"
            default: nil
            }
        }
        #expect(ended == ["unsubscribe", "unpublish"])
        let infos = try #require(room.notifications(to: bob).first?.participants)
        #expect(infos[0].tracks.map(\.kind) == [.video])
        guard case .trackUnpublished(_, _, let info) = try #require(room.facts.first) else { throw UnexpectedCase() }
        #expect(info.source == .microphone)

        // Bob hears of it in an answer where the section is inactive, and can then use it again.
        room.clear()
        room.wait(.milliseconds(200))
        #expect(room.notifications(to: bob) == [.mediaSectionsRequired(audios: 0, videos: 0)])
        room.offer(try Fixtures.text("v1-subscriber-reoffer"), from: bob)
        #expect(try room.answer(to: bob).parsed.section("0").direction == .inactive)
        #expect(try room.answer(to: bob).midToTrack.keys.sorted() == ["3"])
    }

    @Test func aSectionIsUsedAgainUnderAnotherName() throws {
        var (room, alice, bob) = try Self.conversation()
        room.send(.addTrack(Self.microphone), from: alice)
        room.offer(try Fixtures.text("v1-audio-offer"), from: alice)
        room.wait(.milliseconds(20))
        room.offer(try Fixtures.text("v1-subscriber-reoffer"), from: bob)
        let first = try #require(room.answer(to: bob).midToTrack["0"])
        let firstSource = try #require(room.subscribed().last?.ssrc)
        room.send(.updateSubscription([first], isSubscribed: false), from: bob)
        room.send(.updateSubscription([first], isSubscribed: true), from: bob)
        room.wait(.milliseconds(200))
        // The old use must be seen to end: the answer skips the section, then it is free.
        room.offer(try Fixtures.text("v1-subscriber-reoffer"), from: bob)
        #expect(try room.answer(to: bob).midToTrack == ["1": first])
        #expect(try room.answer(to: bob).parsed.section("0").direction == .inactive)
        #expect(room.subscribed().last?.ssrc != firstSource)
        room.send(.updateSubscription([first], isSubscribed: false), from: bob)
        room.wait(.milliseconds(200))
        room.offer(try Fixtures.text("v1-subscriber-reoffer"), from: bob)
        #expect(try room.answer(to: bob).midToTrack.isEmpty)
        room.send(.updateSubscription([first], isSubscribed: true), from: bob)
        room.wait(.milliseconds(200))
        room.offer(try Fixtures.text("v1-subscriber-reoffer"), from: bob)
        #expect(try room.answer(to: bob).midToTrack == ["0": first])
    }

    @Test func moreSectionsAreAskedForWhenAllAreTaken() throws {
        var (room, _, bob) = try Self.conversation()
        for index in 0..<5 {
            let text = try Fixtures.text("v1-audio-offer")
                .replacing(Self.microphone.cid, with: "mic-\(index)").replacing("GTO2", with: "GT\(index)X")
            let sid = try room.join("publisher-\(index)")
            room.send(
                .addTrack(AddTrackRequest(cid: "mic-\(index)", kind: .audio, source: .microphone)), from: sid)
            room.offer(text, from: sid)
        }
        room.clear()
        room.wait(.milliseconds(20))
        #expect(room.notifications(to: bob) == [.mediaSectionsRequired(audios: 2, videos: 0)])
        // Its own offer crosses the request: what is free is used, and the request stands.
        room.clear()
        room.offer(try Fixtures.text("v1-subscriber-reoffer"), from: bob)
        #expect(try room.answer(to: bob).midToTrack.count == 3)
        room.clear()
        room.wait(.seconds(1))
        #expect(!room.transcript(of: bob).contains("mediaSectionsRequired"))
        // The client never answers: it is asked again.
        room.wait(.seconds(5))
        #expect(room.notifications(to: bob).contains(.mediaSectionsRequired(audios: 2, videos: 0)))
        let added = (0..<2).map { index in
            "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:n\(index)\r\na=recvonly\r\na=rtpmap:111 opus/48000/2\r\n"
        }
        let grown = try Fixtures.text("v1-subscriber-reoffer").replacing(
            "a=group:BUNDLE 0 1 2 3 4 5 6", with: "a=group:BUNDLE 0 1 2 3 4 5 6 n0 n1")
        room.offer(grown + added.joined(), from: bob)
        #expect(try room.answer(to: bob).midToTrack.count == 5)
        room.clear()
        room.wait(.seconds(20))
        #expect(!room.transcript(of: bob).contains("mediaSectionsRequired"))
    }

    @Test func anICERestartBringsNewCredentials() throws {
        var room = RoomHarness()
        let bob = try room.join("bob", offer: "v1-restart-before")
        let first = try room.answer(to: bob).parsed.sections[0].transport
        room.clear()
        room.offer(try Fixtures.text("v1-restart-offer"), from: bob)
        let second = try room.answer(to: bob).parsed.sections[0].transport
        #expect(first.usernameFragment != second.usernameFragment && first.password != second.password)
        guard case .restartICE(_, let local, let remote) = room.commands[0] else {
            Issue.record("no restart")
            return
        }
        #expect(local.usernameFragment == second.usernameFragment && remote?.usernameFragment == "JBh6")
        room.clear()
        room.offer(try Fixtures.text("v1-restart-offer"), from: bob)
        #expect(room.commands.isEmpty, "the same credentials are no restart")
    }

    @Test func anotherCertificateIsAnotherSession() throws {
        var room = RoomHarness()
        let bob = try room.join("bob", offer: "v1-restart-before")
        room.clear()
        room.offer(try Fixtures.text("v1-join-offer"), from: bob)
        #expect(room.notifications(to: bob) == [.left(.stateMismatch, .reconnect)])
        #expect(room.checker.isEverythingRemoved)
    }
}
