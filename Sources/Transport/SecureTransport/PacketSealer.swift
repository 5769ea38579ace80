// The one place where a batch of planned packets is sealed, whoever they go to.

/// Seals the packets of a tick that stand in one slab. `seal` takes the packet's index from the sender and promises the
/// sealed length; the bytes are sealed at the latest by `finish`. With OpenSSL every packet is sealed at once and `finish`
/// has nothing to do; a multi-buffer cipher, which wants many packets under many keys, collects them until then.
///
/// From `seal` to `finish` the slab's bytes stay where they are and the senders live.
public struct PacketSealer: ~Copyable {
    /// Packets sealed since the sealer was made.
    public private(set) var sealedPackets: UInt64 = 0

    public init() {}

    /// Seals the RTP packet `slab[offset ..< offset + count]`, which has tail room within `slab`.
    /// - Returns: its length after `finish`
    /// - Throws: as `SRTPSender.protectRTP`
    public mutating func sealRTP(
        _ slab: inout MutableSpan<UInt8>, at offset: Int, count: Int, index: UInt64? = nil,
        isRepetition: Bool = false, with sender: inout SRTPSender
    ) throws(SRTPError) -> Int {
        let length = try unsafe slab.withUnsafeMutableBufferPointer { buffer throws(SRTPError) in
            guard let base = buffer.baseAddress, offset >= 0, offset <= buffer.count else { throw .malformed }
            return try unsafe sender.protectRTP(
                at: base + offset, count: count, capacity: buffer.count - offset, index: index,
                isRepetition: isRepetition)
        }
        sealedPackets &+= 1
        return length
    }

    /// As `sealRTP`, for an RTCP packet or compound.
    public mutating func sealRTCP(
        _ slab: inout MutableSpan<UInt8>, at offset: Int, count: Int, with sender: inout SRTPSender
    ) throws(SRTPError) -> Int {
        let length = try unsafe slab.withUnsafeMutableBufferPointer { buffer throws(SRTPError) in
            guard let base = buffer.baseAddress, offset >= 0, offset <= buffer.count else { throw .malformed }
            return try unsafe sender.protectRTCP(at: base + offset, count: count, capacity: buffer.count - offset)
        }
        sealedPackets &+= 1
        return length
    }

    /// All packets given to `seal` are sealed when this returns.
    public mutating func finish(_ slab: inout MutableSpan<UInt8>) {}
}
