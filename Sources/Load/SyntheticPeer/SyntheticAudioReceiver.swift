// A subscriber's end of one audio stream: counts what came, in which order, and what never did.

public import Basics
internal import RTP

/// Receives one SSRC of `SyntheticAudio`. Allocates nothing.
public struct SyntheticAudioReceiver: Sendable {
    public let ssrc: UInt32
    private var unwrapper = SequenceUnwrapper()
    private var first: Int64 = 0
    private var newest: Int64 = -1
    /// Bit n: `newest - n` has come.
    private var recent: UInt64 = 0
    private var firstNumber: UInt32?
    private var newestNumber: UInt32 = 0

    public private(set) var packetsReceived = 0
    public private(set) var duplicates = 0
    /// Came after a packet with a higher sequence number.
    public private(set) var reordered = 0
    public private(set) var firstPacketAt: MonotonicTime?
    public private(set) var lastPacketAt: MonotonicTime?
    public private(set) var longestGap = Interval.zero
    /// Packets that are not `SyntheticAudio`, or damaged.
    public private(set) var damaged = 0

    public init(ssrc: UInt32) { self.ssrc = ssrc }

    /// Sequence numbers that never came, between the first and the newest.
    public var packetsLost: Int { newest < 0 ? 0 : max(0, Int(newest - first + 1) - packetsReceived) }

    /// Packets of the microphone that are missing though the sequence numbers have no gap: left out before numbering.
    public var packetsLeftOut: Int {
        guard let firstNumber else { return 0 }
        return max(0, Int(newestNumber &- firstNumber) + 1 - Int(newest - first + 1))
    }

    /// Takes a decrypted packet.
    public mutating func receive(_ packet: Span<UInt8>, at now: MonotonicTime) {
        guard let header = try? RTPHeader(parsing: packet),
            let tag = SyntheticAudioTag(payload: packet.extracting(header.payload))
        else {
            damaged += 1
            return
        }
        guard note(unwrapper.unwrap(header.sequenceNumber)) else { return }
        if firstNumber == nil || tag.number.isNewer(than: newestNumber) { newestNumber = tag.number }
        firstNumber = firstNumber ?? tag.number
        if let lastPacketAt { longestGap = max(longestGap, now - lastPacketAt) }
        if firstPacketAt == nil { firstPacketAt = now }
        lastPacketAt = now
    }

    /// False for a duplicate.
    private mutating func note(_ number: Int64) -> Bool {
        guard newest >= 0 else {
            first = number
            newest = number
            recent = 1
            packetsReceived = 1
            return true
        }
        let behind = newest - number
        if behind < 0 {
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
}
