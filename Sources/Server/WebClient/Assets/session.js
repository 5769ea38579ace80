// One person's stay in a room: joins, keeps the pieces together, comes back by itself after every kind of loss, leaves.
//
// A lost signalling socket is resumed: the same session, media goes on. What cannot be resumed is joined anew, and the
// local tracks are published again.

import { Chat } from './chat.js';
import { codecToPublish } from './codecs.js';
import { DataChannels } from './data.js';
import { Emitter } from './emitter.js';
import { clientInfo, encodeJoinRequest } from './joinrequest.js';
import { Negotiator } from './negotiation.js';
import { mayPublish } from './permissions.js';
import { Roster } from './roster.js';
import { DisconnectReason, LeaveAction, ReconnectReason, StreamState, TrackSource } from './schema.js';
import { RefusedError, SignalConnection } from './signaling.js';
import { MAXIMUM_ATTEMPTS, backoffMilliseconds, sleep, withTimeout } from './timing.js';
import { LocalTracks } from './tracks.js';

const FIRST_JOIN_ATTEMPTS = 5;
const MEDIA_TIMEOUT_MILLISECONDS = 15000;
/** A path that is only disturbed comes back by itself; after this the ICE credentials are renewed. */
const DISTURBED_MILLISECONDS = 2500;
/** A session that stood shorter than this and broke again counts as one more failed attempt: no storm of reconnections. */
const STABLE_MILLISECONDS = 3000;
const MOST_EVENTS = 500;

/** The server ended an attempt or the session. */
class DismissedError extends Error {
  constructor({ action, reason }) {
    super(`leave with action ${action}, reason ${reason}`);
    this.action = action;
    this.reason = reason;
  }
}

/** Media did not connect although signalling did: nothing is left to resume. */
class MediaError extends Error {}

/**
 * Events: 'state' (connecting, connected, reconnecting, ended), 'roster' (changes), 'remoteTrack' and 'remoteTrackGone'
 * (section or sid), 'speakers', 'room', 'streamState' (sid, paused), 'refused' (RequestResponse), and those of `local`
 * and `chat`.
 */
export class Session extends Emitter {
  state = 'connecting';
  room = undefined;
  /**
   * Why the session ended: `{ reason, detail, status }`, reason being a key of the texts `ended.…`. The server's words and
   * the HTTP status of a refusal are there when there are any.
   */
  end = undefined;
  events = [];
  roster = new Roster();
  local = new LocalTracks();
  data = new DataChannels();
  chat = new Chat(this.data, (identity) => this.roster.byIdentity(identity)?.displayName || identity);
  /** Remote media by track sid: `{ sid, track, receiver, mid }`. */
  remoteTracks = new Map();
  pausedSids = new Set();
  unsubscribedSids = new Set();
  /** Where AdaptiveStream reports its state for a resume, when there is one. */
  adaptive = undefined;
  #startedAt = performance.now();
  #baseURL;
  #token;
  #renewToken;
  #name;
  #codecWish;
  #signal;
  #negotiator;
  #establishing = false;
  #interrupt;
  #establishedAt = -Infinity;
  #failures = 0;
  #hurry = new AbortController();
  #disturbedTimer;
  #awaitsSnapshot = false;
  #pingIntervalSeconds = 5;
  #pingTimeoutSeconds = 15;

  /**
   * `renewToken` (may be undefined) gets a new token when the server refuses the present one; `name` is what to be called
   * where the token leaves the choice; `codecWish` a codec to publish pictures in where that is possible.
   */
  constructor({ baseURL, token, renewToken, name, codecWish }) {
    super();
    this.#baseURL = baseURL;
    this.#token = token;
    this.#renewToken = renewToken;
    this.#name = name;
    this.#codecWish = codecWish;
    addEventListener('online', () => this.#hurry.abort());
  }

  join() {
    return this.#establish('full');
  }

  /** Leaves the room for good. */
  leave() {
    this.#finish('left');
  }

  send(name, value) {
    return this.#signal?.send(name, value) ?? false;
  }

  get roundTripMilliseconds() {
    return this.#signal?.roundTripMilliseconds;
  }

  getStats() {
    return this.#negotiator?.getStats();
  }

  /** Asks for a remote track, or to get it no longer. */
  setSubscribed(sid, subscribe) {
    const owner = this.roster.owner(sid);
    if (!owner) return;
    if (subscribe) this.unsubscribedSids.delete(sid);
    else this.unsubscribedSids.add(sid);
    const participantTracks = [{ participantSid: owner.sid, trackSids: [sid] }];
    this.send('subscription', { trackSids: [sid], subscribe, participantTracks });
  }

  /** Closes the signalling socket, as a network would. For tests of the resume. */
  dropSignal() {
    this.#signal?.breakOff();
  }

  log(type, detail = {}) {
    this.events.push({ atMilliseconds: Math.round(performance.now() - this.#startedAt), type, ...detail });
    if (this.events.length > MOST_EVENTS) this.events.shift();
  }

  #setState(state) {
    if (this.state === state || this.state === 'ended') return;
    this.state = state;
    this.log('state', { state });
    this.emit('state', state);
  }

  #finish(reason, detail, status) {
    if (this.state === 'ended') return;
    if (reason === 'left') {
      this.send('leave', { reason: DisconnectReason.CLIENT_INITIATED, action: LeaveAction.DISCONNECT });
    }
    this.end = { reason, detail, status };
    this.#setState('ended');
    this.#interrupt?.(new Error('ended'));
    this.#hurry.abort();
    this.#signal?.close();
    this.#discardMedia();
    this.local.stopAll();
  }

  // MARK: establishing

  /** Tries, with growing pauses, until the session stands or is given up. `mode` is 'full' or 'resume'. */
  async #establish(mode, reason = ReconnectReason.UNKNOWN) {
    if (this.#establishing || this.state === 'ended') return;
    this.#establishing = true;
    if (mode === 'resume') this.#negotiator.pause();
    this.#setState(this.room ? 'reconnecting' : 'connecting');
    const attempts = this.room ? MAXIMUM_ATTEMPTS : FIRST_JOIN_ATTEMPTS;
    let renewed = false;
    let failure;
    const stoodMilliseconds = performance.now() - this.#establishedAt;
    if (stoodMilliseconds > STABLE_MILLISECONDS) this.#failures = 0;
    for (; this.#failures < attempts && this.state !== 'ended'; this.#failures += 1) {
      if (this.#hurry.signal.aborted) this.#hurry = new AbortController();
      await sleep(backoffMilliseconds(this.#failures), this.#hurry.signal);
      if (this.state === 'ended') break;
      try {
        await this.#attempt(mode, reason);
        this.#establishing = false;
        this.#establishedAt = performance.now();
        this.#failures += 1;
        this.#setState('connected');
        return;
      } catch (error) {
        failure = error;
        this.log('attemptFailed', { mode, error: String(error) });
        this.#signal?.close();
        if (error instanceof DismissedError) {
          if (isFinal(error)) return this.#finish(endReason(error.reason));
          // The server is there and says what it wants: no reason to wait.
          if (mode === 'resume' && error.action !== LeaveAction.RESUME) this.#failures = -1;
          if (error.action !== LeaveAction.RESUME) mode = 'full';
        } else if (error instanceof MediaError) {
          mode = 'full';
        } else if (error instanceof RefusedError && error.isFinal) {
          if (renewed || !await this.#tryRenewingToken()) return this.#finish('refused', error.detail, error.status);
          renewed = true;
          mode = 'full';
        }
      }
    }
    this.#establishing = false;
    if (this.state !== 'ended') this.#finish(this.room ? 'connectionLost' : 'unreachable', failure?.message, failure?.status);
  }

  async #attempt(mode, reason) {
    const interrupted = new Promise((_, reject) => { this.#interrupt = reject; });
    interrupted.catch(() => {});
    try {
      await Promise.race([interrupted, mode === 'resume' ? this.#resume(reason) : this.#enter()]);
    } finally {
      this.#interrupt = undefined;
    }
  }

  async #tryRenewingToken() {
    if (!this.#renewToken) return false;
    try {
      this.#token = await this.#renewToken();
      return true;
    } catch {
      return false;
    }
  }

  /** Something broke: ends the attempt under way, or begins a new one. */
  #trouble(error, mode, reason) {
    this.log('trouble', { error: String(error) });
    if (this.#interrupt) this.#interrupt(error);
    else this.#establish(mode, reason);
  }

  async #enter() {
    this.#discardMedia();
    const negotiator = this.#makeNegotiator();
    const publisherOffer = await negotiator.firstOffer();
    const { parameter, offerIncluded } = await encodeJoinRequest({
      clientInfo: clientInfo(navigator),
      connectionSettings: { autoSubscribe: true, adaptiveStream: true },
      publisherOffer,
    });
    if (this.#negotiator !== negotiator) throw new Error('overtaken');
    const signal = this.#makeSignal();
    const { name, value } = await signal.open(this.#baseURL, this.#token, parameter);
    if (name === 'leave') throw new DismissedError(value);
    if (name !== 'join' || !value.participant || !value.room) throw new Error(`${name} instead of join`);
    this.log('join');
    this.#takeJoin(value);
    negotiator.setICEServers(value.iceServers, value.clientConfiguration?.forceRelay === 2);
    await negotiator.applyFirstOffer();
    if (!offerIncluded) signal.send('offer', publisherOffer);
    signal.start(this.#pingIntervalSeconds, this.#pingTimeoutSeconds);
    this.#sayName();
    const codec = await codecToPublish(value.enabledPublishCodecs, this.#codecWish);
    if (this.#negotiator !== negotiator) throw new Error('overtaken');
    this.data.attach(negotiator.channels);
    this.local.attach({
      negotiator, codec, send: (request, fields) => this.send(request, fields), mayPublish: (source) => this.mayPublish(source),
    });
    await this.#mediaConnected(negotiator);
    this.log('mediaConnected');
  }

  #takeJoin({ room, participant, otherParticipants, pingInterval, pingTimeout }) {
    this.room = room;
    this.#pingIntervalSeconds = pingInterval;
    this.#pingTimeoutSeconds = pingTimeout;
    this.unsubscribedSids.clear();
    const changes = this.roster.join(participant, otherParticipants);
    this.emit('room', room);
    this.#tellRoster([{ type: 'changed', participant: this.roster.local }, ...changes]);
  }

  /** The name that was typed, where it is not the token's and may be changed. */
  #sayName() {
    const { name, permission } = this.roster.local;
    if (this.#name && this.#name !== name && permission?.canUpdateMetadata) this.send('updateMetadata', { name: this.#name, requestId: 1 });
  }

  async #resume(reason) {
    const negotiator = this.#negotiator;
    const { parameter } = await encodeJoinRequest({
      clientInfo: clientInfo(navigator),
      connectionSettings: { autoSubscribe: true, adaptiveStream: true },
      reconnect: true, reconnectReason: reason, participantSid: this.roster.local.sid,
    });
    const signal = this.#makeSignal();
    const { name, value } = await signal.open(this.#baseURL, this.#token, parameter);
    if (name === 'leave') throw new DismissedError(value);
    if (name !== 'reconnect') throw new Error(`${name} instead of reconnect`);
    this.log('resumed');
    negotiator.setICEServers(value.iceServers, value.clientConfiguration?.forceRelay === 2);
    this.#awaitsSnapshot = true;
    signal.send('syncState', this.#syncState(negotiator));
    signal.start(this.#pingIntervalSeconds, this.#pingTimeoutSeconds);
    await negotiator.restartICE();
    await this.#mediaConnected(negotiator);
    if (this.#signal !== signal) throw new Error('overtaken');
    this.data.resume(value.lastMessageSeq);
    this.local.resync();
    this.adaptive?.resync();
  }

  #syncState(negotiator) {
    return {
      offer: negotiator.lastOffer, answer: negotiator.lastAnswer,
      subscription: { trackSids: [...this.unsubscribedSids], subscribe: false },
      publishTracks: this.local.published, trackSidsDisabled: this.adaptive?.disabledSids ?? [], ...this.data.state,
    };
  }

  async #mediaConnected(negotiator) {
    if (negotiator.connectionState === 'connected') return;
    let stop;
    const connected = new Promise((resolve) => {
      stop = negotiator.on('state', (state) => { if (state === 'connected') resolve(); });
    });
    try {
      await withTimeout(connected, MEDIA_TIMEOUT_MILLISECONDS, 'media connection');
    } catch (error) {
      throw new MediaError(error.message);
    } finally {
      stop();
    }
  }

  // MARK: the pieces

  #makeSignal() {
    this.#signal?.close();
    const signal = new SignalConnection();
    this.#signal = signal;
    signal.on('open', () => this.log('signalOpen'));
    signal.on('message', (name, value) => this.#handle(name, value));
    signal.on('lost', (why) => this.#trouble(new Error(why), 'resume', ReconnectReason.SIGNAL_DISCONNECTED));
    return signal;
  }

  #makeNegotiator() {
    const negotiator = new Negotiator();
    this.#negotiator = negotiator;
    negotiator.on('offer', (offer) => this.send('offer', offer));
    negotiator.on('candidate', (candidate) => this.send('trickle', candidate));
    negotiator.on('failed', (error) => this.#trouble(new MediaError(error.message), 'full'));
    negotiator.on('state', (state) => this.#mediaStateChanged(state));
    negotiator.on('track', (section) => {
      this.remoteTracks.set(section.sid, section);
      this.log('remoteTrack', { sid: section.sid, kind: section.track.kind });
      this.emit('remoteTrack', section);
    });
    negotiator.on('trackGone', (sid) => this.#dropRemoteTrack(sid));
    return negotiator;
  }

  #dropRemoteTrack(sid) {
    this.remoteTracks.delete(sid);
    this.pausedSids.delete(sid);
    this.emit('remoteTrackGone', sid);
  }

  #discardMedia() {
    clearTimeout(this.#disturbedTimer);
    this.local.detach();
    this.#negotiator?.close();
    for (const sid of [...this.remoteTracks.keys()]) this.#dropRemoteTrack(sid);
  }

  #mediaStateChanged(state) {
    this.log('media', { state });
    clearTimeout(this.#disturbedTimer);
    if (this.#establishing) return;
    if (state === 'connected') this.#setState('connected');
    else if (state === 'failed') this.#restartMedia();
    else if (state === 'disconnected') {
      this.#disturbedTimer = setTimeout(() => {
        this.#setState('reconnecting');
        this.#negotiator.restartICE();
      }, DISTURBED_MILLISECONDS);
    }
  }

  #restartMedia() {
    this.#signal.close();
    this.#establish('resume', ReconnectReason.PUBLISHER_FAILED);
  }

  // MARK: the server's messages

  #handle(name, value) {
    const handler = this.#handlers[name];
    if (handler) handler(value);
  }

  #handlers = {
    answer: (value) => this.#negotiator.handleAnswer(value),
    trickle: (value) => this.#negotiator.handleTrickle(value),
    update: ({ participants }) => this.#handleUpdate(participants),
    trackPublished: (value) => this.local.handlePublished(value),
    trackUnpublished: (value) => this.local.handleUnpublished(value),
    leave: (value) => this.#handleLeave(value),
    mute: (value) => this.local.handleMute(value),
    speakersChanged: ({ speakers }) => {
      this.#tellRoster(this.roster.updateSpeakers(speakers));
      this.emit('speakers', this.roster.speakers);
    },
    roomUpdate: ({ room }) => {
      if (!room) return;
      this.room = room;
      this.emit('room', room);
    },
    connectionQuality: ({ updates }) => this.#tellRoster(this.roster.updateQuality(updates)),
    streamStateUpdate: ({ streamStates }) => {
      for (const { trackSid, state } of streamStates) {
        if (state === StreamState.PAUSED) this.pausedSids.add(trackSid);
        else this.pausedSids.delete(trackSid);
        this.emit('streamState', trackSid, state === StreamState.PAUSED);
      }
    },
    subscribedQualityUpdate: (value) => this.local.handleSubscribedQuality(value),
    refreshToken: (token) => { this.#token = token; },
    requestResponse: (value) => {
      if (!this.local.handleRefusal(value) && value.reason !== 0) this.emit('refused', value);
    },
    mediaSectionsRequirement: ({ numAudios, numVideos }) => {
      this.#negotiator.addReceivingSections(numAudios, numVideos);
      this.#negotiator.negotiate();
    },
  };

  #handleUpdate(participants) {
    const isSnapshot = this.#awaitsSnapshot && participants.some(({ sid }) => sid === this.roster.local.sid);
    if (isSnapshot) this.#awaitsSnapshot = false;
    this.#tellRoster(isSnapshot ? this.roster.snapshot(participants) : this.roster.update(participants));
  }

  #handleLeave(value) {
    const error = new DismissedError(value);
    this.log('leave', { action: value.action, reason: value.reason });
    if (this.#interrupt) return this.#interrupt(error);
    this.#signal.close();
    if (isFinal(error)) this.#finish(endReason(value.reason));
    else this.#establish(value.action === LeaveAction.RESUME ? 'resume' : 'full', ReconnectReason.SIGNAL_DISCONNECTED);
  }

  #tellRoster(changes) {
    for (const { type, participant } of changes) {
      if (type === 'left') this.chat.forget(participant.identity);
    }
    if (changes.length > 0) this.emit('roster', changes);
  }

  /** One's own ParticipantPermission; undefined before the join. */
  get permission() {
    return this.roster.local?.permission;
  }

  /** Whether the token allows publishing from `source`. */
  mayPublish(source) {
    return mayPublish(this.permission, source);
  }

  get isSharingScreen() {
    return Boolean(this.local.publication(TrackSource.SCREEN_SHARE));
  }
}

/** A server that shuts down comes back: that is never the end. */
function isFinal({ action, reason }) {
  return action === LeaveAction.DISCONNECT && reason !== DisconnectReason.SERVER_SHUTDOWN;
}

function endReason(reason) {
  switch (reason) {
    case DisconnectReason.CLIENT_INITIATED: return 'left';
    case DisconnectReason.DUPLICATE_IDENTITY: return 'duplicate';
    case DisconnectReason.PARTICIPANT_REMOVED: return 'removed';
    case DisconnectReason.ROOM_DELETED: case DisconnectReason.ROOM_CLOSED: return 'roomClosed';
    case DisconnectReason.JOIN_FAILURE: return 'refused';
    default: return 'closedByServer';
  }
}
