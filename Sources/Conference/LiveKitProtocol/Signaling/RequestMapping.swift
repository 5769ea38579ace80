// What a client asks: wire to room. What the door can answer by itself never reaches the room.

public import Conference
public import LiveKitWire
import SwiftProtobuf

/// What one signaling message of a client means.
public enum SignalInput: Hashable, Sendable {
    /// For the room.
    case request(ParticipantRequest)
    /// The door answers itself: keep-alive, refusals, requests that are not served.
    case answer([WireSignalResponse])
    /// Nothing to do: deprecated or unknown messages.
    case nothing
}

extension SignalInput {
    /// - Parameter nowMilliseconds: Since the Unix epoch, for keep-alive answers.
    public init(_ wire: WireSignalRequest, atMilliseconds nowMilliseconds: Int64) {
        switch wire.message {
        case .offer(let offer):
            self = Self.description(offer, .offer) { .offer($0) }
        case .answer(let answer):
            self = Self.description(answer, .answer) { .answer($0) }
        case .trickle(let trickle):
            self = TrickledCandidate(trickle).map { .request(.trickle($0)) } ?? .refusal(of: trickle)
        case .addTrack(let request):
            self = .init(addTrack: request)
        case .mute(let mute):
            self = TrackSID(mute.sid).map { .request(.muteTrack($0, isMuted: mute.muted)) } ?? .refusal(of: mute)
        case .subscription(let update):
            self = .request(.updateSubscription(update.allTracks, isSubscribed: update.subscribe))
        case .trackSetting(let settings):
            self = .request(.updateTrackSettings(TrackSettings(settings)))
        case .leave(let leave):
            self = .request(.leave(leave.reason.ofClient))
        case .subscriptionPermission(let permission):
            self = .request(.setSubscriptionPermission(SubscriptionPermission(permission)))
        case .syncState(let state):
            self = .request(.syncState(SyncState(state)))
        case .ping:
            self = .answer([.with { $0.pong = nowMilliseconds }])
        case .pingReq(let ping):
            self = .answer([
                .with {
                    $0.pongResp.lastPingTimestamp = ping.timestamp
                    $0.pongResp.timestamp = nowMilliseconds
                }
            ])
        case .updateMetadata(let update):
            self = .request(
                .updateMetadata(
                    requestID: update.requestID, metadata: update.metadata.isEmpty ? nil : update.metadata,
                    name: update.name.isEmpty ? nil : update.name,
                    attributes: update.attributes.filter { !$0.key.isEmpty }))
        case .updateAudioTrack(let update):
            self =
                TrackSID(update.trackSid).map {
                    .request(.updateAudioTrack($0, features: AddTrackRequest.features(update.features)))
                }
                ?? .refusal(of: update)
        case .updateVideoTrack(let update):
            self =
                TrackSID(update.trackSid).map {
                    .request(.updateVideoTrack($0, width: update.width, height: update.height))
                } ?? .refusal(of: update)
        case .publishDataTrackRequest, .unpublishDataTrackRequest, .storeDataBlobRequest, .getDataBlobRequest:
            self = .answer([.init(refusingUnserved: wire)])
        case .updateDataSubscription, .updateLayers, .simulate, nil:
            self = .nothing
        }
    }

    private init(addTrack wire: WireAddTrackRequest) {
        guard let request = AddTrackRequest(wire) else {
            self = .refusal("The track needs a cid, and an sid only when it names a published track.") {
                $0.addTrack = wire
            }
            return
        }
        guard request.kind != .data else {
            self = .refusal("Data tracks are not served: publish audio or video.", as: .unsupportedType) {
                $0.addTrack = wire
            }
            return
        }
        self = .request(.addTrack(request))
    }

    private static func description(
        _ wire: WireSessionDescription, _ expected: DescriptionType,
        _ request: (SessionDescription) -> ParticipantRequest
    ) -> SignalInput {
        guard let description = SessionDescription(wire, expected: expected) else {
            return .refusal("The session description's type must be `\(expected.rawValue)`.") { _ in }
        }
        return .request(request(description))
    }
}

extension TrackSettings {
    init(_ wire: WireUpdateTrackSettings) {
        self.init(
            tracks: uniqueTracks(wire.trackSids, []),
            // Quality "off" says the same as the flag.
            isDisabled: wire.disabled || wire.quality == .off, quality: wire.quality.quality ?? .low,
            width: wire.width, height: wire.height, framesPerSecond: wire.fps, priority: wire.priority)
    }
}

extension SubscriptionPermission {
    init(_ wire: WireSubscriptionPermission) {
        self.init(
            allowsEverybody: wire.allParticipants,
            entries: wire.trackPermissions.map { entry in
                Entry(
                    participant: ParticipantSID(entry.participantSid), identity: entry.participantIdentity,
                    allowsAllTracks: entry.allTracks, tracks: uniqueTracks(entry.trackSids, []))
            })
    }
}
