// A publisher with three encodings, a bad network to the server, and subscribers who check what they receive.

import Basics
import MediaInterface
import RTP

@testable import Forwarding

/// What a packet of the simulation says of itself, in its payload.
struct PacketTag: Hashable {
    var encoding = 0
    /// Extended sequence number of the encoding, as the publisher counts.
    var sequence: Int64 = 0
    var frame = 0
    var index = 0
    var count = 1
    var isKeyframe = false
    var captureMilliseconds = 0

    var bytes: [UInt8] {
        var bytes = [UInt8(encoding), UInt8(index), UInt8(count), isKeyframe ? 1 : 0]
        for value in [Int(sequence), frame, captureMilliseconds] {
            bytes += (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - $0 * 8)) }
        }
        return bytes
    }

    init() {}

    /// From the end of a payload.
    init?(_ payload: [UInt8]) {
        guard payload.count >= 16 else { return nil }
        let bytes = Array(payload.suffix(16))
        func word(_ offset: Int) -> Int { bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
        encoding = Int(bytes[0])
        index = Int(bytes[1])
        count = Int(bytes[2])
        isKeyframe = bytes[3] == 1
        sequence = Int64(word(4))
        frame = word(8)
        captureMilliseconds = word(12)
    }
}

/// One encoding at the publisher: 20 pictures a second, keyframes when asked.
struct SimulatedEncoding {
    let index: Int
    let packetsPerFrame: Int
    let startTimestamp: UInt32
    let wide: Bool
    var sequence: Int64
    var picture: Int
    var level: Int
    var frame = 0
    var isOn = true
    var keyframeDue = true
    /// Everything that was sent, for retransmissions.
    var sent: [UInt16: TestPacket] = [:]
    var padding: Set<Int64> = []

    init(_ index: Int, _ random: inout SeededRandom) {
        self.index = index
        packetsPerFrame = [1, 2, 3][index]
        startTimestamp = UInt32.random(in: .min ... .max, using: &random)
        wide = random.chance(0.8)
        sequence = 0x1_0000 + Int64.random(in: 65_000...65_500, using: &random)
        picture = Int.random(in: 32_600...32_767, using: &random)
        level = Int.random(in: 0...255, using: &random)
    }

    func timestamp(_ milliseconds: Int) -> UInt32 { startTimestamp &+ UInt32(truncatingIfNeeded: milliseconds * 90) }

    mutating func nextFrame(at milliseconds: Int, _ random: inout SeededRandom) -> [TestPacket] {
        guard isOn else { return [] }
        let isKeyframe = keyframeDue
        keyframeDue = false
        frame += 1
        picture = (picture + 1) % 32_768
        level = (level + 1) % 256
        var packets: [TestPacket] = []
        let count = isKeyframe ? packetsPerFrame + 2 : packetsPerFrame
        for index in 0..<count {
            var tag = PacketTag()
            tag.encoding = self.index
            tag.sequence = sequence
            tag.frame = frame
            tag.index = index
            tag.count = count
            tag.isKeyframe = isKeyframe
            tag.captureMilliseconds = milliseconds
            packets.append(
                TestPacket(
                    sequence: UInt16(truncatingIfNeeded: sequence), timestamp: timestamp(milliseconds),
                    ssrc: 0x1000 + UInt32(self.index), marker: index == count - 1,
                    payload: vp8Payload(
                        key: isKeyframe, start: index == 0, pictureID: picture, wide: wide, level: UInt8(level),
                        temporal: 0, keyIndex: 0, body: tag.bytes)))
            sequence += 1
        }
        if random.chance(0.05) {
            packets.append(
                TestPacket(
                    sequence: UInt16(truncatingIfNeeded: sequence), timestamp: timestamp(milliseconds),
                    ssrc: 0x1000 + UInt32(self.index), padding: 40))
            padding.insert(sequence)
            sequence += 1
        }
        for packet in packets { sent[packet.sequence] = packet }
        return packets
    }
}

/// What one subscriber received, by outgoing number, and its judgement.
struct SubscriberChecker {
    struct Received {
        var tag: PacketTag
        var timestamp: UInt32
        var pictureID: Int
        var level: Int
        var marker: Bool
        var payload: [UInt8]
    }

    var received: [Int64: Received] = [:]
    var fillers: Set<Int64> = []
    /// Late packets that nobody could number any more: the subscriber had paused or gone on to another encoding.
    var refused: Set<[Int64]> = []
    private var unwrapper = SequenceUnwrapper()
    private(set) var faults: [String] = []

    mutating func note(_ header: RTPHeader, _ payload: [UInt8]) {
        let number = unwrapper.unwrap(header.sequenceNumber)
        guard !payload.isEmpty else {
            if received[number] != nil || !fillers.insert(number).inserted {
                faults.append("filler twice at \(number)")
            }
            return
        }
        guard let tag = PacketTag(payload), let descriptor = VP8Descriptor(parsing: payload.span) else {
            faults.append("unreadable payload")
            return
        }
        let packet = Received(
            tag: tag, timestamp: header.timestamp, pictureID: Int(descriptor.pictureID ?? 0),
            level: Int(descriptor.temporalLevel0PictureIndex ?? 0), marker: header.marker, payload: payload)
        if descriptor.pictureIDBitCount != 15 { faults.append("picture id of \(descriptor.pictureIDBitCount) bits") }
        if fillers.contains(number) { faults.append("packet and filler at \(number)") }
        if let before = received.updateValue(packet, forKey: number), before.payload != payload {
            faults.append("two packets with the number \(number)")
        }
    }

    /// Judges the whole stream.
    ///
    /// - Parameters:
    ///   - accepted: the numbers that reached the server, by encoding; all others are real losses
    ///   - padding: the numbers that carry nothing
    ///   - toleranceTicks: of media time against capture time
    mutating func judge(accepted: [Set<Int64>], padding: [Set<Int64>], toleranceTicks: Int64) {
        let numbers = received.keys.sorted()
        guard let first = numbers.first, let start = received[first] else { return }
        if !(start.tag.isKeyframe && start.tag.index == 0) { faults.append("does not start with a keyframe") }
        for (before, after) in zip(numbers, numbers.dropFirst()) {
            guard let old = received[before], let new = received[after] else { continue }
            let gap = after - before - 1 - Int64(fillers.count { before < $0 && $0 < after })
            judgeStep(old, new, gap: gap, accepted: accepted, padding: padding)
            let ticks = Int64(Int32(bitPattern: new.timestamp &- start.timestamp))
            let expected = Int64(new.tag.captureMilliseconds - start.tag.captureMilliseconds) * 90
            if abs(ticks - expected) > toleranceTicks { faults.append("\(ticks - expected) ticks off at \(new.tag)") }
        }
    }

    private mutating func judgeStep(
        _ old: Received, _ new: Received, gap: Int64, accepted: [Set<Int64>], padding: [Set<Int64>]
    ) {
        if old.marker != (old.tag.index == old.tag.count - 1) { faults.append("marker at \(old.tag)") }
        let isSameFrame = old.tag.encoding == new.tag.encoding && old.tag.frame == new.tag.frame
        let timeStep = Int32(bitPattern: new.timestamp &- old.timestamp)
        if isSameFrame ? timeStep != 0 : timeStep <= 0 { faults.append("time step \(timeStep) at \(new.tag)") }
        let encoding = old.tag.encoding
        func isOpen(_ sequence: Int64) -> Bool {
            !accepted[encoding].contains(sequence) || refused.contains([Int64(encoding), sequence])
        }
        let between =
            encoding == new.tag.encoding && old.tag.sequence < new.tag.sequence
            ? Array(old.tag.sequence + 1..<new.tag.sequence) : nil
        if let between, between.allSatisfy({ isOpen($0) || padding[encoding].contains($0) }) {
            let lost = between.count { !accepted[encoding].contains($0) }
            if !(lost...between.count(where: isOpen) ~= Int(gap)) { faults.append("gap of \(gap) before \(new.tag)") }
            let frames = new.tag.frame - old.tag.frame
            if (new.pictureID - old.pictureID) & 0x7fff != frames { faults.append("picture id at \(new.tag)") }
            if (new.level - old.level) & 255 != frames & 255 { faults.append("level at \(new.tag)") }
            return
        }
        // A switch, or a pause: begins with a keyframe, without a gap but for losses at the end of the run before.
        if !(new.tag.isKeyframe && new.tag.index == 0) { faults.append("run starts with \(new.tag) after \(old.tag)") }
        let tail = (old.tag.sequence + 1...old.tag.sequence + 64).count(where: isOpen)
        if gap < 0 || gap > tail { faults.append("gap of \(gap) before \(new.tag)") }
        let pictureStep = (new.pictureID - old.pictureID) & 0x7fff
        if pictureStep < 1 || pictureStep > 1 + Int(gap) { faults.append("picture step \(pictureStep) at \(new.tag)") }
    }
}
