// The receiving half of an SRTP session (RFC 3711, RFC 7714): one master key, many SSRCs.

/// Verifies and decrypts the packets of one peer, in place. Owned by one thread at a time; allocates only when an
/// authenticated packet brings a new SSRC. Nothing is kept for packets that are not authentic.
@safe public struct SRTPReceiver: ~Copyable, @unchecked Sendable {
    public let profile: SRTPProfile
    private let rtp: SRTPCipher
    private let rtcp: SRTPCipher
    private var streams: StreamTable
    private var rtcpStreams: StreamTable

    /// - Parameters:
    ///   - profile: as negotiated
    ///   - master: the remote key of `SRTPKeyMaterial`
    ///   - streamLimit: most SSRCs, for RTP and again for RTCP
    public init(profile: SRTPProfile, master: SRTPMasterKey, streamLimit: Int = SRTPLimits.receiveStreams) {
        self.profile = profile
        rtp = SRTPCipher(rtp: profile, direction: .opening, master: master)
        rtcp = SRTPCipher(rtcp: profile, direction: .opening, master: master)
        streams = StreamTable(limit: streamLimit)
        rtcpStreams = StreamTable(limit: streamLimit)
    }

    /// SSRCs with a window, RTP.
    public var streamCount: Int { streams.count }

    /// Verifies and decrypts the RTP packet in the first `count` bytes of `packet`, in place.
    /// - Returns: the length of the plain packet, `profile.rtpOverhead` less than `count`
    /// - Throws: `malformed`, `replayed`, `tooManyStreams`, `authenticationFailed`; the payload's bytes are then of no use
    @inline(__always) public mutating func unprotectRTP(
        _ packet: inout MutableSpan<UInt8>, count: Int
    ) throws(SRTPError) -> Int {
        try unsafe packet.withUnsafeMutableBufferPointer { buffer throws(SRTPError) in
            guard let base = buffer.baseAddress, count <= buffer.count else { throw .malformed }
            return try unsafe unprotectRTP(at: base, count: count)
        }
    }

    /// As `unprotectRTP`, for the RTCP packet or compound in the first `count` bytes.
    /// - Returns: the length of the plain packet, `profile.rtcpOverhead` less than `count`
    public mutating func unprotectRTCP(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
        try unsafe packet.withUnsafeMutableBufferPointer { buffer throws(SRTPError) in
            guard let base = buffer.baseAddress, count <= buffer.count else { throw .malformed }
            return try unsafe unprotectRTCP(at: base, count: count)
        }
    }

    /// Gives back what is kept for an SSRC that is gone for good. Should it come back, it is a new stream: a sender that
    /// had wrapped its sequence numbers can then not be understood any more.
    public mutating func forget(ssrc: UInt32) {
        streams.forget(ssrc)
        rtcpStreams.forget(ssrc)
    }

    /// As `forget(ssrc:)`, for all SSRCs of which `isGone` is true.
    public mutating func forgetStreams(_ isGone: (UInt32) -> Bool) {
        streams.forget(where: isGone)
        rtcpStreams.forget(where: isGone)
    }

    mutating func unprotectRTP(at packet: UnsafeMutablePointer<UInt8>, count: Int) throws(SRTPError) -> Int {
        let plain = count - profile.rtpOverhead
        guard let layout = unsafe SRTPPacketLayout(packet, count: plain) else { throw .malformed }
        let found = streams.find(layout.ssrc)
        var index = UInt64(layout.sequence)
        if case .live(let slot) = found {
            index = streams[slot].estimateIndex(of: layout.sequence)
            guard streams[slot].isFresh(index) else { throw .replayed }
        } else if streams.isFull {
            throw .tooManyStreams
        }
        guard index <= SRTPLimits.lastRTPIndex else { throw .keyExhausted }
        guard
            unsafe rtp.openRTP(
                packet, header: layout.headerCount, count: plain, ssrc: layout.ssrc, index: index)
        else { throw .authenticationFailed }
        if case .live(let slot) = found {
            streams[slot].note(index)
        } else if let slot = streams.insert(layout.ssrc) {
            streams[slot].note(index)
        }
        return plain
    }

    mutating func unprotectRTCP(at packet: UnsafeMutablePointer<UInt8>, count: Int) throws(SRTPError) -> Int {
        let plain = count - profile.rtcpOverhead
        guard plain >= 0, let ssrc = unsafe SRTPPacketLayout.rtcpSource(packet, count: plain) else { throw .malformed }
        let word = unsafe rtcp.indexWord(packet, protectedCount: count)
        guard word & 0x8000_0000 != 0 else { throw .malformed }
        let index = word & 0x7fff_ffff
        let found = rtcpStreams.find(ssrc)
        if case .live(let slot) = found {
            guard rtcpStreams[slot].isFresh(UInt64(index)) else { throw .replayed }
        } else if rtcpStreams.isFull {
            throw .tooManyStreams
        }
        guard unsafe rtcp.openRTCP(packet, count: plain, ssrc: ssrc, index: index) else { throw .authenticationFailed }
        if case .live(let slot) = found {
            rtcpStreams[slot].note(UInt64(index))
        } else if let slot = rtcpStreams.insert(ssrc) {
            rtcpStreams[slot].note(UInt64(index))
        }
        return plain
    }
}
