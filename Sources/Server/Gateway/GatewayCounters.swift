// Counters of the doors: what was refused, ignored or cut is counted here.

import Synchronization

/// Totals since the start.
public struct GatewayStatistics: Hashable, Sendable {
    public var openedSignals: UInt64 = 0
    public var closedSignals: UInt64 = 0
    public var refusedSignals: UInt64 = 0
    public var malformedMessages: UInt64 = 0
    /// Messages that waited because their client sent too many.
    public var slowedMessages: UInt64 = 0
    /// WebSockets that were closed because nothing came from them any more.
    public var silentSignals: UInt64 = 0
    /// WebSockets that were closed because their client read too slowly, or had come back on another one.
    public var detachedSignals: UInt64 = 0
    public init() {}
}

/// All of it is rare, so one lock serves.
final class GatewayCounters: Sendable {
    private let statistics = Mutex(GatewayStatistics())

    func count(_ counter: any WritableKeyPath<GatewayStatistics, UInt64> & Sendable) {
        statistics.withLock { $0[keyPath: counter] += 1 }
    }
    var totals: GatewayStatistics { statistics.withLock { $0 } }
}
