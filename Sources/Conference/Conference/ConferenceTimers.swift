// How long the room waits, each with its reason.

import Basics

enum ConferenceTimers {
    /// Tracks that are published together are offered together.
    static let firstNegotiationDelay = Interval.milliseconds(10)
    /// Clients take some 20 to 100 ms for an exchange.
    static let negotiationInterval = Interval.milliseconds(150)
    /// A client offers 60 to 250 ms after it was asked; then the question is taken for lost.
    static let requestedOfferTimeout = Interval.seconds(5)
    /// Clients give an exchange up after this long, too.
    static let answerTimeout = Interval.seconds(15)
    /// From joining to the first connection.
    static let connectionTimeout = Interval.seconds(60)
    /// For a participant without signaling whose transport is not (or no longer) alive.
    static let departureGrace = Interval.seconds(5)
    /// Before a publisher is told to stop a layer; turning it on again is immediate.
    static let layerRelease = Interval.seconds(5)
    /// Connection qualities are told no more often.
    static let qualityPeriod = Interval.seconds(5)
    /// A token is signed anew so often.
    static let tokenRefresh = Interval.seconds(300)
    /// Counts of a room are told no more often.
    static let roomUpdateInterval = Interval.seconds(1)
    /// Updates beyond the load of a window wait for its end.
    static let updateWindow = Interval.milliseconds(100)
}
