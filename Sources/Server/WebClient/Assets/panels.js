// The side panels: discussion and list of participants.

import { LONGEST_MESSAGE } from './chat.js';
import { el, icon, iconButton } from './dom.js';
import { TrackSource } from './schema.js';
import { currentLanguage, text } from './strings.js';

const LINK = /https?:\/\/[^\s<>"']+/g;

function panel(name, titleKey, onClose, ...children) {
  return el('aside', { id: `panel-${name}`, class: 'panel', hidden: true, 'aria-labelledby': `title-${name}` },
    el('header', {}, el('h2', { id: `title-${name}`, text: titleKey, tabIndex: -1 }), iconButton('close', 'app.close', onClose)),
    ...children);
}

export class ChatPanel {
  #list = el('ol', { class: 'messages', tabIndex: 0, label: 'chat.title' });
  #empty = el('p', { class: 'hint', text: 'chat.empty' });
  #readOnly = el('p', { class: 'hint read-only', text: 'chat.readOnly', hidden: true });
  #form;

  constructor({ onSend, onClose }) {
    this.input = el('textarea', { id: 'message', rows: 2, maxLength: LONGEST_MESSAGE, placeholder: 'chat.placeholder', label: 'chat.placeholder' });
    const send = () => {
      if (!this.input.value.trim()) return;
      onSend(this.input.value);
      this.input.value = '';
      this.input.focus();
    };
    this.input.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      send();
    });
    this.#form = el('form', { class: 'composer', on: { submit: (event) => { event.preventDefault(); send(); } } },
      this.input, el('button', { type: 'submit', class: 'icon-button send', label: 'chat.send' }, icon('send')));
    this.element = panel('chat', 'chat.title', onClose, this.#empty, this.#list, this.#form, this.#readOnly);
  }

  /** Whether the participant may write here, or only read. */
  setWritable(isWritable) {
    this.#form.hidden = !isWritable;
    this.#readOnly.hidden = isWritable;
  }

  focus() {
    (this.#form.hidden ? this.#list : this.input).focus();
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  add({ name, text: content, timestamp, isLocal }) {
    this.#empty.hidden = true;
    const time = new Date(timestamp);
    const atEnd = this.#list.scrollHeight - this.#list.scrollTop - this.#list.clientHeight < 60;
    this.#list.append(el('li', { class: isLocal ? 'mine' : '' },
      el('p', { class: 'message-head' }, el('strong', {}, name), ' ',
        el('time', { dateTime: time.toISOString() }, time.toLocaleTimeString(currentLanguage(), { hour: '2-digit', minute: '2-digit' }))),
      el('p', { class: 'message-text' }, ...linked(content))));
    if (atEnd || isLocal) this.#list.scrollTop = this.#list.scrollHeight;
  }
}

/** The text with its web addresses as links. */
function linked(content) {
  const parts = [];
  let end = 0;
  for (const match of content.matchAll(LINK)) {
    parts.push(content.slice(end, match.index));
    parts.push(el('a', { href: match[0], target: '_blank', rel: 'noopener noreferrer' }, match[0]));
    end = match.index + match[0].length;
  }
  return [...parts, content.slice(end)];
}

export class PeoplePanel {
  #list = el('ul', { class: 'people' });

  constructor({ onClose }) {
    this.element = panel('people', 'people.title', onClose, this.#list);
  }

  focus() {
    this.element.querySelector('h2').focus();
  }

  show(participants) {
    const rows = participants.map((participant) => {
      const { displayName: name, isLocal, speaking } = participant;
      const microphone = participant.track(TrackSource.MICROPHONE);
      const isMuted = !microphone || microphone.muted;
      const camera = participant.track(TrackSource.CAMERA);
      return el('li', {},
        el('span', { class: 'person-name' }, isLocal ? text('tile.you', { name }) : name),
        participant.track(TrackSource.SCREEN_SHARE) ? icon('screen') : null,
        icon(camera && !camera.muted ? 'camera' : 'cameraOff'),
        icon(isMuted ? 'micOff' : speaking ? 'voice' : 'mic'),
        isMuted ? el('span', { class: 'hidden-text', text: 'tile.muted' }) : null);
    });
    this.#list.replaceChildren(...rows);
  }
}
