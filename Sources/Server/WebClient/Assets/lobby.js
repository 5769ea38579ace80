// The page before the meeting: who, where, with which devices, and how one looks and sounds.

import { WISHES, sendableCodecs } from './codecs.js';
import {
  LevelMeter, deviceProblems, devicesAreAvailable, listDevices, openCamera, openMicrophone,
} from './devices.js';
import { announce, changeIcon, el, iconButton, setText } from './dom.js';
import { listensOnly, mayPublish } from './permissions.js';
import { recall, remember } from './preferences.js';
import { TrackSource } from './schema.js';
import { text } from './strings.js';
import { newRoomName } from './token.js';

const KINDS = { audioinput: 'lobby.microphone', videoinput: 'lobby.camera', audiooutput: 'lobby.speaker' };
const SOURCES = { audio: TrackSource.MICROPHONE, video: TrackSource.CAMERA };

export class LobbyView {
  #onJoin;
  #tracks = { audio: undefined, video: undefined };
  #wanted;
  /** Which kinds the link's token leaves to be sent at all. */
  #allowed;
  #problems = {};
  #opening = { audio: 0, video: 0 };
  #meter;
  #selects = {};
  #submit = el('button', { type: 'submit', class: 'primary', text: 'lobby.join' });
  #error = el('div', { class: 'error', role: 'alert', hidden: true });
  #deviceError = el('div', { class: 'error', role: 'alert', hidden: true });
  #video = el('video', { muted: true, autoplay: true, playsInline: true, class: 'mirrored', hidden: true });
  #off = el('p', { class: 'preview-off', text: 'lobby.cameraOff' });
  #bar = el('div', { class: 'level-bar' });
  #level = el('div', { class: 'level', role: 'meter', 'aria-valuemin': '0', 'aria-valuemax': '100', label: 'lobby.level' }, this.#bar);

  /** `onJoin({ name, room, audio, video })`: audio and video are open tracks or undefined. `link`: see readLink. */
  constructor({ link, onJoin }) {
    this.#onJoin = onJoin;
    const { permission } = link;
    this.#allowed = { audio: mayPublish(permission, SOURCES.audio), video: mayPublish(permission, SOURCES.video) };
    this.#wanted = { audio: link.audio && this.#allowed.audio, video: link.video && this.#allowed.video };
    this.name = el('input', {
      id: 'name', autocomplete: 'name', maxLength: 80, required: true, value: link.name ?? recall('name') ?? '',
      disabled: link.nameIsFixed, 'aria-describedby': 'name-hint',
    });
    this.room = el('input', {
      id: 'room', autocomplete: 'off', maxLength: 120, required: true, value: link.room ?? '', readOnly: Boolean(link.token),
      'aria-describedby': 'room-hint', spellcheck: false,
    });
    this.mic = iconButton('mic', 'call.micMute', () => this.#toggle('audio'), { className: 'round' });
    this.camera = iconButton('camera', 'call.cameraStop', () => this.#toggle('video'), { className: 'round' });
    this.element = this.#build(link);
    this.#start();
  }

  #build({ token, nameIsFixed, permission }) {
    const roomIsFixed = Boolean(token);
    const generate = el('button', { type: 'button', class: 'secondary', text: 'lobby.generate', on: { click: () => { this.room.value = newRoomName(); } } });
    const form = el('form', { class: 'card', noValidate: true, on: { submit: (event) => this.#submitted(event) } },
      el('h1', { text: 'lobby.title', id: 'title', tabIndex: -1 }),
      this.#error,
      el('div', { class: 'field' }, el('label', { htmlFor: 'name', text: 'lobby.name' }), this.name,
        el('p', { class: 'hint', id: 'name-hint', text: nameIsFixed ? 'lobby.nameFixed' : 'lobby.nameHint' })),
      el('div', { class: 'field' }, el('label', { htmlFor: 'room', text: 'lobby.room' }),
        el('div', { class: 'row' }, this.room, roomIsFixed ? null : generate),
        el('p', { class: 'hint', id: 'room-hint', text: roomIsFixed ? 'lobby.roomFixed' : 'lobby.roomHint' })),
      this.#submit);
    if (listensOnly(permission)) setText(this.#off, 'text', 'lobby.listenOnly');
    this.mic.hidden = !this.#allowed.audio;
    this.camera.hidden = !this.#allowed.video;
    const preview = el('section', { class: 'preview', label: 'lobby.preview' },
      el('div', { class: 'picture' }, this.#video, this.#off, el('div', { class: 'preview-buttons' }, this.mic, this.camera)),
      el('div', { class: 'level-row', hidden: !this.#allowed.audio }, this.#level, el('span', { class: 'hint', text: 'lobby.levelHint' })),
      this.#deviceError, this.#buildDevices(), this.#buildAdvanced());
    return el('main', { id: 'content', class: 'lobby', tabIndex: -1 }, form, preview);
  }

  #buildDevices() {
    const fields = Object.entries(KINDS).map(([kind, label]) => {
      const select = el('select', { id: kind, on: { change: () => this.#chosen(kind) } });
      this.#selects[kind] = select;
      const isAllowed = { audioinput: this.#allowed.audio, videoinput: this.#allowed.video }[kind] ?? true;
      return el('div', { class: 'field', hidden: !isAllowed }, el('label', { htmlFor: kind, text: label }), select);
    });
    return el('fieldset', { class: 'devices' }, el('legend', { class: 'hidden-text', text: 'lobby.devices' }), ...fields);
  }

  /** What hardly anybody needs: the codec, where this browser has more than one to choose from. */
  #buildAdvanced() {
    const names = Object.keys(WISHES).filter((name) => sendableCodecs().includes(WISHES[name]));
    const select = el('select', { id: 'codec', on: { change: () => remember('codec', select.value) } },
      el('option', { value: '', text: 'lobby.codecUsual' }),
      ...names.map((name) => el('option', { value: name }, name.toUpperCase())));
    select.value = names.includes(recall('codec')) ? recall('codec') : '';
    return el('details', { class: 'advanced', hidden: names.length === 0 || !this.#allowed.video },
      el('summary', { text: 'lobby.advanced' }),
      el('div', { class: 'field' }, el('label', { htmlFor: 'codec', text: 'lobby.codec' }), select,
        el('p', { class: 'hint', text: 'lobby.codecHint' })));
  }

  async #start() {
    this.#showSwitches();
    if (!devicesAreAvailable()) {
      this.#wanted = { audio: false, video: false };
      this.#showProblems();
      this.#showSwitches();
    } else {
      navigator.mediaDevices.addEventListener?.('devicechange', this.#refreshDevices);
      await Promise.all(['audio', 'video'].filter((kind) => this.#wanted[kind]).map((kind) => this.#open(kind)));
    }
    this.#refreshDevices();
  }

  async #open(kind) {
    const attempt = ++this.#opening[kind];
    const deviceId = recall(kind === 'audio' ? 'audioinput' : 'videoinput');
    try {
      const track = await (kind === 'audio' ? openMicrophone : openCamera)(deviceId);
      if (attempt !== this.#opening[kind] || !this.#wanted[kind]) return track.stop();
      this.#tracks[kind]?.stop();
      this.#tracks[kind] = track;
      this.#problems[kind] = undefined;
    } catch (error) {
      this.#wanted[kind] = false;
      this.#problems[kind] = error;
    }
    this.#showProblems();
    this.#showSwitches();
  }

  #toggle(kind) {
    this.#wanted[kind] = !this.#wanted[kind];
    if (this.#wanted[kind]) {
      this.#open(kind).then(this.#refreshDevices);
    } else {
      this.#tracks[kind]?.stop();
      this.#tracks[kind] = undefined;
    }
    this.#showSwitches();
  }

  #chosen(kind) {
    remember(kind, this.#selects[kind].value);
    if (kind === 'audioinput' && this.#wanted.audio) this.#open('audio');
    if (kind === 'videoinput' && this.#wanted.video) this.#open('video');
  }

  #showSwitches() {
    const { audio, video } = this.#wanted;
    changeIcon(this.mic, audio ? 'mic' : 'micOff');
    setText(this.mic, 'label', audio ? 'call.micMute' : 'call.micUnmute');
    this.mic.classList.toggle('off', !audio);
    changeIcon(this.camera, video ? 'camera' : 'cameraOff');
    setText(this.camera, 'label', video ? 'call.cameraStop' : 'call.cameraStart');
    this.camera.classList.toggle('off', !video);
    this.#showPicture(this.#tracks.video);
    this.#showLevel(this.#tracks.audio);
  }

  #showPicture(track) {
    this.#video.hidden = !track;
    this.#off.hidden = Boolean(track) || this.#wanted.video;
    const shown = this.#video.srcObject?.getVideoTracks()[0];
    if (shown !== track) this.#video.srcObject = track ? new MediaStream([track]) : null;
  }

  #showLevel(track) {
    if (this.#meter?.track === track) return;
    this.#meter?.stop();
    this.#meter = undefined;
    this.#setLevel(0);
    if (!track) return;
    this.#meter = new LevelMeter(track, (level) => this.#setLevel(level));
    this.#meter.track = track;
  }

  #setLevel(level) {
    this.#bar.style.transform = `scaleX(${level.toFixed(2)})`;
    this.#level.setAttribute('aria-valuenow', Math.round(level * 100));
  }

  #refreshDevices = async () => {
    const lists = await listDevices();
    for (const [kind, select] of Object.entries(this.#selects)) {
      const devices = lists[kind];
      const options = devices.map(({ deviceId, label }, index) => {
        return el('option', { value: deviceId }, label || text('device.number', { number: index + 1 }));
      });
      select.replaceChildren(...(options.length > 0 ? options : [el('option', { value: '', text: 'device.default' })]));
      const chosen = recall(kind);
      if (devices.some(({ deviceId }) => deviceId === chosen)) select.value = chosen;
      select.disabled = options.length === 0;
      // Browsers that cannot choose a loudspeaker list none.
      if (kind === 'audiooutput') select.parentElement.hidden = options.length === 0 || !('setSinkId' in HTMLMediaElement.prototype);
    }
  };

  #submitted(event) {
    event.preventDefault();
    const name = this.name.value.trim();
    const room = this.room.value.trim();
    if (!name || !room) {
      this.showError([[name ? 'lobby.roomMissing' : 'lobby.nameMissing', {}]]);
      (name ? this.room : this.name).focus();
      return;
    }
    if (!this.name.disabled) remember('name', name);
    this.#submit.disabled = true;
    setText(this.#submit, 'text', 'lobby.joining');
    announce(text('lobby.joining'));
    const { audio, video } = this.#tracks;
    this.#onJoin({ name, room, audio, video });
  }

  /** `problems`: `[key, values]` pairs of texts. */
  showError(problems) {
    this.#error.hidden = false;
    this.#error.replaceChildren(...sentences(problems));
    this.#submit.disabled = false;
    setText(this.#submit, 'text', 'lobby.join');
  }

  /** After a change of language: the names of devices stand inside of sentences. */
  refresh() {
    this.#showProblems();
  }

  #showProblems() {
    const problems = devicesAreAvailable() ? deviceProblems(this.#problems) : [['device.insecure', {}]];
    this.#deviceError.hidden = problems.length === 0 || !(this.#allowed.audio || this.#allowed.video);
    const lines = sentences(problems);
    // What has been said already is not said again.
    if (lines.map(({ textContent }) => textContent).join() !== [...this.#deviceError.children].map(({ textContent }) => textContent).join()) {
      this.#deviceError.replaceChildren(...lines);
    }
  }

  /** Lets go of the meter and listeners; the tracks too unless they were handed over. */
  close({ keepTracks = false } = {}) {
    this.#meter?.stop();
    this.#opening.audio += 1;
    this.#opening.video += 1;
    navigator.mediaDevices?.removeEventListener?.('devicechange', this.#refreshDevices);
    if (!keepTracks) for (const track of Object.values(this.#tracks)) track?.stop();
  }
}

function sentences(texts) {
  return texts.map(([key, values]) => {
    const line = el('p');
    setText(line, 'text', key, values);
    return line;
  });
}
