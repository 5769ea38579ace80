import Basics
import MediaInterface
import SDP
import Testing

@testable import Conference

/// Which codec is published, and what its answer keeps.
@Suite struct CodecNegotiationTests {
    /// A browser's next offer: the sections of a real client and a new one that sends, with every codec.
    static func browserOffer(sending cids: [String], codecs: Set<String> = []) throws -> String {
        var session = try SDPSession(parsing: Fixtures.text("v1-join-offer"))
        var sending = try #require(session.sections.first { $0.kind == .video })
        sending.direction = .sendonly
        sending.extensions.append(SDPExtension(id: 12, uri: HeaderExtension.dependencyDescriptor.rawValue))
        if !codecs.isEmpty { sending.codecs.removeAll { !codecs.contains($0.name) } }
        for (index, cid) in cids.enumerated() {
            sending.mid = "s\(index)"
            sending.mediaStreams = [SDPMediaStreamID(stream: "-", track: cid)]
            session.sections.append(sending)
        }
        session.bundle = session.sections.map(\.mid)
        return session.text
    }

    /// As browser clients announce a camera in `codec` with three spatial layers.
    static func announcement(_ codec: String, cid: String = "camera", backup: String? = nil) -> AddTrackRequest {
        AddTrackRequest(
            cid: cid, kind: .video, source: .camera, width: 1_280, height: 720,
            layers: SinglePeerConnectionTests.layers,
            codecs: [.init(codec: codec, cid: cid)] + (backup.map { [.init(codec: $0, cid: "")] } ?? []))
    }

    private func extensionIDs(_ room: RoomHarness) -> HeaderExtensionIDs? {
        room.commands.compactMap { if case .setHeaderExtensions(_, let ids) = $0 { ids } else { nil } }.last
    }

    @Test(arguments: [("vp9", "video/VP9", MediaCodec.vp9, 98), ("av1", "video/AV1", .av1, 45)])
    func theAnnouncedCodecComesFirst(name: String, type: String, codec: MediaCodec, payloadType: UInt8) throws {
        var room = RoomHarness()
        let alice = try room.join("alice", offer: "v1-join-offer")
        room.send(.addTrack(Self.announcement(name, backup: "vp8")), from: alice)
        room.clear()
        room.offer(try Self.browserOffer(sending: ["camera"]), id: 2, from: alice)
        let section = try room.answer(to: alice).parsed.section("s0")
        // The codec, then its repetitions; the rest stays behind.
        #expect(section.codecs.prefix(2).map(\.payloadType) == [payloadType, payloadType + 1])
        #expect(section.codecs.contains { $0.name == "VP8" } && section.codecs.contains { $0.name == "H264" })
        #expect(section.extensions.contains { $0.id == 12 })
        #expect(extensionIDs(room)?.dependencyDescriptor == 12)
        #expect(section.rids.isEmpty && section.simulcast == nil && section.direction == .recvonly)

        let track = try #require(room.published().first)
        #expect(track.payloads.first?.codec == codec && track.payloads.first?.payloadType == payloadType)
        #expect(track.encodings == [EncodingDescription(width: 1_280, height: 720)])
        let info = try #require(room.state.participant(identity: "alice")?.tracks.first)
        #expect(info.mimeType == type && !info.isSimulcast)
        #expect(info.codecs.map(\.mimeType) == [type] && info.codecs[0].layerMode == .severalLayersPerStream)
        #expect(info.codecs[0].layers.map(\.quality) == [.low, .medium, .high])
        #expect(info.codecs[0].layers.map(\.spatialLayer) == [0, 1, 2])
        // The next offer, which keeps the browser's own order, changes nothing.
        room.clear()
        room.offer(try Self.browserOffer(sending: ["camera"]), id: 3, from: alice)
        #expect(room.published().isEmpty)
        #expect(try room.answer(to: alice).parsed.section("s0").codecs[0].payloadType == payloadType)
    }

    @Test func profilesAndParametersStayAsOffered() throws {
        var room = RoomHarness()
        let alice = try room.join("alice", offer: "v1-join-offer")
        room.send(.addTrack(Self.announcement("vp9")), from: alice)
        room.offer(try Self.browserOffer(sending: ["camera"]), from: alice)
        let codecs = try room.answer(to: alice).parsed.section("s0").codecs
        #expect(codecs.prefix(4).map(\.payloadType) == [98, 99, 100, 101])
        #expect(codecs[0].parameters == "profile-id=0" && codecs[2].parameters == "profile-id=2")
        #expect(codecs.first { $0.name == "AV1" }?.parameters == "level-idx=5;profile=0;tier=0")
        #expect(codecs[0].feedback == ["transport-cc", "ccm fir", "nack", "nack pli"])
    }

    @Test func aCodecThatIsNotPublishableGivesWay() throws {
        var room = RoomHarness(settings: RoomSettings(publishableCodecs: ["video/VP8", "audio/opus"]))
        let alice = try room.join("alice", offer: "v1-join-offer")
        room.clear()
        room.send(.addTrack(Self.announcement("vp9")), from: alice)
        guard case .trackPublished(_, let announced) = try #require(room.notifications(to: alice).first) else {
            throw UnexpectedCase()
        }
        #expect(announced.codecs.map(\.mimeType) == ["video/VP8"])
        room.offer(try Self.browserOffer(sending: ["camera"]), from: alice)
        let section = try room.answer(to: alice).parsed.section("s0")
        #expect(section.codecs[0].name == "VP8" && !section.extensions.contains { $0.id == 12 })
        // What is all that a client can send is taken nevertheless, and named as it is.
        room.send(.addTrack(Self.announcement("vp9", cid: "second")), from: alice)
        room.offer(try Self.browserOffer(sending: ["camera", "second"], codecs: ["VP9"]), from: alice)
        #expect(room.state.participant(identity: "alice")?.tracks.last?.mimeType == "video/VP9")
    }

    @Test func withoutAnAnnouncedCodecTheOfferDecides() throws {
        var room = RoomHarness()
        let alice = try room.join("alice", offer: "v1-join-offer")
        room.send(.addTrack(AddTrackRequest(cid: "camera", kind: .video, source: .camera)), from: alice)
        room.offer(try Self.browserOffer(sending: ["camera"], codecs: ["H264", "VP9"]), from: alice)
        #expect(try room.answer(to: alice).parsed.section("s0").codecs[0].name == "H264")
        #expect(room.state.participant(identity: "alice")?.tracks.first?.mimeType == "video/H264")
    }

    /// A real client that sends VP9 and AV1 in simulcast: one spatial layer in each stream.
    @Test(arguments: ["vp9", "av1"]) func simulcastOfNewerCodecs(name: String) throws {
        var room = RoomHarness()
        let alice = try room.join("alice", mode: .dual)
        let text = try Fixtures.text("v0-publisher-\(name)-offer")
        let cids = try SDPSession(parsing: text).sections.compactMap { $0.sentMediaStream?.track }
        room.send(.addTrack(Self.announcement(name, cid: cids[1])), from: alice)
        room.offer(text, id: 1, from: alice)
        let section = try room.answer(to: alice).parsed.section("2")
        #expect(section.extensions.contains { $0.id == 12 } && section.simulcast?.receive.count == 3)
        let info = try #require(room.state.participant(identity: "alice")?.tracks.first)
        #expect(info.isSimulcast && info.codecs[0].layerMode == .oneLayerPerStream)
        #expect(room.published().last?.encodings.count == 3)
    }

    /// More payload types than a track may have: none of the codecs is lost, whatever their order.
    @Test func everyCodecKeepsAPlace() throws {
        var section = SDPMediaSection(kind: .video, mid: "0")
        for index in 0..<12 {
            section.codecs.append(
                SDPCodec(
                    payloadType: UInt8(100 + index), name: "H264", clockRateHertz: 90_000,
                    parameters: "packetization-mode=\(index % 2);profile-level-id=42e01f"))
        }
        for (payloadType, name) in [(96, "VP8"), (98, "VP9"), (45, "AV1")] {
            section.codecs.append(SDPCodec(payloadType: UInt8(payloadType), name: name, clockRateHertz: 90_000))
        }
        let kept = CodecSupport.accepted(of: section)
        #expect(kept.map(\.payloadType) == [100, 101, 102, 103, 104, 96, 98, 45])
    }

    /// A server's own offer names the descriptor where layered frames go, and both profiles.
    @Test func offersToSubscribersKnowTheDescriptor() throws {
        var room = RoomHarness()
        let alice = try room.join("alice", offer: "v1-join-offer")
        let bob = try room.join("bob", mode: .dual)
        room.send(
            .answer(SessionDescription(type: .answer, sdp: try Fixtures.text("v0-subscriber-data-answer"), id: 1)),
            from: bob)
        room.send(.addTrack(Self.announcement("vp9")), from: alice)
        room.offer(try Self.browserOffer(sending: ["camera"]), from: alice)
        room.clear()
        room.wait(.milliseconds(300))
        let offered = try #require(try room.offer(to: bob).parsed.sections.last)
        #expect(offered.extensions.contains { $0.uri == HeaderExtension.dependencyDescriptor.rawValue })
        #expect(offered.codecs.filter { $0.name == "VP9" }.map(\.parameters) == ["profile-id=0", "profile-id=2"])
    }
}
