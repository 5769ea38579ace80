// Subscribers are told when a picture stands still because their network cannot carry it, and when it goes on.

import MediaInterface

extension RoomState {
    mutating func notePause(of subscription: SubscriptionID, isPaused: Bool) {
        guard let (subscriber, track) = subscriptionOwners[subscription],
            participants[subscriber]?.subscriptions[track]?.id == subscription
        else {
            count(\.stale)
            return
        }
        participants[subscriber]!.subscriptions[track]!.isPaused = isPaused
        tellStreamState(of: track, to: subscriber)
    }

    /// Who is away hears on return of what changed meanwhile.
    mutating func tellStreamStates(to sid: ParticipantSID) {
        let tracks = participants[sid]?.subscriptions.keys.sorted { $0.rawValue < $1.rawValue } ?? []
        for track in tracks { tellStreamState(of: track, to: sid) }
    }

    private mutating func tellStreamState(of track: TrackSID, to sid: ParticipantSID) {
        guard let record = participants[sid], record.isSignalConnected, let subscription = record.subscriptions[track],
            subscription.isPaused != subscription.isToldPaused
        else { return }
        participants[sid]!.subscriptions[track]!.isToldPaused = subscription.isPaused
        notify(sid, .streamStateChanged(subscription.publisher, track, isPaused: subscription.isPaused))
    }
}
