// What a media thread is made with.

public import Basics
public import DataChannels
public import SecureTransport

/// Fixed for the life of a `MediaShard`.
public struct MediaShardConfiguration: Sendable {
    /// Certificate that all transports of the process show.
    public var identity: DTLSIdentity
    /// Ties RTCP's NTP times to the wall clock.
    public var clock: NTPClock
    /// Seed of SSRCs, first sequence numbers and the like: from the system in production, fixed in tests.
    public var seed: UInt64

    /// Time of the data channels, shared by all shards of a process.
    public var dataChannelTimers: SCTPTimers

    public init(identity: DTLSIdentity, clock: NTPClock, seed: UInt64, dataChannelTimers: SCTPTimers) {
        self.identity = identity
        self.clock = clock
        self.seed = seed
        self.dataChannelTimers = dataChannelTimers
    }
}
