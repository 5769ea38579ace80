// Who a datagram of a multiplexed port is for (RFC 7983 section 7, RFC 5761 section 4).

/// The protocol of a datagram, by its first two bytes.
public enum DatagramClass: Hashable, Sendable {
    case stun
    case dtls
    /// TURN channel data.
    case turnChannel
    case rtp
    case rtcp
    /// ZRTP, QUIC, nothing at all: dropped and counted.
    case unknown

    @inlinable public init(of datagram: Span<UInt8>) {
        guard datagram.count >= 2 else {
            self = .unknown
            return
        }
        switch datagram[0] {
        case 0...3: self = .stun
        case 20...63: self = .dtls
        case 64...79: self = .turnChannel
        // RTCP types that collide with RTP's marker and payload types 64…95, which are never given out.
        case 128...191: self = 192...223 ~= datagram[1] ? .rtcp : .rtp
        default: self = .unknown
        }
    }
}
