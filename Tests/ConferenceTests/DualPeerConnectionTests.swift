import Basics
import MediaInterface
import SDP
import Testing

@testable import Conference

/// The sequences of a client with two PeerConnections, with the descriptions of a real one.
@Suite struct DualPeerConnectionTests {
    static let microphone = AddTrackRequest(
        cid: "883540d1-4c58-4c92-a8a8-630c0b313120", kind: .audio, source: .microphone, name: "mic")
    static let camera = AddTrackRequest(
        cid: "d59c33fe-c3d3-44da-8cd0-42c7fa028643", kind: .video, source: .camera, name: "cam", width: 1_280,
        height: 720, layers: SinglePeerConnectionTests.layers)

    @Test func aClientJoins() throws {
        var room = RoomHarness()
        let alice = try room.join("alice", mode: .dual)
        #expect(
            room.transcript(of: alice) == ["joined", "grantsRefreshed", "offer", "trickle", "trickle", "roomUpdated"])
        let snapshot = try #require(room.notifications(to: alice).first?.snapshot)
        #expect(snapshot.isSubscriberPrimary)
        let offer = try room.offer(to: alice)
        #expect(offer.id == 1 && offer.type == .offer)
        let session = try offer.parsed
        #expect(session.sections.count == 1 && session.bundle == ["0"] && session.isICELite)
        #expect(session.sections[0].transport.setup == .actpass && session.sections[0].sctpPort == 5_000)
        #expect(session.sections[0].candidates.count == 2 && session.sections[0].hasEndOfCandidates)
        let peer = try #require(room.addedPeers().first)
        #expect(peer.remote == nil && peer.local.password == session.sections[0].transport.password)
        let channels = room.commands.compactMap { command -> String? in
            if case .openDataChannel(peer.id, let label, let isOrdered, let retransmits) = command {
                "\(label) \(isOrdered) \(retransmits.map { "\($0)" } ?? "all")"
            } else {
                nil
            }
        }
        #expect(channels == ["_reliable true all", "_lossy false 0"])

        room.clear()
        try answer("v0-subscriber-data-answer", from: alice, &room)
        guard case .setRemote(peer.id, let remote) = try #require(room.commands.first) else { throw UnexpectedCase() }
        #expect(remote.credentials.usernameFragment == "p27l" && room.commands.count == 1)
        // The publisher's connection comes with its first offer.
        room.clear()
        room.offer(try Fixtures.text("v0-publisher-data-offer"), id: 4, from: alice)
        let publisher = try #require(room.addedPeers().first)
        #expect(publisher.id != peer.id && publisher.remote?.credentials.usernameFragment == "sT6y")
        #expect(try room.answer(to: alice).id == 4)
        #expect(try room.answer(to: alice).parsed.sections[0].transport.setup == .passive)
        // Only the subscriber's connection counts.
        room.clear()
        room.media(.peerConnected(publisher.id))
        #expect(room.facts.isEmpty && room.state.participant(identity: "alice")?.state == .joined)
        room.media(.peerConnected(peer.id))
        #expect(room.facts.count == 1 && room.state.participant(identity: "alice")?.state == .active)
    }

    private func answer(_ fixture: String, id: UInt32 = 0, from sid: ParticipantSID, _ room: inout RoomHarness) throws {
        room.send(
            .answer(SessionDescription(type: .answer, sdp: try Fixtures.text(fixture), id: id)), from: sid)
    }

    private func conversation() throws -> (RoomHarness, alice: ParticipantSID, bob: ParticipantSID) {
        var room = RoomHarness()
        let alice = try room.join("alice", mode: .dual)
        let bob = try room.join("bob", mode: .dual)
        room.offer(try Fixtures.text("v0-publisher-data-offer"), from: alice)
        // A real client's answers hold one certificate and one pair of credentials per session: bob's.
        let text = try Fixtures.text("v0-subscriber-audio-answer")
        let data = text.replacing("BUNDLE 0 1", with: "BUNDLE 0").split(separator: "m=audio")[0]
        room.send(.answer(SessionDescription(type: .answer, sdp: String(data), id: 0)), from: bob)
        room.media(.peerConnected(room.state.participants[bob]!.negotiation.primaryPeer))
        room.wait(.milliseconds(200))
        return (room, alice, bob)
    }

    @Test func audioThenVideoArePublishedAndReceived() throws {
        var (room, alice, bob) = try conversation()
        room.send(.addTrack(Self.microphone), from: alice)
        room.clear()
        room.offer(try Fixtures.text("v0-publisher-audio-offer"), from: alice)
        #expect(room.published().map(\.mid) == ["1"])
        #expect(room.subscribed().isEmpty)
        room.wait(.milliseconds(20))
        #expect(room.transcript(of: bob).last == "offer")
        let offer = try room.offer(to: bob)
        let sid = try #require(offer.midToTrack["1"])
        let section = try offer.parsed.section("1")
        #expect(section.direction == .sendonly && section.codecs.map(\.payloadType) == [111, 63])
        #expect(section.codecs[0].feedback == ["nack"] && section.codecs[1].parameters == "111/111")
        #expect(section.mediaStreams == [SDPMediaStreamID(stream: "\(alice)|\(sid)", track: sid.rawValue)])
        #expect(section.extensions.map(\.id) == [1, 4, 6])

        // While the offer is out, the video must wait.
        room.send(.addTrack(Self.camera), from: alice)
        room.offer(try Fixtures.text("v0-publisher-simulcast-offer"), from: alice)
        room.clear()
        room.wait(.milliseconds(500))
        #expect(!room.transcript(of: bob).contains("offer"))
        try answer("v0-subscriber-audio-answer", from: bob, &room)
        let audio = try #require(room.subscribed().first)
        #expect(audio.mid == "1" && audio.payloads.map(\.published) == [111, 63])
        #expect(audio.payloads.allSatisfy { $0.subscribed == 63 && $0.redundancy == .wrap(opus: 111) })
        #expect(audio.ssrc == section.sources[0].ssrc)
        #expect(room.notifications(to: alice) == [.trackSubscribed(sid)])
        room.clear()
        room.wait(.milliseconds(20))
        let next = try room.offer(to: bob)
        #expect(next.id == offer.id + 1 && next.midToTrack.count == 2)
        let video = try next.parsed.section("2")
        #expect(video.codecs.map(\.payloadType) == [96, 97, 98, 99, 100, 101, 108, 109, 125, 126, 123, 124, 35, 36])
        #expect(!video.extensions.contains { $0.uri.contains("dependency-descriptor") })
        try answer("v0-subscriber-video-answer", from: bob, &room)
        let subscription = try #require(room.subscribed().last)
        #expect(
            subscription.payloads == [PayloadMapping(published: 96, subscribed: 96, subscribedRetransmission: 97)])
        #expect(video.sourceGroups[0].sources == [subscription.ssrc, subscription.retransmissionSSRC])
    }

    @Test(arguments: [("v0-publisher-vp9-offer", "video/VP9", 98), ("v0-publisher-av1-offer", "video/AV1", 45)])
    func otherCodecsPassThrough(fixture: String, mimeType: String, payloadType: Int) throws {
        var (room, alice, bob) = try conversation()
        let text = try Fixtures.text(fixture)
        let own = try SDPSession(parsing: text)
        let fingerprint = try SDPSession(parsing: Fixtures.text("v0-publisher-data-offer")).sections[0].transport
        for section in own.sections.dropFirst() {
            let kind: TrackKind = section.kind == .audio ? .audio : .video
            room.send(
                .addTrack(
                    AddTrackRequest(
                        cid: section.sentMediaStream?.track ?? "", kind: kind,
                        source: kind == .audio ? .microphone : .camera)), from: alice)
        }
        var described = own
        for index in described.sections.indices { described.sections[index].transport = fingerprint }
        room.offer(described.text, from: alice)
        let track = try #require(room.published().last)
        #expect(track.payloads.first?.payloadType == UInt8(payloadType))
        #expect(room.state.participant(identity: "alice")?.tracks.last?.mimeType == mimeType)
        room.wait(.milliseconds(20))
        let offered = try room.offer(to: bob).parsed.section("2")
        #expect(offered.extensions.contains { $0.uri.contains("dependency-descriptor") })
        try answer("v0-subscriber-video-answer", from: bob, &room)
        #expect(room.subscribed().count == 2 && room.subscribed()[1].payloads[0].published == UInt8(payloadType))
    }

    @Test func anUnsubscribedSectionIsOfferedInactiveOnce() throws {
        var (room, alice, bob) = try conversation()
        room.send(.addTrack(Self.microphone), from: alice)
        room.offer(try Fixtures.text("v0-publisher-audio-offer"), from: alice)
        room.wait(.milliseconds(20))
        try answer("v0-subscriber-audio-answer", from: bob, &room)
        let sid = try #require(try room.offer(to: bob).midToTrack["1"])
        room.clear()
        room.send(.updateSubscription([sid], isSubscribed: false), from: bob)
        guard case .unsubscribe = try #require(room.commands.first) else { throw UnexpectedCase() }
        room.wait(.milliseconds(200))
        let offer = try room.offer(to: bob)
        #expect(offer.midToTrack.isEmpty)
        #expect(try offer.parsed.section("1").direction == .inactive)
        // Wanted again while that is out: it waits for its turn, in the same section.
        room.send(.updateSubscription([sid], isSubscribed: true), from: bob)
        let inactive = try Fixtures.text("v0-subscriber-audio-answer").replacing("a=recvonly", with: "a=inactive")
        room.send(.answer(SessionDescription(type: .answer, sdp: inactive, id: offer.id)), from: bob)
        #expect(room.subscribed().isEmpty)
        room.wait(.milliseconds(200))
        #expect(try room.offer(to: bob).midToTrack == ["1": sid])
        try answer("v0-subscriber-audio-answer", from: bob, &room)
        #expect(room.subscribed().map(\.mid) == ["1"])
    }

    @Test func aRefusedSectionFailsThatTrackOnly() throws {
        var (room, alice, bob) = try conversation()
        room.send(.addTrack(Self.microphone), from: alice)
        room.offer(try Fixtures.text("v0-publisher-audio-offer"), from: alice)
        room.wait(.milliseconds(20))
        let sid = try #require(try room.offer(to: bob).midToTrack["1"])
        room.clear()
        let refusal = try Fixtures.text("v0-subscriber-audio-answer").replacing("m=audio 9", with: "m=audio 0")
        room.send(.answer(SessionDescription(type: .answer, sdp: refusal, id: 0)), from: bob)
        #expect(room.notifications(to: bob) == [.subscriptionFailed(sid, .codecUnsupported)])
        #expect(room.subscribed().isEmpty)
    }

    @Test func answersToNothingAreCounted() throws {
        var (room, _, bob) = try conversation()
        room.clear()
        try answer("v0-subscriber-audio-answer", from: bob, &room)
        #expect(room.effects.isEmpty && room.state.counters.unexpectedAnswer == 1)
        let single = try room.join("single")
        try answer("v0-subscriber-audio-answer", from: single, &room)
        #expect(room.state.counters.unexpectedAnswer == 2)
    }

    @Test func aClientThatNeverAnswersStartsAnew() throws {
        var room = RoomHarness()
        let alice = try room.join("alice", mode: .dual)
        room.clear()
        room.wait(.seconds(14))
        #expect(room.transcript(of: alice).isEmpty)
        room.wait(.seconds(2))
        #expect(room.notifications(to: alice) == [.left(.stateMismatch, .reconnect)])
        #expect(room.checker.isEverythingRemoved)
    }

    @Test func aResumedSessionRestartsTheSubscriber() throws {
        var (room, _, bob) = try conversation()
        let before = try room.offer(to: bob).parsed.sections[0].transport
        room.loseSignal(bob)
        room.clear()
        try room.resume(bob, identity: "bob", mode: .dual)
        #expect(
            room.transcript(of: bob) == [
                "reconnected", "participantsUpdated", "roomUpdated", "grantsRefreshed", "offer", "trickle", "trickle",
            ])
        let after = try room.offer(to: bob).parsed.sections[0].transport
        #expect(before.usernameFragment != after.usernameFragment)
        guard case .restartICE(_, let local, nil) = try #require(room.commands.first) else { throw UnexpectedCase() }
        #expect(local.usernameFragment == after.usernameFragment)
        // Its answer brings the client's new credentials, if any.
        room.clear()
        let text = try Fixtures.text("v0-subscriber-audio-answer").replacing("BUNDLE 0 1", with: "BUNDLE 0")
        let data = text.split(separator: "m=audio")[0].replacing("xfg5", with: "newer")
        room.send(.answer(SessionDescription(type: .answer, sdp: String(data), id: 0)), from: bob)
        guard case .setRemote(_, let remote) = try #require(room.commands.first) else { throw UnexpectedCase() }
        #expect(remote.credentials.usernameFragment == "newer")
    }
}
