import Basics
import MediaInterface
import SDP
import Testing

@testable import Conference

/// A camera in VP9 and somebody who has no decoder for it. The messages are those of browser clients.
@Suite struct BackupCodecTests {
    /// As clients announce the second codec: no sizes, the name of the track, a name of its own.
    private static func second(
        _ track: TrackSID, codec: String = "vp8", cid: String = "second", requestID: UInt32 = 0
    ) -> AddTrackRequest {
        AddTrackRequest(
            cid: cid, kind: .video, source: .camera, requestID: requestID,
            layers: VideoQuality.allCases.map { VideoLayer(quality: $0, width: 0, height: 0) },
            codecs: [.init(codec: codec, cid: cid)], existingTrack: track)
    }

    private struct Scene {
        var room = RoomHarness()
        var alice: ParticipantSID
        /// Knows VP8 alone.
        var bob: ParticipantSID
        /// Knows VP9 alone.
        var carol: ParticipantSID
        var track: TrackSID

        init(backup: String? = "vp8") throws {
            alice = try room.join("alice", offer: "v1-join-offer")
            room.media(.peerConnected(room.peer(alice)))
            bob = try room.enterConnected("bob")
            carol = try room.enterConnected("carol")
            room.offer(Offers.make("carol", firstCodec: "VP9"), from: carol)
            room.send(.addTrack(CodecNegotiationTests.announcement("vp9", backup: backup)), from: alice)
            room.offer(try CodecNegotiationTests.browserOffer(sending: ["camera"]), from: alice)
            track = try #require(room.state.participant(identity: "alice")?.tracks.first?.sid)
            room.wait(.milliseconds(200))
            room.clear()
            room.offer(Offers.make("bob"), from: bob)
            room.offer(Offers.make("carol", firstCodec: "VP9"), from: carol)
        }

        mutating func publishSecond() throws {
            room.send(.addTrack(BackupCodecTests.second(track)), from: alice)
            room.offer(try CodecNegotiationTests.browserOffer(sending: ["camera", "second"]), from: alice)
        }

        /// The last word on each codec.
        var wanted: [String: Set<VideoQuality>]? {
            for case .subscribedQualitiesChanged(track, let codecs) in room.notifications(to: alice).reversed() {
                return Dictionary(
                    uniqueKeysWithValues: codecs.map { ($0.codec, Set($0.enabled.filter(\.value).keys)) })
            }
            return nil
        }

        var codecs: [TrackCodec] { room.state.participant(identity: "alice")?.tracks.first?.codecs ?? [] }
    }

    @Test func theBackupIsAskedForPublishedAndReceived() throws {
        var scene = try Scene()
        // Carol receives the first codec; bob's wish asks the publisher for the second.
        let primary = try #require(scene.room.subscribed().first)
        #expect(scene.room.subscribed().count == 1 && primary.subscriber == scene.room.peer(scene.carol))
        #expect(!scene.room.transcript(of: scene.bob).contains("subscriptionFailed"))
        #expect(scene.wanted == ["vp9": Set(VideoQuality.allCases), "vp8": Set(VideoQuality.allCases)])
        #expect(scene.codecs.map(\.mimeType) == ["video/VP9"])

        scene.room.clear()
        scene.room.send(.addTrack(Self.second(scene.track)), from: scene.alice)
        guard case .trackPublished("second", let told) = scene.room.notifications(to: scene.alice).first else {
            Issue.record("the second codec was not taken")
            return
        }
        #expect(told.sid == scene.track && told.codecs.map(\.mimeType) == ["video/VP9", "video/VP8"])
        #expect(told.codecs[1].layers.map(\.height) == [180, 360, 720], "the track's sizes stand in")
        scene.room.offer(try CodecNegotiationTests.browserOffer(sending: ["camera", "second"]), from: scene.alice)
        let backup = try #require(scene.room.published().last)
        #expect(scene.room.published().count == 1 && backup.id != primary.track && backup.mid == "s1")
        #expect(backup.payloads.first?.codec == .vp8)
        let section = try scene.room.answer(to: scene.alice).parsed.section("s1")
        #expect(section.direction == .recvonly && section.codecs[0].name == "VP8")
        #expect(!section.extensions.contains { $0.id == 12 })
        #expect(try scene.room.answer(to: scene.alice).parsed.section("s0").codecs[0].name == "VP9")
        #expect(scene.codecs[1].mid == "s1" && scene.codecs[1].layerMode == .oneLayerPerStream)
        #expect(scene.room.state.participant(identity: "alice")?.tracks.count == 1)

        scene.room.clear()
        scene.room.wait(.milliseconds(200))
        #expect(scene.room.transcript(of: scene.bob).contains("mediaSectionsRequired"))
        scene.room.offer(Offers.make("bob"), from: scene.bob)
        let received = try #require(scene.room.subscribed().first)
        #expect(received.track == backup.id && received.subscriber == scene.room.peer(scene.bob))
        #expect(received.payloads.map(\.published) == [96])
        // Under the name of the track.
        let answer = try scene.room.answer(to: scene.bob)
        #expect(answer.midToTrack.values.contains(scene.track))
        #expect(!scene.room.transcript(of: scene.carol).contains("mediaSectionsRequired"), "nothing for her")
    }

    @Test func otherPayloadTypesOfTheBackupAreFollowed() throws {
        var scene = try Scene()
        try scene.publishSecond()
        scene.room.reoffer(scene.bob)
        scene.room.clear()
        var session = try SDPSession(parsing: CodecNegotiationTests.browserOffer(sending: ["camera", "second"]))
        let section = try #require(session.sections.firstIndex { $0.mid == "s1" })
        for index in session.sections[section].codecs.indices
        where session.sections[section].codecs[index].payloadType == 96 {
            session.sections[section].codecs[index].payloadType = 37
        }
        scene.room.offer(session.text, from: scene.alice)
        let changed = scene.room.subscribed()
        #expect(changed.map(\.subscriber) == [scene.room.peer(scene.bob)])
        #expect(changed.first?.payloads.map(\.published) == [37])
    }

    @Test func eachCodecHasItsOwnWishes() throws {
        var scene = try Scene()
        try scene.publishSecond()
        scene.room.reoffer(scene.bob)
        scene.room.clear()
        scene.room.send(.updateTrackSettings(TrackSettings(tracks: [scene.track], quality: .low)), from: scene.bob)
        #expect(scene.room.configured().map(\.1.maximumSpatialLayer) == [0])
        scene.room.wait(.seconds(6))
        #expect(scene.wanted == ["vp9": Set(VideoQuality.allCases), "vp8": [.low]])
        scene.room.send(.updateTrackSettings(TrackSettings(tracks: [scene.track], isDisabled: true)), from: scene.carol)
        scene.room.wait(.seconds(6))
        #expect(scene.wanted == ["vp9": [], "vp8": [.low]])
        scene.room.send(.leave(.clientInitiated), from: scene.bob)
        scene.room.wait(.seconds(6))
        #expect(scene.wanted == ["vp9": [], "vp8": []])
    }

    @Test func wishesOfThoseWhoWaitCount() throws {
        var scene = try Scene()
        scene.room.send(.updateTrackSettings(TrackSettings(tracks: [scene.track], quality: .medium)), from: scene.bob)
        scene.room.wait(.seconds(6))
        #expect(scene.wanted?["vp8"] == [.low, .medium])
        try scene.publishSecond()
        scene.room.clear()
        scene.room.reoffer(scene.bob)
        #expect(scene.room.subscribed().map(\.settings.maximumSpatialLayer) == [1])
        // Somebody else without the codec asks for nothing new, and receives with the second answer.
        let dora = try scene.room.enterConnected("dora")
        scene.room.reoffer(dora)
        scene.room.reoffer(dora)
        #expect(scene.room.checker.subscriptions.values.contains { $0.peer == scene.room.peer(dora) })
    }

    @Test func bothCodecsAreMutedAndEndTogether() throws {
        var scene = try Scene()
        try scene.publishSecond()
        scene.room.reoffer(scene.bob)
        #expect(scene.room.checker.tracks.count == 2 && scene.room.checker.subscriptions.count == 2)
        scene.room.clear()
        scene.room.send(.muteTrack(scene.track, isMuted: true), from: scene.alice)
        let muted = scene.room.commands.count { if case .setMuted(_, true) = $0 { true } else { false } }
        #expect(muted == 2)
        scene.room.offer(try CodecNegotiationTests.browserOffer(sending: []), from: scene.alice)
        #expect(scene.room.checker.tracks.isEmpty && scene.room.checker.subscriptions.isEmpty)
        #expect(scene.room.state.trackOwners.isEmpty && scene.room.state.subscriptionOwners.isEmpty)
    }

    @Test func theServerEndsBoth() throws {
        var scene = try Scene()
        try scene.publishSecond()
        scene.room.reoffer(scene.bob)
        scene.room.take(
            try scene.room.state.updateParticipant(
                "alice", permissions: Permissions(canPublish: false), at: scene.room.now))
        #expect(scene.room.checker.tracks.isEmpty && scene.room.checker.subscriptions.isEmpty)
        // Sections that are still offered stay closed.
        scene.room.offer(try CodecNegotiationTests.browserOffer(sending: ["camera", "second"]), from: scene.alice)
        let answer = try scene.room.answer(to: scene.alice).parsed
        #expect(try answer.section("s0").direction == .inactive && answer.section("s1").direction == .inactive)
    }

    @Test func aBackupThatGoesMayComeBack() throws {
        var scene = try Scene()
        try scene.publishSecond()
        scene.room.reoffer(scene.bob)
        scene.room.offer(try CodecNegotiationTests.browserOffer(sending: ["camera"]), from: scene.alice)
        #expect(scene.room.checker.tracks.count == 1 && scene.room.checker.subscriptions.count == 1)
        #expect(scene.codecs.map(\.mimeType) == ["video/VP9"])
        #expect(scene.room.subscription(of: scene.bob, to: scene.track) != nil, "bob waits")
        try scene.publishSecond()
        scene.room.reoffer(scene.bob)
        scene.room.reoffer(scene.bob)
        #expect(scene.room.checker.tracks.count == 2 && scene.room.checker.subscriptions.count == 2)
    }

    /// The offer may overtake the announcement.
    @Test func theOrderOfOfferAndAnnouncementDoesNotMatter() throws {
        var scene = try Scene()
        scene.room.offer(try CodecNegotiationTests.browserOffer(sending: ["camera", "second"]), from: scene.alice)
        #expect(scene.room.checker.tracks.count == 1)
        // It was answered in the client's own order, which begins with VP8 here.
        scene.room.send(.addTrack(Self.second(scene.track)), from: scene.alice)
        #expect(scene.room.checker.tracks.count == 2)
    }

    @Test func whatWasNotAnnouncedIsRefused() throws {
        var scene = try Scene()
        let unknown = try #require(TrackSID("TR_nothing"))
        func refusal(_ request: AddTrackRequest, from sid: ParticipantSID) -> RequestOutcome? {
            scene.room.clear()
            scene.room.send(.addTrack(request), from: sid)
            guard case .requestAnswered(7, let outcome, _, .addTrack(request)) = scene.room.notifications(to: sid).first
            else { return nil }
            return outcome
        }
        #expect(refusal(Self.second(unknown, requestID: 7), from: scene.alice) == .notFound)
        #expect(refusal(Self.second(scene.track, requestID: 7), from: scene.bob) == .notFound)
        #expect(refusal(Self.second(scene.track, codec: "h264", requestID: 7), from: scene.alice) == .invalidRequest)
        #expect(refusal(Self.second(scene.track, cid: "", requestID: 7), from: scene.alice) == .invalidRequest)
        // The same again is answered again, another name is not taken once it is published.
        try scene.publishSecond()
        #expect(refusal(Self.second(scene.track, requestID: 7), from: scene.alice) == nil)
        #expect(refusal(Self.second(scene.track, cid: "third", requestID: 7), from: scene.alice) == .invalidRequest)
        #expect(scene.room.checker.tracks.count == 2)
    }

    /// Nobody is asked for a codec that does not help.
    @Test(arguments: [nil, "vp9", "h265"]) func withoutAUsableBackupItFails(backup: String?) throws {
        let scene = try Scene(backup: backup)
        #expect(
            scene.room.notifications(to: scene.bob).contains(
                .subscriptionFailed(scene.track, .codecUnsupported)))
        #expect(scene.wanted.map { Array($0.keys) } ?? ["vp9"] == ["vp9"])
    }

    @Test func twoConnectionsReceiveTheBackupToo() throws {
        var scene = try Scene()
        let dora = try scene.room.join("dora", mode: .dual)
        func answer() throws {
            var session = try scene.room.offer(to: dora).parsed
            let own = try SDPSession(parsing: Offers.make("dora", audios: 0, videos: 0))
            session.transport = own.transport
            session.transport.setup = .active
            for index in session.sections.indices {
                session.sections[index].transport = SDPTransport()
                session.sections[index].mediaStreams = []
                session.sections[index].sources = []
                session.sections[index].sourceGroups = []
                session.sections[index].codecs.removeAll { $0.payloadType != 96 }
                if session.sections[index].direction == .sendonly { session.sections[index].direction = .recvonly }
            }
            let id = try scene.room.offer(to: dora).id
            scene.room.send(.answer(SessionDescription(type: .answer, sdp: session.text, id: id)), from: dora)
        }
        func answerAll() throws {
            for _ in 0..<3 {
                if scene.room.transcript(of: dora).contains("offer") { try answer() }
                #expect(!scene.room.transcript(of: dora).contains("subscriptionFailed"))
                scene.room.clear()
                scene.room.wait(.milliseconds(300))
            }
        }
        try answerAll()
        try scene.publishSecond()
        try answerAll()
        let record = try #require(scene.room.state.participants[dora]?.subscriptions[scene.track])
        #expect(record.codec == .backup && record.isStarted)
        #expect(scene.room.checker.subscriptions[record.id] != nil)
    }
}
