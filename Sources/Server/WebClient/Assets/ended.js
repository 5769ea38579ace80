// The page after the meeting: why it ended, and the ways on.

import { el, setText } from './dom.js';
import { refusalText } from './reasons.js';

/** The texts that say why a session ended, as `[key, values]` pairs. */
export function endTexts({ reason, detail, status }) {
  const texts = [[`ended.${reason}`, {}]];
  if (status) texts.push(refusalText(status, detail));
  return texts;
}

export function endedView(end, { onRejoin, onHome }) {
  const reasons = el('div', { class: 'ended-reason', role: 'status', 'data-reason': end.reason }, ...endTexts(end).map(([key, values]) => {
    const line = el('p');
    setText(line, 'text', key, values);
    return line;
  }));
  const title = el('h1', { text: 'ended.title', id: 'title', tabIndex: -1 });
  return el('main', { id: 'content', class: 'ended', tabIndex: -1 }, el('div', { class: 'card' },
    title,
    reasons,
    el('div', { class: 'row' },
      el('button', { type: 'button', class: 'primary', text: 'ended.rejoin', on: { click: onRejoin } }),
      el('button', { type: 'button', class: 'secondary', text: 'ended.home', on: { click: onHome } }))));
}
