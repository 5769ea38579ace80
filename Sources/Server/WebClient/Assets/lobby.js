// The page before the meeting: who, where, with which devices, and how one looks and sounds.

import {
  LevelMeter, deviceProblem, devicesAreAvailable, listDevices, openCamera, openMicrophone,
} from './devices.js';
import { announce, changeIcon, el, iconButton, setText } from './dom.js';
import { recall, remember } from './preferences.js';
import { text } from './strings.js';
import { newRoomName } from './token.js';

const KINDS = { audioinput: 'lobby.microphone', videoinput: 'lobby.camera', audiooutput: 'lobby.speaker' };

export class LobbyView {
  #onJoin;
  #tracks = { audio: undefined, video: undefined };
  #wanted;
  #opening = { audio: 0, video: 0 };
  #meter;
  #selects = {};
  #submit = el('button', { type: 'submit', class: 'primary', text: 'lobby.join' });
  #error = el('p', { class: 'error', role: 'alert', hidden: true });
  #deviceError = el('p', { class: 'error', role: 'alert', hidden: true });
  #video = el('video', { muted: true, autoplay: true, playsInline: true, class: 'mirrored', hidden: true });
  #off = el('p', { class: 'preview-off', text: 'lobby.cameraOff' });
  #bar = el('div', { class: 'level-bar' });
  #level = el('div', { class: 'level', role: 'meter', 'aria-valuemin': '0', 'aria-valuemax': '100', label: 'lobby.level' }, this.#bar);

  /** `onJoin({ name, room, audio, video, wantsAudio, wantsVideo, speakerId })`: audio and video are open tracks or undefined. */
  constructor({ link, onJoin }) {
    this.#onJoin = onJoin;
    this.#wanted = { audio: link.audio, video: link.video };
    this.name = el('input', { id: 'name', autocomplete: 'name', maxLength: 80, required: true, value: link.name ?? recall('name') ?? '' });
    this.room = el('input', {
      id: 'room', autocomplete: 'off', maxLength: 120, required: true, value: link.room ?? '', readOnly: Boolean(link.token),
      'aria-describedby': 'room-hint', spellcheck: false,
    });
    this.mic = iconButton('mic', 'call.micMute', () => this.#toggle('audio'), { className: 'round' });
    this.camera = iconButton('camera', 'call.cameraStop', () => this.#toggle('video'), { className: 'round' });
    this.element = this.#build(Boolean(link.token));
    this.#start();
  }

  #build(roomIsFixed) {
    const generate = el('button', { type: 'button', class: 'secondary', text: 'lobby.generate', on: { click: () => { this.room.value = newRoomName(); } } });
    const form = el('form', { class: 'card', noValidate: true, on: { submit: (event) => this.#submitted(event) } },
      el('h1', { text: 'lobby.title', id: 'title', tabIndex: -1 }),
      this.#error,
      el('div', { class: 'field' }, el('label', { htmlFor: 'name', text: 'lobby.name' }), this.name,
        el('p', { class: 'hint', text: 'lobby.nameHint' })),
      el('div', { class: 'field' }, el('label', { htmlFor: 'room', text: 'lobby.room' }),
        el('div', { class: 'row' }, this.room, roomIsFixed ? null : generate),
        el('p', { class: 'hint', id: 'room-hint', text: 'lobby.roomHint' })),
      this.#submit);
    const preview = el('section', { class: 'preview', label: 'lobby.preview' },
      el('div', { class: 'picture' }, this.#video, this.#off, el('div', { class: 'preview-buttons' }, this.mic, this.camera)),
      el('div', { class: 'level-row' }, this.#level, el('span', { class: 'hint', text: 'lobby.levelHint' })),
      this.#deviceError, this.#buildDevices());
    return el('main', { id: 'content', class: 'lobby', tabIndex: -1 }, preview, form);
  }

  #buildDevices() {
    const fields = Object.entries(KINDS).map(([kind, label]) => {
      const select = el('select', { id: kind, on: { change: () => this.#chosen(kind) } });
      this.#selects[kind] = select;
      return el('div', { class: 'field' }, el('label', { htmlFor: kind, text: label }), select);
    });
    return el('fieldset', { class: 'devices' }, el('legend', { class: 'hidden-text', text: 'lobby.devices' }), ...fields);
  }

  async #start() {
    this.#showSwitches();
    if (!devicesAreAvailable()) {
      this.#wanted = { audio: false, video: false };
      this.#showDeviceError(text('device.insecure'));
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
      this.#deviceError.hidden = true;
    } catch (error) {
      this.#wanted[kind] = false;
      this.#showDeviceError(text(deviceProblem(error), { device: text(kind === 'audio' ? 'lobby.microphone' : 'lobby.camera') }));
    }
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
      this.showError(text(name ? 'lobby.roomMissing' : 'lobby.nameMissing'));
      (name ? this.room : this.name).focus();
      return;
    }
    remember('name', name);
    this.#submit.disabled = true;
    setText(this.#submit, 'text', 'lobby.joining');
    announce(text('lobby.joining'));
    const { audio, video } = this.#tracks;
    this.#onJoin({ name, room, audio, video });
  }

  showError(message) {
    this.#error.hidden = false;
    this.#error.textContent = message;
    this.#submit.disabled = false;
    setText(this.#submit, 'text', 'lobby.join');
  }

  #showDeviceError(message) {
    this.#deviceError.hidden = false;
    this.#deviceError.textContent = message;
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
