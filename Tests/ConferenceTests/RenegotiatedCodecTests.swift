import Basics
import MediaInterface
import SDP
import Testing

@testable import Conference

/// Payload types that change in the middle of a subscription, on either side.
@Suite struct RenegotiatedCodecTests {
    /// Video in another payload type, and no other.
    private func renumbered(_ text: String, _ payloadType: UInt8, codec: String = "VP8") throws -> String {
        var session = try SDPSession(parsing: text)
        for index in session.sections.indices where session.sections[index].kind == .video {
            session.sections[index].codecs = [
                SDPCodec(payloadType: payloadType, name: codec, clockRateHertz: 90_000),
                SDPCodec(
                    payloadType: payloadType + 1, name: "rtx", clockRateHertz: 90_000,
                    parameters: "apt=\(payloadType)"),
            ]
        }
        return session.text
    }

    private func mapping(_ published: UInt8, _ subscribed: UInt8) -> PayloadMapping {
        PayloadMapping(published: published, subscribed: subscribed, subscribedRetransmission: subscribed + 1)
    }

    private let sent = [Offers.Sent(kind: .video, cid: "alice-camera", rids: ["q", "h", "f"])]

    private func conversation() throws -> (RoomHarness, alice: ParticipantSID, bob: ParticipantSID, track: TrackSID) {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob")
        let track = try #require(room.publish([.camera], from: alice).first)
        room.reoffer(bob)
        #expect(room.subscribed().map(\.payloads) == [[mapping(96, 96)]])
        room.clear()
        return (room, alice, bob, track)
    }

    @Test func theSubscribersNewOffer() throws {
        var (room, _, bob, track) = try conversation()
        let id = room.subscription(of: bob, to: track)
        room.offer(try renumbered(Offers.make("bob"), 110), from: bob)
        #expect(room.subscribed().map(\.payloads) == [[mapping(96, 110)]] && room.subscribed().first?.id == id)
        let section = try room.answer(to: bob).parsed.section("v0")
        #expect(section.direction == .sendonly && section.codecs.map(\.payloadType) == [110, 111])
        // What stays as it is, is not told again.
        room.clear()
        room.offer(try renumbered(Offers.make("bob"), 110), from: bob)
        #expect(room.subscribed().isEmpty)
        // Without the codec there is nothing to receive.
        room.clear()
        room.offer(try renumbered(Offers.make("bob"), 110, codec: "AV1"), from: bob)
        #expect(room.notifications(to: bob).contains(.subscriptionFailed(track, .codecUnsupported)))
        #expect(room.subscription(of: bob, to: track) == nil && room.checker.subscriptions.isEmpty)
        #expect(try room.answer(to: bob).parsed.section("v0").direction == .inactive)
    }

    @Test func thePublishersNewOffer() throws {
        var (room, alice, bob, track) = try conversation()
        room.offer(try renumbered(Offers.make("alice", sent: sent), 120), from: alice)
        #expect(room.published().map { $0.payloads.map(\.payloadType) } == [[120]])
        #expect(room.subscribed().map(\.payloads) == [[mapping(120, 96)]])
        room.clear()
        room.offer(try renumbered(Offers.make("alice", sent: sent), 120, codec: "AV1"), from: alice)
        #expect(room.notifications(to: bob).contains(.subscriptionFailed(track, .codecUnsupported)))
        #expect(room.checker.subscriptions.isEmpty)
        // A subscription that still waits for its section follows as well.
        let carol = try room.join("carol")
        room.offer(try renumbered(Offers.make("alice", sent: sent), 121), from: alice)
        room.clear()
        room.reoffer(carol)
        #expect(room.subscribed().map(\.payloads) == [[mapping(121, 96)]])
        // And who could not follow gets another try.
        room.clear()
        room.reoffer(bob)
        #expect(room.subscribed().map(\.payloads) == [[mapping(121, 96)]])
    }

    @Test func theAnswerOfASecondConnection() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.join("bob", mode: .dual)
        func answer(_ payloadType: UInt8, codec: String = "VP8") throws {
            let offer = try room.offer(to: bob)
            var session = try offer.parsed
            session.isICELite = false
            for index in session.sections.indices {
                session.sections[index].direction = .recvonly
                session.sections[index].transport.setup = .active
            }
            room.clear()
            let text = try renumbered(session.text, payloadType, codec: codec)
            room.send(.answer(SessionDescription(type: .answer, sdp: text, id: offer.id)), from: bob)
        }
        try answer(96)
        let camera = try #require(room.publish([.camera], from: alice).first)
        room.wait(.milliseconds(200))
        try answer(96)
        #expect(room.subscribed().map(\.payloads) == [[mapping(96, 96)]])
        // The publisher's payload types change at once, the subscriber's with its next answer.
        room.clear()
        room.offer(try renumbered(Offers.make("alice", sent: sent), 120), from: alice)
        #expect(room.subscribed().map(\.payloads) == [[mapping(120, 96)]])
        room.publish([.camera, .microphone], from: alice)
        room.wait(.milliseconds(200))
        try answer(98)
        #expect(room.subscribed().map(\.payloads).contains([mapping(96, 98)]))
        room.publish([.camera, .microphone, .screenShare], from: alice)
        room.wait(.milliseconds(200))
        try answer(98, codec: "AV1")
        #expect(room.notifications(to: bob).contains(.subscriptionFailed(camera, .codecUnsupported)))
        #expect(room.subscription(of: bob, to: camera) == nil)
    }
}
