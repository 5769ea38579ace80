// What a subscription has to know of the network to its subscriber.

public import Basics

/// Trivial.
public struct PathState: Sendable {
    /// Share of the packets that are lost, 0...1.
    public var loss: Float
    /// Zero when not known.
    public var roundTrip: Interval
    /// What the path has room for in each packet of speech besides its newest frame.
    public var redundancyByteCount: Int

    public init(loss: Float, roundTrip: Interval = .zero, redundancyByteCount: Int = .max) {
        self.loss = loss
        self.roundTrip = roundTrip
        self.redundancyByteCount = redundancyByteCount
    }
}
