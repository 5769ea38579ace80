// Data packets pass through the room, which knows who may send to whom; their format is the door's business.

/// The sender as the receivers shall see it, whatever the packet claims.
public struct DataSender: Hashable, Sendable {
    public var participant: ParticipantSID
    /// Empty for hidden participants.
    public var identity: String
    public var isAgent: Bool
    public var isReliable: Bool
    public init(participant: ParticipantSID, identity: String, isAgent: Bool, isReliable: Bool) {
        self.participant = participant
        self.identity = identity
        self.isAgent = isAgent
        self.isReliable = isReliable
    }
}

/// A packet ready to go out.
public struct RelayedData: Hashable, Sendable {
    public var payload: [UInt8]
    /// Empty means everybody but the sender.
    public var destinationIdentities: Set<String>
    public var destinationSIDs: Set<ParticipantSID>
    /// Number of a reliable packet within its sender's session, 0 where there is none.
    public var sequence: UInt32
    /// The sender's name for this packet, 16 bytes; a second packet of that name is a repetition. Empty without one.
    public var nonce: [UInt8]
    public init(
        payload: [UInt8], destinationIdentities: Set<String> = [], destinationSIDs: Set<ParticipantSID> = [],
        sequence: UInt32 = 0, nonce: [UInt8] = []
    ) {
        self.payload = payload
        self.destinationIdentities = destinationIdentities
        self.destinationSIDs = destinationSIDs
        self.sequence = sequence
        self.nonce = nonce
    }
}

/// Rewrites a packet of a participant so that nobody can speak in another's name; nil drops it (malformed or not
/// allowed for that sender).
public typealias DataPacketRewriter = @Sendable (_ packet: [UInt8], _ sender: DataSender) -> RelayedData?
