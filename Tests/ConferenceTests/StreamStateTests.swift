import Basics
import MediaInterface
import Testing

@testable import Conference

/// Pictures that a subscriber's network cannot carry.
@Suite struct StreamStateTests {
    private func camera() throws -> (
        RoomHarness, alice: ParticipantSID, bob: ParticipantSID, TrackSID, SubscriptionID
    ) {
        var room = RoomHarness()
        let alice = try room.enterConnected("alice")
        let bob = try room.enterConnected("bob")
        let track = try #require(room.publish([.camera], from: alice).first)
        room.reoffer(bob)
        let subscription = try #require(room.subscription(of: bob, to: track))
        room.clear()
        return (room, alice, bob, track, subscription)
    }

    @Test func theSubscriberIsToldOfChanges() throws {
        var (room, alice, bob, track, subscription) = try camera()
        room.media(.subscriptionPaused(subscription, true))
        room.media(.subscriptionPaused(subscription, true))
        #expect(room.notifications(to: bob) == [.streamStateChanged(alice, track, isPaused: true)])
        #expect(room.notifications(to: alice).isEmpty)
        room.clear()
        room.media(.subscriptionPaused(subscription, false))
        #expect(room.notifications(to: bob) == [.streamStateChanged(alice, track, isPaused: false)])
        // What is over says nothing any more, and what never was.
        room.clear()
        room.send(.updateSubscription([track], isSubscribed: false), from: bob)
        room.media(.subscriptionPaused(subscription, true))
        room.media(.subscriptionPaused(SubscriptionID(1), true))
        #expect(!room.transcript(of: bob).contains("streamStateChanged") && room.state.counters.stale == 2)
    }

    @Test func whoComesBackHearsOnceHowThingsStand() throws {
        var (room, alice, bob, track, subscription) = try camera()
        room.loseSignal(bob)
        room.media(.subscriptionPaused(subscription, true))
        try room.resume(bob, identity: "bob")
        #expect(room.notifications(to: bob).contains(.streamStateChanged(alice, track, isPaused: true)))
        // Paused and gone on while nobody listened: nothing to tell.
        room.loseSignal(bob)
        room.media(.subscriptionPaused(subscription, false))
        room.media(.subscriptionPaused(subscription, true))
        room.clear()
        try room.resume(bob, identity: "bob")
        #expect(!room.transcript(of: bob).contains("streamStateChanged"))
    }

    /// A new subscription begins as going on, whatever the one before was.
    @Test func aNewSubscriptionIsActive() throws {
        var (room, _, bob, track, subscription) = try camera()
        room.media(.subscriptionPaused(subscription, true))
        room.send(.updateSubscription([track], isSubscribed: false), from: bob)
        room.reoffer(bob)
        room.send(.updateSubscription([track], isSubscribed: true), from: bob)
        room.reoffer(bob)
        let next = try #require(room.subscription(of: bob, to: track))
        room.clear()
        room.media(.subscriptionPaused(next, false))
        #expect(next != subscription && room.notifications(to: bob).isEmpty)
    }
}
