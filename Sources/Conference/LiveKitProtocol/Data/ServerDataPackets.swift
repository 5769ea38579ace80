// Data packets the server itself sends (the server API's SendData).

public import Conference
import Foundation
import LiveKitWire
import SwiftProtobuf

extension DataPackets {
    /// A user packet from nobody: without sender and sequence number, so that receivers do not take it for a repetition.
    public static func fromServer(
        payload: [UInt8], topic: String?, isReliable: Bool, destinationIdentities: [String] = [],
        destinationSIDs: [ParticipantSID] = [], nonce: [UInt8] = []
    ) -> RelayedData {
        var wire = WireDataPacket()
        wire.kind = isReliable ? .reliable : .lossy
        wire.destinationIdentities = destinationIdentities
        wire.user.payload = Data(payload)
        if let topic { wire.user.topic = topic }
        wire.user.nonce = Data(nonce)
        wire.user.destinationIdentities = destinationIdentities
        wire.user.destinationSids = destinationSIDs.map(\.rawValue)
        return RelayedData(
            payload: serialized(wire), destinationIdentities: Set(destinationIdentities),
            destinationSIDs: Set(destinationSIDs), nonce: nonce)
    }
}
