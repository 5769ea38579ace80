// Datagrams and descriptions for the tests, built byte by byte and not by the code under test.

import Basics
import MediaInterface
import RTP
import Testing

@testable import Forwarding

/// An RTP packet under construction (RFC 3550 section 5.1, RFC 8285 section 4.2).
struct TestPacket {
    var payloadType: UInt8 = 96
    var sequence: UInt16 = 0
    var timestamp: UInt32 = 0
    var ssrc: UInt32 = 0x1111
    var marker = false
    var extensions: [(id: UInt8, value: [UInt8])] = []
    var payload: [UInt8] = []
    var padding: UInt8 = 0

    var bytes: [UInt8] {
        var bytes: [UInt8] = [
            0x80 | (extensions.isEmpty ? 0 : 0x10) | (padding == 0 ? 0 : 0x20), (marker ? 0x80 : 0) | payloadType,
        ]
        bytes += [UInt8(sequence >> 8), UInt8(sequence & 255)]
        for word in [timestamp, ssrc] { bytes += (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - $0 * 8)) } }
        if !extensions.isEmpty {
            // Section 4.3 where an element is too long for section 4.2.
            let isLong = extensions.contains { $0.value.count > 16 }
            var block: [UInt8] = []
            for element in extensions {
                let count = UInt8(element.value.count)
                block += isLong ? [element.id, count] : [element.id << 4 | (count - 1)]
                block += element.value
            }
            while block.count % 4 != 0 { block.append(0) }
            bytes += (isLong ? [0x10, 0] : [0xbe, 0xde]) + [0, UInt8(block.count / 4)] + block
        }
        bytes += payload
        if padding > 0 { bytes += [UInt8](repeating: 0, count: Int(padding) - 1) + [padding] }
        return bytes
    }

    /// The packet as RFC 4588 wraps it.
    func retransmitted(payloadType: UInt8, ssrc: UInt32, sequence: UInt16) -> TestPacket {
        var packet = self
        packet.payloadType = payloadType
        packet.ssrc = ssrc
        packet.sequence = sequence
        packet.payload = [UInt8(self.sequence >> 8), UInt8(self.sequence & 255)] + payload
        return packet
    }
}

/// A VP8 payload: descriptor (RFC 7741 section 4.2), then a frame head and `body`.
func vp8Payload(
    key: Bool, start: Bool = true, pictureID: Int? = nil, wide: Bool = true, level: UInt8? = nil,
    temporal: UInt8? = nil, keyIndex: UInt8? = nil, body: [UInt8] = [1, 2, 3]
) -> [UInt8] {
    var bytes: [UInt8] = [start ? 0x10 : 0]
    var flags: UInt8 = 0
    var fields: [UInt8] = []
    if let pictureID {
        flags |= 0x80
        fields += wide ? [0x80 | UInt8(pictureID >> 8), UInt8(pictureID & 255)] : [UInt8(pictureID & 127)]
    }
    if let level {
        flags |= 0x40
        fields.append(level)
    }
    if temporal != nil || keyIndex != nil {
        flags |= (temporal == nil ? 0 : 0x20) | (keyIndex == nil ? 0 : 0x10)
        fields.append((temporal ?? 0) << 6 | (keyIndex ?? 0))
    }
    if flags != 0 {
        bytes[0] |= 0x80
        bytes += [flags] + fields
    }
    return bytes + [key ? 0 : 1] + body
}

extension MonotonicTime {
    static func ms(_ count: Int) -> MonotonicTime { MonotonicTime(nanoseconds: Int64(count) * 1_000_000) }
}

enum Fixture {
    static let video = PayloadDescription(
        payloadType: 96, codec: .vp8, clockRateHertz: 90_000, retransmissionPayloadType: 97, supportsNACK: true)
    static let audio = PayloadDescription(
        payloadType: 111, codec: .opus, clockRateHertz: 48_000, supportsNACK: true)

    static func encodings(_ count: Int) -> [EncodingDescription] {
        (0..<count).map {
            EncodingDescription(
                rid: count > 1 ? ["q", "h", "f", "x"][$0] : nil, ssrc: 0x1000 + UInt32($0),
                retransmissionSSRC: 0x2000 + UInt32($0), spatialLayer: UInt8($0))
        }
    }

    static func track(
        _ kind: MediaKind = .video, encodings count: Int = 1, payloads: [PayloadDescription]? = nil
    ) -> TrackDescription {
        TrackDescription(
            id: TrackID(1), publisher: PeerID(1), kind: kind, mid: "0",
            payloads: payloads ?? [kind == .video ? video : audio], encodings: encodings(count))
    }

    static func subscription(
        _ kind: MediaKind = .video, settings: SubscriptionSettings = SubscriptionSettings(),
        payloads: [PayloadMapping]? = nil, mid: String = "5"
    ) -> SubscriptionDescription {
        let mapping =
            kind == .video
            ? PayloadMapping(published: 96, subscribed: 100, subscribedRetransmission: 101)
            : PayloadMapping(published: 111, subscribed: 109)
        return SubscriptionDescription(
            id: SubscriptionID(1), track: TrackID(1), subscriber: PeerID(2), mid: mid, ssrc: 0xaaaa,
            retransmissionSSRC: 0xbbbb, payloads: payloads ?? [mapping], settings: settings)
    }

    static func subscribe(
        _ kind: MediaKind = .video, settings: SubscriptionSettings = SubscriptionSettings(), seed: UInt64 = 1,
        payloads: [PayloadMapping]? = nil, mid: String = "5"
    ) -> Subscription {
        var random = SeededRandom(seed: seed)
        return Subscription(
            subscription(kind, settings: settings, payloads: payloads, mid: mid), kind: kind, at: .zero,
            random: &random)
    }
}

extension PublishedTrack {
    mutating func accept(
        _ packet: TestPacket, encoding: Int = 0, isRetransmission: Bool = false,
        extensions: HeaderExtensionIDs = HeaderExtensionIDs(), at now: MonotonicTime = .zero
    ) -> AcceptedPacket? {
        let bytes = packet.bytes
        guard let header = try? RTPHeader(parsing: bytes.span) else { return nil }
        return accept(
            bytes.span, header, encoding: encoding, isRetransmission: isRetransmission, extensions: extensions, at: now)
    }

    func payload(_ packet: AcceptedPacket) -> [UInt8]? {
        withPacket(packet) { $0.extracting(packet.payload).copied() }
    }

    /// The feedback that is due, as bytes.
    mutating func feedback(roundTrip: Interval = .zero, room: Int = 1_200, at now: MonotonicTime) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: room)
        var target = buffer.mutableSpan
        let count = writeFeedback(senderSSRC: 0x77, roundTrip: roundTrip, at: now, into: &target)
        return Array(buffer[0..<count])
    }
}

/// What a compound of feedback asks for.
struct ParsedFeedback {
    var reports: [ReportBlock] = []
    /// By media SSRC.
    var missing: [UInt32: [UInt16]] = [:]
    var pictureLosses: [UInt32] = []
    var fullIntraRequests: [FullIntraRequest.Entry] = []

    init(_ bytes: [UInt8]) {
        let span = bytes.span
        var cursor = RTCPCursor()
        while let packet = cursor.next(in: span) {
            switch packet.message(in: span) {
            case .receiverReport(let blocks):
                reports += (0..<blocks.count).map { blocks.block($0, in: span) }
            case .nack(var nack):
                while let sequence = nack.next(in: span) { missing[nack.mediaSSRC, default: []].append(sequence) }
            case .pictureLossIndication(let loss): pictureLosses.append(loss.mediaSSRC)
            case .fullIntraRequest(let request):
                fullIntraRequests += (0..<request.count).map { request.entry($0, in: span) }
            default: break
            }
        }
    }

    var keyframeRequests: [UInt32] { pictureLosses + fullIntraRequests.map(\.ssrc) }
}

/// An outgoing packet taken apart.
struct SentRTP {
    var header: RTPHeader
    var bytes: [UInt8]
    var written: WrittenPacket
    var startsRun = false

    var payload: [UInt8] { Array(bytes[header.payload]) }
    func value(_ id: UInt8) -> [UInt8]? { header.range(ofExtension: id, in: bytes.span).map { Array(bytes[$0]) } }
    var vp8: VP8Descriptor? { VP8Descriptor(parsing: payload.span) }
}

extension Subscription {
    /// Plans and writes one packet.
    mutating func send(
        _ packet: AcceptedPacket, of track: borrowing PublishedTrack,
        extensions: HeaderExtensionIDs = HeaderExtensionIDs(), at now: MonotonicTime? = nil
    ) -> SentRTP? {
        guard let plan = plan(packet, of: track) else { return nil }
        var buffer = [UInt8](repeating: 0xee, count: 1_600)
        var target = buffer.mutableSpan
        guard
            let written = write(
                plan, of: packet, from: track, extensions: extensions, at: now ?? packet.arrival, into: &target)
        else { return nil }
        var sent = Self.parse(buffer, written)
        sent?.startsRun = plan.startsRun
        return sent
    }

    /// Answers a negative acknowledgement.
    mutating func resend(
        _ sequence: UInt16, of track: borrowing PublishedTrack, roundTrip: Interval = .zero,
        extensions: HeaderExtensionIDs = HeaderExtensionIDs(), at now: MonotonicTime
    ) -> SentRTP? {
        guard
            let plan = retransmission(
                of: sequence, roundTrip: roundTrip, extensions: extensions, at: now, track: track)
        else { return nil }
        var buffer = [UInt8](repeating: 0xee, count: 1_600)
        var target = buffer.mutableSpan
        guard let written = write(plan, from: track, extensions: extensions, at: now, into: &target) else { return nil }
        return Self.parse(buffer, written)
    }

    private static func parse(_ buffer: [UInt8], _ written: WrittenPacket) -> SentRTP? {
        let bytes = Array(buffer[0..<written.byteCount])
        return (try? RTPHeader(parsing: bytes.span)).map { SentRTP(header: $0, bytes: bytes, written: written) }
    }
}

/// `#require` for calls on values that cannot be copied, which the macro does not take apart.
func need<T>(_ value: T?, sourceLocation: SourceLocation = #_sourceLocation) throws -> T {
    try #require(value, sourceLocation: sourceLocation)
}
