// Transport-wide congestion feedback, writing (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1).

public import Basics

/// Makes feedback packets from arrival times.
public enum TransportFeedbackBuilder {
    /// Stands for a packet that has not come.
    public static let notReceived = Int64.min
    /// Most statuses in one packet; the rest goes to the next one. With one-byte deltas these are about 1,100 bytes.
    public static let maximumStatusCount = 1_024

    /// An arrival time in units of 250 µs, as `RTCPWriter.appendTransportFeedback` takes it.
    @inlinable public static func units(_ time: MonotonicTime) -> Int64 {
        let unit = TransportFeedbackUnits.nanosecondsPerDelta
        let whole = time.nanoseconds / unit
        return time.nanoseconds < whole * unit ? whole - 1 : whole
    }

    static let maximumDelta = 0xff
}

/// What goes before the statuses.
public struct TransportFeedbackHeader: Hashable, Sendable {
    public var senderSSRC: UInt32
    public var mediaSSRC: UInt32
    /// Number of the first arrival.
    public var baseSequenceNumber: UInt16
    /// Counts the feedback packets; the caller adds one for each.
    public var feedbackCount: UInt8

    @inlinable public init(
        senderSSRC: UInt32, mediaSSRC: UInt32, baseSequenceNumber: UInt16, feedbackCount: UInt8
    ) {
        self.senderSSRC = senderSSRC
        self.mediaSSRC = mediaSSRC
        self.baseSequenceNumber = baseSequenceNumber
        self.feedbackCount = feedbackCount
    }
}

extension RTCPWriter {
    /// Appends one feedback packet. As it may end with padding it should be the last of its compound
    /// (RFC 3550 section 6.4.1).
    ///
    /// - Parameters:
    ///   - arrivals: one time per sequence number from the base on, in units of 250 µs (`units`), or `notReceived`
    /// - Returns: how many of the arrivals the packet covers, the last of them a received one unless the room ended
    ///   before it; 0 (and nothing is written) when none was received or nothing fits. The rest is for the next packet:
    ///   times more than 8.19 s apart or too many statuses end a packet early.
    public mutating func appendTransportFeedback(
        _ header: TransportFeedbackHeader, arrivals: Span<Int64>, into buffer: inout MutableSpan<UInt8>
    ) -> Int {
        let room = (buffer.count - count) & ~3
        let fixed = RTCPPacket.headerByteCount + 16
        guard let plan = TransportFeedbackPlan(arrivals) else { return 0 }
        var chunks = InlineArray<1024, UInt16>(repeating: 0)
        var chunkCount = 0
        var deltaByteCount = 0
        var covered = 0
        while covered < plan.count {
            let free = room - fixed - (chunkCount + 1) * 2 - deltaByteCount
            guard let chunk = plan.chunk(from: covered, deltaRoom: free) else { break }
            let symbols = min(chunk.count, plan.count - covered)
            chunks[chunkCount] = chunk.rawValue
            chunkCount += 1
            deltaByteCount += chunk.deltaByteCount(ofFirst: symbols) ?? 0
            covered += symbols
        }
        let used = 8 + chunkCount * 2 + deltaByteCount
        let padded = (used + 3) & ~3
        guard covered > 0,
            let start = beginFeedback(
                RTCPType.transportFeedback, format: RTCPFeedbackFormat.transportWide, from: header.senderSSRC,
                about: header.mediaSSRC, byteCount: padded, isPadded: padded > used, in: &buffer)
        else { return 0 }
        buffer.put(header.baseSequenceNumber, at: start)
        buffer.put(UInt16(covered), at: start + 2)
        buffer.put(uint24: UInt32(truncatingIfNeeded: plan.referenceTime), at: start + 4)
        buffer.put(header.feedbackCount, at: start + 7)
        for index in 0..<chunkCount { buffer.put(chunks[index], at: start + 8 + index * 2) }
        let end = plan.writeDeltas(of: arrivals, count: covered, at: start + 8 + chunkCount * 2, into: &buffer)
        for offset in end..<start + padded {
            buffer.put(offset == start + padded - 1 ? UInt8(padded - used) : 0, at: offset)
        }
        return covered
    }
}

/// The symbols of one packet.
struct TransportFeedbackPlan {
    private(set) var symbols = InlineArray<1024, UInt8>(repeating: 0)
    /// Statuses up to the last received one.
    private(set) var count = 0
    /// In units of 64 ms.
    let referenceTime: Int64

    /// Nil when nothing was received.
    init?(_ arrivals: Span<Int64>) {
        let limit = min(arrivals.count, TransportFeedbackBuilder.maximumStatusCount)
        var first = 0
        while first < limit, arrivals[first] == TransportFeedbackBuilder.notReceived { first += 1 }
        guard first < limit else { return nil }
        // Arithmetic shift rounds down: 256 units are one unit of the reference.
        referenceTime = arrivals[first] >> 8
        var last = referenceTime << 8
        for index in first..<limit {
            let arrival = arrivals[index]
            if arrival == TransportFeedbackBuilder.notReceived { continue }
            let (delta, overflow) = arrival.subtractingReportingOverflow(last)
            guard !overflow, Int16(exactly: delta) != nil else { break }
            let isSmall = 0...Int64(TransportFeedbackBuilder.maximumDelta) ~= delta
            symbols[index] = (isSmall ? StatusSymbol.smallDelta : .largeDelta).rawValue
            last = arrival
            count = index + 1
        }
    }

    /// The best chunk for the symbols from `start` on; nil when its deltas do not fit in `deltaRoom` bytes.
    func chunk(from start: Int, deltaRoom: Int) -> StatusChunk? {
        guard deltaRoom >= 0 else { return nil }
        let symbol = symbols[start]
        var run = 1
        while start + run < count, symbols[start + run] == symbol { run += 1 }
        let isLong =
            run >= StatusChunk.oneBitCount || start + run == count
            || (symbol == StatusSymbol.largeDelta.rawValue && run >= StatusChunk.twoBitCount)
        if !isLong {
            let chunk = vector(from: start)
            let covered = min(chunk.count, count - start)
            if let bytes = chunk.deltaByteCount(ofFirst: covered), bytes <= deltaRoom { return chunk }
        }
        // A run can be cut to the room that is left.
        if symbol > 0 { run = min(run, deltaRoom / Int(symbol)) }
        return run > 0 ? StatusChunk(rawValue: UInt16(symbol) << 13 | UInt16(run)) : nil
    }

    private func vector(from start: Int) -> StatusChunk {
        let end = min(count, start + StatusChunk.oneBitCount)
        for index in start..<end where symbols[index] == StatusSymbol.largeDelta.rawValue {
            return twoBitVector(from: start)
        }
        return oneBitVector(from: start)
    }

    private func oneBitVector(from start: Int) -> StatusChunk {
        var bits: UInt16 = 0x8000
        for index in 0..<min(StatusChunk.oneBitCount, count - start) where symbols[start + index] != 0 {
            bits |= 1 << UInt16(13 - index)
        }
        return StatusChunk(rawValue: bits)
    }

    private func twoBitVector(from start: Int) -> StatusChunk {
        var bits: UInt16 = 0xc000
        for index in 0..<min(StatusChunk.twoBitCount, count - start) {
            bits |= UInt16(symbols[start + index]) << UInt16(12 - index * 2)
        }
        return StatusChunk(rawValue: bits)
    }

    /// Writes the deltas of the first `count` statuses; returns the offset after them.
    func writeDeltas(
        of arrivals: Span<Int64>, count: Int, at start: Int, into buffer: inout MutableSpan<UInt8>
    ) -> Int {
        var offset = start
        var last = referenceTime << 8
        for index in 0..<count {
            switch symbols[index] {
            case StatusSymbol.smallDelta.rawValue:
                buffer.put(UInt8(truncatingIfNeeded: arrivals[index] &- last), at: offset)
                offset += 1
            case StatusSymbol.largeDelta.rawValue:
                buffer.put(UInt16(truncatingIfNeeded: arrivals[index] &- last), at: offset)
                offset += 2
            default: continue
            }
            last = arrivals[index]
        }
        return offset
    }
}
