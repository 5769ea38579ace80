// Speech with the structure of Opus (RFC 7587) and a packet number inside: what a checker at the other end can judge.

public import Basics
public import MediaInterface
internal import RTP

/// A microphone that never pauses: a packet of 20 ms every 20 ms, with its level (RFC 6464).
///
/// The payload is: TOC byte (RFC 6716 section 3.1), packet number (4), mark (4), filler, moment of sending (8).
public struct SyntheticAudio: Sendable {
    public let ssrc: UInt32
    private let payloadType: UInt8
    private let extensions: HeaderExtensionIDs
    private let mid: String
    private let payloadBytes: Int
    private var random: SeededRandom

    private var sequence: UInt16
    private var timestamp: UInt32
    private var number: UInt32 = 0
    private var nextPacket: MonotonicTime
    private let origin: MonotonicTime
    private let timestampOrigin: UInt32
    public private(set) var packetsSent: UInt32 = 0
    public private(set) var octetsSent: UInt32 = 0

    public static let packetInterval = Interval.milliseconds(20)
    private static let samplesPerPacket: UInt32 = 960

    /// - Parameter payloadBytes: 80 is 32 kbit/s, what browsers send for speech
    public init(
        ssrc: UInt32, payloadType: UInt8, mid: String, extensions: HeaderExtensionIDs, payloadBytes: Int = 80,
        random: inout SeededRandom, at now: MonotonicTime
    ) {
        self.ssrc = ssrc
        self.payloadType = payloadType
        self.extensions = extensions
        self.mid = mid
        self.payloadBytes = max(payloadBytes, SyntheticAudioTag.byteCount + SendStamp.byteCount)
        sequence = UInt16.random(in: 0 ... .max, using: &random)
        timestampOrigin = UInt32.random(in: 0 ... .max, using: &random)
        timestamp = timestampOrigin
        // Microphones of a room do not tick together.
        let phase = Interval(nanoseconds: Int64.random(in: 0..<Self.packetInterval.nanoseconds, using: &random))
        nextPacket = now + phase
        origin = now + phase
        self.random = SeededRandom(seed: random.next())
    }

    public var nextDeadline: MonotonicTime { nextPacket }

    /// RTP time of `now` on the 48 kHz clock.
    public func timestamp(at now: MonotonicTime) -> UInt32 {
        timestampOrigin &+ UInt32(truncatingIfNeeded: (now - origin).nanoseconds * 48 / 1_000_000)
    }

    /// The next packet that is due, nil when none is: call until nil. What was due long ago (the transport was not there
    /// yet) is skipped.
    public mutating func nextPacket(at now: MonotonicTime, transportSequence: inout UInt16) -> [UInt8]? {
        guard nextPacket <= now else { return nil }
        let late = (now - nextPacket).nanoseconds / Self.packetInterval.nanoseconds
        if late > 10 {
            nextPacket += Self.packetInterval * Int(late)
            timestamp &+= UInt32(truncatingIfNeeded: late) &* Self.samplesPerPacket
        }
        defer {
            sequence &+= 1
            timestamp &+= Self.samplesPerPacket
            number &+= 1
            nextPacket += Self.packetInterval
            transportSequence &+= 1
            packetsSent &+= 1
            octetsSent &+= UInt32(payloadBytes)
        }
        return packet(transportSequence, at: now)
    }

    private mutating func packet(_ transportSequence: UInt16, at now: MonotonicTime) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xaa, count: 64 + payloadBytes)
        var span = bytes.mutableSpan
        let fields = RTPFields(
            marker: number == 0, payloadType: payloadType, sequenceNumber: sequence, timestamp: timestamp, ssrc: ssrc)
        var writer = RTPHeaderWriter(fields, into: &span)
        let level = AudioLevel(hasVoiceActivity: true, attenuationDecibels: UInt8.random(in: 20...50, using: &random))
        writer.append(id: extensions.audioLevel, level.rawValue, into: &span)
        writer.append(id: extensions.transportSequenceNumber, transportSequence, into: &span)
        if let token = SDESToken(mid) { writer.append(id: extensions.mid, token, into: &span) }
        guard let start = writer.finish(into: &span) else { return [] }
        // CELT, full band, 20 ms, mono, one frame.
        span.put(0xf8 as UInt8, at: start)
        span.put(number, at: start + 1)
        span.put(SyntheticAudioTag.mark, at: start + 5)
        bytes.removeLast(bytes.count - start - payloadBytes)
        SendStamp.write(now, into: &bytes)
        return bytes
    }
}

/// What a packet of `SyntheticAudio` says of itself.
public struct SyntheticAudioTag: Hashable, Sendable {
    static let mark: UInt32 = 0x5379_6e61
    static let byteCount = 9
    /// Counts the packets that the microphone has sent.
    public var number: UInt32

    /// Nil when the payload is not synthetic audio.
    public init?(payload: Span<UInt8>) {
        guard payload.count >= Self.byteCount, payload.uint32(at: 5) == Self.mark else { return nil }
        number = payload.uint32(at: 1)
    }
}
