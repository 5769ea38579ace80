import Basics
import MediaInterface
import Testing

@testable import Conference

/// What subscribers wish, and what publishers are told of it.
@Suite struct SubscriptionTests {
    private func enabled(_ notification: ParticipantNotification?) -> Set<VideoQuality>? {
        guard case .subscribedQualitiesChanged(_, let list) = notification, list.count == 1 else { return nil }
        #expect(list[0].codec == "vp8" && list[0].enabled.count == 3)
        return Set(list[0].enabled.filter(\.value).keys)
    }

    @Test func anAdaptiveSubscriberStartsSmallAndNeverOff() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob", adaptive: true)
        let tracks = room.publish([.camera, .microphone], from: alice)
        room.reoffer(bob)
        let settings = Dictionary(uniqueKeysWithValues: room.subscribed().map { ($0.mid, $0.settings) })
        #expect(settings["v0"] == SubscriptionSettings(maximumSpatialLayer: 0))
        #expect(settings["a0"]?.isEnabled == true)

        func ask(_ settings: TrackSettings) -> SubscriptionSettings? {
            room.clear()
            room.send(.updateTrackSettings(settings), from: bob)
            return room.configured().first?.1
        }
        let camera = [tracks[0]]
        #expect(
            ask(TrackSettings(tracks: camera, width: 1_280, height: 720))
                == SubscriptionSettings(maximumSpatialLayer: 2, wishedPixels: 921_600))
        // Nine tenths of 400 is 360: the middle layer has that.
        #expect(
            ask(TrackSettings(tracks: camera, width: 700, height: 400))
                == SubscriptionSettings(maximumSpatialLayer: 1, wishedPixels: 280_000))
        #expect(ask(TrackSettings(tracks: camera, width: 700, height: 400)) == nil, "nothing changes")
        #expect(
            ask(TrackSettings(tracks: camera, width: 700, height: 390))
                == SubscriptionSettings(maximumSpatialLayer: 1, wishedPixels: 273_000))
        #expect(
            ask(TrackSettings(tracks: camera, width: 700, height: 401))
                == SubscriptionSettings(maximumSpatialLayer: 2, wishedPixels: 280_700))
        #expect(ask(TrackSettings(tracks: camera, quality: .low)) == SubscriptionSettings(maximumSpatialLayer: 0))
        #expect(
            ask(TrackSettings(tracks: camera, isDisabled: true, width: 700, height: 401))
                == SubscriptionSettings(isEnabled: false))
        // Wanted again after having been unsubscribed: shown, whatever it was before.
        room.send(.updateSubscription(camera, isSubscribed: false), from: bob)
        room.reoffer(bob)
        room.send(.updateSubscription(camera, isSubscribed: true), from: bob)
        room.clear()
        room.reoffer(bob)
        #expect(room.subscribed().first?.settings.isEnabled == true)
    }

    @Test func aWishBeforeTheSectionCounts() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob", adaptive: true)
        let track = try #require(room.publish([.camera], from: alice).first)
        room.send(.updateTrackSettings(TrackSettings(tracks: [track], width: 640, height: 360)), from: bob)
        #expect(room.configured().isEmpty)
        room.reoffer(bob)
        #expect(
            room.subscribed().first?.settings == SubscriptionSettings(maximumSpatialLayer: 1, wishedPixels: 230_400))
    }

    @Test func publishersSendWhatAnybodyWants() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        room.clear()
        let track = try #require(room.publish([.camera], from: alice).first)
        // Nobody there: everything stops, after a while.
        #expect(!room.transcript(of: alice).contains("subscribedQualitiesChanged"))
        room.clear()
        room.wait(.seconds(4))
        #expect(room.transcript(of: alice).filter { $0 != "roomUpdated" }.isEmpty)
        room.wait(.seconds(2))
        #expect(enabled(room.notifications(to: alice).last) == [])

        // The first who wants it turns it on at once.
        room.clear()
        let bob = try room.enterConnected("bob", adaptive: true)
        #expect(room.notifications(to: alice).compactMap(enabled) == [[.low]])
        room.clear()
        room.send(.updateTrackSettings(TrackSettings(tracks: [track], quality: .high)), from: bob)
        #expect(room.notifications(to: alice).compactMap(enabled) == [[.low, .medium, .high]])

        // A second one keeps the middle; less only after five seconds, and not when it comes back before.
        let carol = try room.enterConnected("carol")
        room.clear()
        room.send(.updateTrackSettings(TrackSettings(tracks: [track], quality: .medium)), from: carol)
        room.send(.updateTrackSettings(TrackSettings(tracks: [track], quality: .low)), from: bob)
        room.wait(.seconds(3))
        room.send(.updateTrackSettings(TrackSettings(tracks: [track], quality: .high)), from: bob)
        room.wait(.seconds(6))
        #expect(room.notifications(to: alice).compactMap(enabled).isEmpty)
        room.send(.updateTrackSettings(TrackSettings(tracks: [track], quality: .low)), from: bob)
        room.wait(.seconds(6))
        #expect(room.notifications(to: alice).compactMap(enabled) == [[.low, .medium]])
        room.clear()
        for sid in [bob, carol] { room.send(.leave(.clientInitiated), from: sid) }
        room.wait(.seconds(6))
        #expect(room.notifications(to: alice).compactMap(enabled) == [[]])
    }

    @Test func whoSubscribesByHandReceivesNothingUnasked() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob", automatic: false)
        let tracks = room.publish([.microphone, .camera], from: alice)
        room.clear()
        room.wait(.seconds(1))
        #expect(!room.transcript(of: bob).contains("mediaSectionsRequired"))
        room.send(.updateSubscription([tracks[1], tracks[1]], isSubscribed: true), from: bob)
        room.reoffer(bob)
        #expect(room.subscribed().map(\.mid) == ["v0"])
        room.send(.updateSubscription(tracks, isSubscribed: false), from: bob)
        #expect(room.checker.subscriptions.isEmpty)
    }

    @Test func unknownTracksAndOwnTracksFail() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let own = try #require(room.publish([.microphone], from: alice).first)
        let unknown = try #require(TrackSID("TR_nothing"))
        room.clear()
        room.send(.updateSubscription([own, unknown], isSubscribed: true), from: alice)
        #expect(
            room.notifications(to: alice) == [
                .subscriptionFailed(own, .trackNotFound), .subscriptionFailed(unknown, .trackNotFound),
            ])
        room.send(.updateTrackSettings(TrackSettings(tracks: [own, unknown])), from: alice)
        #expect(room.state.counters.unknownTrack == 4 && room.commands.isEmpty)
    }

    @Test func aClientWithoutTheCodecIsToldSo() throws {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob")
        let track = try #require(room.publish([.camera], from: alice).first)
        room.wait(.milliseconds(20))
        room.clear()
        room.offer(Offers.make("bob", firstCodec: "AV1"), from: bob)
        #expect(room.notifications(to: bob).contains(.subscriptionFailed(track, .codecUnsupported)))
        #expect(room.subscribed().isEmpty && room.subscription(of: bob, to: track) == nil)
    }
}
