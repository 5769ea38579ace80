// Names for the media plane. A room makes its own: the upper half of each is the room's number, so that an event finds
// its room without a table, and none is ever used twice.

public import MediaInterface

public struct MediaIdentifiers: Sendable {
    public let room: RoomID
    private var last: UInt32 = 0

    /// The room's number must fit in 32 bits.
    public init(room: RoomID) { self.room = room }

    private mutating func next() -> UInt64 {
        last += 1
        return room.rawValue << 32 | UInt64(last)
    }

    mutating func peer() -> PeerID { PeerID(next()) }
    mutating func track() -> TrackID { TrackID(next()) }
    mutating func subscription() -> SubscriptionID { SubscriptionID(next()) }

    /// The room that made an identifier.
    public static func room(of peer: PeerID) -> RoomID { RoomID(peer.rawValue >> 32) }
    public static func room(of track: TrackID) -> RoomID { RoomID(track.rawValue >> 32) }
    public static func room(of subscription: SubscriptionID) -> RoomID { RoomID(subscription.rawValue >> 32) }
}

extension MediaEvent {
    /// The room that an event belongs to, nil for those of a whole media thread.
    public var room: RoomID? {
        switch self {
        case .peerConnected(let peer), .peerFailed(let peer, _), .dataChannelOpened(let peer, _),
            .dataChannelClosed(let peer, _), .dataReceived(let peer, _, _), .peerQuality(let peer, _):
            MediaIdentifiers.room(of: peer)
        case .encodingStarted(let track, _, _): MediaIdentifiers.room(of: track)
        case .subscriptionStarted(let subscription), .subscriptionPaused(let subscription, _):
            MediaIdentifiers.room(of: subscription)
        case .audioLevels(let room, _): room
        case .statistics: nil
        }
    }
}
