// Control plane → media plane. Rare, ordered, without an answer; what names nothing alive is ignored and counted.

public enum MediaCommand: Sendable {
    /// Makes a transport; its room comes into being with its first peer.
    case addPeer(PeerDescription)
    /// Frees the transport with its tracks and subscriptions; the room goes with its last peer.
    case removePeer(PeerID)
    /// Completes a transport whose answer has come.
    case setRemote(PeerID, RemoteTransport)
    /// New credentials (RFC 8839 section 4.4.1.1.1); the old ones hold until the new ones are nominated.
    case restartICE(PeerID, local: ICECredentials, remote: ICECredentials?)
    case setHeaderExtensions(PeerID, HeaderExtensionIDs)

    case publish(TrackDescription)
    case unpublish(TrackID)
    /// A muted track may stay silent without being taken for lost.
    case setMuted(TrackID, Bool)

    case subscribe(SubscriptionDescription)
    case configure(SubscriptionID, SubscriptionSettings)
    case unsubscribe(SubscriptionID)

    /// Opens a channel from our side (DCEP, RFC 8832) as soon as the association stands.
    case openDataChannel(PeerID, label: String, isOrdered: Bool, maximumRetransmits: UInt16?)
    /// Sends one message on the channel of that label to each peer; peers without it are skipped and counted.
    case sendData([PeerID], label: String, payload: [UInt8])

    /// Tells again who is connected, who has failed and which channels are open: for a control plane that has lost
    /// events.
    case tellState
}
