// What the layers of a track are and take, and where a new subscriber can begin.

public import Basics
import MediaInterface
import RTP

extension PublishedTrack {
    /// What each layer takes now, measured over the last second. 0 where a layer does not flow.
    public func layerRates(at now: MonotonicTime) -> LayerRates {
        var rates = LayerRates()
        for encoding in 0..<encodingCount where flows.isFlowing(encoding, at: now) {
            let layer = encodingCount > 1 ? min(Int(flows.spatialLayer(encoding)), LayerRates.spatialLayers - 1) : nil
            streams[encoding].rates.add(to: &rates, spatialLayer: layer, at: now)
        }
        return rates
    }

    /// The head of the newest keyframe of an encoding, as if it came just now, when all that came since is stored and
    /// little enough to be sent at once. What follows it is planned with `nextStored(after:)`.
    public func decodableGroup(encoding: Int, at now: MonotonicTime) -> AcceptedPacket? {
        guard 0..<encodingCount ~= encoding, let newest = streams[encoding].tracker.newest,
            let number = streams[encoding].group.head, streams[encoding].group.isShort(newest: newest, at: now),
            var head = streams[encoding].cache.packet(number)
        else { return nil }
        head.isLate = false
        return head
    }

    /// Takes the dependency descriptor of a packet into account, and what timestamps tell of frames.
    mutating func readFrame(
        _ packet: inout AcceptedPacket, _ datagram: Span<UInt8>, _ header: RTPHeader, continuesPicture: Bool,
        _ ids: HeaderExtensionIDs
    ) {
        // Codecs that do not mark the begin of a picture only guess it: the timestamp knows better.
        if continuesPicture, packet.codec == .h264 || packet.codec == .av1 { packet.traits.startsFrame = false }
        guard ids.dependencyDescriptor != 0,
            let range = header.range(ofExtension: ids.dependencyDescriptor, in: datagram)
        else { return }
        streams[Int(packet.encoding)].frames.read(
            descriptorAt: range, in: datagram, timestamp: packet.timestamp, frame: &packet.frame,
            traits: &packet.traits)
    }

    /// A stored packet whose descriptor could not be read when it came: its structure may have come since.
    func explained(_ packet: AcceptedPacket) -> AcceptedPacket {
        guard packet.frame.knowledge == .number, let range = packet.extensions.range(of: .dependencyDescriptor) else {
            return packet
        }
        var explained = packet
        _ = withPacket(packet) { bytes in
            streams[Int(packet.encoding)].frames.reread(
                descriptorAt: range, in: bytes, frame: &explained.frame, traits: &explained.traits)
        }
        return explained
    }
}
