// Data packets on their way through the server: nobody speaks in another's name, everything else stays as it was sent.

public import Conference
import LiveKitWire
import SwiftProtobuf

public enum DataPackets {
    /// Overwrites what the sender says of itself, of the channel and of the addressees, and keeps the rest: the sequence
    /// number, the content and fields nobody here knows.
    /// - Returns: Nil when the packet is malformed or its kind is not for participants to send.
    public static func rewrite(_ packet: [UInt8], from sender: DataSender) -> RelayedData? {
        guard packet.count <= WireLimits.dataPacketBytes,
            var wire = try? WireDataPacket(serializedBytes: packet, options: WireCoding.binaryDecoding),
            isAllowed(wire, from: sender)
        else { return nil }
        let addressees = WireAddressees(of: wire)
        guard addressees.isReachable else { return nil }
        wire.kind = sender.isReliable ? .reliable : .lossy
        // Hidden senders have no identity and must not be recognisable by their session either. Without a session the
        // receivers cannot tell repeated numbers, so there is none.
        let isHidden = sender.identity.isEmpty
        wire.participantSid = isHidden ? "" : sender.participant.rawValue
        let sequence = wire.sequence
        if isHidden { wire.sequence = 0 }
        if !speaksForAnother(&wire, sender) { wire.participantIdentity = sender.identity }
        wire.destinationIdentities = addressees.identities
        var nonce: [UInt8] = []
        if case .user(var user) = wire.value {
            user.participantSid = wire.participantSid
            user.participantIdentity = sender.identity
            user.destinationIdentities = addressees.identities
            wire.value = .user(user)
            nonce = Array(user.nonce)
        }
        return RelayedData(
            payload: serialized(wire), destinationIdentities: Set(addressees.identities),
            destinationSIDs: addressees.sids, sequence: sender.isReliable ? sequence : 0,
            nonce: nonce)
    }

    private static func isAllowed(_ packet: WireDataPacket, from sender: DataSender) -> Bool {
        switch packet.value {
        // Only the server knows who speaks, and metrics are not for other participants.
        case .speaker, .metrics: false
        case .transcription: sender.isAgent
        // A kind of a later protocol is the clients' own business; a packet of nothing is nobody's.
        case nil: !packet.unknownFields.data.isEmpty
        default: true
        }
    }

    /// Agents may pass on what somebody else said or wrote; that text is then marked as generated.
    private static func speaksForAnother(_ packet: inout WireDataPacket, _ sender: DataSender) -> Bool {
        guard sender.isAgent, !packet.participantIdentity.isEmpty, packet.participantIdentity != sender.identity else {
            return false
        }
        switch packet.value {
        case .chatMessage(var message):
            message.generated = true
            packet.value = .chatMessage(message)
            return true
        case .streamHeader(var header):
            guard case .textHeader(var text) = header.contentHeader else { return false }
            text.generated = true
            header.contentHeader = .textHeader(text)
            packet.value = .streamHeader(header)
            return true
        // They belong to a header that was judged before.
        case .streamChunk, .streamTrailer: return true
        default: return false
        }
    }
}

/// To whom a packet goes, from the packet's own list or that of the user packet inside.
private struct WireAddressees {
    var identities: [String]
    var sids: Set<ParticipantSID> = []
    /// False when the packet was addressed, but to nobody who can exist: it must not become one for everybody.
    var isReachable = true

    init(of packet: WireDataPacket) {
        identities = packet.destinationIdentities
        guard case .user(let user) = packet.value else { return }
        if identities.isEmpty { identities = user.destinationIdentities }
        sids = Set(user.destinationSids.compactMap(ParticipantSID.init))
        isReachable = user.destinationSids.isEmpty || !sids.isEmpty || !identities.isEmpty
    }
}
