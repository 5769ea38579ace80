// A layer of a picture: how large and how smooth.

/// For simulcast the spatial layer is the encoding's, for scalable codecs the one inside the encoding.
public struct LayerTarget: Hashable, Sendable, Comparable {
    /// 0 is the smallest picture; below 0 there is no picture.
    public var spatial: Int8
    /// 0 has the fewest frames.
    public var temporal: UInt8

    public init(spatial: Int8, temporal: UInt8) {
        self.spatial = spatial
        self.temporal = temporal
    }

    /// No picture.
    public static let nothing = LayerTarget(spatial: -1, temporal: 0)
    /// Whatever there is.
    public static let highest = LayerTarget(spatial: .max, temporal: .max)

    public var isNothing: Bool { spatial < 0 }

    /// What both allow.
    public func limited(to other: LayerTarget) -> LayerTarget {
        LayerTarget(spatial: min(spatial, other.spatial), temporal: min(temporal, other.temporal))
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.spatial, left.temporal) < (right.spatial, right.temporal)
    }
}
