// A subscriber's end of one audio stream: counts what came, in which order, and what never did.

public import Basics
internal import RTP

/// Receives one SSRC of `SyntheticAudio`, plain or with redundancy. Allocates nothing but the list of `dueNACKs`.
public struct SyntheticAudioReceiver: Sendable {
    public let ssrc: UInt32
    private let redundancyPayloadType: UInt8?
    private var unwrapper = SequenceUnwrapper()
    private var first: Int64 = 0
    private var newest: Int64 = -1
    /// Bit n: `newest - n` has come.
    private var recent: UInt64 = 0
    private var firstNumber: UInt32?
    private var newestNumber: UInt32 = 0
    private var frameNumbers = NumberUnwrapper()
    private var frameTimes = NumberUnwrapper()
    /// When the number at its place modulo 64 was asked for.
    private var asked = InlineArray<64, MonotonicTime>(repeating: .zero)
    private var noticed = InlineArray<64, MonotonicTime>(repeating: .zero)

    public private(set) var playout = SyntheticPlayout()
    public private(set) var packetsReceived = 0
    public private(set) var duplicates = 0
    /// Came after a packet with a higher sequence number.
    public private(set) var reordered = 0
    /// Frames that came in front of later ones, whether they were missing or not.
    public private(set) var redundantFrames = 0
    public private(set) var payloadBytes = 0
    public private(set) var markers = 0
    public private(set) var firstPacketAt: MonotonicTime?
    public private(set) var lastPacketAt: MonotonicTime?
    public private(set) var longestGap = Interval.zero
    /// Packets that are not `SyntheticAudio`, or damaged.
    public private(set) var damaged = 0

    /// - Parameter redundancyPayloadType: of RED (RFC 2198); nil takes plain packets only
    public init(ssrc: UInt32, redundancyPayloadType: UInt8? = nil) {
        self.ssrc = ssrc
        self.redundancyPayloadType = redundancyPayloadType
    }

    /// Sequence numbers that never came, between the first and the newest.
    public var packetsLost: Int { newest < 0 ? 0 : max(0, Int(newest - first + 1) - packetsReceived) }

    /// Packets of the microphone that are missing though the sequence numbers have no gap: left out before numbering.
    public var packetsLeftOut: Int {
        guard let firstNumber else { return 0 }
        return max(0, Int(newestNumber &- firstNumber) + 1 - Int(newest - first + 1))
    }

    /// Takes a decrypted packet.
    public mutating func receive(_ packet: Span<UInt8>, at now: MonotonicTime) {
        playout.advance(to: now)
        guard let header = try? RTPHeader(parsing: packet) else {
            damaged += 1
            return
        }
        let payload = packet.extracting(header.payload)
        if header.payloadType == redundancyPayloadType {
            receiveRedundant(payload, header, at: now)
        } else {
            receiveFrame(payload, header, at: now)
        }
    }

    private mutating func receiveFrame(_ payload: Span<UInt8>, _ header: RTPHeader, at now: MonotonicTime) {
        guard let tag = SyntheticAudioTag(payload: payload) else {
            damaged += 1
            return
        }
        guard note(unwrapper.unwrap(header.sequenceNumber), at: now) else { return }
        payloadBytes += header.payloadCount
        if header.marker { markers += 1 }
        if firstNumber == nil || tag.number.isNewer(than: newestNumber) { newestNumber = tag.number }
        firstNumber = firstNumber ?? tag.number
        if let lastPacketAt { longestGap = max(longestGap, now - lastPacketAt) }
        if firstPacketAt == nil { firstPacketAt = now }
        lastPacketAt = now
        play(tag, timestamp: header.timestamp, isPrimary: true, at: now)
    }

    private mutating func receiveRedundant(_ payload: Span<UInt8>, _ header: RTPHeader, at now: MonotonicTime) {
        guard var blocks = REDPayload(parsing: payload) else {
            damaged += 1
            return
        }
        while let block = blocks.next(in: payload) {
            let bytes = payload.extracting(block.range)
            if block.range.upperBound == payload.count, block.timestampOffset == 0 {
                receiveFrame(bytes, header, at: now)
            } else if let tag = SyntheticAudioTag(payload: bytes) {
                redundantFrames += 1
                let timestamp = header.timestamp &- UInt32(block.timestampOffset)
                play(tag, timestamp: timestamp, isPrimary: false, at: now)
            } else {
                damaged += 1
            }
        }
    }

    private mutating func play(_ tag: SyntheticAudioTag, timestamp: UInt32, isPrimary: Bool, at now: MonotonicTime) {
        let time = frameTimes.unwrap(timestamp) * 1_000_000 / 48
        playout.note(number: frameNumbers.unwrap(tag.number), mediaTime: time, isPrimary: isPrimary, at: now)
    }

    /// False for a duplicate.
    private mutating func note(_ number: Int64, at now: MonotonicTime) -> Bool {
        guard newest >= 0 else {
            first = number
            newest = number
            recent = 1
            packetsReceived = 1
            return true
        }
        let behind = newest - number
        if behind < 0 {
            for missing in max(newest + 1, number - 63)..<number {
                noticed[Int(missing & 63)] = now
                asked[Int(missing & 63)] = .zero
            }
            recent = behind <= -64 ? 1 : recent << UInt64(-behind) | 1
            newest = number
        } else {
            // Older than the memory, or older than the first: a straggler that nobody plays.
            guard behind < 64, number >= first, recent >> UInt64(behind) & 1 == 0 else {
                duplicates += 1
                return false
            }
            recent |= 1 << UInt64(behind)
            reordered += 1
        }
        packetsReceived += 1
        return true
    }

    /// The numbers to ask for now (RFC 4585): those that are missing for 10 ms, again after a round trip, until their
    /// time to be played is over.
    public mutating func dueNACKs(roundTrip: Interval, at now: MonotonicTime) -> [UInt16] {
        guard newest >= 0 else { return [] }
        var due: [UInt16] = []
        for number in max(first, newest - 63)..<newest where recent >> UInt64(newest - number) & 1 == 0 {
            let place = Int(number & 63)
            let age = now - noticed[place]
            guard age >= .milliseconds(10), age < SyntheticPlayout.longest else { continue }
            guard asked[place] == .zero || now - asked[place] >= roundTrip else { continue }
            asked[place] = now
            due.append(UInt16(truncatingIfNeeded: number))
        }
        return due
    }
}

/// Extends numbers of 32 bits.
private struct NumberUnwrapper: Sendable {
    private var newest: Int64?

    mutating func unwrap(_ number: UInt32) -> Int64 {
        // Far from zero, so that what came before the first has a number too.
        guard let last = newest else {
            newest = 1 << 32 + Int64(number)
            return 1 << 32 + Int64(number)
        }
        let extended = last + Int64(Int32(bitPattern: number &- UInt32(truncatingIfNeeded: last)))
        newest = max(last, extended)
        return extended
    }
}
