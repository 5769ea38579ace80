// The packets of an RTCP compound (RFC 3550 section 6.1, reduced-size compounds of RFC 5506 included).

internal import Basics

/// Packet types (RFC 3550 section 12.1, RFC 4585 section 9, RFC 3611 section 8.1).
public enum RTCPType {
    public static let senderReport: UInt8 = 200
    public static let receiverReport: UInt8 = 201
    public static let sourceDescription: UInt8 = 202
    public static let goodbye: UInt8 = 203
    public static let application: UInt8 = 204
    public static let transportFeedback: UInt8 = 205
    public static let payloadFeedback: UInt8 = 206
    public static let extendedReport: UInt8 = 207
}

/// Message types of the feedback packets (RFC 4585 section 6, RFC 5104 section 4.3.1).
public enum RTCPFeedbackFormat {
    public static let genericNACK: UInt8 = 1
    public static let transportWide: UInt8 = 15
    public static let pictureLossIndication: UInt8 = 1
    public static let fullIntraRequest: UInt8 = 4
    public static let applicationLayer: UInt8 = 15
}

/// One packet of a compound: where it stands in the datagram.
public struct RTCPPacket: Hashable, Sendable {
    public static let headerByteCount = 4

    public var type: UInt8
    /// Number of report blocks or sources, or the feedback message type.
    public var count: UInt8
    /// After the four header bytes, without padding.
    public var body: Range<Int>
}

/// Walks the packets of a compound and believes no length that the datagram does not hold.
public struct RTCPCursor: Sendable {
    private var offset = 0
    /// True when the walk ended at something that is not an RTCP packet; what came before stands.
    public private(set) var isMalformed = false

    public init() {}

    /// The next packet, nil at the end or at the first malformed one.
    public mutating func next(in datagram: Span<UInt8>) -> RTCPPacket? {
        guard !isMalformed, offset < datagram.count else { return nil }
        isMalformed = true
        let header = RTCPPacket.headerByteCount
        guard datagram.count - offset >= header, datagram[offset] >> 6 == 2 else { return nil }
        let type = datagram[offset + 1]
        guard 192...223 ~= type else { return nil }
        let byteCount = (Int(datagram.uint16(at: offset + 2)) + 1) * 4
        guard byteCount <= datagram.count - offset else { return nil }
        var end = offset + byteCount
        if datagram[offset] & 0x20 != 0 {
            let padding = Int(datagram[end - 1])
            guard padding > 0, padding <= byteCount - header else { return nil }
            end -= padding
        }
        let packet = RTCPPacket(type: type, count: datagram[offset] & 0x1f, body: offset + header..<end)
        offset += byteCount
        isMalformed = false
        return packet
    }
}

/// A packet understood. Lists inside it are read through the datagram it came from.
public enum RTCPMessage: Sendable {
    case senderReport(SenderReport)
    case receiverReport(ReportBlocks)
    case sourceDescription(SourceDescription)
    case goodbye(Goodbye)
    case nack(GenericNACK)
    case transportFeedback(TransportFeedback)
    case pictureLossIndication(PictureLossIndication)
    case fullIntraRequest(FullIntraRequest)
    case bitrateEstimate(ReceiverEstimatedMaximumBitrate)
    case extendedReport(ExtendedReport)
    /// A type that is not used here: skipped.
    case other
    /// A type that is used here, with a body that lies about itself: dropped and counted.
    case malformed
}

extension RTCPPacket {
    /// Reads the body by type and format.
    public func message(in datagram: Span<UInt8>) -> RTCPMessage {
        switch (type, count) {
        case (RTCPType.senderReport, _):
            SenderReport(self, in: datagram).map { .senderReport($0) } ?? .malformed
        case (RTCPType.receiverReport, _):
            ReportBlocks(receiverReport: self, in: datagram).map { .receiverReport($0) } ?? .malformed
        case (RTCPType.sourceDescription, _):
            .sourceDescription(SourceDescription(self))
        case (RTCPType.goodbye, _):
            Goodbye(self).map { .goodbye($0) } ?? .malformed
        case (RTCPType.transportFeedback, RTCPFeedbackFormat.genericNACK):
            GenericNACK(self, in: datagram).map { .nack($0) } ?? .malformed
        case (RTCPType.transportFeedback, RTCPFeedbackFormat.transportWide):
            TransportFeedback(self, in: datagram).map { .transportFeedback($0) } ?? .malformed
        case (RTCPType.payloadFeedback, RTCPFeedbackFormat.pictureLossIndication):
            PictureLossIndication(self, in: datagram).map { .pictureLossIndication($0) } ?? .malformed
        case (RTCPType.payloadFeedback, RTCPFeedbackFormat.fullIntraRequest):
            FullIntraRequest(self, in: datagram).map { .fullIntraRequest($0) } ?? .malformed
        case (RTCPType.payloadFeedback, RTCPFeedbackFormat.applicationLayer):
            // Other applications use the same format with another name.
            ReceiverEstimatedMaximumBitrate(self, in: datagram).map { .bitrateEstimate($0) } ?? .other
        case (RTCPType.extendedReport, _):
            ExtendedReport(self, in: datagram).map { .extendedReport($0) } ?? .malformed
        default: .other
        }
    }
}
