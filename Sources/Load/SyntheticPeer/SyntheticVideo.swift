// Video with the structure of VP8 and a frame number inside: what a checker at the other end can judge.

public import Basics
public import MediaInterface
internal import RTP

/// One encoding of a synthetic camera: frames of plausible sizes, keyframes on request, retransmissions on NACK.
///
/// The payload after the VP8 descriptor and the frame tag is: layer (1 byte), frame number (4), packet number within the
/// frame (1), packets of the frame (1), filler, moment of sending (8, see `SendStamp`).
public struct SyntheticVideo: Sendable {
    public let ssrc: UInt32
    public let retransmissionSSRC: UInt32
    public let layer: UInt8
    private let payloadType: UInt8
    private let retransmissionPayloadType: UInt8
    private let extensions: HeaderExtensionIDs
    private let mid: String
    private let rid: String?
    private let frameInterval: Interval
    private let packetsPerFrame: Int
    private let payloadBytes: Int
    private let burst: Int

    private var sequence: UInt16
    private var retransmissionSequence: UInt16 = 0
    private var frame: UInt32 = 0
    private var pictureID: UInt16
    private var baseLayerIndex: UInt8 = 0
    private var keyframeWanted = true
    private var nextFrame: MonotonicTime
    private var current: FrameInProgress?
    /// When the pacer has time for another frame.
    private var pacerFreeAt = MonotonicTime.zero
    private let origin: MonotonicTime
    private let timestampOrigin: UInt32
    /// The last packets, by sequence number, for retransmission.
    private var history: [UInt16: [UInt8]] = [:]
    public private(set) var keyframes = 0
    public private(set) var packetsSent: UInt32 = 0
    public private(set) var octetsSent: UInt32 = 0

    /// A frame some of whose packets are still to come.
    private struct FrameInProgress: Sendable {
        var start: MonotonicTime
        var timestamp: UInt32
        var isKeyframe: Bool
        var packetCount: Int
        var sent = 0
    }

    /// Pacers of browsers send every 5 ms.
    private static let pacingInterval = Interval.milliseconds(5)

    /// - Parameter burst: packets that leave together; the rest of a frame follows every 5 ms
    public init(
        track: TrackDescription, encoding: Int, extensions: HeaderExtensionIDs, framesPerSecond: Int = 25,
        packetsPerFrame: Int = 3, payloadBytes: Int = 1_000, burst: Int = .max, random: inout SeededRandom,
        at now: MonotonicTime
    ) {
        let description = track.encodings[encoding]
        ssrc = description.ssrc ?? UInt32.random(in: 1 ... .max, using: &random)
        retransmissionSSRC = description.retransmissionSSRC ?? UInt32.random(in: 1 ... .max, using: &random)
        layer = description.spatialLayer
        payloadType = track.payloads[0].payloadType
        retransmissionPayloadType = track.payloads[0].retransmissionPayloadType ?? 0
        self.extensions = extensions
        mid = track.mid
        rid = description.rid
        frameInterval = .microseconds(1_000_000 / framesPerSecond)
        self.packetsPerFrame = packetsPerFrame
        self.payloadBytes = payloadBytes
        self.burst = max(1, burst)
        sequence = UInt16.random(in: 0 ... .max, using: &random)
        pictureID = UInt16.random(in: 0..<0x8000, using: &random)
        timestampOrigin = UInt32.random(in: 0 ... .max, using: &random)
        nextFrame = now
        origin = now
    }

    public var nextDeadline: MonotonicTime { current.map(due) ?? nextFrame }

    /// The server asked for a keyframe (PLI or FIR).
    public mutating func requestKeyframe() { keyframeWanted = true }

    /// RTP time of `now` on the 90 kHz clock.
    public func timestamp(at now: MonotonicTime) -> UInt32 {
        timestampOrigin &+ UInt32(truncatingIfNeeded: (now - origin).nanoseconds * 9 / 100_000)
    }

    /// The packets that are due, `transportSequence` counting on over all streams of the peer. Frames that were due long
    /// ago (the transport was not there yet) are skipped.
    public mutating func packets(at now: MonotonicTime, transportSequence: inout UInt16) -> [[UInt8]] {
        var packets: [[UInt8]] = []
        if now - nextFrame > frameInterval * 2 { nextFrame = now }
        while var inProgress = current ?? nextFrame(at: now) {
            while inProgress.sent < inProgress.packetCount, due(inProgress) <= now {
                packets.append(packet(of: inProgress, transportSequence, at: now))
                transportSequence &+= 1
                inProgress.sent += 1
            }
            guard inProgress.sent == inProgress.packetCount else {
                current = inProgress
                break
            }
            pacerFreeAt = due(inProgress) + (inProgress.sent % burst == 0 ? .zero : Self.pacingInterval)
            current = nil
            frame += 1
        }
        return packets
    }

    private func due(_ frame: FrameInProgress) -> MonotonicTime {
        frame.start + Self.pacingInterval * (frame.sent / burst)
    }

    /// Begins the next frame when it is due.
    private mutating func nextFrame(at now: MonotonicTime) -> FrameInProgress? {
        guard nextFrame <= now else { return nil }
        let isKeyframe = keyframeWanted
        keyframeWanted = false
        if isKeyframe { keyframes += 1 }
        baseLayerIndex &+= 1
        pictureID = (pictureID + 1) & 0x7fff
        defer { nextFrame += frameInterval }
        return FrameInProgress(
            start: max(nextFrame, pacerFreeAt), timestamp: timestamp(at: nextFrame), isKeyframe: isKeyframe,
            packetCount: isKeyframe ? packetsPerFrame * 3 : packetsPerFrame)
    }

    private mutating func packet(
        of current: FrameInProgress, _ transportSequence: UInt16, at now: MonotonicTime
    ) -> [UInt8] {
        let (index, count) = (current.sent, current.packetCount)
        let fields = RTPFields(
            marker: index == count - 1, payloadType: payloadType, sequenceNumber: sequence,
            timestamp: current.timestamp, ssrc: ssrc)
        var payload: [UInt8] = [
            0x80 | (index == 0 ? 0x10 : 0), 0xe0, 0x80 | UInt8(pictureID >> 8), UInt8(pictureID & 255), baseLayerIndex,
            0x20,
        ]
        // Frame tag: bit 0 clear says keyframe; then start code and 640 × 360 (RFC 6386 section 9.1).
        payload +=
            index == 0 && current.isKeyframe ? [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01] : [0x11, 0, 0]
        payload += [layer] + (0..<4).map { UInt8(truncatingIfNeeded: frame >> (24 - 8 * UInt32($0))) }
        payload += [UInt8(index), UInt8(count)]
        payload += [UInt8](repeating: 0xaa, count: max(SendStamp.byteCount, payloadBytes - payload.count))
        var bytes = Self.write(fields, extensions, mid: mid, rid: rid, repaired: false, transportSequence, payload)
        SendStamp.write(now, into: &bytes)
        history[sequence] = bytes
        history[sequence &- 1_024] = nil
        sequence &+= 1
        packetsSent &+= 1
        octetsSent &+= UInt32(payload.count)
        return bytes
    }

    /// The retransmission (RFC 4588) of a packet that the server misses; nil when it is forgotten.
    public mutating func retransmission(of missing: UInt16, transportSequence: inout UInt16) -> [UInt8]? {
        guard let original = history[missing], let header = try? RTPHeader(parsing: original.span) else { return nil }
        var fields = RTPFields(header)
        fields.ssrc = retransmissionSSRC
        fields.payloadType = retransmissionPayloadType
        fields.sequenceNumber = retransmissionSequence
        retransmissionSequence &+= 1
        let payload = [UInt8(missing >> 8), UInt8(missing & 255)] + original[header.payload]
        defer { transportSequence &+= 1 }
        return Self.write(fields, extensions, mid: mid, rid: rid, repaired: true, transportSequence, Array(payload))
    }

    private static func write(
        _ fields: RTPFields, _ ids: HeaderExtensionIDs, mid: String, rid: String?, repaired: Bool,
        _ transportSequence: UInt16, _ payload: [UInt8]
    ) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 128 + payload.count)
        var span = bytes.mutableSpan
        var writer = RTPHeaderWriter(fields, into: &span)
        if let token = SDESToken(mid) { writer.append(id: ids.mid, token, into: &span) }
        if let rid, let token = SDESToken(rid) {
            writer.append(id: repaired ? ids.repairedRTPStreamID : ids.rtpStreamID, token, into: &span)
        }
        writer.append(id: ids.transportSequenceNumber, transportSequence, into: &span)
        guard let header = writer.finish(into: &span) else { return [] }
        span.put(payload.span, at: header)
        return Array(bytes[..<(header + payload.count)])
    }
}

/// What a packet of `SyntheticVideo` says of itself.
public struct SyntheticFrameTag: Hashable, Sendable {
    public var isKeyframe: Bool
    public var layer: UInt8
    public var frame: UInt32
    public var index: Int
    public var count: Int

    /// Reads the tag behind the VP8 descriptor; nil when the payload is not synthetic video.
    public init?(payload: Span<UInt8>) {
        guard let descriptor = VP8Descriptor(parsing: payload) else { return nil }
        isKeyframe = descriptor.isKeyframe
        let offset = descriptor.byteCount + (descriptor.isKeyframe ? 10 : 3)
        guard payload.count >= offset + 7 else { return nil }
        layer = payload[offset]
        frame = payload.uint32(at: offset + 1)
        index = Int(payload[offset + 5])
        count = Int(payload[offset + 6])
    }
}
