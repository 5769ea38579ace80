import Basics
import MediaInterface
import SDP
import Testing

@testable import Conference

/// The server's candidates come as messages, too: connection tests of browsers count only those.
@Suite struct TrickleTests {
    private func trickled(_ notifications: [ParticipantNotification]) -> [TrickledCandidate] {
        notifications.compactMap { if case .trickle(let candidate) = $0 { candidate } else { nil } }
    }

    @Test func theAnswerIsFollowedByItsCandidates() throws {
        var room = RoomHarness()
        let alice = try room.join("alice", offer: "v1-join-offer")
        let labels = room.transcript(of: alice)
        let answered = try #require(labels.firstIndex(of: "answer"))
        #expect(labels[(answered + 1)...].prefix(2) == ["trickle", "trickle"])
        let session = try room.answer(to: alice).parsed
        let fragment = try #require(session.sections[0].transport.usernameFragment)
        let candidates = trickled(room.notifications(to: alice))
        #expect(candidates.map(\.isFinal) == [false, true])
        #expect(candidates.allSatisfy { $0.target == .publisher && $0.sdpMid == "0" && $0.sdpMLineIndex == 0 })
        #expect(
            candidates.map(\.candidate) == session.sections[0].candidates.map { "\($0.attribute) ufrag \(fragment)" })
        #expect(candidates[0].candidate == "candidate:1 1 udp 2130706431 192.0.2.1 7882 typ host ufrag \(fragment)")

        // The same credentials are not told twice, new ones are.
        room.clear()
        room.offer(try Fixtures.text("v1-join-offer"), from: alice)
        #expect(trickled(room.notifications(to: alice)).isEmpty)
        room.clear()
        room.offer(try Fixtures.text("v1-join-offer").replacing("GTO2", with: "GTO3"), from: alice)
        let renewed = try #require(try room.answer(to: alice).parsed.sections[0].transport.usernameFragment)
        #expect(renewed != fragment)
        #expect(trickled(room.notifications(to: alice)).allSatisfy { $0.candidate.hasSuffix("ufrag \(renewed)") })
        #expect(trickled(room.notifications(to: alice)).count == 2)
    }

    @Test func bothConnectionsOfAClientGetThem() throws {
        var room = RoomHarness()
        let alice = try room.join("alice", mode: .dual)
        let first = trickled(room.notifications(to: alice))
        #expect(first.count == 2 && first.allSatisfy { $0.target == .subscriber } && first.last?.isFinal == true)
        room.clear()
        room.offer(try Fixtures.text("v0-publisher-data-offer"), from: alice)
        let second = trickled(room.notifications(to: alice))
        #expect(second.count == 2 && second.allSatisfy { $0.target == .publisher } && second.last?.isFinal == true)
        #expect(room.transcript(of: alice) == ["answer", "trickle", "trickle"])
        #expect(second[0].candidate != first[0].candidate)
    }

    /// The first section may be rejected: then another one stands for the transport.
    @Test func candidatesNameTheSectionThatCarriesThem() throws {
        var room = RoomHarness()
        let alice = try room.join("alice")
        let offer = Offers.make("alice", audios: 1, videos: 1)
        var session = try SDPSession(parsing: offer)
        session.sections[0].codecs = [SDPCodec(payloadType: 0, name: "PCMU", clockRateHertz: 8_000)]
        room.offer(session.text, from: alice)
        #expect(try room.answer(to: alice).parsed.sections[0].isRejected)
        for candidate in trickled(room.notifications(to: alice)) {
            #expect(candidate.sdpMid == "v0" && candidate.sdpMLineIndex == 1)
        }
        #expect(trickled(room.notifications(to: alice)).count == 2)
    }
}
