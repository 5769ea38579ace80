import SDP
import Testing

@testable import Conference

@Suite struct ParsedDescriptionTests {
    @Test func parsesOnceForAllCopies() throws {
        var description = SessionDescription(type: .offer, sdp: Offers.make("alice"), id: 1)
        let copy = description
        #expect(!copy.isPrepared)
        _ = try description.session()
        #expect(copy.isPrepared && description == copy && description.hashValue == copy.hashValue)
        // Another text is another description.
        description.sdp = "nonsense"
        #expect(!description.isPrepared && copy.isPrepared && description != copy)
        for _ in 0..<2 { #expect(throws: NegotiationError.self) { try description.session() } }
        #expect(try copy.session().sections.count == 7)
    }

    @Test func onlyDescriptionsArePrepared() {
        let offer = SessionDescription(type: .offer, sdp: "v=0", id: 1)
        ParticipantRequest.offer(offer).prepare()
        let answer = SessionDescription(type: .answer, sdp: "v=0", id: 1)
        ParticipantRequest.answer(answer).prepare()
        #expect(offer.isPrepared && answer.isPrepared)
        let held = SessionDescription(type: .offer, sdp: "v=0", id: 1)
        ParticipantRequest.syncState(SyncState(offer: held)).prepare()
        #expect(!held.isPrepared)
    }
}
