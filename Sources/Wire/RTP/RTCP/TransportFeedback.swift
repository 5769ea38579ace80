// Transport-wide congestion feedback, reading (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1).

internal import Basics

/// What a receiver tells of one packet.
public struct PacketStatus: Hashable, Sendable {
    /// Transport-wide number.
    public var sequenceNumber: UInt16
    /// Arrival by the receiver's clock, in its unit of 250 µs; nil when the packet has not come. The clock wraps after
    /// 2^32 units: only differences between feedbacks mean something.
    public var arrivalQuarterMilliseconds: Int64?
}

/// One feedback packet; visits the statuses in the order of their numbers.
///
/// All of it is checked at the beginning, so the visit never meets a lie.
public struct TransportFeedback: Sendable {
    /// Most statuses in one packet that are believed: a second at 8,000 packets/s. The format would allow 28 bytes to
    /// claim 65,535.
    public static let maximumStatusCount = 8_192

    public var senderSSRC: UInt32
    public var mediaSSRC: UInt32
    public var baseSequenceNumber: UInt16
    public var statusCount: Int
    /// In units of 64 ms.
    public var referenceTime: Int32
    /// Counts the feedback packets of this sender.
    public var feedbackCount: UInt8

    private var chunkOffset: Int
    private var deltaOffset: Int
    private var visited = 0
    private var chunk = StatusChunk(rawValue: 0)
    /// Statuses of `chunk` that were visited, and how many it has.
    private var chunkIndex = 0
    private var chunkCount = 0
    private var arrival: Int64

    init?(_ packet: RTCPPacket, in datagram: Span<UInt8>) {
        let body = packet.body.lowerBound
        guard packet.body.count >= 16 else { return nil }
        senderSSRC = datagram.uint32(at: body)
        mediaSSRC = datagram.uint32(at: body + 4)
        baseSequenceNumber = datagram.uint16(at: body + 8)
        statusCount = Int(datagram.uint16(at: body + 10))
        referenceTime = Int32(bitPattern: datagram.uint24(at: body + 12) << 8) >> 8
        feedbackCount = datagram[body + 15]
        guard statusCount > 0, statusCount <= Self.maximumStatusCount else { return nil }
        arrival = Int64(referenceTime) * TransportFeedbackUnits.perReference
        chunkOffset = body + 16
        deltaOffset = chunkOffset
        var covered = 0
        var deltaByteCount = 0
        while covered < statusCount {
            guard packet.body.upperBound - deltaOffset >= 2 else { return nil }
            let chunk = StatusChunk(rawValue: datagram.uint16(at: deltaOffset))
            let count = min(chunk.count, statusCount - covered)
            // A run of nothing would not end.
            guard count > 0, let bytes = chunk.deltaByteCount(ofFirst: count) else { return nil }
            deltaByteCount += bytes
            covered += count
            deltaOffset += 2
        }
        guard packet.body.upperBound - deltaOffset >= deltaByteCount else { return nil }
    }

    /// The next status, nil at the end.
    public mutating func next(in datagram: Span<UInt8>) -> PacketStatus? {
        guard visited < statusCount else { return nil }
        if chunkIndex == chunkCount {
            chunk = StatusChunk(rawValue: datagram.uint16(at: chunkOffset))
            chunkCount = chunk.count
            chunkIndex = 0
            chunkOffset += 2
        }
        let sequenceNumber = baseSequenceNumber &+ UInt16(truncatingIfNeeded: visited)
        let symbol = chunk.symbol(chunkIndex)
        chunkIndex += 1
        visited += 1
        switch symbol {
        case .smallDelta:
            arrival += Int64(datagram[deltaOffset])
            deltaOffset += 1
        case .largeDelta:
            arrival += Int64(Int16(bitPattern: datagram.uint16(at: deltaOffset)))
            deltaOffset += 2
        case .notReceived, .reserved:
            return PacketStatus(sequenceNumber: sequenceNumber, arrivalQuarterMilliseconds: nil)
        }
        return PacketStatus(sequenceNumber: sequenceNumber, arrivalQuarterMilliseconds: arrival)
    }
}

/// Units of the feedback's clocks.
public enum TransportFeedbackUnits {
    /// Nanoseconds in a unit of the deltas: 250 µs.
    public static let nanosecondsPerDelta: Int64 = 250_000
    /// Delta units in a unit of the reference time: 64 ms.
    static let perReference: Int64 = 256
}

/// Symbols of the status chunks.
enum StatusSymbol: UInt8 {
    case notReceived = 0
    /// One byte, 0…63.75 ms.
    case smallDelta = 1
    /// Two bytes, signed.
    case largeDelta = 2
    case reserved = 3

    var deltaByteCount: Int { self == .reserved ? 0 : Int(rawValue) }
}

/// 16 bits that hold a run of one symbol or a vector of some (section 3.1.2 to 3.1.4).
struct StatusChunk: Sendable {
    var rawValue: UInt16

    static let maximumRun = 0x1fff
    static let oneBitCount = 14
    static let twoBitCount = 7

    var isRun: Bool { rawValue & 0x8000 == 0 }
    var isTwoBit: Bool { rawValue & 0x4000 != 0 }

    var count: Int {
        isRun ? Int(rawValue & 0x1fff) : isTwoBit ? Self.twoBitCount : Self.oneBitCount
    }

    func symbol(_ index: Int) -> StatusSymbol {
        let bits: UInt16
        if isRun {
            bits = rawValue >> 13 & 3
        } else if isTwoBit {
            bits = rawValue >> UInt16(12 - index * 2) & 3
        } else {
            bits = rawValue >> UInt16(13 - index) & 1
        }
        return StatusSymbol(rawValue: UInt8(bits)) ?? .reserved
    }

    /// Bytes of the deltas of the first `count` symbols; nil when one of them is reserved.
    func deltaByteCount(ofFirst count: Int) -> Int? {
        if isRun {
            let symbol = symbol(0)
            return symbol == .reserved ? nil : symbol.deltaByteCount * count
        }
        var total = 0
        for index in 0..<count {
            let symbol = symbol(index)
            if symbol == .reserved { return nil }
            total += symbol.deltaByteCount
        }
        return total
    }
}
