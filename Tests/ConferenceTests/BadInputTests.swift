import Basics
import MediaInterface
import SDP
import Testing

@testable import Conference

/// Nonsense gets a clear answer or is counted; the others in the room notice nothing.
@Suite struct BadInputTests {
    static let descriptions: [String] = {
        let good = Offers.make("alice")
        return [
            "", "v=0", "nonsense",
            good + String(repeating: "a=x\r\n", count: 10_000),
            String(repeating: "m=audio 9 RTP 1\r\n", count: 10_000),
            good.replacing("a=ice-ufrag:ufrag-alice", with: "a=ice-ufrag:x"),
            good.replacing("a=ice-pwd:a password of 22 characters", with: ""),
            good.replacing("a=fingerprint:sha-256 ", with: "a=fingerprint:sha-1 "),
            good.replacing("a=setup:actpass", with: "a=setup:passive"),
            good.replacing("a=mid:a1", with: "a=mid:a0"), good.replacing("a=mid:a1\r\n", with: ""),
            good.replacing("a=group:BUNDLE", with: "a=group:LS"),
            good.replacing("m=audio 9", with: "m=audio 0").replacing("m=video 9", with: "m=video 0")
                .replacing("m=application 9", with: "m=application 0"),
        ]
    }()

    @Test(arguments: descriptions.indices) func anOfferThatIsNone(index: Int) throws {
        var room = RoomHarness()
        let alice = try room.join("alice")
        let bob = try room.enterConnected("bob")
        room.clear()
        room.offer(Self.descriptions[index], id: 3, from: alice)
        #expect(room.transcript(of: alice) == ["requestAnswered"] && room.transcript(of: bob).isEmpty)
        guard case .requestAnswered(_, .invalidRequest, let message, _) = room.notifications(to: alice)[0] else {
            Issue.record("no clear answer")
            return
        }
        #expect(!message.isEmpty && room.commands.isEmpty && room.state.counters.malformedDescription == 1)
        // A good one is still taken.
        room.offer(Offers.make("alice"), id: 4, from: alice)
        #expect(try room.answer(to: alice).id == 4)
        // The same in the joining request is refused at the door.
        let request = JoinRequest(
            grants: JoinGrants(identity: "carol", roomName: "room", expiresAtSeconds: 0), client: ClientInfo(),
            mode: .single,
            publisherOffer: SessionDescription(type: .offer, sdp: Self.descriptions[index], id: 1))
        #expect(throws: JoinRefusal.self) { try room.enter(request) }
        #expect(room.state.participantInfos.count == 2)
    }

    @Test func requestsWithoutSense() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        func outcomes(_ requests: ParticipantRequest...) -> [RequestOutcome] {
            room.clear()
            for request in requests { room.send(request, from: alice) }
            return room.notifications(to: alice).compactMap {
                if case .requestAnswered(7, let outcome, _, _) = $0 { outcome } else { nil }
            }
        }
        let long = String(repeating: "x", count: 300)
        #expect(
            outcomes(
                .addTrack(AddTrackRequest(cid: "", kind: .audio, source: .microphone, requestID: 7)),
                .addTrack(AddTrackRequest(cid: long, kind: .audio, source: .microphone, requestID: 7)),
                .addTrack(AddTrackRequest(cid: "x", kind: .data, source: .unknown, requestID: 7)),
                .addTrack(
                    AddTrackRequest(
                        cid: "x", kind: .video, source: .camera, requestID: 7, existingTrack: TrackSID("TR_x"))),
                .unsupported(name: "publish_data_track", requestID: 7),
                .muteTrack(TrackSID("TR_x")!, isMuted: true, requestID: 7)
            ) == [.invalidRequest, .invalidRequest, .unsupportedType, .notFound, .unsupportedType, .notFound])
        let tracks = (0..<40).map {
            ParticipantRequest.addTrack(AddTrackRequest(cid: "t\($0)", kind: .audio, source: .unknown, requestID: 7))
        }
        room.clear()
        for track in tracks { room.send(track, from: alice) }
        #expect(room.transcript(of: alice).count { $0 == "trackPublished" } == ConferenceLimits.tracksPerParticipant)
        #expect(room.transcript(of: alice).count { $0 == "requestAnswered" } == 8)
        #expect(room.published().isEmpty)
    }

    @Test func textsOverTheirLimits() throws {
        var room = RoomHarness()
        let permissions = Permissions(canUpdateOwnMetadata: true)
        let alice = try room.join("alice", permissions: permissions)
        let long = String(repeating: "x", count: 70_000)
        let many = Dictionary(uniqueKeysWithValues: (0..<300).map { ("k\($0)", "v") })
        let before = room.state.participant(identity: "alice")
        room.clear()
        for request: ParticipantRequest in [
            .updateMetadata(requestID: 1, metadata: long, name: nil, attributes: [:]),
            .updateMetadata(requestID: 1, metadata: nil, name: long, attributes: [:]),
            .updateMetadata(requestID: 1, metadata: nil, name: nil, attributes: ["k": long]),
            .updateMetadata(requestID: 1, metadata: nil, name: nil, attributes: many),
        ] {
            room.send(request, from: alice)
        }
        #expect(room.transcript(of: alice) == [String](repeating: "requestAnswered", count: 4))
        #expect(room.state.counters.overLimit == 4 && room.state.participant(identity: "alice") == before)

        for grants in [
            JoinGrants(identity: "", roomName: "room", expiresAtSeconds: 0),
            JoinGrants(identity: long, roomName: "room", expiresAtSeconds: 0),
            JoinGrants(identity: "x", roomName: "room", name: long, expiresAtSeconds: 0),
            JoinGrants(identity: "x", roomName: "room", metadata: long, expiresAtSeconds: 0),
            JoinGrants(identity: "x", roomName: "room", attributes: many, expiresAtSeconds: 0),
        ] {
            #expect(throws: JoinRefusal.self) {
                try room.enter(JoinRequest(grants: grants, client: ClientInfo(), mode: .single))
            }
        }
    }

    @Test func damagedOffersDoNoHarm() throws {
        var random = SeededRandom(seed: 41)
        let original = Array(try Fixtures.text("v0-publisher-simulcast-offer").utf8)
        var room = RoomHarness()
        let bob = try room.enterConnected("bob")
        for round in 0..<150 {
            let sid = try room.join("client-\(round)", mode: round % 2 == 0 ? .single : .dual)
            room.send(.addTrack(DualPeerConnectionTests.microphone), from: sid)
            room.send(.addTrack(DualPeerConnectionTests.camera), from: sid)
            for _ in 0..<3 {
                var bytes = original
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    let place = Int.random(in: 0..<bytes.count, using: &random)
                    if Bool.random(using: &random) {
                        bytes[place] = UInt8.random(in: 32...126, using: &random)
                    } else {
                        bytes.removeSubrange(place..<min(bytes.count, place + 30))
                    }
                }
                let text = String(decoding: bytes, as: UTF8.self)
                room.offer(text, from: sid)
                room.send(.answer(SessionDescription(type: .answer, sdp: text, id: 0)), from: sid)
            }
            room.send(.leave(.clientInitiated), from: sid)
        }
        room.send(.leave(.clientInitiated), from: bob)
        #expect(room.checker.isEverythingRemoved && room.state.counters.malformedDescription > 0)
    }
}
