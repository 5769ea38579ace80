// Messages that come in one piece, or in several marked as partial (RFC 8831 section 6.6, deprecated there).

/// The pieces of a message that is not complete yet.
struct PartialMessage {
    enum Outcome: Equatable {
        case complete(DataChannelMessageKind, [UInt8])
        case incomplete
        /// More than `DataChannelLimits.messageBytes`; said once for a message.
        case tooLarge
        /// Not an identifier of data channels.
        case unknown
    }

    private var pieces: [UInt8] = []
    private var isTooLarge = false

    mutating func add(_ bytes: [UInt8], protocol identifier: UInt32) -> Outcome {
        switch identifier {
        case DataChannelProtocol.emptyString: return finish([], .string)
        case DataChannelProtocol.emptyBinary: return finish([], .binary)
        case DataChannelProtocol.string: return finish(bytes, .string)
        case DataChannelProtocol.binary: return finish(bytes, .binary)
        case DataChannelProtocol.partialString, DataChannelProtocol.partialBinary:
            if pieces.count + bytes.count > DataChannelLimits.messageBytes {
                isTooLarge = true
                pieces = []
            } else if !isTooLarge {
                pieces += bytes
            }
            return .incomplete
        default: return .unknown
        }
    }

    private mutating func finish(_ last: [UInt8], _ kind: DataChannelMessageKind) -> Outcome {
        defer {
            pieces = []
            isTooLarge = false
        }
        guard !isTooLarge, pieces.count + last.count <= DataChannelLimits.messageBytes else { return .tooLarge }
        return .complete(kind, pieces.isEmpty ? last : pieces + last)
    }
}
