// Building elements, and their texts in the chosen language.

import { text } from './strings.js';

const SVG = 'http://www.w3.org/2000/svg';
const MOST_TOASTS = 3;

/**
 * Makes an element. Attributes: `text`, `label`, `placeholder` are keys of texts (label sets aria-label and a tooltip);
 * `on` is an object of event listeners; the others are set as properties where the element has them, else as attributes.
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null) continue;
    if (name === 'on') for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (name === 'text' || name === 'label' || name === 'placeholder') setText(element, name, value);
    else if (name === 'class') element.className = value;
    else if (name in element && name !== 'list' && name !== 'form') element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

/** Binds a text of `element` to a key: it follows the language from then on. All texts of an element share `values`. */
export function setText(element, part, key, values) {
  const written = values && JSON.stringify(values);
  if (element.dataset[part] === key && (!written || element.dataset.values === written)) return;
  element.dataset[part] = key;
  if (written) element.dataset.values = written;
  translateOne(element);
}

/** Gives all bound texts under `root` the current language. */
export function translate(root) {
  for (const element of root.querySelectorAll('[data-text],[data-label],[data-placeholder]')) translateOne(element);
}

function translateOne(element) {
  const { text: content, label, placeholder, values } = element.dataset;
  const parameters = values ? JSON.parse(values) : {};
  if (content) element.textContent = text(content, parameters);
  if (label) {
    element.setAttribute('aria-label', text(label, parameters));
    element.title = text(label, parameters);
  }
  if (placeholder) element.placeholder = text(placeholder, parameters);
}

const ICONS = {
  mic: 'M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM5 11a7 7 0 0 0 14 0M12 18v3',
  micOff: 'M15 9.5V6a3 3 0 0 0-5.7-1.3M9 9v2a3 3 0 0 0 4.5 2.6M5 11a7 7 0 0 0 10.8 5.9M19 11a7 7 0 0 1-.6 2.8M12 18v3M4 3l16 18',
  camera: 'M4 7h9a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H4a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1zM15 11l6-3.5v9L15 13',
  cameraOff: 'M8 7h5a2 2 0 0 1 2 2v5M13 17H4a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1M15 11l6-3.5v9l-3-1.7M4 3l16 18',
  screen: 'M3 5h18v12H3zM8 21h8M12 17v4M12 14V9M9.5 11L12 8.5l2.5 2.5',
  chat: 'M4 5h16v11h-9l-5 4v-4H4zM8 9h8M8 12h5',
  people: 'M9 11a3.2 3.2 0 1 0 0-6.4A3.2 3.2 0 0 0 9 11zM3 19a6 6 0 0 1 12 0M16 5a3 3 0 0 1 0 5.8M17 13.5a6 6 0 0 1 4 5.5',
  stats: 'M4 20V10M10 20V4M16 20v-7M21 20H3',
  help: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M12 16.8v.2',
  leave: 'M2 14.5C7 8 17 8 22 14.5l-2.6 3-4.6-1.8v-3.2a9 9 0 0 0-5.6 0v3.2L4.6 17.5z',
  copy: 'M9 15l6-6M10.5 6.5l2-2a4 4 0 0 1 5.7 5.7l-2 2M13.5 17.5l-2 2a4 4 0 0 1-5.7-5.7l2-2',
  pin: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5',
  close: 'M5 5l14 14M19 5L5 19',
  send: 'M4 12l16-8-6 16-3-7z',
  theme: 'M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6l1.4 1.4M17 17l1.4 1.4M5.6 18.4L7 17M17 7l1.4-1.4M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8z',
  voice: 'M5 10v4M9 7v10M13 9v6M17 5v14M21 10v4',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 20a8 8 0 0 1 16 0',
};

/** A line drawing that says nothing to a screen reader. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

/** A button with an icon; `caption` (a text key) is shown below it. */
export function iconButton(iconName, label, onClick, { caption, className = '' } = {}) {
  return el('button', { type: 'button', class: `icon-button ${className}`, label, on: { click: onClick } },
    icon(iconName), caption && el('span', { class: 'caption', text: caption }));
}

export function changeIcon(button, iconName) {
  if (button.dataset.icon === iconName) return;
  button.dataset.icon = iconName;
  button.querySelector('svg').replaceWith(icon(iconName));
}

/** Says `message` to screen readers, without moving the focus. */
export function announce(message, isUrgent = false) {
  const region = document.getElementById(isUrgent ? 'live-assertive' : 'live-polite');
  const line = el('p', {}, message);
  region.append(line);
  setTimeout(() => line.remove(), 5000);
}

/** Shows the text `key` for a few seconds, in the language of the page whatever it becomes, and says it to screen readers. */
export function toast(key, values, isUrgent = false) {
  announce(text(key, values), isUrgent);
  const note = el('div', { class: `toast${isUrgent ? ' urgent' : ''}`, 'aria-hidden': 'true' });
  setText(note, 'text', key, values);
  const toasts = document.getElementById('toasts');
  toasts.append(note);
  while (toasts.children.length > MOST_TOASTS) toasts.firstChild.remove();
  setTimeout(() => note.remove(), isUrgent ? 8000 : 5000);
}
