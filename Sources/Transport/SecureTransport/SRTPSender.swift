// The sending half of an SRTP session (RFC 3711, RFC 7714): one master key, many SSRCs.

/// Protects the packets that one endpoint sends to one peer, in place. Owned by one thread at a time; allocates only when
/// a new SSRC appears.
@safe public struct SRTPSender: ~Copyable, @unchecked Sendable {
    public let profile: SRTPProfile
    private let rtp: SRTPCipher
    private let rtcp: SRTPCipher
    private var streams: StreamTable
    /// RTCP packets sent so far. One counter serves all SSRCs: what counts is that no SSRC sees an index twice.
    private var rtcpPackets: UInt64 = 0

    /// - Parameters:
    ///   - profile: as negotiated
    ///   - master: the local key of `SRTPKeyMaterial`
    ///   - streamLimit: most SSRCs, live and retired
    public init(profile: SRTPProfile, master: SRTPMasterKey, streamLimit: Int = SRTPLimits.sendStreams) {
        self.profile = profile
        rtp = SRTPCipher(rtp: profile, direction: .sealing, master: master)
        rtcp = SRTPCipher(rtcp: profile, direction: .sealing, master: master)
        streams = StreamTable(limit: streamLimit)
    }

    /// Encrypts and authenticates the RTP packet in the first `count` bytes of `packet`, in place.
    ///
    /// The 48-bit index is `index` when given, else the one nearest to the highest index that this SSRC has used: a new
    /// SSRC should begin below sequence number 2^15 (RFC 3711 section 3.3.1). An index is used once only, because a
    /// second use would give the key stream away; but for the very same packet, which becomes the very same protected
    /// packet again (RFC 3711 section 9.1).
    /// - Parameter isRepetition: the caller promises that, should the index have been used, it was for the same bytes,
    ///   header and payload
    /// - Returns: the length of the protected packet, `profile.rtpOverhead` more than `count`
    /// - Throws: `malformed`, `noRoom`, `replayed`, `tooManyStreams`, `retired`, `keyExhausted`; the packet is then unchanged
    @inline(__always) public mutating func protectRTP(
        _ packet: inout MutableSpan<UInt8>, count: Int, index: UInt64? = nil, isRepetition: Bool = false
    ) throws(SRTPError) -> Int {
        try unsafe packet.withUnsafeMutableBufferPointer { buffer throws(SRTPError) in
            guard let base = buffer.baseAddress else { throw .malformed }
            return try unsafe protectRTP(
                at: base, count: count, capacity: buffer.count, index: index, isRepetition: isRepetition)
        }
    }

    /// As `protectRTP`, for the RTCP packet or compound in the first `count` bytes.
    /// - Returns: the length of the protected packet, `profile.rtcpOverhead` more than `count`
    public mutating func protectRTCP(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
        try unsafe packet.withUnsafeMutableBufferPointer { buffer throws(SRTPError) in
            guard let base = buffer.baseAddress else { throw .malformed }
            return try unsafe protectRTCP(at: base, count: count, capacity: buffer.count)
        }
    }

    /// Gives back what is kept for an SSRC that is never used again in this session. Packets on it are refused from now
    /// on: without its window nothing else would keep a nonce from being used twice.
    public mutating func retire(ssrc: UInt32) { streams.retire(ssrc) }

    mutating func protectRTP(
        at packet: UnsafeMutablePointer<UInt8>, count: Int, capacity: Int, index: UInt64?, isRepetition: Bool
    ) throws(SRTPError) -> Int {
        guard count >= 0, count <= capacity, let layout = unsafe SRTPPacketLayout(packet, count: count) else {
            throw .malformed
        }
        guard capacity - count >= profile.rtpOverhead else { throw .noRoom }
        let slot = try slot(of: layout.ssrc)
        let index = if let index { index } else { try estimateIndex(of: layout.sequence, slot) }
        guard UInt16(truncatingIfNeeded: index) == layout.sequence else { throw .malformed }
        guard index <= SRTPLimits.lastRTPIndex else { throw .keyExhausted }
        // Before sealing: a nonce counts as used whatever becomes of the packet.
        if streams[slot].isFresh(index) {
            streams[slot].note(index)
        } else if !isRepetition || !streams[slot].wasUsed(index) {
            throw .replayed
        }
        guard
            unsafe rtp.sealRTP(
                packet, header: layout.headerCount, count: count, ssrc: layout.ssrc, index: index)
        else { throw .cipherFailed }
        return count + profile.rtpOverhead
    }

    mutating func protectRTCP(
        at packet: UnsafeMutablePointer<UInt8>, count: Int, capacity: Int
    ) throws(SRTPError) -> Int {
        guard count >= 0, count <= capacity, let ssrc = unsafe SRTPPacketLayout.rtcpSource(packet, count: count) else {
            throw .malformed
        }
        guard capacity - count >= profile.rtcpOverhead else { throw .noRoom }
        guard rtcpPackets < SRTPLimits.lastRTCPIndex else { throw .keyExhausted }
        rtcpPackets += 1
        guard unsafe rtcp.sealRTCP(packet, count: count, ssrc: ssrc, index: UInt32(rtcpPackets)) else {
            throw .cipherFailed
        }
        return count + profile.rtcpOverhead
    }

    @inline(__always) private func estimateIndex(of sequence: UInt16, _ slot: Int) throws(SRTPError) -> UInt64 {
        let index = streams[slot].estimateIndex(of: sequence)
        // A number from before the first one would be taken for one far ahead, and the receiver would lose the count.
        if streams[slot].started, index > streams[slot].highest + 0x8000 { throw .replayed }
        return index
    }

    @inline(__always) private mutating func slot(of ssrc: UInt32) throws(SRTPError) -> Int {
        switch streams.find(ssrc) {
        case .live(let slot): return slot
        case .retired: throw .retired
        case .unknown:
            guard let slot = streams.insert(ssrc) else { throw .tooManyStreams }
            return slot
        }
    }
}
