import Conference
import Foundation
import LiveKitWire
import SwiftProtobuf
import Testing

@testable import LiveKitProtocol

@Suite struct NotificationMappingTests {
    private func message(_ notification: ParticipantNotification) -> WireSignalResponse {
        Samples.mapping.message(for: notification, atMilliseconds: Samples.nowMilliseconds)
    }

    @Test func everyNotificationHasItsMessage() throws {
        for (field, notification) in Samples.notifications {
            let bytes: [UInt8] = try message(notification).serializedBytes()
            // The first tag says which member of the oneof it is; all but the token and pong are messages.
            var tag = Int(bytes[0] & 0x7f)
            if bytes[0] & 0x80 != 0 { tag |= Int(bytes[1]) << 7 }
            #expect(tag >> 3 == field, "\(notification)")
        }
    }

    @Test func joinSaysWhatClientsCannotDoWithout() {
        let join = message(Samples.notifications[0].notification).join
        #expect(join.hasRoom && join.room.sid == "RM_room" && join.room.name == "atelier")
        #expect(join.hasParticipant && join.participant.sid == "PA_alice")
        #expect(join.otherParticipants.count == 1)
        #expect(join.pingInterval == 5 && join.pingTimeout == 15)
        #expect(!join.serverInfo.version.isEmpty && join.serverVersion == join.serverInfo.version)
        #expect(join.serverInfo.protocol == 17 && join.serverInfo.nodeID == "ND_1" && join.serverInfo.region == "fr")
        #expect(join.subscriberPrimary && join.fastPublish)
        #expect(join.enabledPublishCodecs.map(\.mime) == ["video/VP8", "audio/opus"])
        // Nobody is sent to a third party's STUN server.
        #expect(join.iceServers.isEmpty)
    }

    @Test func profileNeverSendsWhatAbortsClients() {
        let profile = ServerProfile(version: "", pingIntervalSeconds: 0, pingTimeoutSeconds: -1)
        #expect(profile.pingIntervalSeconds == 5 && profile.pingTimeoutSeconds == 15 && profile.version == "1.9.0")
    }

    @Test func passesICEServersOn() {
        let server = ICEServer(urls: ["turn:turn.example.org"], username: "u", credential: "c")
        let mapping = NotificationMapping(profile: ServerProfile(iceServers: [server]), keys: TokenVectors.ring)
        let wire = mapping.message(for: .reconnected(lastReliableSequence: 9), atMilliseconds: 0).reconnect
        #expect(wire.iceServers.map(\.urls) == [["turn:turn.example.org"]])
        #expect(wire.iceServers.first?.username == "u" && wire.iceServers.first?.credential == "c")
        #expect(wire.lastMessageSeq == 9 && wire.hasServerInfo)
    }

    @Test func qualitiesHaveScores() {
        let sid = Samples.participant.sid
        let updates: [ConnectionQualityUpdate] = [
            .init(participant: sid, quality: .lost, score: 0), .init(participant: sid, quality: .good, score: 3.5),
            .init(participant: sid, quality: .poor, score: .nan),
            .init(participant: sid, quality: .excellent, score: 9),
        ]
        let wire = message(.connectionQualityChanged(updates)).connectionQuality.updates
        #expect(wire.map(\.quality) == [.lost, .good, .poor, .excellent] && wire.map(\.score) == [0, 3.5, 0, 5])
        #expect(wire.allSatisfy { $0.participantSid == sid.rawValue })
        // 3 is what clients know as lost.
        #expect(wire[0].quality.rawValue == 3)
    }

    @Test func participantsAreWhole() {
        let wire = message(.participantsUpdated([Samples.participant])).update.participants[0]
        #expect(wire.sid == "PA_alice" && wire.identity == "alice" && wire.name == "Alice" && wire.metadata == "m")
        #expect(wire.attributes == ["hand": "up"])
        #expect(wire.state == .active && wire.kind == .agent && wire.disconnectReason == .participantRemoved)
        #expect(wire.joinedAt == 1_795_448_174 && wire.joinedAtMs == 1_795_448_174_516)
        #expect(wire.version == 12 && wire.isPublisher && wire.clientProtocol == 2)
        #expect(wire.capabilities == [.capPacketTrailer, .capCompressionDeflateRaw])
        #expect(wire.permission.canPublishSources == [.camera, .screenShareAudio])
        #expect(Permissions(wire.permission) == Samples.participant.permissions)
        #expect(wire.tracks == [WireTrackInfo(Samples.track)])
    }

    @Test func tracksAreWhole() {
        let wire = WireTrackInfo(Samples.track)
        #expect(wire.sid == "TR_VCcam" && wire.type == .video && wire.source == .camera && wire.name == "cam")
        #expect(wire.muted && wire.simulcast && wire.disableDtx && wire.disableRed && wire.stereo)
        #expect(wire.width == 1_280 && wire.height == 720 && wire.stream == "camera")
        #expect(wire.mimeType == "video/VP8" && wire.mid == "4" && wire.encryption == .gcm)
        #expect(wire.audioFeatures == [.tfNoDtx, .tfPreconnectBuffer])
        #expect(wire.backupCodecPolicy == .regression && wire.packetTrailerFeatures == [.ptfFrameID])
        let layer = WireVideoLayer.with {
            $0.quality = .high
            $0.width = 1_280
            $0.height = 720
            $0.bitrate = 1_700_000
            $0.ssrc = 77
            $0.spatialLayer = 2
            $0.rid = "f"
        }
        #expect(wire.layers == [layer])
        let codec = wire.codecs[0]
        #expect(codec.mimeType == "video/VP8" && codec.mid == "4" && codec.cid == "cid" && codec.sdpCid == "sdp")
        #expect(codec.layers == [layer] && codec.videoLayerMode == .oneSpatialLayerPerStream)
    }

    @Test func roomsAreWhole() {
        let wire = message(.roomUpdated(Samples.room)).roomUpdate.room
        #expect(wire.sid == "RM_room" && wire.metadata == "{}" && wire.activeRecording)
        #expect(wire.emptyTimeout == 300 && wire.departureTimeout == 20 && wire.maxParticipants == 9)
        #expect(wire.creationTime == 1_795_448_174 && wire.creationTimeMs == 1_795_448_174_399)
        #expect(wire.numParticipants == 3 && wire.numPublishers == 2)
    }

    @Test func candidatesHaveAllThreeKeys() throws {
        let wire = message(
            .trickle(
                TrickledCandidate(
                    candidate: "candidate:1 1 udp 1 2001:db8::1 7 typ host \"\\é/", sdpMid: "", sdpMLineIndex: 0,
                    target: .publisher, isFinal: false))
        ).trickle
        let json = try JSONDecoder().decode([String: Value].self, from: Data(wire.candidateInit.utf8))
        #expect(json["candidate"] == .text("candidate:1 1 udp 1 2001:db8::1 7 typ host \"\\é/"))
        #expect(json["sdpMid"] == .text("") && json["sdpMLineIndex"] == .number(0))
        #expect(wire.target == .publisher && !wire.final)
    }

    private enum Value: Decodable, Equatable {
        case text(String), number(Int)
        init(from decoder: any Swift.Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                self = .number(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }
    }

    @Test func qualitiesAreAllListed() {
        let wire = message(
            .subscribedQualitiesChanged(
                Samples.track.sid,
                [
                    SubscribedQualities(codec: "vp8", enabled: [.low: true]),
                    SubscribedQualities(codec: "av1", enabled: [:]),
                ])
        ).subscribedQualityUpdate
        #expect(wire.trackSid == "TR_VCcam")
        #expect(wire.subscribedCodecs.map(\.codec) == ["vp8", "av1"])
        #expect(wire.subscribedCodecs[0].qualities.map(\.quality) == [.low, .medium, .high])
        #expect(wire.subscribedCodecs[0].qualities.map(\.enabled) == [true, false, false])
        #expect(wire.subscribedCodecs[1].qualities.map(\.enabled) == [false, false, false])
        #expect(wire.subscribedQualities == wire.subscribedCodecs[0].qualities)
    }

    @Test func layersInsideOfOneStreamAreNamed() {
        var track = Samples.track
        track.codecs[0].mimeType = "video/VP9"
        track.codecs[0].layerMode = .severalLayersPerStream
        track.codecs[0].layers = VideoQuality.allCases.map {
            VideoLayer(quality: $0, width: 0, height: 0, spatialLayer: Int32($0.rawValue))
        }
        let codec = message(.trackPublished(cid: "cid", track)).trackPublished.track.codecs[0]
        #expect(codec.mimeType == "video/VP9" && codec.videoLayerMode == .multipleSpatialLayersPerStream)
        #expect(codec.layers.map(\.quality) == [.low, .medium, .high])
        #expect(codec.layers.map(\.spatialLayer) == [0, 1, 2])
    }

    @Test func streamStates() {
        for isPaused in [true, false] {
            let wire = message(.streamStateChanged(Samples.participant.sid, Samples.track.sid, isPaused: isPaused))
            let states = wire.streamStateUpdate.streamStates
            #expect(states.map(\.participantSid) == ["PA_alice"] && states.map(\.trackSid) == ["TR_VCcam"])
            #expect(states.map(\.state) == [isPaused ? .paused : .active])
        }
    }

    @Test func refreshedTokenIsSound() throws {
        let token = message(.grantsRefreshed(Samples.grants)).refreshToken
        let read = try AccessToken.verified(token, by: TokenVectors.ring, atSeconds: Samples.nowMilliseconds / 1_000)
        #expect(try read.joinGrants() == Samples.grants)
    }

    @Test func leaveSaysTheSameToOldAndNewClients() {
        for (action, canReconnect) in [(LeaveAction.disconnect, false), (.resume, true), (.reconnect, true)] {
            let wire = message(.left(.serverShutdown, action)).leave
            #expect(wire.reason == .serverShutdown && wire.canReconnect == canReconnect)
            #expect(wire.action == WireLeaveRequest.Action(action))
        }
    }

    @Test func speakersStayWithinRange() {
        let updates = [Float.nan, -1, 7].map {
            SpeakerUpdate(participant: Samples.participant.sid, level: $0, isActive: true)
        }
        for speaker in message(.speakersChanged(updates)).speakersChanged.speakers {
            #expect(speaker.level >= 0 && speaker.level <= 1)
        }
    }

    @Test func answersNameTheirRequest() {
        let muted = message(
            .requestAnswered(requestID: 0, .notFound, message: "m", .mute(Samples.track.sid, isMuted: true))
        ).requestResponse
        #expect(muted.mute.sid == "TR_VCcam" && muted.mute.muted && muted.reason == .notFound && muted.message == "m")
        let updated = message(
            .requestAnswered(
                requestID: 5, .ok, message: "", .updateMetadata(metadata: "m", name: nil, attributes: ["a": ""]))
        ).requestResponse
        #expect(updated.requestID == 5 && updated.updateMetadata.requestID == 5)
        #expect(updated.updateMetadata.metadata == "m" && updated.updateMetadata.attributes == ["a": ""])
        let added = message(
            .requestAnswered(requestID: 0, .limitExceeded, message: "", .addTrack(Samples.addTrack))
        ).requestResponse
        #expect(AddTrackRequest(added.addTrack) == Samples.addTrack)
        let other = message(.requestAnswered(requestID: 1, .unsupportedType, message: "", .other)).requestResponse
        #expect(other.request == nil && other.reason == .unsupportedType)
    }
}
