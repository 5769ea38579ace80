// How an arriving packet is taken apart, numbered and stored.

import Basics
import MediaInterface
import RTP

/// A packet without its wrapping.
struct UnwrappedPacket {
    var description: PayloadDescription
    /// Of the stream that the packet belongs to, not of the retransmission stream.
    var sequence: UInt16
    /// In the datagram; empty for padding.
    var payload: Range<Int>
}

extension PublishedTrack {
    /// Finds the payload and undoes RFC 4588: the original sequence number stands before the payload.
    mutating func unwrap(_ datagram: Span<UInt8>, _ header: RTPHeader, isRetransmission: Bool) -> UnwrappedPacket? {
        guard isRetransmission else {
            for index in payloads.indices where payloads[index].payloadType == header.payloadType {
                return UnwrappedPacket(
                    description: payloads[index], sequence: header.sequenceNumber, payload: header.payload)
            }
            statistics.unmappedPayloadType += 1
            return nil
        }
        // Bandwidth probes are padding, or nothing at all, on the retransmission stream.
        if header.payloadCount == 0 {
            statistics.probes += 1
            return nil
        }
        guard header.payloadCount >= 2 else {
            statistics.malformed += 1
            return nil
        }
        for index in payloads.indices where payloads[index].retransmissionPayloadType == header.payloadType {
            let start = header.payload.lowerBound
            return UnwrappedPacket(
                description: payloads[index], sequence: datagram.uint16(at: start),
                payload: start + 2..<header.payload.upperBound)
        }
        statistics.unmappedPayloadType += 1
        return nil
    }

    /// Numbers the packet and notices loss. Nil when the packet is a copy, too old or not yet believed.
    mutating func follow(
        _ arrived: UnwrappedPacket, timestamp: UInt32, encoding: Int, isRetransmission: Bool, at now: MonotonicTime
    ) -> (extended: Int64, isLate: Bool)? {
        let before = streams[encoding].tracker.newest
        let verdict =
            isRetransmission
            ? streams[encoding].tracker.acceptRetransmitted(arrived.sequence)
            : streams[encoding].tracker.accept(arrived.sequence)
        switch verdict {
        case .newer(let extended, let isRestart):
            if isRestart || before == nil { streams[encoding].noteFirst(extended) }
            if isRestart {
                streams[encoding].missing.reset()
                if before != nil { streams[encoding].reception = ReceptionStatistics() }
            } else if let before, extended > before + 1, arrived.description.supportsNACK {
                let isWithinLimit = streams[encoding].missing.noteGap(from: before + 1, before: extended, at: now)
                if !isWithinLimit, kind == .video { requestKeyframe(encoding: encoding, isUrgent: true, at: now) }
            }
            count(arrived, timestamp: timestamp, encoding: encoding, isRetransmission: isRetransmission, at: now)
            return (extended, false)
        case .late(let extended):
            streams[encoding].noteLate(extended, isRepairable: arrived.description.supportsNACK, at: now)
            let wasAsked = streams[encoding].missing.noteArrival(extended, at: now)
            if wasAsked, isRetransmission { statistics.recovered += 1 }
            count(arrived, timestamp: timestamp, encoding: encoding, isRetransmission: isRetransmission, at: now)
            return (extended, true)
        case .duplicate: statistics.duplicates += 1
        case .tooOld: statistics.tooOld += 1
        case .onProbation: statistics.onProbation += 1
        }
        return nil
    }

    /// Packets of the primary stream count in the receiver report; retransmissions must not hide loss from it.
    private mutating func count(
        _ arrived: UnwrappedPacket, timestamp: UInt32, encoding: Int, isRetransmission: Bool, at now: MonotonicTime
    ) {
        guard !isRetransmission else { return }
        streams[encoding].reception.noteArrival(
            sequence: arrived.sequence, timestamp: timestamp, clockRateHertz: arrived.description.clockRateHertz,
            at: now)
        streams[encoding].scheduleReport(at: now)
    }

    /// Stores a packet that has a number and nothing else: who walks through the stored packets must hear of it.
    mutating func storeNumber(_ packet: inout AcceptedPacket) {
        let encoding = Int(packet.encoding)
        guard let location = streams[encoding].cache.reserve(0, at: packet.arrival) else { return }
        packet.location = location
        streams[encoding].cache.insert(packet)
    }

    /// Copies the values of the known header extensions and the payload into the cache. False when they are too large.
    mutating func store(
        _ packet: inout AcceptedPacket, _ datagram: Span<UInt8>, _ header: RTPHeader, payload: Range<Int>,
        _ ids: HeaderExtensionIDs
    ) -> Bool {
        var values = InlineArray<8, Range<Int>>(repeating: 0..<0)
        var total = 0
        var cursor = HeaderExtensionCursor(header)
        while let element = cursor.next(in: datagram) {
            guard let kind = ids.forwarded(element.id), values[kind.rawValue].isEmpty, element.count > 0,
                total + element.count <= ForwardingLimits.extensionBytes
            else { continue }
            values[kind.rawValue] = element.range
            packet.extensions.note(kind, count: element.count)
            total += element.count
        }
        guard payload.count <= ForwardingLimits.packetBytes,
            let location = streams[Int(packet.encoding)].cache.reserve(total + payload.count, at: packet.arrival)
        else { return false }
        var shift = 0
        for index in values.indices where !values[index].isEmpty {
            streams[Int(packet.encoding)].cache.copy(
                datagram.extracting(values[index]), to: location, shift: shift)
            shift += values[index].count
        }
        streams[Int(packet.encoding)].cache.copy(datagram.extracting(payload), to: location, shift: shift)
        packet.location = location
        packet.payloadStart = UInt16(total)
        packet.payloadLength = UInt16(payload.count)
        streams[Int(packet.encoding)].cache.insert(packet)
        return true
    }
}

extension HeaderExtensionIDs {
    /// Which forwarded value an identifier names; nil for all others.
    func forwarded(_ id: UInt8) -> ForwardedExtension? {
        guard id != 0 else { return nil }
        if id == audioLevel { return .audioLevel }
        if id == videoOrientation { return .videoOrientation }
        if id == playoutDelay { return .playoutDelay }
        if id == videoContentType { return .videoContentType }
        if id == absoluteCaptureTime { return .absoluteCaptureTime }
        if id == colorSpace { return .colorSpace }
        if id == dependencyDescriptor { return .dependencyDescriptor }
        return nil
    }

    /// As `id(of:)`, by raw value: most packets have a single value, the first one.
    @inline(__always) func id(ofForwarded kind: Int) -> UInt8 {
        kind == ForwardedExtension.audioLevel.rawValue
            ? audioLevel : ForwardedExtension(rawValue: kind).map { id(of: $0) } ?? 0
    }

    /// The identifier of a forwarded value; 0 when it was not negotiated.
    func id(of kind: ForwardedExtension) -> UInt8 {
        switch kind {
        case .audioLevel: audioLevel
        case .videoOrientation: videoOrientation
        case .playoutDelay: playoutDelay
        case .videoContentType: videoContentType
        case .absoluteCaptureTime: absoluteCaptureTime
        case .colorSpace: colorSpace
        case .dependencyDescriptor: dependencyDescriptor
        }
    }
}
