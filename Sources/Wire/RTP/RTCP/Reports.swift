// Sender and receiver reports (RFC 3550 sections 6.4.1 and 6.4.2).

public import Basics

/// What a receiver tells of one source.
public struct ReportBlock: Hashable, Sendable {
    public static let byteCount = 24

    public var ssrc: UInt32
    /// Lost since the report before, in 1/256.
    public var fractionLost: UInt8
    /// Lost since the beginning, 24 bits signed: duplicates make it negative.
    public var cumulativeLost: Int32
    /// Wrap count in the upper 16 bits.
    public var extendedHighestSequence: UInt32
    /// In units of the stream's clock.
    public var jitter: UInt32
    /// Middle 32 bits of the last sender report's NTP time; 0 when there was none.
    public var lastSenderReport: UInt32
    /// Since that report came, in 1/65536 s.
    public var delaySinceLastSenderReport: UInt32

    public init(
        ssrc: UInt32, fractionLost: UInt8, cumulativeLost: Int32, extendedHighestSequence: UInt32, jitter: UInt32,
        lastSenderReport: UInt32, delaySinceLastSenderReport: UInt32
    ) {
        self.ssrc = ssrc
        self.fractionLost = fractionLost
        self.cumulativeLost = cumulativeLost
        self.extendedHighestSequence = extendedHighestSequence
        self.jitter = jitter
        self.lastSenderReport = lastSenderReport
        self.delaySinceLastSenderReport = delaySinceLastSenderReport
    }

    init(at offset: Int, in datagram: Span<UInt8>) {
        let losses = datagram.uint32(at: offset + 4)
        self.init(
            ssrc: datagram.uint32(at: offset), fractionLost: UInt8(losses >> 24),
            cumulativeLost: Int32(bitPattern: losses << 8) >> 8,
            extendedHighestSequence: datagram.uint32(at: offset + 8), jitter: datagram.uint32(at: offset + 12),
            lastSenderReport: datagram.uint32(at: offset + 16),
            delaySinceLastSenderReport: datagram.uint32(at: offset + 20))
    }

    func write(into buffer: inout MutableSpan<UInt8>, at offset: Int) {
        let lost = max(-0x80_0000, min(0x7f_ffff, cumulativeLost))
        buffer.put(ssrc, at: offset)
        buffer.put(UInt32(fractionLost) << 24 | UInt32(bitPattern: lost) & 0xff_ffff, at: offset + 4)
        buffer.put(extendedHighestSequence, at: offset + 8)
        buffer.put(jitter, at: offset + 12)
        buffer.put(lastSenderReport, at: offset + 16)
        buffer.put(delaySinceLastSenderReport, at: offset + 20)
    }
}

/// The report blocks of a sender or receiver report.
public struct ReportBlocks: Hashable, Sendable {
    /// Who reports.
    public var senderSSRC: UInt32
    /// 0…31.
    public var count: Int
    private var offset: Int

    fileprivate init(senderSSRC: UInt32, count: Int, offset: Int) {
        self.senderSSRC = senderSSRC
        self.count = count
        self.offset = offset
    }

    /// Nil when the body is shorter than its count says. Profile-specific extensions at the end are ignored.
    init?(receiverReport packet: RTCPPacket, in datagram: Span<UInt8>) {
        let count = Int(packet.count)
        guard packet.body.count >= 4 + count * ReportBlock.byteCount else { return nil }
        self.init(
            senderSSRC: datagram.uint32(at: packet.body.lowerBound), count: count,
            offset: packet.body.lowerBound + 4)
    }

    public func block(_ index: Int, in datagram: Span<UInt8>) -> ReportBlock {
        precondition(0 <= index && index < count)
        return ReportBlock(at: offset + index * ReportBlock.byteCount, in: datagram)
    }
}

/// What a sender tells of itself, and its report blocks.
public struct SenderReport: Hashable, Sendable {
    public var info: SenderInfo
    public var reports: ReportBlocks

    init?(_ packet: RTCPPacket, in datagram: Span<UInt8>) {
        let body = packet.body.lowerBound
        let count = Int(packet.count)
        guard packet.body.count >= 24 + count * ReportBlock.byteCount else { return nil }
        let ssrc = datagram.uint32(at: body)
        info = SenderInfo(
            ssrc: ssrc, ntpTime: NTPTime(rawValue: datagram.uint64(at: body + 4)),
            rtpTimestamp: datagram.uint32(at: body + 12), packetCount: datagram.uint32(at: body + 16),
            octetCount: datagram.uint32(at: body + 20))
        reports = ReportBlocks(senderSSRC: ssrc, count: count, offset: body + 24)
    }
}

/// The sender's part of a sender report: one instant on two clocks, and totals.
public struct SenderInfo: Hashable, Sendable {
    public var ssrc: UInt32
    public var ntpTime: NTPTime
    public var rtpTimestamp: UInt32
    public var packetCount: UInt32
    /// Payload bytes, without headers and padding.
    public var octetCount: UInt32

    @inlinable public init(
        ssrc: UInt32, ntpTime: NTPTime, rtpTimestamp: UInt32, packetCount: UInt32, octetCount: UInt32
    ) {
        self.ssrc = ssrc
        self.ntpTime = ntpTime
        self.rtpTimestamp = rtpTimestamp
        self.packetCount = packetCount
        self.octetCount = octetCount
    }
}

extension RTCPWriter {
    /// Most report blocks in one report.
    public static let maximumReportBlocks = 31

    /// Appends a sender report with up to 31 blocks; false (and nothing is written) when it does not fit.
    public mutating func appendSenderReport(
        _ info: SenderInfo, blocks: Span<ReportBlock>, into buffer: inout MutableSpan<UInt8>
    ) -> Bool {
        let type = RTCPType.senderReport
        let byteCount = 24 + blocks.count * ReportBlock.byteCount
        guard blocks.count <= Self.maximumReportBlocks,
            let body = begin(type, count: UInt8(blocks.count), bodyByteCount: byteCount, in: &buffer)
        else { return false }
        buffer.put(info.ssrc, at: body)
        buffer.put(info.ntpTime.rawValue, at: body + 4)
        buffer.put(info.rtpTimestamp, at: body + 12)
        buffer.put(info.packetCount, at: body + 16)
        buffer.put(info.octetCount, at: body + 20)
        write(blocks, at: body + 24, into: &buffer)
        return true
    }

    /// Appends a receiver report with up to 31 blocks; false (and nothing is written) when it does not fit.
    public mutating func appendReceiverReport(
        from senderSSRC: UInt32, blocks: Span<ReportBlock>, into buffer: inout MutableSpan<UInt8>
    ) -> Bool {
        let type = RTCPType.receiverReport
        let byteCount = 4 + blocks.count * ReportBlock.byteCount
        guard blocks.count <= Self.maximumReportBlocks,
            let body = begin(type, count: UInt8(blocks.count), bodyByteCount: byteCount, in: &buffer)
        else { return false }
        buffer.put(senderSSRC, at: body)
        write(blocks, at: body + 4, into: &buffer)
        return true
    }

    private func write(_ blocks: Span<ReportBlock>, at offset: Int, into buffer: inout MutableSpan<UInt8>) {
        for index in blocks.indices {
            blocks[index].write(into: &buffer, at: offset + index * ReportBlock.byteCount)
        }
    }
}
