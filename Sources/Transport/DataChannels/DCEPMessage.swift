// The Data Channel Establishment Protocol (RFC 8832 section 5): two messages, OPEN and ACK.

internal import Basics

enum DCEPMessage: Equatable {
    case open(DataChannelParameters)
    case acknowledge

    private static let openType: UInt8 = 3
    private static let acknowledgeType: UInt8 = 2
    private static let openHeaderCount = 12
    /// Priority "normal" (RFC 8831 section 6.4): we send all channels alike.
    private static let normalPriority: UInt16 = 256

    /// Nil when the message is neither, lies about its lengths, or has labels that are too long or not UTF-8.
    init?(_ message: Span<UInt8>) {
        guard message.count > 0 else { return nil }
        switch message[0] {
        case Self.acknowledgeType:
            guard message.count == 1 else { return nil }
            self = .acknowledge
        case Self.openType:
            guard message.count >= Self.openHeaderCount else { return nil }
            let labelCount = Int(message.uint16(at: 8))
            let subprotocolCount = Int(message.uint16(at: 10))
            guard labelCount <= DataChannelLimits.labelBytes, subprotocolCount <= DataChannelLimits.labelBytes,
                message.count == Self.openHeaderCount + labelCount + subprotocolCount,
                let reliability = Self.reliability(type: message[1], limit: message.uint32(at: 4)),
                let label = Self.text(message, at: Self.openHeaderCount, count: labelCount),
                let subprotocol = Self.text(message, at: Self.openHeaderCount + labelCount, count: subprotocolCount)
            else { return nil }
            self = .open(
                DataChannelParameters(
                    label: label, subprotocol: subprotocol, isOrdered: message[1] & 0x80 == 0,
                    reliability: reliability))
        default:
            return nil
        }
    }

    /// The message in bytes; nil when a label is too long.
    func serialized() -> [UInt8]? {
        guard case .open(let parameters) = self else { return [Self.acknowledgeType] }
        let label = Array(parameters.label.utf8)
        let subprotocol = Array(parameters.subprotocol.utf8)
        guard label.count <= DataChannelLimits.labelBytes, subprotocol.count <= DataChannelLimits.labelBytes else {
            return nil
        }
        var message = [UInt8](repeating: 0, count: Self.openHeaderCount)
        message[0] = Self.openType
        let limit: UInt32
        switch parameters.reliability {
        case .reliable: limit = 0
        case .maximumRetransmits(let count):
            message[1] = 1
            limit = UInt32(count)
        case .maximumLifetimeMilliseconds(let time):
            message[1] = 2
            limit = UInt32(time)
        }
        if !parameters.isOrdered { message[1] |= 0x80 }
        var span = message.mutableSpan
        span.put(Self.normalPriority, at: 2)
        span.put(limit, at: 4)
        span.put(UInt16(label.count), at: 8)
        span.put(UInt16(subprotocol.count), at: 10)
        return message + label + subprotocol
    }

    /// The lower seven bits of the channel type: reliable, limited by retransmissions, limited by time.
    private static func reliability(type: UInt8, limit: UInt32) -> DataChannelReliability? {
        // Limits above 16 bits cannot be asked for in the W3C API; the largest one does for them.
        let limit = UInt16(clamping: limit)
        return switch type & 0x7f {
        case 0: .reliable
        case 1: .maximumRetransmits(limit)
        case 2: .maximumLifetimeMilliseconds(limit)
        default: nil
        }
    }

    private static func text(_ message: Span<UInt8>, at offset: Int, count: Int) -> String? {
        String(validating: message.extracting(offset..<offset + count).copied(), as: UTF8.self)
    }
}

/// Payload protocol identifiers of data channels (RFC 8831 section 8).
enum DataChannelProtocol {
    static let control: UInt32 = 50
    static let string: UInt32 = 51
    /// A piece of a binary message that another piece follows; deprecated, but old clients send it.
    static let partialBinary: UInt32 = 52
    static let binary: UInt32 = 53
    /// As `partialBinary`, of a string.
    static let partialString: UInt32 = 54
    /// SCTP has no messages without bytes: these have one, which does not count.
    static let emptyString: UInt32 = 56
    static let emptyBinary: UInt32 = 57
}
