// The page of the meeting: stage, controls, side panels, banners.

import { announce, changeIcon, el, icon, iconButton, setText, toast } from './dom.js';
import { canShareScreen } from './devices.js';
import { listenForShortcuts, openHelp, shortcutOf } from './help.js';
import { OwnMedia } from './media.js';
import { ChatPanel, PeoplePanel } from './panels.js';
import { listensOnly } from './permissions.js';
import { recall } from './preferences.js';
import { requestRefusalKey } from './reasons.js';
import { TrackSource } from './schema.js';
import { Stage } from './stage.js';
import { StatsOverlay } from './statsview.js';
import { text } from './strings.js';

/** Above this many people, arrivals and departures are not announced one by one; microphones even sooner. */
const MOST_ANNOUNCED = 30;
const MOST_MICROPHONES_ANNOUNCED = 8;

export class CallView {
  #session;
  #link;
  #sounds = new Map();
  #unread = 0;
  #panel;
  #stop = [];
  #title = el('h1', { id: 'title', tabIndex: -1 });
  #recording = el('span', { class: 'recording', role: 'status', hidden: true });
  #count = el('span', { class: 'count' });
  #banner = el('div', { class: 'banner', role: 'status', hidden: true });
  #soundBanner;
  #alone = el('p', { class: 'alone', text: 'call.aloneInvited', hidden: true });
  #listening = el('p', { class: 'listening', hidden: true }, icon('voice'), el('span', { text: 'call.listenOnly' }));
  #isListening;
  #microphoneWasOn;

  /** `initial`: the tracks opened in the lobby, `{ audio, video }`; `link` invites others. */
  constructor({ session, link, initial }) {
    this.#session = session;
    this.#link = link;
    this.media = new OwnMedia(session);
    this.stage = new Stage(session);
    this.stats = new StatsOverlay(session, this.stage);
    this.chat = new ChatPanel({ onSend: (message) => this.sendChat(message), onClose: () => this.#openPanel(undefined) });
    this.people = new PeoplePanel({ onClose: () => this.#openPanel(undefined) });
    this.#soundBanner = el('div', { class: 'banner', hidden: true }, el('span', { text: 'call.sound' }),
      el('button', { type: 'button', class: 'secondary', text: 'call.soundStart', on: { click: () => this.#startSounds() } }));
    this.element = this.#build();
    this.#listen();
    this.media.publishInitial(initial);
    this.refresh();
  }

  #build() {
    const button = (name, label, action, caption, command = name) => {
      const control = iconButton(name, label, action, { caption, className: 'control' });
      control.setAttribute('aria-keyshortcuts', shortcutOf(command));
      return control;
    };
    this.mic = button('mic', 'call.micMute', () => this.media.toggle(TrackSource.MICROPHONE), 'call.mic');
    this.camera = button('camera', 'call.cameraStop', () => this.media.toggle(TrackSource.CAMERA), 'call.camera');
    this.share = button('screen', 'call.shareStart', () => this.media.toggleScreen(), 'call.share', 'share');
    this.chatButton = button('chat', 'call.chat', () => this.#openPanel('chat'), 'call.chat');
    this.badge = el('span', { class: 'unread', hidden: true });
    this.chatButton.append(this.badge);
    this.peopleButton = button('people', 'call.people', () => this.#openPanel('people'), 'call.people');
    this.statsButton = button('stats', 'call.stats', () => this.#toggleStats(), 'call.stats');
    const leave = iconButton('leave', 'call.leave', () => this.#session.leave(), { caption: 'call.leave', className: 'control leave' });
    this.copy = iconButton('copy', 'call.copyLink', () => this.#copyLink(), { caption: 'call.copyLink', className: 'wide' });
    this.copy.hidden = true;
    const top = el('div', { class: 'call-top' }, this.#title, this.#recording, this.#count, this.copy);
    const bar = el('div', { class: 'bar', role: 'group', label: 'call.controls' },
      this.#listening, this.mic, this.camera, this.share, this.chatButton, this.peopleButton, this.statsButton, leave);
    return el('main', { id: 'content', class: 'call', tabIndex: -1 }, top, this.#banner, this.#soundBanner,
      el('div', { class: 'middle' }, el('div', { class: 'stage-box' }, this.stage.element, this.#alone),
        this.chat.element, this.people.element), bar);
  }

  #listen() {
    const session = this.#session;
    const on = (emitter, name, listener) => this.#stop.push(emitter.on(name, listener));
    on(session, 'state', () => this.#showState());
    on(session, 'room', () => this.refresh());
    on(session, 'roster', (changes) => { this.#tell(changes); this.refresh(); });
    on(session, 'remoteTrack', (section) => { this.#play(section); this.stage.refresh(); });
    on(session, 'remoteTrackGone', (sid) => { this.#silence(sid); this.stage.refresh(); });
    on(session, 'streamState', () => this.stage.refresh());
    on(session, 'refused', ({ reason }) => toast(requestRefusalKey(reason), {}, true));
    on(session.local, 'changed', () => this.refresh());
    on(session.local, 'failed', (_, { reason }) => toast(reason ? requestRefusalKey(reason) : 'call.publishFailed', {}, true));
    on(session.local, 'mutedByServer', () => toast('call.mutedByServer', {}, true));
    on(session.chat, 'message', (message) => this.#showMessage(message));
    const press = (button) => () => { if (!button.hidden) button.click(); };
    this.#stop.push(listenForShortcuts({
      mic: press(this.mic), camera: press(this.camera), share: press(this.share), chat: press(this.chatButton),
      people: press(this.peopleButton), stats: press(this.statsButton), help: openHelp, escape: () => this.#openPanel(undefined),
    }));
  }

  /** `isWelcome`: the link of the meeting lets others in, so it is worth handing on. */
  setInviting(isWelcome) {
    this.copy.hidden = !isWelcome;
    setText(this.#alone, 'text', isWelcome ? 'call.alone' : 'call.aloneInvited');
  }

  close() {
    for (const stop of this.#stop.splice(0)) stop();
    this.stats.close();
    this.stage.close();
    for (const sid of [...this.#sounds.keys()]) this.#silence(sid);
  }

  /** Shows everything as it is now: after a change, and in another language. */
  refresh() {
    const { room, roster } = this.#session;
    const count = roster.all.length;
    this.#title.textContent = room?.name ?? '';
    this.#recording.hidden = !room?.activeRecording;
    this.#recording.textContent = room?.activeRecording ? text('call.recording') : '';
    this.#count.textContent = count > 0 ? text(count === 1 ? 'call.one' : 'call.count', { count }) : '';
    this.#alone.hidden = count !== 1 || this.#session.state !== 'connected';
    this.people.show(roster.all);
    this.stage.refresh();
    this.#showControls();
    this.#showState();
  }

  #showControls() {
    const show = (button, source, [onIcon, onLabel], [offIcon, offLabel]) => {
      const isOn = this.media.isOn(source);
      changeIcon(button, isOn ? onIcon : offIcon);
      setText(button, 'label', isOn ? onLabel : offLabel);
      button.classList.toggle('off', !isOn);
      button.hidden = !this.#session.mayPublish(source);
    };
    show(this.mic, TrackSource.MICROPHONE, ['mic', 'call.micMute'], ['micOff', 'call.micUnmute']);
    show(this.camera, TrackSource.CAMERA, ['camera', 'call.cameraStop'], ['cameraOff', 'call.cameraStart']);
    this.share.hidden = !canShareScreen() || !this.#session.mayPublish(TrackSource.SCREEN_SHARE);
    setText(this.share, 'label', this.#session.isSharingScreen ? 'call.shareStop' : 'call.shareStart');
    this.share.classList.toggle('active', this.#session.isSharingScreen);
    this.#showPermission();
    this.#sayMicrophone();
  }

  #showPermission() {
    const { permission } = this.#session;
    if (!permission) return;
    this.chat.setWritable(permission.canPublishData);
    const isListening = listensOnly(permission);
    this.#listening.hidden = !isListening;
    const isChange = this.#isListening !== undefined && this.#isListening !== isListening;
    this.#isListening = isListening;
    if (isChange) toast(isListening ? 'call.nowListening' : 'call.nowSpeaking');
  }

  /** Who mutes with a key sees no button change. */
  #sayMicrophone() {
    const isOn = this.media.isOn(TrackSource.MICROPHONE);
    if (this.#microphoneWasOn !== undefined && this.#microphoneWasOn !== isOn) announce(text(isOn ? 'call.micIsOn' : 'call.micIsOff'));
    this.#microphoneWasOn = isOn;
  }

  #showState() {
    const { state } = this.#session;
    const wasReconnecting = this.#banner.classList.contains('warning');
    this.#banner.hidden = state !== 'connecting' && state !== 'reconnecting';
    this.#banner.classList.toggle('warning', state === 'reconnecting');
    if (!this.#banner.hidden) setText(this.#banner, 'text', `call.${state}`);
    if (wasReconnecting && state === 'connected') toast('call.reconnected');
    this.#alone.hidden = state !== 'connected' || this.#session.roster.all.length !== 1;
  }

  #tell(changes) {
    if (this.#session.state !== 'connected' || this.#session.roster.all.length > MOST_ANNOUNCED) return;
    for (const { type, participant, track, before } of changes) {
      const name = participant.displayName;
      if (participant.isLocal) continue;
      if (type === 'joined' || type === 'left') toast(`call.${type}`, { name });
      else if (track?.source === TrackSource.SCREEN_SHARE && type === 'trackPublished') toast('call.shares', { name });
      else if (track?.source === TrackSource.SCREEN_SHARE && type === 'trackUnpublished') announce(text('call.sharesNoMore', { name }));
      else if (track?.source === TrackSource.MICROPHONE && before && before.muted !== track.muted) this.#tellMicrophone(name, track.muted);
    }
  }

  #tellMicrophone(name, isMuted) {
    if (this.#session.roster.all.length > MOST_MICROPHONES_ANNOUNCED) return;
    announce(text(isMuted ? 'call.mutes' : 'call.unmutes', { name }));
  }

  // MARK: sound

  #play({ sid, track }) {
    if (track.kind !== 'audio') return;
    this.#silence(sid);
    const sound = el('audio', { autoplay: true });
    sound.srcObject = new MediaStream([track]);
    const speaker = recall('audiooutput');
    if (speaker && sound.setSinkId) sound.setSinkId(speaker).catch(() => {});
    this.#sounds.set(sid, sound);
    document.getElementById('sounds').append(sound);
    sound.play().catch((error) => {
      if (error.name === 'NotAllowedError') this.#soundBanner.hidden = false;
    });
  }

  #silence(sid) {
    const sound = this.#sounds.get(sid);
    if (!sound) return;
    sound.srcObject = null;
    sound.remove();
    this.#sounds.delete(sid);
  }

  #startSounds() {
    this.#soundBanner.hidden = true;
    for (const sound of this.#sounds.values()) sound.play().catch(() => {});
  }

  // MARK: panels

  #openPanel(name) {
    const opened = name === this.#panel ? undefined : name;
    const closed = this.#panel;
    this.#panel = opened;
    for (const [key, panel, button] of [['chat', this.chat, this.chatButton], ['people', this.people, this.peopleButton]]) {
      panel.element.hidden = key !== opened;
      button.setAttribute('aria-expanded', key === opened);
      button.setAttribute('aria-controls', `panel-${key}`);
      button.classList.toggle('active', key === opened);
      if (key === opened) panel.focus();
      else if (key === closed && !opened) button.focus();
    }
    if (opened === 'chat') this.#showUnread(0);
  }

  sendChat(message) {
    return this.#session.chat.send(message, this.#session.roster.local);
  }

  #showMessage(message) {
    this.chat.add(message);
    if (message.isLocal) return;
    const { name, text: content } = message;
    if (this.#panel === 'chat') announce(text('chat.received', { name, text: content }));
    else {
      toast('chat.received', { name, text: content.slice(0, 200) });
      this.#showUnread(this.#unread + 1);
    }
  }

  #showUnread(count) {
    this.#unread = count;
    this.badge.hidden = count === 0;
    this.badge.textContent = count > 99 ? '99+' : String(count);
    this.badge.title = text('chat.unread', { count });
  }

  #toggleStats() {
    this.stats.toggle();
    this.statsButton.setAttribute('aria-pressed', this.stats.isOn);
    this.statsButton.classList.toggle('active', this.stats.isOn);
  }

  async #copyLink() {
    try {
      await navigator.clipboard.writeText(this.#link);
      toast('call.linkCopied');
    } catch {
      toast('call.linkShown', { link: this.#link });
    }
  }
}
