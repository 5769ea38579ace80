// What this participant publishes. A publication is announced with add_track, sent in a section of its own, muted,
// replaced and withdrawn; after a full reconnect everything that is still alive is published again.

import { codecPreferences } from './codecs.js';
import { Emitter } from './emitter.js';
import { cameraEncodings, layersOf, scalableEncodings, screenEncodings, wantedEncodings } from './layers.js';
import { TrackSource, TrackType, VideoLayerMode } from './schema.js';
import { TimeoutError, withTimeout } from './timing.js';

const PUBLISH_TIMEOUT_MILLISECONDS = 10000;
const SCREEN_SOURCES = [TrackSource.SCREEN_SHARE, TrackSource.SCREEN_SHARE_AUDIO];

/** The server does not take a track. `reason` is a RequestReason. */
export class PublishRefusedError extends Error {
  constructor(reason, message) {
    super(message || `refused with reason ${reason}`);
    this.reason = reason;
  }
}

/** Events: 'changed' (source), 'failed' (source, error), 'mutedByServer' (source). */
export class LocalTracks extends Emitter {
  #publications = new Map();
  #pendingReplies = new Map();
  #streams = new Map();
  #connection;

  /**
   * Publishes over a new connection from now on: `{ send, negotiator, codec, mayPublish }`; `send(name, value)` sends a
   * signal request, `codec` is `{ mime, isSVC }` for pictures, `mayPublish(source)` what the server allows. What is
   * alive and allowed is published again.
   */
  attach(connection) {
    this.#connection = connection;
    for (const publication of [...this.#publications.values()]) {
      Object.assign(publication, { sid: undefined, transceiver: undefined, info: undefined, cid: undefined });
      if (!connection.mayPublish(publication.source)) this.unpublish(publication.source);
      else if (publication.track?.readyState === 'live') this.#announce(publication);
      else this.#publications.delete(publication.source);
    }
  }

  detach() {
    this.#connection = undefined;
    for (const { reject } of this.#pendingReplies.values()) reject(new Error('disconnected'));
    this.#pendingReplies.clear();
  }

  publication(source) {
    return this.#publications.get(source);
  }

  get publications() {
    return [...this.#publications.values()];
  }

  /** Publishes `track` as `source`, or replaces the track that is published as it. Resolves when media can flow. */
  async publish(source, track) {
    const known = this.#publications.get(source);
    if (known) {
      known.track = track;
      await known.transceiver?.sender.replaceTrack(track);
      this.setMuted(source, false);
      return;
    }
    const publication = { source, kind: track.kind, track, muted: false };
    this.#publications.set(source, publication);
    this.emit('changed', source);
    if (this.#connection) await this.#announce(publication);
  }

  unpublish(source) {
    const publication = this.#publications.get(source);
    if (!publication) return;
    this.#publications.delete(source);
    publication.track?.stop();
    this.#withdraw(publication);
    this.emit('changed', source);
  }

  /** Mutes or unmutes. A muted camera is switched off; it is unmuted by `publish` with a new track. */
  setMuted(source, muted) {
    const publication = this.#publications.get(source);
    if (!publication) return;
    publication.muted = muted;
    if (publication.kind === 'audio') {
      if (publication.track) publication.track.enabled = !muted;
    } else if (muted) {
      // A camera that is not sent yet is not worth announcing while it is off.
      if (!publication.transceiver) return this.unpublish(source);
      publication.track?.stop();
      publication.track = undefined;
      publication.transceiver.sender.replaceTrack(null);
    }
    this.#sendMuted(publication);
    this.emit('changed', source);
  }

  stopAll() {
    for (const { track } of this.#publications.values()) track?.stop();
    this.#publications.clear();
  }

  /** After a resume: says again what the server may have missed. */
  resync() {
    for (const { request } of this.#pendingReplies.values()) this.#connection?.send('addTrack', request);
    for (const publication of this.#publications.values()) this.#sendMuted(publication);
  }

  /** TrackPublishedResponse fields of all that is published, for SyncState. */
  get published() {
    return this.publications.filter(({ info }) => info).map(({ cid, info }) => ({ cid, track: info }));
  }

  // MARK: the server's messages

  handlePublished({ cid, track }) {
    this.#pendingReplies.get(cid)?.resolve(track);
  }

  /** Returns whether the refusal belonged to a track that was being published. */
  handleRefusal({ addTrack, message, reason }) {
    const pending = addTrack && this.#pendingReplies.get(addTrack.cid);
    if (!pending || reason === 0) return false;
    pending.reject(new PublishRefusedError(reason, message));
    return true;
  }

  handleUnpublished({ trackSid }) {
    const publication = this.#bySid(trackSid);
    if (!publication) return;
    publication.sid = undefined;
    this.unpublish(publication.source);
  }

  handleMute({ sid, muted }) {
    const publication = this.#bySid(sid);
    if (!publication || !muted || publication.muted) return;
    this.setMuted(publication.source, true);
    this.emit('mutedByServer', publication.source);
  }

  /** Dynacast: stops encoding the layers that nobody looks at. */
  handleSubscribedQuality(update) {
    const publication = this.#bySid(update.trackSid);
    if (!publication || publication.kind !== 'video' || !publication.transceiver) return;
    publication.wanted = update;
    publication.applying = (publication.applying ?? Promise.resolve()).then(() => this.#applyWanted(publication));
  }

  async #applyWanted({ transceiver, wanted, videoCodec }) {
    const parameters = transceiver.sender.getParameters();
    const active = wantedEncodings(parameters.encodings, wanted, videoCodec);
    if (!active || parameters.encodings.every((encoding, index) => encoding.active === active[index])) return;
    parameters.encodings.forEach((encoding, index) => { encoding.active = active[index]; });
    try {
      await transceiver.sender.setParameters(parameters);
    } catch (error) {
      console.warn('the wanted layers were not applied', error);
    }
  }

  #bySid(sid) {
    return this.publications.find((publication) => publication.sid === sid);
  }

  // MARK: publishing

  async #announce(publication) {
    const connection = this.#connection;
    try {
      const info = await this.#request(publication, connection);
      if (this.#connection !== connection) return;
      Object.assign(publication, { sid: info.sid, info });
      if (this.#publications.get(publication.source) !== publication) return;
      const { encodings } = publication;
      const options = { stream: this.#stream(publication.source), encodings, codecs: publication.kind === 'video' ? codecPreferences(publication.videoCodec) : [] };
      publication.transceiver = connection.negotiator.addSender(publication.track, options);
      if (publication.muted) this.#sendMuted(publication);
      await connection.negotiator.negotiate();
    } catch (error) {
      // A lost connection is not a failure of the track: `attach` publishes it again.
      const isLost = this.#connection !== connection || (publication.transceiver && error instanceof TimeoutError);
      if (isLost || this.#publications.get(publication.source) !== publication) return;
      this.#publications.delete(publication.source);
      publication.track?.stop();
      this.emit('failed', publication.source, error);
      this.emit('changed', publication.source);
    }
  }

  #request(publication, connection) {
    const { source, track, muted } = publication;
    const isScreen = SCREEN_SOURCES.includes(source);
    publication.cid = track.id;
    const request = {
      cid: track.id, source, muted, stream: isScreen ? 'screen' : 'camera',
      type: publication.kind === 'audio' ? TrackType.AUDIO : TrackType.VIDEO,
    };
    if (publication.kind === 'video') {
      const { width = 1280, height = 720 } = track.getSettings();
      track.contentHint = isScreen ? 'detail' : 'motion';
      const { mime, isSVC } = connection.codec;
      publication.encodings = isSVC ? scalableEncodings(width, isScreen) : isScreen ? screenEncodings(width) : cameraEncodings(width);
      publication.videoCodec = mime.split('/')[1];
      const layers = layersOf(publication.encodings, width, height);
      const videoLayerMode = isSVC ? VideoLayerMode.MULTIPLE_SPATIAL_LAYERS_PER_STREAM : VideoLayerMode.ONE_SPATIAL_LAYER_PER_STREAM;
      Object.assign(request, { width, height, layers });
      request.simulcastCodecs = [{ codec: publication.videoCodec, cid: track.id, layers, videoLayerMode }];
    }
    const reply = new Promise((resolve, reject) => this.#pendingReplies.set(track.id, { request, resolve, reject }));
    connection.send('addTrack', request);
    return withTimeout(reply, PUBLISH_TIMEOUT_MILLISECONDS, 'publishing')
      .finally(() => this.#pendingReplies.delete(track.id));
  }

  #withdraw({ transceiver }) {
    const connection = this.#connection;
    if (!connection || !transceiver) return;
    connection.negotiator.removeSender(transceiver);
    connection.negotiator.negotiate();
  }

  #sendMuted({ sid, muted }) {
    if (sid) this.#connection?.send('mute', { sid, muted });
  }

  /** Tracks of one origin share a MediaStream, so that receivers keep them in step. */
  #stream(source) {
    const name = SCREEN_SOURCES.includes(source) ? 'screen' : 'camera';
    if (!this.#streams.has(name)) this.#streams.set(name, new MediaStream());
    return this.#streams.get(name);
  }
}
