// The page after the meeting: why it ended, and the ways on.

import { el } from './dom.js';

export function endedView({ reason, detail }, { onRejoin, onHome }) {
  const title = el('h1', { text: 'ended.title', id: 'title', tabIndex: -1 });
  return el('main', { id: 'content', class: 'ended', tabIndex: -1 }, el('div', { class: 'card' },
    title,
    el('p', { class: 'ended-reason', role: 'status', 'data-reason': reason, text: `ended.${reason}` }),
    detail && el('p', { class: 'hint' }, detail),
    el('div', { class: 'row' },
      el('button', { type: 'button', class: 'primary', text: 'ended.rejoin', on: { click: onRejoin } }),
      el('button', { type: 'button', class: 'secondary', text: 'ended.home', on: { click: onHome } }))));
}
