// What each layer of a picture costs.

/// Bits per second needed to forward a picture up to a layer, 0 where the layer does not flow. Trivial.
public struct LayerRates: Sendable {
    public static let spatialLayers = 3
    public static let temporalLayers = 4

    private var rates = InlineArray<12, UInt32>(repeating: 0)

    public init() {}

    /// Bits per second of everything that goes when the target is this layer.
    public subscript(spatial: Int, temporal: Int) -> Int {
        get { Int(rates[spatial * Self.temporalLayers + temporal]) }
        set { rates[spatial * Self.temporalLayers + temporal] = UInt32(clamping: newValue) }
    }

    /// The lowest spatial layer that flows; nil when nothing does.
    public var lowestSpatial: Int? {
        (0..<Self.spatialLayers).first { spatial in (0..<Self.temporalLayers).contains { self[spatial, $0] > 0 } }
    }

    /// The highest temporal layer within `limit` that adds something to the one below it.
    public func highestTemporal(spatial: Int, within limit: Int) -> Int {
        var highest = 0
        var rate = 0
        for temporal in 0...max(0, min(limit, Self.temporalLayers - 1)) where self[spatial, temporal] > rate {
            rate = self[spatial, temporal]
            highest = temporal
        }
        return highest
    }
}
