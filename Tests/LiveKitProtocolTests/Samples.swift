// One of each of the room's values, with every field set to something of its own.

import Conference
import LiveKitProtocol

enum Samples {
    static let room = RoomInfo(
        sid: RoomSID("RM_room")!, name: "atelier", metadata: "{}", emptyTimeoutSeconds: 300,
        departureTimeoutSeconds: 20, maximumParticipants: 9, createdAtMilliseconds: 1_795_448_174_399,
        participantCount: 3, publisherCount: 2, isRecording: true)

    static let layer = VideoLayer(
        quality: .high, width: 1_280, height: 720, bitrateBitsPerSecond: 1_700_000, ssrc: 77, spatialLayer: 2, rid: "f")

    static let track = TrackInfo(
        sid: TrackSID("TR_VCcam")!, kind: .video, source: .camera, name: "cam", isMuted: true, width: 1_280,
        height: 720,
        isSimulcast: true, disablesDTX: true, disablesRED: true, isStereo: true, stream: "camera",
        mimeType: "video/VP8", mid: "4", layers: [layer],
        codecs: [
            TrackCodec(
                mimeType: "video/VP8", mid: "4", cid: "cid", layers: [layer], layerMode: .oneLayerPerStream,
                sdpCID: "sdp")
        ], encryption: .gcm, audioFeatures: [1, 6], backupCodecPolicy: 2, packetTrailerFeatures: [1])

    static let participant = ParticipantInfo(
        sid: ParticipantSID("PA_alice")!, identity: "alice", name: "Alice", metadata: "m", attributes: ["hand": "up"],
        state: .active, kind: .agent, joinedAtMilliseconds: 1_795_448_174_516,
        permissions: Permissions(
            canSubscribe: true, canPublish: true, canPublishData: false,
            publishableSources: [.screenShareAudio, .camera], canUpdateOwnMetadata: true, isHidden: true,
            isRecorder: true, isAgent: true, canSubscribeMetrics: true),
        isPublisher: true, tracks: [track], version: 12, disconnectReason: .participantRemoved, clientProtocol: 2,
        capabilities: [1, 2])

    static let addTrack = AddTrackRequest(
        cid: "cid", kind: .video, source: .screenShare, name: "screen", width: 640, height: 480, isMuted: true,
        disablesDTX: true, disablesRED: true, isStereo: true, layers: [layer],
        codecs: [.init(codec: "vp8", cid: "cid", layers: [layer], layerMode: .severalLayersPerStream)],
        existingTrack: TrackSID("TR_VSold"), encryption: .custom, stream: "s", audioFeatures: [0, 3],
        backupCodecPolicy: 1, packetTrailerFeatures: [2])

    static let grants = JoinGrants(identity: "alice", roomName: "atelier", expiresAtSeconds: 1_795_483_104)

    static let mapping = NotificationMapping(
        profile: ServerProfile(nodeID: "ND_1", region: "fr"), keys: TokenVectors.ring)

    static let nowMilliseconds: Int64 = 1_795_461_504_123

    /// One of every notification, with the field number of the message it becomes.
    static let notifications: [(field: Int, notification: ParticipantNotification)] = [
        (
            1,
            .joined(
                JoinSnapshot(
                    room: room, participant: participant, others: [participant], isSubscriberPrimary: true,
                    publishableCodecs: ["video/VP8", "audio/opus"]))
        ),
        (2, .answer(SessionDescription(type: .answer, sdp: "v=0", id: 3, midToTrack: ["4": track.sid]))),
        (3, .offer(SessionDescription(type: .offer, sdp: "v=0", id: 3, midToTrack: ["4": track.sid]))),
        (
            4,
            .trickle(
                TrickledCandidate(
                    candidate: "candidate:1 1 udp 1 192.0.2.1 7 typ host", sdpMid: "0", sdpMLineIndex: 0,
                    target: .subscriber, isFinal: true))
        ),
        (5, .participantsUpdated([participant])),
        (6, .trackPublished(cid: "cid", track)),
        (8, .left(.roomDeleted, .reconnect)),
        (9, .trackMuted(track.sid, isMuted: true)),
        (10, .speakersChanged([SpeakerUpdate(participant: participant.sid, level: 0.5, isActive: true)])),
        (11, .roomUpdated(room)),
        (12, .connectionQualityChanged([.init(participant: participant.sid, quality: .excellent, score: 4.5)])),
        (13, .streamStateChanged(participant.sid, track.sid, isPaused: true)),
        (14, .subscribedQualitiesChanged(track.sid, [SubscribedQualities(codec: "vp8", enabled: [.medium: true])])),
        (15, .subscriptionPermissionChanged(participant.sid, track.sid, isAllowed: true)),
        (16, .grantsRefreshed(grants)),
        (17, .trackUnpublished(track.sid)),
        (19, .reconnected(lastReliableSequence: 41)),
        (21, .subscriptionFailed(track.sid, .trackNotFound)),
        (22, .requestAnswered(requestID: 8, .notAllowed, message: "no", .addTrack(addTrack))),
        (23, .trackSubscribed(track.sid)),
        (25, .mediaSectionsRequired(audios: 1, videos: 2)),
    ]
}
