// Time for the rooms: the process reads its clocks in one place and lends them.

public import Basics

public struct RoomClock: Sendable {
    /// The same clock as the media threads'.
    public var now: @Sendable () -> MonotonicTime
    /// Milliseconds since the Unix epoch, for what people read.
    public var wallMilliseconds: @Sendable () -> Int64
    /// Waits until a time of `now`. False when the waiting task was cancelled.
    public var sleep: @Sendable (_ until: MonotonicTime) async -> Bool

    /// - Parameter sleep: by default the system's, which must then run at the pace of `now`.
    public init(
        now: @escaping @Sendable () -> MonotonicTime, wallMilliseconds: @escaping @Sendable () -> Int64,
        sleep: (@Sendable (_ until: MonotonicTime) async -> Bool)? = nil
    ) {
        self.now = now
        self.wallMilliseconds = wallMilliseconds
        self.sleep =
            sleep ?? { deadline in
                let interval = max(.zero, deadline - now())
                return (try? await Task.sleep(for: .nanoseconds(interval.nanoseconds))) != nil
            }
    }
}
