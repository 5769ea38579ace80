// Takes frames that were lost on the way from the publisher out of the redundancy of later packets (RFC 2198 section 4).

import Basics
import MediaInterface
import RTP

extension PublishedTrack {
    /// A frame that the newest accepted packet brought back, oldest first, to be planned before that packet; nil when
    /// there is none left. Call until nil after each `accept`.
    public mutating func nextRecovered() -> AcceptedPacket? {
        guard recovered.next < recovered.count else { return nil }
        defer { recovered.next += 1 }
        return packet(encoding: Int(recovered.encoding), extendedSequence: recovered.sequences[recovered.next])
            .map { stored in
                var packet = stored
                packet.isLate = recovered.late & (1 << UInt8(recovered.next)) != 0
                return packet
            }
    }

    /// Looks through the older blocks of a packet of RED.
    ///
    /// - Parameter payload: of `packet`, which is stored already
    mutating func recover(from payload: Span<UInt8>, of packet: AcceptedPacket) {
        guard packet.speech.isReadable, var blocks = REDPayload(parsing: payload) else { return }
        recovered.encoding = packet.encoding
        while recovered.count < RedundancyLimits.recoveredPerPacket, let block = blocks.next(in: payload) {
            guard block.timestampOffset > 0, block.count > 0 else { continue }
            recover(block, payload.extracting(block.range), from: packet)
        }
    }

    private mutating func recover(_ block: REDBlock, _ bytes: Span<UInt8>, from packet: AcceptedPacket) {
        let encoding = Int(packet.encoding)
        let fields = SpeechFields(opus: bytes)
        guard fields.isReadable,
            payloads.contains(where: { $0.payloadType == block.payloadType && $0.codec == .opus }),
            let place = place(of: block, fields, before: packet),
            // From here on the number counts as come; whatever comes under it later is a copy.
            case .late = streams[encoding].tracker.acceptRetransmitted(UInt16(truncatingIfNeeded: place.sequence))
        else { return }
        _ = streams[encoding].missing.noteArrival(place.sequence)
        var frame = AcceptedPacket()
        frame.extendedSequence = place.sequence
        frame.isLate = place.isLate
        frame.arrival = packet.arrival
        frame.timestamp = packet.timestamp &- UInt32(block.timestampOffset)
        frame.encoding = packet.encoding
        frame.payloadType = block.payloadType
        frame.codec = .opus
        frame.traits = packet.traits
        frame.speech = fields
        guard let location = streams[encoding].cache.reserve(bytes.count, at: packet.arrival) else { return }
        streams[encoding].cache.copy(bytes, to: location, shift: 0)
        frame.location = location
        frame.payloadLength = UInt16(bytes.count)
        streams[encoding].cache.insert(frame)
        statistics.recoveredFromRedundancy += 1
        if place.isLate { recovered.late |= 1 << UInt8(recovered.count) }
        recovered.sequences[recovered.count] = place.sequence
        recovered.count += 1
    }

    /// The number that a block had as a packet of its own. Blocks tell only their time, so the answer is given where it
    /// is certain: frames of one length, one per packet, and no pause between. Nil when it is not, or when nothing older
    /// has come: the stream may have begun here.
    private func place(
        of block: REDBlock, _ fields: SpeechFields, before packet: AcceptedPacket
    ) -> (sequence: Int64, isLate: Bool)? {
        let age = UInt32(block.timestampOffset)
        let duration = UInt32(fields.durationTicks)
        guard duration == UInt32(packet.speech.durationTicks), age % duration == 0, age <= RedundancyLimits.ageTicks
        else { return nil }
        let distance = Int64(age / duration)
        let sequence = packet.extendedSequence - distance
        let encoding = Int(packet.encoding)
        guard let first = streams[encoding].lowest, sequence > first,
            streams[encoding].cache.packet(sequence) == nil
        else { return nil }
        let timestamp = packet.timestamp &- age
        // A stored neighbour that contradicts: there was a pause, or the publisher leaves frames out.
        for newer in sequence + 1..<packet.extendedSequence {
            guard let neighbour = streams[encoding].cache.packet(newer) else { continue }
            guard neighbour.timestamp == timestamp &+ UInt32(newer - sequence) * duration else { return nil }
        }
        let isLate = packet.isLate || sequence < recovered.newestBefore
        for step in 1...Int64(RedundancyLimits.recoveredPerPacket) {
            guard let neighbour = streams[encoding].cache.packet(sequence - step) else { continue }
            let between = Int32(bitPattern: timestamp &- neighbour.timestamp)
            return between >= Int32(step) * Int32(duration) ? (sequence, isLate) : nil
        }
        return (sequence, isLate)
    }
}

/// The numbers of the frames that one packet brought back. Trivial.
struct RecoveredFrames: Sendable {
    var encoding: UInt8 = 0
    var count = 0
    /// The first that nobody has taken.
    var next = 0
    /// The newest number of the encoding before the packet.
    var newestBefore = Int64.min
    /// A bit per frame that came behind newer packets.
    var late: UInt8 = 0
    var sequences = InlineArray<8, Int64>(repeating: 0)

    init(before newest: Int64? = nil) { newestBefore = newest ?? .min }
}
