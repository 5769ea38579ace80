import Basics
import MediaInterface
import Testing

@testable import Conference

@Suite struct LayerChoiceTests {
    private let track = TrackSID("TR_VC")!
    private func info(_ source: TrackSource = .camera) -> TrackInfo {
        TrackInfo(sid: track, kind: .video, source: source, layers: SinglePeerConnectionTests.layers)
    }

    private func choose(_ wish: TrackSettings, _ source: TrackSource = .camera) -> SubscriptionSettings {
        let info = info(source)
        return LayerChoice.settings(for: LayerChoice.quality(for: wish, layers: info.layers), wish: wish, of: info)
    }

    /// Heights of the layers are 180, 360 and 720.
    @Test(
        arguments: [
            (1, 0), (180, 0), (200, 0), (201, 1), (360, 1), (400, 1), (401, 2), (720, 2), (2_160, 2), (.max, 2),
        ] as [(UInt32, UInt8)]) func theTileDecides(height: UInt32, layer: UInt8)
    {
        let chosen = choose(TrackSettings(tracks: [track], quality: .low, width: 10, height: height))
        #expect(chosen.maximumSpatialLayer == layer && chosen.isEnabled)
    }

    @Test func areasAreBounded() {
        #expect(choose(TrackSettings(tracks: [track], width: 320, height: 180)).wishedPixels == 57_600)
        #expect(choose(TrackSettings(tracks: [track], width: .max, height: 2)).wishedPixels == .max)
        #expect(choose(TrackSettings(tracks: [track], width: 320)).wishedPixels == 0)
    }

    /// Half and a quarter of what a camera gives at least.
    @Test(arguments: [(0, 3), (1, 0), (6, 0), (7, 1), (12, 1), (13, 3), (30, 3)] as [(UInt32, UInt8)])
    func fewFramesNeedFewLayers(framesPerSecond: UInt32, layer: UInt8) {
        let wish = TrackSettings(tracks: [track], framesPerSecond: framesPerSecond)
        #expect(choose(wish).maximumTemporalLayer == layer)
        #expect(choose(wish, .screenShare).maximumTemporalLayer == 3, "a screen has few frames already")
    }

    @Test func withoutSizesTheQualityDecides() {
        let wish = TrackSettings(tracks: [track], quality: .medium, width: 100, height: 100)
        #expect(LayerChoice.quality(for: wish, layers: []) == .medium)
        #expect(LayerChoice.quality(for: wish, layers: [VideoLayer(quality: .high, width: 0, height: 0)]) == .medium)
        // A picture in one spatial layer has nothing else to give.
        #expect(
            LayerChoice.quality(for: wish, layers: [VideoLayer(quality: .low, width: 1_920, height: 1_080)]) == .low)
    }

    @Test func aSpatialLayerInsideOfOneStreamIsChosenAlike() throws {
        var room = RoomHarness()
        let alice = try room.join("alice", offer: "v1-join-offer")
        let bob = try room.enterConnected("bob", adaptive: true)
        room.send(.addTrack(CodecNegotiationTests.announcement("vp9")), from: alice)
        room.offer(try CodecNegotiationTests.browserOffer(sending: ["camera"]), from: alice)
        let track = try #require(room.state.participant(identity: "alice")?.tracks.first?.sid)
        room.wait(.milliseconds(200))
        room.clear()
        room.offer(Offers.make("bob", firstCodec: "VP9"), from: bob)
        #expect(room.subscribed().map(\.settings) == [SubscriptionSettings(maximumSpatialLayer: 0)])
        room.clear()
        room.send(.updateTrackSettings(TrackSettings(tracks: [track], width: 640, height: 360)), from: bob)
        #expect(room.configured().map(\.1) == [SubscriptionSettings(maximumSpatialLayer: 1, wishedPixels: 230_400)])
        room.wait(.seconds(6))
        // All that anybody wants: a client with one stream looks at the lowest.
        guard case .subscribedQualitiesChanged(track, let codecs) = room.notifications(to: alice).last else {
            Issue.record("the publisher was not told")
            return
        }
        #expect(codecs == [SubscribedQualities(codec: "vp9", enabled: [.low: true, .medium: true, .high: false])])
    }
}
