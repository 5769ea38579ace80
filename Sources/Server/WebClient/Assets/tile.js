// One tile of the stage: a person's camera, or a shared screen.

import { el, icon, iconButton, setText, changeIcon } from './dom.js';
import { ConnectionQuality, TrackSource } from './schema.js';
import { text } from './strings.js';

const HUES = 12;

export class Tile {
  #video = el('video', { autoplay: true, playsInline: true, muted: true, hidden: true });
  #avatar = el('div', { class: 'avatar', 'aria-hidden': 'true' });
  #name = el('span', { class: 'tile-name' });
  #micOff = el('span', { class: 'badge', hidden: true }, icon('micOff'), el('span', { class: 'hidden-text', text: 'tile.muted' }));
  #voice = el('span', { class: 'badge voice', hidden: true }, icon('voice'), el('span', { class: 'hidden-text', text: 'tile.speaking' }));
  #quality = el('span', { class: 'badge quality', role: 'img', hidden: true }, el('i'), el('i'), el('i'));
  #notice = el('p', { class: 'notice', hidden: true });
  #stats = el('dl', { class: 'tile-stats', label: 'call.stats', hidden: true });
  #isPaused = false;
  #frameTrack;

  /** `onFrame(sid, metadata)` is told the first decoded frame of a remote track. */
  constructor({ participant, isScreen, onPin, onFrame }) {
    this.participant = participant;
    this.isScreen = isScreen;
    this.onFrame = onFrame;
    this.pin = iconButton('pin', 'tile.pin', () => onPin(this), { className: 'pin' });
    this.element = el('li', { class: `tile${isScreen ? ' screen' : ''}${participant.isLocal ? ' local' : ''}` },
      this.#video, this.#avatar,
      // In the order in which they are read out: who it is, then how they are.
      el('div', { class: 'plate' }, this.#name, this.#micOff, this.#voice, this.#quality), this.#notice, this.pin, this.#stats);
    if (participant.isLocal && !isScreen) this.#video.classList.add('mirrored');
    this.#video.addEventListener('loadeddata', () => { this.#avatar.hidden = true; });
    this.refresh();
  }

  get source() {
    return this.isScreen ? TrackSource.SCREEN_SHARE : TrackSource.CAMERA;
  }

  get video() {
    return this.#video;
  }

  /** What the tile shows, in words. */
  get title() {
    const { displayName: name, isLocal } = this.participant;
    return this.isScreen ? text('tile.screen', { name }) : isLocal ? text('tile.you', { name }) : name;
  }

  /** Shows the participant's name, microphone, voice and connection as they are now. */
  refresh() {
    const { participant } = this;
    const { displayName: name } = participant;
    this.#name.textContent = this.title;
    this.#avatar.textContent = initials(name);
    this.#avatar.style.setProperty('--hue', `${hue(participant.identity) * 360 / HUES}`);
    const microphone = participant.track(TrackSource.MICROPHONE);
    this.#micOff.hidden = this.isScreen || (microphone && !microphone.muted);
    this.element.classList.toggle('speaking', participant.speaking && !this.isScreen);
    this.#voice.hidden = !participant.speaking || this.isScreen;
    this.#showQuality(this.isScreen ? undefined : participant.quality);
    this.#showNotice();
    this.#namePin();
  }

  /** Why there is no picture that moves, the gravest reason first. */
  #showNotice() {
    const isLost = this.participant.quality === ConnectionQuality.LOST;
    this.element.classList.toggle('lost', isLost);
    this.#notice.hidden = !isLost && !this.#isPaused;
    if (!this.#notice.hidden) setText(this.#notice, 'text', isLost ? 'tile.lost' : 'tile.paused');
  }

  #showQuality(quality) {
    this.#quality.hidden = quality === undefined;
    if (quality === undefined) return;
    this.#quality.dataset.bars = { [ConnectionQuality.LOST]: 0, [ConnectionQuality.POOR]: 1, [ConnectionQuality.GOOD]: 2 }[quality] ?? 3;
    setText(this.#quality, 'label', `tile.quality.${quality}`);
  }

  /** Shows `track` (a MediaStreamTrack or undefined). `sid` is set for a remote one. */
  show(track, sid) {
    const shown = this.#video.srcObject?.getVideoTracks()[0];
    if (shown !== track) {
      // The avatar stays until there is a picture to cover it.
      this.#avatar.hidden = false;
      this.#video.srcObject = track ? new MediaStream([track]) : null;
    }
    this.#video.hidden = !track;
    this.shownSid = track ? sid : undefined;
    if (this.shownSid && this.#frameTrack !== sid) this.#watchFirstFrame(sid);
  }

  #watchFirstFrame(sid) {
    this.#frameTrack = sid;
    this.#video.requestVideoFrameCallback?.((_, { width, height }) => {
      if (this.#frameTrack === sid) this.onFrame(sid, { width, height });
    });
  }

  setPaused(isPaused) {
    this.#isPaused = isPaused;
    this.#showNotice();
  }

  setPinned(isPinned) {
    this.element.classList.toggle('focused', isPinned);
    changeIcon(this.pin, isPinned ? 'close' : 'pin');
    this.#namePin();
  }

  #namePin() {
    const isPinned = this.element.classList.contains('focused');
    setText(this.pin, 'label', isPinned ? 'tile.unpin' : 'tile.pin', { name: this.title });
  }

  /** `rows`: [text key, value] pairs, or undefined to hide the panel. */
  showStats(rows) {
    this.#stats.hidden = !rows;
    if (rows) this.#stats.replaceChildren(...rows.flatMap(([key, value]) => [el('dt', { text: key }), el('dd', {}, value)]));
  }
}

/** Up to two letters for a person without a picture. */
export function initials(name) {
  const words = name.trim().split(/[\s._-]+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...word][0].toUpperCase()).join('') || '?';
}

function hue(identity) {
  let sum = 0;
  for (const character of identity) sum = (sum * 31 + character.codePointAt(0)) % 9973;
  return sum % HUES;
}
