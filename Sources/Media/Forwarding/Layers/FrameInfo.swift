// What a packet's frame is among the layers of its encoding: found once per packet, asked once per subscriber.

/// A frame is a picture of one spatial layer. Trivial.
struct FrameInfo {
    /// How much is known.
    enum Knowledge: UInt8 {
        /// The encoding has no layers, or the packet tells nothing of them: it goes as it comes.
        case none
        /// The frame has a number, but the structure that explains it has not come.
        case number
        case layers
    }

    /// Frames of an encoding refer to no further ones, as far as layers are told apart by it.
    static let reach: Int64 = 64
    /// Spatial layers of an encoding that are told apart.
    static let spatialLayers = 4

    /// Counts the frames of the encoding in the order of decoding.
    var index: Int64 = 0
    /// Bit n: the frame refers to frame `index - 1 - n`.
    var references: UInt64 = 0
    var knowledge = Knowledge.none
    var spatialLayer: UInt8 = 0
    var temporalLayer: UInt8 = 0
    /// The frame refers to none: the picture can be decoded by who knows nothing.
    var isKeyframe = false
    /// Some reference is further away than `references` can tell.
    var refersFar = false
    /// Who decodes this frame can decode the spatial layers up to here from this picture on; -1 when it opens none.
    var opensSpatialLayer: Int8 = -1
    /// Spatial layers of the last pictures, a bit each: some, so that a lost frame does not look like a missing layer.
    var presentLayers: UInt8 = 0
}
