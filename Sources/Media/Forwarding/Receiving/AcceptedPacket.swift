// A published packet as all its subscribers see it: parsed, numbered and stored once.

public import Basics
public import MediaInterface

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
    public internal(set) var traits = PacketTraits()
    public internal(set) var vp8 = VP8Fields()
    public internal(set) var extensions = StoredExtensions()
    /// Where the bytes are in the cache.
    var location = CacheLocation()
    @usableFromInline var payloadStart: UInt16 = 0
    /// Payload without padding; 0 for a packet of padding only, which no subscriber gets but whose number counts.
    @usableFromInline var payloadLength: UInt16 = 0

    init() {}

    /// Where the payload stands in the stored packet.
    @inlinable public var payload: Range<Int> { Int(payloadStart)..<Int(payloadStart) + Int(payloadLength) }
    /// Nothing but padding: takes a number, carries nothing.
    @inlinable public var isPadding: Bool { payloadLength == 0 }
}
