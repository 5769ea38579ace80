// Speech with the structure of Opus (RFC 7587) and a packet number inside: what a checker at the other end can judge.

public import Basics
public import MediaInterface
internal import RTP

/// How a synthetic microphone wraps its packets (RFC 2198).
public struct SyntheticRedundancy: Hashable, Sendable {
    /// Of RED.
    public var payloadType: UInt8
    /// How many packets back the repeated frames lie.
    public var distances: [Int]

    /// - Parameter distances: browsers repeat the frame before
    public init(payloadType: UInt8, distances: [Int] = [1]) {
        self.payloadType = payloadType
        self.distances = distances.filter { 1...SyntheticAudio.frameMemory ~= $0 }.sorted(by: >)
    }
}

/// Talk spurts and pauses. In a pause a browser sends nothing, but for a frame of comfort noise now and then.
public struct SyntheticPauses: Hashable, Sendable {
    public var speech: Interval
    public var silence: Interval
    public static let comfortInterval = Interval.milliseconds(400)

    public init(speech: Interval, silence: Interval) {
        self.speech = speech
        self.silence = silence
    }
}

/// A microphone: a packet of 20 ms every 20 ms, with its level (RFC 6464).
///
/// The payload is: TOC byte (RFC 6716 section 3.1), packet number (4), mark (4), filler, moment of sending (8).
public struct SyntheticAudio: Sendable {
    public let ssrc: UInt32
    private let payloadType: UInt8
    private let extensions: HeaderExtensionIDs
    private let mid: String
    private let payloadBytes: Int
    private let redundancy: SyntheticRedundancy?
    private let pauses: SyntheticPauses?
    private var random: SeededRandom

    private var sequence: UInt16
    private var timestamp: UInt32
    private var number: UInt32 = 0
    private var nextPacket: MonotonicTime
    private let origin: MonotonicTime
    private let timestampOrigin: UInt32
    /// The next packet begins a talk spurt.
    private var startsSpurt = true
    private var sent: [Frame] = []
    public private(set) var packetsSent: UInt32 = 0
    public private(set) var octetsSent: UInt32 = 0

    /// What went out, for redundancy and requests.
    private struct Frame {
        var sequence: UInt16
        var timestamp: UInt32
        var payload: [UInt8]
        var packet: [UInt8]
    }

    public static let packetInterval = Interval.milliseconds(20)
    private static let samplesPerPacket: UInt32 = 960
    /// Frames that can be repeated.
    static let frameMemory = 32

    /// - Parameters:
    ///   - payloadType: of Opus
    ///   - payloadBytes: 80 is 32 kbit/s, what browsers send for speech
    ///   - redundancy: nil sends plain Opus
    ///   - pauses: nil never pauses
    public init(
        ssrc: UInt32, payloadType: UInt8, mid: String, extensions: HeaderExtensionIDs, payloadBytes: Int = 80,
        redundancy: SyntheticRedundancy? = nil, pauses: SyntheticPauses? = nil, random: inout SeededRandom,
        at now: MonotonicTime
    ) {
        self.ssrc = ssrc
        self.payloadType = payloadType
        self.extensions = extensions
        self.mid = mid
        self.payloadBytes = max(payloadBytes, SyntheticAudioTag.byteCount + SendStamp.byteCount)
        self.redundancy = redundancy
        self.pauses = pauses
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
        if late > 10 { skip(Int(late)) }
        let bytes = packet(transportSequence, at: now)
        sequence &+= 1
        number &+= 1
        transportSequence &+= 1
        packetsSent &+= 1
        skip(1)
        startsSpurt = false
        skipSilence()
        return bytes
    }

    /// The packet of that number again, as browsers repeat sound: the same packet (RFC 4585). Nil when it is too old.
    public func repetition(of sequence: UInt16) -> [UInt8]? { sent.first { $0.sequence == sequence }?.packet }

    private mutating func skip(_ packets: Int) {
        nextPacket += Self.packetInterval * packets
        timestamp &+= UInt32(truncatingIfNeeded: packets) &* Self.samplesPerPacket
    }

    /// In a pause the next packet is the next frame of comfort noise, or the begin of speech.
    private mutating func skipSilence() {
        guard let pauses, isSilent(at: nextPacket) else { return }
        let cycle = (pauses.speech + pauses.silence).nanoseconds
        let inPause = (nextPacket - origin).nanoseconds % cycle - pauses.speech.nanoseconds
        // The first frame of a pause goes out.
        guard inPause >= Self.packetInterval.nanoseconds else { return }
        let left = Int((pauses.silence.nanoseconds - inPause) / Self.packetInterval.nanoseconds)
        let comfort = SyntheticPauses.comfortInterval.nanoseconds / Self.packetInterval.nanoseconds
        skip(min(left, Int(comfort)))
        startsSpurt = !isSilent(at: nextPacket)
    }

    private func isSilent(at time: MonotonicTime) -> Bool {
        guard let pauses else { return false }
        let cycle = (pauses.speech + pauses.silence).nanoseconds
        return (time - origin).nanoseconds % cycle >= pauses.speech.nanoseconds
    }

    private mutating func packet(_ transportSequence: UInt16, at now: MonotonicTime) -> [UInt8] {
        let isSilent = isSilent(at: nextPacket)
        let frame = frame(at: now)
        let redundant = redundancy.map { redundantPart($0, before: frame) }
        var bytes = [UInt8](repeating: 0, count: 64 + frame.count + (redundant?.count ?? 0))
        var span = bytes.mutableSpan
        let fields = RTPFields(
            marker: startsSpurt, payloadType: redundancy?.payloadType ?? payloadType, sequenceNumber: sequence,
            timestamp: timestamp, ssrc: ssrc)
        var writer = RTPHeaderWriter(fields, into: &span)
        let level = AudioLevel(
            hasVoiceActivity: !isSilent, attenuationDecibels: isSilent ? 127 : UInt8.random(in: 20...50, using: &random)
        )
        writer.append(id: extensions.audioLevel, level.rawValue, into: &span)
        writer.append(id: extensions.transportSequenceNumber, transportSequence, into: &span)
        if let token = SDESToken(mid) { writer.append(id: extensions.mid, token, into: &span) }
        guard let start = writer.finish(into: &span) else { return [] }
        bytes.removeLast(bytes.count - start)
        bytes += redundant ?? []
        bytes += frame
        octetsSent &+= UInt32(bytes.count - start)
        if sent.count >= Self.frameMemory { sent.removeFirst() }
        sent.append(Frame(sequence: sequence, timestamp: timestamp, payload: frame, packet: bytes))
        return bytes
    }

    private func frame(at now: MonotonicTime) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xaa, count: payloadBytes)
        var span = bytes.mutableSpan
        // CELT, full band, 20 ms, mono, one frame.
        span.put(0xf8 as UInt8, at: 0)
        span.put(number, at: 1)
        span.put(SyntheticAudioTag.mark, at: 5)
        SendStamp.write(now, into: &bytes)
        return bytes
    }

    /// Block heads and older frames: all that stands before the newest frame.
    private func redundantPart(_ redundancy: SyntheticRedundancy, before frame: [UInt8]) -> [UInt8] {
        let older = redundancy.distances.compactMap { distance -> Frame? in
            guard distance <= sent.count else { return nil }
            let candidate = sent[sent.count - distance]
            return timestamp &- candidate.timestamp <= 0x3fff ? candidate : nil
        }
        let blocks = older.map {
            REDBlock(
                payloadType: payloadType, timestampOffset: UInt16(timestamp &- $0.timestamp), count: $0.payload.count)
        }
        var heads = [UInt8](repeating: 0, count: 4 * blocks.count + 1)
        var span = heads.mutableSpan
        _ = REDPayload.writeHeaders(redundant: blocks.span, primary: payloadType, into: &span)
        return heads + older.flatMap(\.payload)
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
