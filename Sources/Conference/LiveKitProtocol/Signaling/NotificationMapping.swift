// What the room tells a client: room to wire, one message for each notification.

public import Conference
public import LiveKitWire
import SwiftProtobuf

/// Turns notifications into messages; holds what they need beyond the notification itself.
public struct NotificationMapping: Sendable {
    public let profile: ServerProfile
    /// Sign refreshed tokens.
    let keys: KeyRing

    public init(profile: ServerProfile, keys: KeyRing) {
        self.profile = profile
        self.keys = keys
    }

    /// - Parameter nowMilliseconds: Since the Unix epoch, for refreshed tokens.
    public func message(
        for notification: ParticipantNotification, atMilliseconds nowMilliseconds: Int64
    ) -> WireSignalResponse {
        var wire = WireSignalResponse()
        switch notification {
        case .joined(let snapshot):
            wire.join = join(snapshot)
        case .reconnected(let lastReliableSequence):
            wire.reconnect.iceServers = profile.wireICEServers
            wire.reconnect.serverInfo = profile.wireServerInfo
            wire.reconnect.lastMessageSeq = lastReliableSequence
        case .offer(let offer):
            wire.offer = WireSessionDescription(offer)
        case .answer(let answer):
            wire.answer = WireSessionDescription(answer)
        case .trickle(let candidate):
            wire.trickle = WireTrickleRequest(candidate)
        case .participantsUpdated(let participants):
            wire.update.participants = participants.map(WireParticipantInfo.init)
        case .roomUpdated(let room):
            wire.roomUpdate.room = WireRoom(room)
        case .mediaSectionsRequired(let audios, let videos):
            wire.mediaSectionsRequirement.numAudios = audios
            wire.mediaSectionsRequirement.numVideos = videos
        case .speakersChanged(let speakers):
            wire.speakersChanged.speakers = speakers.map(WireSpeakerInfo.init)
        case .connectionQualityChanged(let qualities):
            wire.connectionQuality.updates = qualities.map(WireConnectionQualityInfo.init)
        case .requestAnswered(let requestID, let outcome, let message, let subject):
            wire.requestResponse = WireRequestResponse(
                requestID: requestID, outcome: outcome, message: message, subject: subject)
        case .grantsRefreshed(let grants):
            wire.refreshToken = refreshToken(for: grants, atSeconds: nowMilliseconds / 1_000)
        case .left(let reason, let action):
            wire.leave.reason = WireDisconnectReason(reason)
            wire.leave.action = WireLeaveRequest.Action(action)
            wire.leave.canReconnect = action != .disconnect
        case .trackPublished, .trackUnpublished, .trackMuted, .trackSubscribed, .subscriptionFailed,
            .subscriptionPermissionChanged, .streamStateChanged, .subscribedQualitiesChanged:
            wire = trackMessage(for: notification)
        }
        return wire
    }

    private func trackMessage(for notification: ParticipantNotification) -> WireSignalResponse {
        var wire = WireSignalResponse()
        switch notification {
        case .trackPublished(let cid, let track):
            wire.trackPublished.cid = cid
            wire.trackPublished.track = WireTrackInfo(track)
        case .trackUnpublished(let track):
            wire.trackUnpublished.trackSid = track.rawValue
        case .trackMuted(let track, let isMuted):
            wire.mute.sid = track.rawValue
            wire.mute.muted = isMuted
        case .trackSubscribed(let track):
            wire.trackSubscribed.trackSid = track.rawValue
        case .subscriptionFailed(let track, let error):
            wire.subscriptionResponse.trackSid = track.rawValue
            wire.subscriptionResponse.err = WireSubscriptionError(error)
        case .subscriptionPermissionChanged(let participant, let track, let isAllowed):
            wire.subscriptionPermissionUpdate.participantSid = participant.rawValue
            wire.subscriptionPermissionUpdate.trackSid = track.rawValue
            wire.subscriptionPermissionUpdate.allowed = isAllowed
        case .streamStateChanged(let participant, let track, let isPaused):
            var state = WireStreamStateInfo()
            state.participantSid = participant.rawValue
            state.trackSid = track.rawValue
            state.state = isPaused ? .paused : .active
            wire.streamStateUpdate.streamStates = [state]
        case .subscribedQualitiesChanged(let track, let codecs):
            wire.subscribedQualityUpdate = subscribedQualities(of: track, codecs)
        default:
            preconditionFailure("not about one track")
        }
        return wire
    }

    private func join(_ snapshot: JoinSnapshot) -> WireJoinResponse {
        .with {
            $0.room = WireRoom(snapshot.room, codecs: snapshot.publishableCodecs)
            $0.participant = WireParticipantInfo(snapshot.participant)
            $0.otherParticipants = snapshot.others.map(WireParticipantInfo.init)
            $0.serverVersion = profile.version
            $0.serverInfo = profile.wireServerInfo
            $0.serverRegion = profile.region
            $0.iceServers = profile.wireICEServers
            $0.subscriberPrimary = snapshot.isSubscriberPrimary
            $0.pingInterval = profile.pingIntervalSeconds
            $0.pingTimeout = profile.pingTimeoutSeconds
            $0.enabledPublishCodecs = snapshot.publishableCodecs.map(WireCodec.init(mimeType:))
            // Saves a round trip with two PeerConnections, changes nothing with one.
            $0.fastPublish = true
        }
    }

    private func refreshToken(for grants: JoinGrants, atSeconds nowSeconds: Int64) -> String {
        let token = AccessToken(refreshing: grants, atSeconds: nowSeconds)
        // Signing fails only for a key that is not in the ring.
        return try! token.signed(by: keys)
    }

    private func subscribedQualities(
        of track: TrackSID, _ codecs: [SubscribedQualities]
    ) -> WireSubscribedQualityUpdate {
        var wire = WireSubscribedQualityUpdate()
        wire.trackSid = track.rawValue
        wire.subscribedCodecs = codecs.map { codec in
            .with {
                $0.codec = codec.codec
                // Clients want every quality with its flag, the unwanted ones as well.
                $0.qualities = VideoQuality.allCases.map { quality in
                    .with {
                        $0.quality = WireVideoQuality(quality)
                        $0.enabled = codec.enabled[quality] ?? false
                    }
                }
            }
        }
        // The older form, for clients that know one codec a track.
        wire.subscribedQualities = wire.subscribedCodecs.first?.qualities ?? []
        return wire
    }
}

extension WireSpeakerInfo {
    init(_ speaker: SpeakerUpdate) {
        self.init()
        sid = speaker.participant.rawValue
        level = speaker.level.isNaN ? 0 : min(max(speaker.level, 0), 1)
        active = speaker.isActive
    }
}

extension WireConnectionQualityInfo {
    init(_ update: ConnectionQualityUpdate) {
        self.init()
        participantSid = update.participant.rawValue
        quality = WireConnectionQuality(update.quality)
        score = update.score.isFinite ? min(max(update.score, 0), 5) : 0
    }
}

extension WireRequestResponse {
    init(requestID: UInt32, outcome: RequestOutcome, message: String, subject: RequestSubject) {
        self.init()
        self.requestID = requestID
        reason = Reason(outcome)
        self.message = message
        switch subject {
        case .addTrack(let request):
            addTrack = WireAddTrackRequest(request)
        case .mute(let track, let isMuted):
            mute.sid = track.rawValue
            mute.muted = isMuted
        case .updateMetadata(let metadata, let name, let attributes):
            updateMetadata.metadata = metadata ?? ""
            updateMetadata.name = name ?? ""
            updateMetadata.attributes = attributes
            updateMetadata.requestID = requestID
        case .other:
            break
        }
    }
}
