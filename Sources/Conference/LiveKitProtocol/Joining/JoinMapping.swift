// From the wire's join request to the room's, with the grants of the verified token.

public import Conference
public import LiveKitWire

extension JoinRequest {
    /// - Parameters:
    ///   - wire: From `/rtc/v1` (`WireJoinRequest(wrapped:)`) or `/rtc` (`WireJoinRequest(queryParameters:)`).
    ///   - mode: Single PeerConnection on `/rtc/v1`, dual on `/rtc`.
    ///   - address: The client's network address as the door sees it; what the client claims is not read.
    public init(_ wire: WireJoinRequest, grants: JoinGrants, mode: PeerConnectionMode, address: String) {
        self.init(
            grants: grants, client: ClientInfo(wire.clientInfo, address: address), mode: mode,
            subscribesAutomatically: wire.connectionSettings.autoSubscribe,
            usesAdaptiveStream: wire.connectionSettings.adaptiveStream,
            attributes: wire.participantAttributes.filter { !$0.key.isEmpty },
            metadata: wire.metadata.isEmpty ? nil : wire.metadata,
            publisherOffer: wire.hasPublisherOffer ? SessionDescription(wire.publisherOffer, expected: .offer) : nil,
            addTracks: wire.addTrackRequests.prefix(ConferenceLimits.tracksPerParticipant).compactMap(
                AddTrackRequest.init),
            resume: wire.reconnect
                ? Resume(
                    participant: ParticipantSID(wire.participantSid) ?? .ofNobody,
                    reason: Int32(clamping: wire.reconnectReason.rawValue)) : nil,
            syncState: wire.hasSyncState ? SyncState(wire.syncState) : nil)
    }
}

extension ParticipantSID {
    /// Names no session: a client that comes back without a usable name must not be taken for a new one, it expects to
    /// hear that its session is gone.
    static var ofNobody: ParticipantSID { ParticipantSID(prefix)! }
}

extension ClientInfo {
    init(_ wire: WireClientInfo, address: String) {
        self.init(
            sdk: wire.sdk.name, version: wire.version, protocolVersion: wire.protocol, os: wire.os,
            osVersion: wire.osVersion, deviceModel: wire.deviceModel, browser: wire.browser,
            browserVersion: wire.browserVersion, address: address, clientProtocol: wire.clientProtocol,
            capabilities: wire.capabilities.prefix(32).map { Int32(clamping: $0.rawValue) })
    }
}
