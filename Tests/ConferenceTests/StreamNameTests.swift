import Basics
import MediaInterface
import SDP
import Testing

@testable import Conference

@Suite struct StreamNameTests {
    private let publisher = ParticipantSID("PA_a")!

    private func name(_ stream: String, isShared: Bool) -> String {
        var track = TrackInfo(sid: TrackSID("TR_VCx")!, kind: .video, source: .camera)
        track.stream = stream
        return StreamName.name(of: track, from: publisher, isShared: isShared)
    }

    @Test func onlyWordsAreShared() {
        #expect(name("camera", isShared: true) == "PA_a|camera" && name("camera", isShared: false) == "PA_a|TR_VCx")
        for stream in ["", "a b", "a|b", "TR_other", "é", "a\r\na=x", String(repeating: "s", count: 65)] {
            #expect(name(stream, isShared: true) == "PA_a|TR_VCx", "\(stream)")
        }
    }

    private static func request(
        _ sdk: String, browser: String = "", os: String = "", mode: PeerConnectionMode = .single, offers: Bool = true
    ) -> JoinRequest {
        JoinRequest(
            grants: JoinGrants(identity: "bob", roomName: "room", expiresAtSeconds: 9_999),
            client: ClientInfo(sdk: sdk, os: os, browser: browser), mode: mode,
            publisherOffer: offers ? SessionDescription(type: .offer, sdp: Offers.make("bob"), id: 1) : nil)
    }

    @Test(arguments: [
        (request("js"), true), (request("js", browser: "Chrome", os: "Android", offers: false), true),
        (request("js", browser: "Firefox"), false), (request("js", offers: false), false),
        (request("js", os: "ios"), false), (request("js", mode: .dual), false), (request("python"), false),
        (request("rust"), false), (request("reactnative"), false), (request(""), false),
    ]) func whoTakesSharedStreams(request: JoinRequest, isShared: Bool) {
        #expect(request.takesSharedStreams == isShared)
    }

    /// libwebrtc plays audio and video in step when they are of one stream.
    @Test(arguments: [true, false]) func microphoneAndCameraAreOfOneStream(isBrowser: Bool) throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let tracks = room.publish([.microphone, .camera, .screenShare], from: alice)
        let bob = try room.enter(Self.request(isBrowser ? "js" : "python"))
        room.reoffer(bob)
        let session = try room.answer(to: bob).parsed
        let sending = session.sections.filter { $0.direction == .sendonly }
        #expect(Set(sending.compactMap { $0.sentMediaStream?.track }) == Set(tracks.map(\.rawValue)))
        let streams = sending.compactMap { $0.sentMediaStream?.stream }
        #expect(
            Set(streams)
                == Set(isBrowser ? ["\(alice)|camera", "\(alice)|screen"] : tracks.map { "\(alice)|\($0)" }))
        // All of a participant's sources have one name, and none is without.
        #expect(sending.flatMap(\.sources).allSatisfy { $0.cname == alice.rawValue })
        #expect(sending.flatMap(\.sources).count == 5)
    }
}
