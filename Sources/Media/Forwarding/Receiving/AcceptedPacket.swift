// A published packet as all its subscribers see it: parsed, numbered and stored once.

public import Basics
public import MediaInterface
public import RTP

/// Trivial, copied freely. The bytes stay in the track's retransmission cache as long as that has room: first the values
/// of `extensions`, then the payload.
public struct AcceptedPacket: Sendable {
    /// Sequence number of the encoding, extended to 64 bits.
    public internal(set) var extendedSequence: Int64 = 0
    public internal(set) var arrival = MonotonicTime.zero
    public internal(set) var timestamp: UInt32 = 0
    /// Index of the encoding in the track's description.
    public internal(set) var encoding: UInt8 = 0
    /// As published; subscribers have their own.
    public internal(set) var payloadType: UInt8 = 0
    public internal(set) var marker = false
    /// A newer packet of the encoding came before (reordered or retransmitted).
    public internal(set) var isLate = false
    public internal(set) var codec = MediaCodec.opaque
    public internal(set) var traits = PayloadTraits()
    var vp8 = VP8Fields()
    var speech = SpeechFields()
    var vp9 = VP9Fields()
    /// The packet's frame among the layers of its encoding.
    var frame = FrameInfo()
    public internal(set) var extensions = StoredExtensions()
    /// Where the bytes are in the cache.
    var location = CacheLocation()
    @usableFromInline var payloadStart: UInt16 = 0
    /// Payload without padding; 0 for a packet of padding only, which no subscriber gets but whose number counts.
    @usableFromInline var payloadLength: UInt16 = 0

    init() {}

    /// The packet begins a keyframe: a subscriber can start here.
    @inlinable public var startsKeyframe: Bool {
        traits.isKeyframe && traits.startsFrame && traits.spatialLayer == 0 && payloadLength > 0
    }

    /// Where the payload stands in the stored packet.
    @inlinable public var payload: Range<Int> { Int(payloadStart)..<Int(payloadStart) + Int(payloadLength) }
    /// Nothing but padding: takes a number, carries nothing.
    @inlinable public var isPadding: Bool { payloadLength == 0 }

    /// Reads what the payload is. False when it contradicts its codec's format.
    mutating func readTraits(_ payload: Span<UInt8>, _ frames: inout FrameReader) -> Bool {
        let format: PayloadCodec
        switch codec {
        case .vp8:
            guard let descriptor = VP8Descriptor(parsing: payload) else { return false }
            traits = PayloadTraits(descriptor, marker: marker)
            vp8 = VP8Fields(descriptor, payload)
            if !frames.usesDescriptor { frame = frames.read(descriptor, timestamp: timestamp) }
            return true
        case .vp9:
            guard let descriptor = VP9Descriptor(parsing: payload) else { return false }
            traits = PayloadTraits(descriptor, marker: marker)
            vp9 = VP9Fields(descriptor)
            if !frames.usesDescriptor { frame = frames.read(descriptor, payload: payload, timestamp: timestamp) }
            return true
        case .opus: format = .opus
        case .red: format = .red
        case .h264: format = .h264
        case .av1: format = .av1
        case .opaque: format = .opaque
        }
        guard let traits = PayloadFormat.traits(format, payload: payload, marker: marker) else { return false }
        self.traits = traits
        if codec == .opus { speech = SpeechFields(opus: payload) }
        if codec == .red { speech = SpeechFields(red: payload) }
        return true
    }
}
