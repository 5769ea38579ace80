// What a forwarder wants to know of a payload, the same for all codecs.

internal import Basics

/// What a payload is; decides who reads it.
public enum PayloadCodec: Hashable, Sendable {
    case opus
    /// RFC 2198 around Opus.
    case red
    case vp8, h264, vp9, av1
    /// Forwarded without a look inside.
    case opaque
}

/// One packet's place in its stream.
public struct PayloadTraits: Hashable, Sendable {
    /// The packet begins a frame (of one layer). For H.264 and AV1 a likely guess: a new timestamp decides.
    public var startsFrame = false
    /// The packet ends a frame (of one layer).
    public var endsFrame = false
    /// The packet ends a picture with all its layers: the marker bit of video.
    public var endsPicture = false
    /// A decoder that knows nothing can start with this packet. Later packets of a keyframe do not say so.
    public var isKeyframe = false
    /// 0 where the codec or the packet does not tell.
    public var spatialLayer: UInt8 = 0
    public var temporalLayer: UInt8 = 0
    /// From here on all frames of `temporalLayer` can be decoded by who had the layers below.
    public var isSwitchingPoint = false
    /// No other frame refers to this one.
    public var isDiscardable = false

    public init() {}

    /// Of a packet of VP8.
    public init(_ descriptor: VP8Descriptor, marker: Bool) {
        endsPicture = marker
        endsFrame = marker
        note(descriptor)
    }

    /// Of a packet of VP9.
    public init(_ descriptor: VP9Descriptor, marker: Bool) {
        endsPicture = marker
        note(descriptor)
    }

    fileprivate mutating func note(_ descriptor: VP8Descriptor) {
        startsFrame = descriptor.startsFrame
        isKeyframe = descriptor.isKeyframe
        temporalLayer = descriptor.temporalLayer ?? 0
        isSwitchingPoint = descriptor.isLayerSync || descriptor.isKeyframe
        isDiscardable = descriptor.isNonReference
    }

    fileprivate mutating func note(_ descriptor: VP9Descriptor) {
        startsFrame = descriptor.startsFrame
        endsFrame = descriptor.endsFrame
        isKeyframe = descriptor.isKeyframe
        spatialLayer = descriptor.spatialLayer ?? 0
        temporalLayer = descriptor.temporalLayer ?? 0
        isSwitchingPoint = descriptor.isSwitchingPoint || descriptor.isKeyframe
    }
}

/// Reads payloads by codec.
public enum PayloadFormat {
    /// The traits of one packet; nil when the payload contradicts its format.
    ///
    /// - Parameter marker: the packet's marker bit (RFC 3550 section 5.1)
    public static func traits(_ codec: PayloadCodec, payload: Span<UInt8>, marker: Bool) -> PayloadTraits? {
        var traits = PayloadTraits()
        traits.endsPicture = marker
        traits.endsFrame = marker
        switch codec {
        case .vp8:
            guard let descriptor = VP8Descriptor(parsing: payload) else { return nil }
            traits.note(descriptor)
        case .vp9:
            guard let descriptor = VP9Descriptor(parsing: payload) else { return nil }
            traits.note(descriptor)
        case .h264:
            guard let units = H264Payload(parsing: payload) else { return nil }
            traits.startsFrame = units.mayStartFrame
            traits.isKeyframe = units.isKeyframe
            traits.isSwitchingPoint = units.isKeyframe
            traits.isDiscardable = units.isNonReference
        case .av1:
            guard let elements = AV1Payload(parsing: payload) else { return nil }
            traits.startsFrame = !elements.continuesElement
            traits.isKeyframe = elements.startsSequence
            traits.isSwitchingPoint = elements.startsSequence
            traits.spatialLayer = elements.spatialLayer ?? 0
            traits.temporalLayer = elements.temporalLayer ?? 0
        case .opus, .red, .opaque:
            // Every packet of sound stands alone; of what is not looked into nothing better is known.
            guard payload.count > 0 else { return nil }
            traits.startsFrame = true
            traits.endsFrame = true
            traits.endsPicture = true
            traits.isKeyframe = true
            traits.isSwitchingPoint = true
        }
        return traits
    }
}
