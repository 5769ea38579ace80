// The messages of the LiveKit signalling and data protocols that this client uses: field names, numbers and types.

import { message } from './protobuf.js';

export const TrackType = { AUDIO: 0, VIDEO: 1 };
export const TrackSource = { UNKNOWN: 0, CAMERA: 1, MICROPHONE: 2, SCREEN_SHARE: 3, SCREEN_SHARE_AUDIO: 4 };
export const ParticipantState = { JOINING: 0, JOINED: 1, ACTIVE: 2, DISCONNECTED: 3 };
export const VideoQuality = { LOW: 0, MEDIUM: 1, HIGH: 2, OFF: 3 };
export const ConnectionQuality = { POOR: 0, GOOD: 1, EXCELLENT: 2, LOST: 3 };
export const StreamState = { ACTIVE: 0, PAUSED: 1 };
export const SignalTarget = { PUBLISHER: 0, SUBSCRIBER: 1 };
export const LeaveAction = { DISCONNECT: 0, RESUME: 1, RECONNECT: 2 };
export const ReconnectReason = { UNKNOWN: 0, SIGNAL_DISCONNECTED: 1, PUBLISHER_FAILED: 2 };
export const DisconnectReason = {
  UNKNOWN: 0, CLIENT_INITIATED: 1, DUPLICATE_IDENTITY: 2, SERVER_SHUTDOWN: 3, PARTICIPANT_REMOVED: 4, ROOM_DELETED: 5,
  STATE_MISMATCH: 6, JOIN_FAILURE: 7, MIGRATION: 8, SIGNAL_CLOSE: 9, ROOM_CLOSED: 10, CONNECTION_TIMEOUT: 14,
  MEDIA_FAILURE: 15,
};
export const VideoLayerMode = { UNUSED: 0, ONE_SPATIAL_LAYER_PER_STREAM: 1, MULTIPLE_SPATIAL_LAYERS_PER_STREAM: 2 };
export const RequestReason = { OK: 0, NOT_FOUND: 1, NOT_ALLOWED: 2, LIMIT_EXCEEDED: 3, QUEUED: 4, UNSUPPORTED_TYPE: 5 };
export const ClientSDK = { JS: 1 };
export const JoinCompression = { NONE: 0, GZIP: 1 };
export const PacketKind = { RELIABLE: 0, LOSSY: 1 };

/** The protocol revision that this client speaks. */
export const PROTOCOL_VERSION = 16;

// MARK: rooms, participants, tracks

export const VideoLayer = message({
  quality: [1, 'enum'], width: [2, 'uint32'], height: [3, 'uint32'], bitrate: [4, 'uint32'], ssrc: [5, 'uint32'],
  spatialLayer: [6, 'int32'], rid: [7, 'string'],
});
export const SimulcastCodecInfo = message({
  mimeType: [1, 'string'], mid: [2, 'string'], cid: [3, 'string'], layers: [4, VideoLayer, 'repeated'],
});
export const TrackInfo = message({
  sid: [1, 'string'], type: [2, 'enum'], name: [3, 'string'], muted: [4, 'bool'], width: [5, 'uint32'],
  height: [6, 'uint32'], simulcast: [7, 'bool'], disableDtx: [8, 'bool'], source: [9, 'enum'],
  layers: [10, VideoLayer, 'repeated'], mimeType: [11, 'string'], mid: [12, 'string'],
  codecs: [13, SimulcastCodecInfo, 'repeated'], stereo: [14, 'bool'], disableRed: [15, 'bool'],
  encryption: [16, 'enum'], stream: [17, 'string'],
});
export const ParticipantPermission = message({
  canSubscribe: [1, 'bool'], canPublish: [2, 'bool'], canPublishData: [3, 'bool'], hidden: [7, 'bool'],
  recorder: [8, 'bool'], canPublishSources: [9, 'enum', 'repeated'], canUpdateMetadata: [10, 'bool'],
});
export const ParticipantInfo = message({
  sid: [1, 'string'], identity: [2, 'string'], state: [3, 'enum'], tracks: [4, TrackInfo, 'repeated'],
  metadata: [5, 'string'], joinedAt: [6, 'int64'], name: [9, 'string'], version: [10, 'uint32'],
  permission: [11, ParticipantPermission], isPublisher: [13, 'bool'], kind: [14, 'enum'], attributes: [15, 'map'],
  disconnectReason: [16, 'enum'],
});
export const Room = message({
  sid: [1, 'string'], name: [2, 'string'], maxParticipants: [4, 'uint32'], metadata: [8, 'string'],
  numParticipants: [9, 'uint32'], activeRecording: [10, 'bool'],
});

// MARK: pieces of signalling

export const SessionDescription = message({
  type: [1, 'string'], sdp: [2, 'string'], id: [3, 'uint32'], midToTrackId: [4, 'map'],
});
const ICEServer = message({ urls: [1, 'string', 'repeated'], username: [2, 'string'], credential: [3, 'string'] });
const Codec = message({ mime: [1, 'string'], fmtpLine: [2, 'string'] });
const ServerInfo = message({ edition: [1, 'enum'], version: [2, 'string'], protocol: [3, 'int32'], region: [4, 'string'] });
const ClientConfiguration = message({ resumeConnection: [3, 'enum'], forceRelay: [5, 'enum'] });
const Trickle = message({ candidateInit: [1, 'string'], target: [2, 'enum'], final: [3, 'bool'] });
const Mute = message({ sid: [1, 'string'], muted: [2, 'bool'] });
const SimulcastCodec = message({ codec: [1, 'string'], cid: [2, 'string'], layers: [4, VideoLayer, 'repeated'], videoLayerMode: [5, 'enum'] });
export const AddTrackRequest = message({
  cid: [1, 'string'], name: [2, 'string'], type: [3, 'enum'], width: [4, 'uint32'], height: [5, 'uint32'],
  muted: [6, 'bool'], disableDtx: [7, 'bool'], source: [8, 'enum'], layers: [9, VideoLayer, 'repeated'],
  simulcastCodecs: [10, SimulcastCodec, 'repeated'], disableRed: [13, 'bool'], stream: [15, 'string'],
  audioFeatures: [17, 'enum', 'repeated'],
});
const TrackPublished = message({ cid: [1, 'string'], track: [2, TrackInfo] });
const TrackUnpublished = message({ trackSid: [1, 'string'] });
const ParticipantTracks = message({ participantSid: [1, 'string'], trackSids: [2, 'string', 'repeated'] });
const UpdateSubscription = message({
  trackSids: [1, 'string', 'repeated'], subscribe: [2, 'bool'], participantTracks: [3, ParticipantTracks, 'repeated'],
});
const UpdateTrackSettings = message({
  trackSids: [1, 'string', 'repeated'], disabled: [3, 'bool'], quality: [4, 'enum'], width: [5, 'uint32'],
  height: [6, 'uint32'], fps: [7, 'uint32'],
});
export const LeaveRequest = message({ canReconnect: [1, 'bool'], reason: [2, 'enum'], action: [3, 'enum'] });
const DataChannelInfo = message({ label: [1, 'string'], id: [2, 'uint32'], target: [3, 'enum'] });
const ReceiveState = message({ publisherSid: [1, 'string'], lastSeq: [2, 'uint32'] });
export const SyncState = message({
  answer: [1, SessionDescription], subscription: [2, UpdateSubscription], publishTracks: [3, TrackPublished, 'repeated'],
  dataChannels: [4, DataChannelInfo, 'repeated'], offer: [5, SessionDescription],
  trackSidsDisabled: [6, 'string', 'repeated'], datachannelReceiveStates: [7, ReceiveState, 'repeated'],
});
const Ping = message({ timestamp: [1, 'int64'], rtt: [2, 'int64'] });
const Pong = message({ lastPingTimestamp: [1, 'int64'], timestamp: [2, 'int64'] });
const ParticipantUpdate = message({ participants: [1, ParticipantInfo, 'repeated'] });
const SpeakerInfo = message({ sid: [1, 'string'], level: [2, 'float'], active: [3, 'bool'] });
const SpeakersChanged = message({ speakers: [1, SpeakerInfo, 'repeated'] });
const RoomUpdate = message({ room: [1, Room] });
const ConnectionQualityInfo = message({ participantSid: [1, 'string'], quality: [2, 'enum'], score: [3, 'float'] });
const ConnectionQualityUpdate = message({ updates: [1, ConnectionQualityInfo, 'repeated'] });
const StreamStateInfo = message({ participantSid: [1, 'string'], trackSid: [2, 'string'], state: [3, 'enum'] });
const StreamStateUpdate = message({ streamStates: [1, StreamStateInfo, 'repeated'] });
const SubscribedQuality = message({ quality: [1, 'enum'], enabled: [2, 'bool'] });
const SubscribedCodec = message({ codec: [1, 'string'], qualities: [2, SubscribedQuality, 'repeated'] });
export const SubscribedQualityUpdate = message({
  trackSid: [1, 'string'], subscribedQualities: [2, SubscribedQuality, 'repeated'],
  subscribedCodecs: [3, SubscribedCodec, 'repeated'],
});
const SubscriptionPermissionUpdate = message({ participantSid: [1, 'string'], trackSid: [2, 'string'], allowed: [3, 'bool'] });
const SubscriptionResponse = message({ trackSid: [1, 'string'], err: [2, 'enum'] });
const UpdateParticipantMetadata = message({
  metadata: [1, 'string'], name: [2, 'string'], attributes: [3, 'map'], requestId: [4, 'uint32'],
});
const RequestResponse = message({
  requestId: [1, 'uint32'], reason: [2, 'enum'], message: [3, 'string'], addTrack: [5, AddTrackRequest], mute: [6, Mute],
  updateMetadata: [7, UpdateParticipantMetadata],
});
const MediaSectionsRequirement = message({ numAudios: [1, 'uint32'], numVideos: [2, 'uint32'] });

// MARK: joining

export const ClientInfo = message({
  sdk: [1, 'enum'], version: [2, 'string'], protocol: [3, 'int32'], os: [4, 'string'], osVersion: [5, 'string'],
  deviceModel: [6, 'string'], browser: [7, 'string'], browserVersion: [8, 'string'], network: [10, 'string'],
});
const ConnectionSettings = message({ autoSubscribe: [1, 'bool'], adaptiveStream: [2, 'bool'] });
export const JoinRequest = message({
  clientInfo: [1, ClientInfo], connectionSettings: [2, ConnectionSettings], metadata: [3, 'string'],
  participantAttributes: [4, 'map'], addTrackRequests: [5, AddTrackRequest, 'repeated'],
  publisherOffer: [6, SessionDescription], reconnect: [7, 'bool'], reconnectReason: [8, 'enum'],
  participantSid: [9, 'string'], syncState: [10, SyncState],
});
export const WrappedJoinRequest = message({ compression: [1, 'enum'], joinRequest: [2, 'bytes'] });
export const JoinResponse = message({
  room: [1, Room], participant: [2, ParticipantInfo], otherParticipants: [3, ParticipantInfo, 'repeated'],
  serverVersion: [4, 'string'], iceServers: [5, ICEServer, 'repeated'], subscriberPrimary: [6, 'bool'],
  clientConfiguration: [8, ClientConfiguration], pingTimeout: [10, 'int32'], pingInterval: [11, 'int32'],
  serverInfo: [12, ServerInfo], enabledPublishCodecs: [14, Codec, 'repeated'], fastPublish: [15, 'bool'],
});
const ReconnectResponse = message({
  iceServers: [1, ICEServer, 'repeated'], clientConfiguration: [2, ClientConfiguration], serverInfo: [3, ServerInfo],
  lastMessageSeq: [4, 'uint32'],
});

// MARK: the two envelopes (every field is a member of one oneof)

export const SignalRequest = message({
  offer: [1, SessionDescription], answer: [2, SessionDescription], trickle: [3, Trickle], addTrack: [4, AddTrackRequest],
  mute: [5, Mute], subscription: [6, UpdateSubscription], trackSetting: [7, UpdateTrackSettings], leave: [8, LeaveRequest],
  syncState: [12, SyncState], ping: [14, 'int64', 'optional'], updateMetadata: [15, UpdateParticipantMetadata],
  pingReq: [16, Ping],
});
export const SignalResponse = message({
  join: [1, JoinResponse], answer: [2, SessionDescription], offer: [3, SessionDescription], trickle: [4, Trickle],
  update: [5, ParticipantUpdate], trackPublished: [6, TrackPublished], leave: [8, LeaveRequest], mute: [9, Mute],
  speakersChanged: [10, SpeakersChanged], roomUpdate: [11, RoomUpdate], connectionQuality: [12, ConnectionQualityUpdate],
  streamStateUpdate: [13, StreamStateUpdate], subscribedQualityUpdate: [14, SubscribedQualityUpdate],
  subscriptionPermissionUpdate: [15, SubscriptionPermissionUpdate], refreshToken: [16, 'string', 'optional'],
  trackUnpublished: [17, TrackUnpublished], pong: [18, 'int64', 'optional'], reconnect: [19, ReconnectResponse],
  pongResp: [20, Pong], subscriptionResponse: [21, SubscriptionResponse], requestResponse: [22, RequestResponse],
  trackSubscribed: [23, TrackUnpublished], mediaSectionsRequirement: [25, MediaSectionsRequirement],
});

// MARK: data channels

const UserPacket = message({
  participantSid: [1, 'string'], payload: [2, 'bytes'], topic: [4, 'string', 'optional'],
  participantIdentity: [5, 'string'], destinationIdentities: [6, 'string', 'repeated'], id: [8, 'string', 'optional'],
});
const TextHeader = message({ operationType: [1, 'enum'], version: [2, 'int32'], replyToStreamId: [3, 'string'], generated: [5, 'bool'] });
const ByteHeader = message({ name: [1, 'string'] });
const StreamHeader = message({
  streamId: [1, 'string'], timestamp: [2, 'int64'], topic: [3, 'string'], mimeType: [4, 'string'],
  totalLength: [5, 'uint64', 'optional'], attributes: [8, 'map'], textHeader: [9, TextHeader],
  byteHeader: [10, ByteHeader], inlineContent: [11, 'bytes', 'optional'], compression: [12, 'enum'],
});
const StreamChunk = message({ streamId: [1, 'string'], chunkIndex: [2, 'uint64'], content: [3, 'bytes'], version: [4, 'int32'] });
const StreamTrailer = message({ streamId: [1, 'string'], reason: [2, 'string'], attributes: [3, 'map'] });
export const DataPacket = message({
  kind: [1, 'enum'], participantIdentity: [4, 'string'], destinationIdentities: [5, 'string', 'repeated'],
  user: [2, UserPacket], streamHeader: [13, StreamHeader], streamChunk: [14, StreamChunk],
  streamTrailer: [15, StreamTrailer], sequence: [16, 'uint32'], participantSid: [17, 'string'],
});
