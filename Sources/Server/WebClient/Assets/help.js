// The help dialog, and the keyboard shortcuts that it explains. They can be switched off (WCAG 2.1.4).

import { el, iconButton } from './dom.js';
import { recall, remember } from './preferences.js';

/** Key to command; the texts are `help.<command>`. */
const SHORTCUTS = { m: 'mic', v: 'camera', p: 'share', c: 'chat', l: 'people', s: 'stats', '?': 'help' };

/** The key of a command, for `aria-keyshortcuts`. */
export function shortcutOf(command) {
  return Object.keys(SHORTCUTS).find((key) => SHORTCUTS[key] === command)?.toUpperCase();
}

export function openHelp() {
  const enabled = el('input', { type: 'checkbox', id: 'shortcuts', checked: shortcutsAreOn() });
  enabled.addEventListener('change', () => remember('shortcuts', enabled.checked ? '' : 'off'));
  const rows = [...Object.entries(SHORTCUTS), ['Esc', 'escape']].map(([key, command]) => {
    return el('div', {}, el('dt', {}, el('kbd', {}, key.length === 1 ? key.toUpperCase() : key)), el('dd', { text: `help.${command}` }));
  });
  const dialog = el('dialog', { class: 'help', 'aria-labelledby': 'help-title' },
    el('header', {}, el('h2', { id: 'help-title', text: 'help.title' }), iconButton('close', 'app.close', () => dialog.close())),
    el('p', { text: 'help.intro' }), el('dl', {}, ...rows),
    el('p', { class: 'row' }, enabled, el('label', { htmlFor: 'shortcuts', text: 'help.enabled' })));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function shortcutsAreOn() {
  return recall('shortcuts') !== 'off';
}

/** Calls `commands[name]` for the shortcuts pressed outside text fields. Returns the function that ends it. */
export function listenForShortcuts(commands) {
  const listener = (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector('dialog[open]')) return;
    if (event.key === 'Escape') return commands.escape?.();
    if (event.repeat || !shortcutsAreOn() || event.target.closest?.('input, textarea, select, [contenteditable]')) return;
    const command = commands[SHORTCUTS[event.key.toLowerCase()]];
    if (!command) return;
    event.preventDefault();
    command();
  };
  addEventListener('keydown', listener);
  return () => removeEventListener('keydown', listener);
}
