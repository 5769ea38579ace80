import Basics
import MediaInterface
import Testing

@testable import Forwarding

/// A block of RED, read and written byte by byte (RFC 2198 section 3).
struct TestBlock: Equatable {
    var payloadType: UInt8 = 111
    /// 0 for the last one.
    var age = 0
    var bytes: [UInt8]

    static func payload(_ blocks: [TestBlock]) -> [UInt8] {
        var head: [UInt8] = []
        for block in blocks.dropLast() {
            let word = UInt32(0x80 | block.payloadType) << 24 | UInt32(block.age) << 10 | UInt32(block.bytes.count)
            head += (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - $0 * 8)) }
        }
        return head + [blocks.last!.payloadType] + blocks.flatMap(\.bytes)
    }

    /// Nil when the payload is not RED.
    static func parse(_ payload: [UInt8]) -> [TestBlock]? {
        var heads: [(UInt8, Int, Int)] = []
        var place = 0
        while true {
            guard place < payload.count else { return nil }
            if payload[place] & 0x80 == 0 { break }
            guard place + 4 <= payload.count else { return nil }
            let word = payload[place..<place + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            heads.append((UInt8(word >> 24 & 0x7f), Int(word >> 10 & 0x3fff), Int(word & 0x3ff)))
            place += 4
        }
        let last = payload[place]
        place += 1
        var blocks: [TestBlock] = []
        for (type, age, count) in heads {
            guard place + count <= payload.count else { return nil }
            blocks.append(TestBlock(payloadType: type, age: age, bytes: Array(payload[place..<place + count])))
            place += count
        }
        return blocks + [TestBlock(payloadType: last, age: 0, bytes: Array(payload[place...]))]
    }
}

/// A publisher of speech, packets of 20 ms, and one subscriber.
struct SpeechCall: ~Copyable {
    static let red = PayloadDescription(payloadType: 63, codec: .red, clockRateHertz: 48_000, supportsNACK: true)
    static let wrapping = [
        PayloadMapping(published: 111, subscribed: 64, redundancy: .wrap(opus: 109)),
        PayloadMapping(published: 63, subscribed: 64, redundancy: .wrap(opus: 109)),
    ]
    static let unwrapping = [
        PayloadMapping(published: 111, subscribed: 109),
        PayloadMapping(published: 63, subscribed: 109, redundancy: .unwrap),
    ]

    var track: PublishedTrack
    var subscription: Subscription
    /// As the subscriber's transport carries them.
    var ids = HeaderExtensionIDs()
    var loss: Float?

    init(_ payloads: [PayloadMapping], loss: Float? = nil) {
        track = PublishedTrack(Fixture.track(.audio, payloads: [Fixture.audio, Self.red]), at: .zero)
        subscription = Fixture.subscribe(.audio, payloads: payloads)
        if let loss { subscription.follow(PathState(loss: loss), at: .zero) }
        self.loss = loss
    }

    /// A frame of Opus: CELT, 20 ms, then its number.
    static func frame(_ number: Int, count: Int = 40) -> [UInt8] {
        [0xf8, UInt8(number >> 8), UInt8(number & 255)] + [UInt8](repeating: UInt8(number & 255), count: count - 3)
    }

    static func time(_ number: Int) -> MonotonicTime { .ms(number * 20) }

    /// Frame `number` as plain Opus, at its time.
    static func opus(_ number: Int, count: Int = 40) -> TestPacket {
        TestPacket(
            payloadType: 111, sequence: UInt16(truncatingIfNeeded: 65_530 + number),
            timestamp: UInt32(truncatingIfNeeded: 4_294_960_000 + number * 960), payload: frame(number, count: count))
    }

    /// Frame `number` with those before it.
    static func red(_ number: Int, _ distances: [Int] = [1]) -> TestPacket {
        var packet = opus(number)
        packet.payloadType = 63
        let older = distances.sorted(by: >).filter { $0 <= number }.map {
            TestBlock(age: $0 * 960, bytes: frame(number - $0))
        }
        packet.payload = TestBlock.payload(older + [TestBlock(bytes: frame(number))])
        return packet
    }

    /// Accepts a packet and sends what it leads to, as the media core does.
    mutating func take(_ packet: TestPacket, at now: MonotonicTime) -> [SentRTP] {
        guard let accepted = track.accept(packet, at: now) else { return [] }
        var sent: [SentRTP] = []
        while let recovered = track.nextRecovered() {
            if let packet = subscription.send(recovered, of: track, extensions: ids, at: now) { sent.append(packet) }
        }
        if let packet = subscription.send(accepted, of: track, extensions: ids, at: now) { sent.append(packet) }
        return sent
    }
}
