// Why a packet is sent.

/// What a packet on the wire is for.
public enum SentPacketKind: UInt8, Sendable {
    case audio
    case media
    case retransmission
    case padding
}
