// What a media thread is told, and what it tells.

import Basics
import MediaInterface

enum MediaOrder: Sendable {
    case open(MediaSetup)
    /// The streams that the server sends from now on; others are retired.
    case receive(participant: Int, [IncomingStream], HeaderExtensionIDs)
    case publish(participant: Int, NegotiatedPublication)
    case close(participant: Int)
    case setMeasuring(Bool)
    /// Hands the counts over as they stand.
    case readMeter(@Sendable (LoadMeter) -> Void)
    /// Hands the judgement of all participants over as it stands.
    case collect(@Sendable ([PeerOutcome]) -> Void)
}

/// A media path to open.
struct MediaSetup: Sendable {
    var participant: Int
    var server: SocketAddress
    var local: ICECredentials
    var remote: ServerTransport
    var allowsRemote: Bool
    var notify: @Sendable (MediaNotice) -> Void
}

enum MediaNotice: Sendable {
    case connected(MonotonicTime)
    case failed(LoadFailure)
}
