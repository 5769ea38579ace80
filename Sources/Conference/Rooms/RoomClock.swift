// Time for the rooms: the process reads its clocks in one place and lends them.

public import Basics

public struct RoomClock: Sendable {
    /// The same clock as the media threads'.
    public var now: @Sendable () -> MonotonicTime
    /// Milliseconds since the Unix epoch, for what people read.
    public var wallMilliseconds: @Sendable () -> Int64

    public init(now: @escaping @Sendable () -> MonotonicTime, wallMilliseconds: @escaping @Sendable () -> Int64) {
        self.now = now
        self.wallMilliseconds = wallMilliseconds
    }
}
