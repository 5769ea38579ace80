// The one PeerConnection: this side always offers, the server always answers. At most one offer is outstanding; changes
// made meanwhile go into the next one. After each answer the map of media sections says which remote track each
// receiving section carries.

import { Emitter } from './emitter.js';
import { SignalTarget } from './schema.js';
import { TimeoutError } from './timing.js';

const FREE_SECTIONS_PER_KIND = 3;
/** The server may ask for more receiving sections, but not for any number of them. */
const MOST_SECTIONS_PER_REQUEST = 100;
const ANSWER_TIMEOUT_MILLISECONDS = 15000;

/**
 * Events: 'offer' (SessionDescription fields), 'candidate' (Trickle fields), 'track' ({ sid, track, receiver, mid }),
 * 'trackGone' (sid), 'state' (RTCPeerConnectionState), 'failed' (error: no answer came, or it could not be used).
 */
export class Negotiator extends Emitter {
  #connection;
  #offerId = 0;
  /** `{ id, settled, resolve, reject, timer }` of the offer that waits for its answer. */
  #outstanding;
  #firstOffer;
  #needsOffer = false;
  #paused = false;
  #waiting = [];
  #candidates = [];
  #sections = new Map();
  lastOffer;
  lastAnswer;

  constructor() {
    super();
    const connection = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    this.#connection = connection;
    connection.onicecandidate = ({ candidate }) => {
      if (!candidate?.candidate) return;
      const { sdpMid, sdpMLineIndex } = candidate;
      const json = { candidate: candidate.candidate, sdpMid: sdpMid ?? '0', sdpMLineIndex: sdpMLineIndex ?? 0 };
      this.emit('candidate', { candidateInit: JSON.stringify(json), target: SignalTarget.PUBLISHER });
    };
    connection.onconnectionstatechange = () => this.emit('state', connection.connectionState);
    this.channels = {
      reliable: connection.createDataChannel('_reliable', { ordered: true }),
      lossy: connection.createDataChannel('_lossy', { ordered: false, maxRetransmits: 0 }),
    };
    this.addReceivingSections(FREE_SECTIONS_PER_KIND, FREE_SECTIONS_PER_KIND);
  }

  get connectionState() {
    return this.#connection.connectionState;
  }

  getStats() {
    return this.#connection.getStats();
  }

  close() {
    this.silence();
    this.#takeOutstanding()?.reject(new Error('closed'));
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('closed'));
    this.#connection.onicecandidate = null;
    this.#connection.onconnectionstatechange = null;
    this.#connection.close();
  }

  setICEServers(servers, forceRelay) {
    this.#connection.setConfiguration({
      ...this.#connection.getConfiguration(),
      iceServers: servers.filter(({ urls }) => urls.length > 0),
      iceTransportPolicy: forceRelay ? 'relay' : 'all',
    });
  }

  // MARK: offers

  /** The offer that goes with the join request. It is applied locally by `applyFirstOffer`, once the server has joined us. */
  async firstOffer() {
    this.#firstOffer = await this.#connection.createOffer();
    this.#offerId = 1;
    return this.#describe(this.#firstOffer);
  }

  async applyFirstOffer() {
    this.#expectAnswer();
    await this.#connection.setLocalDescription(this.#firstOffer);
  }

  /** Offers the current state of the connection; resolves when the answer to it has been applied. */
  negotiate() {
    const done = new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    done.catch(() => {});
    this.#needsOffer = true;
    this.#offerIfFree();
    return done;
  }

  /** Makes no offers until `restartICE`: the signalling is gone, and with it the answer to an outstanding offer. */
  pause() {
    this.#paused = true;
    if (this.#outstanding) this.#waiting.push(this.#takeOutstanding());
  }

  /** Offers again with new ICE credentials; whatever was waiting for an answer waits for this one. */
  restartICE() {
    this.pause();
    this.#paused = false;
    this.#connection.restartIce();
    return this.negotiate();
  }

  async #offerIfFree() {
    if (this.#paused || this.#outstanding || !this.#needsOffer) return;
    this.#needsOffer = false;
    const waiting = this.#waiting.splice(0);
    this.#offerId += 1;
    const outstanding = this.#expectAnswer();
    outstanding.settled.then(
      () => waiting.forEach(({ resolve }) => resolve()), (error) => waiting.forEach(({ reject }) => reject(error)),
    );
    try {
      await this.#connection.setLocalDescription();
      if (this.#outstanding === outstanding) this.emit('offer', this.#describe(this.#connection.localDescription));
    } catch (error) {
      if (this.#outstanding === outstanding) this.#fail(error);
    }
  }

  #describe({ sdp }) {
    this.lastOffer = { type: 'offer', sdp, id: this.#offerId };
    return this.lastOffer;
  }

  #expectAnswer() {
    const outstanding = { id: this.#offerId };
    outstanding.settled = new Promise((resolve, reject) => Object.assign(outstanding, { resolve, reject }));
    outstanding.settled.catch(() => {});
    outstanding.timer = setTimeout(() => this.#fail(new TimeoutError('no answer to an offer')), ANSWER_TIMEOUT_MILLISECONDS);
    this.#outstanding = outstanding;
    return outstanding;
  }

  #takeOutstanding() {
    const outstanding = this.#outstanding;
    this.#outstanding = undefined;
    clearTimeout(outstanding?.timer);
    return outstanding;
  }

  #fail(error) {
    this.#takeOutstanding()?.reject(error);
    this.emit('failed', error);
  }

  // MARK: answers and candidates

  async handleAnswer(answer) {
    const outstanding = this.#outstanding;
    if (!outstanding || answer.id !== outstanding.id) return;
    try {
      await this.#connection.setRemoteDescription({ type: 'answer', sdp: answer.sdp });
    } catch (error) {
      if (this.#outstanding === outstanding) this.#fail(error);
      return;
    }
    this.lastAnswer = answer;
    for (const candidate of this.#candidates.splice(0)) await this.#addCandidate(candidate);
    this.#readSections(answer);
    if (this.#outstanding !== outstanding) return;
    this.#takeOutstanding().resolve();
    this.#offerIfFree();
  }

  async handleTrickle({ candidateInit }) {
    let candidate;
    try {
      candidate = JSON.parse(candidateInit);
    } catch {
      return;
    }
    if (!candidate?.candidate) return;
    if (this.#connection.remoteDescription) await this.#addCandidate(candidate);
    else if (this.#candidates.length < 100) this.#candidates.push(candidate);
  }

  async #addCandidate(candidate) {
    try {
      await this.#connection.addIceCandidate(candidate);
    } catch (error) {
      console.warn('a candidate of the server was not usable', error);
    }
  }

  // MARK: receiving

  addReceivingSections(audios, videos) {
    for (const [kind, count] of [['audio', audios], ['video', videos]]) {
      for (let index = 0; index < Math.min(count, MOST_SECTIONS_PER_REQUEST); index += 1) {
        this.#connection.addTransceiver(kind, { direction: 'recvonly' });
      }
    }
  }

  /** Compares the sections of an answer with those before and tells which tracks came and went. */
  #readSections(answer) {
    const sections = new Map();
    const named = sectionTracks(answer.sdp);
    for (const transceiver of this.#connection.getTransceivers()) {
      const { mid, currentDirection, receiver } = transceiver;
      if (currentDirection !== 'recvonly' && currentDirection !== 'sendrecv') continue;
      const sid = answer.midToTrackId[mid] ?? named.get(mid);
      if (sid) sections.set(mid, { sid, mid, receiver, track: receiver.track });
    }
    const before = this.#sections;
    this.#sections = sections;
    for (const [mid, { sid }] of before) {
      if (sections.get(mid)?.sid !== sid) this.emit('trackGone', sid);
    }
    for (const [mid, section] of sections) {
      if (before.get(mid)?.sid !== section.sid) this.emit('track', section);
    }
  }

  /** The receiving sections as they stand: `{ sid, mid, receiver, track }`. */
  get receiving() {
    return [...this.#sections.values()];
  }

  // MARK: sending

  /**
   * Adds a section that sends `track`. `codecs` (RTCRtpCodec list, may be empty) are the ones offered, best first.
   * The caller negotiates.
   */
  addSender(track, { stream, encodings, codecs = [] }) {
    const transceiver = this.#connection.addTransceiver(track, {
      direction: 'sendonly', streams: [stream], ...(encodings && { sendEncodings: encodings }),
    });
    if (codecs.length > 0) transceiver.setCodecPreferences(codecs);
    return transceiver;
  }

  removeSender(transceiver) {
    if (this.#connection.signalingState === 'closed') return;
    this.#connection.removeTrack(transceiver.sender);
    transceiver.direction = 'inactive';
  }
}

/**
 * The track sid that each section of a server description names in its `a=msid` line, by mid. The stream id is
 * `PA_…|TR_…`; where it is not, the track id may be the sid.
 */
export function sectionTracks(sdp) {
  const tracks = new Map();
  for (const section of sdp.split(/\r?\n(?=m=)/).slice(1)) {
    const mid = section.match(/^a=mid:(\S+)/m)?.[1];
    const [, stream, id] = section.match(/^a=msid:(\S+)(?: (\S+))?/m) ?? [];
    const sid = [stream?.split('|')[1], id].find((part) => part?.startsWith('TR_'));
    if (mid && sid) tracks.set(mid, sid);
  }
  return tracks;
}
