// The page: reads the link, shows the lobby, the meeting and its end, and goes from one to the other.

import { CallView } from './call.js';
import { deviceProblems, openCamera, openMicrophone } from './devices.js';
import { el, iconButton, toast, translate } from './dom.js';
import { endTexts, endedView } from './ended.js';
import { openHelp } from './help.js';
import { makeInspection } from './inspection.js';
import { LobbyView } from './lobby.js';
import { mayPublish } from './permissions.js';
import { recall, remember } from './preferences.js';
import { refusalText } from './reasons.js';
import { TrackSource } from './schema.js';
import { Session } from './session.js';
import { LANGUAGES, currentLanguage, preferredLanguage, setLanguage, text } from './strings.js';
import { TokenError, guestsAreWelcome, invitationLink, newRoomName, readLink, requestToken } from './token.js';

const baseURL = new URL('.', location.href);
const link = readLink(location.href, history.state);
/** Whether a link without a token leads anywhere. */
const welcome = guestsAreWelcome(baseURL);
let current;
let lobby;

function start() {
  setLanguage(link.language ?? recall('language') ?? preferredLanguage(navigator.languages));
  keepTokenOutOfSight();
  applyTheme(recall('theme'));
  window.relais = makeInspection(() => current);
  addEventListener('pagehide', () => current?.session.leave());
  if (link.autojoin && link.room) joinByItself();
  else showLobby();
}

/** The token leaves the address bar, which others may see on a shared screen; a reload still finds it. */
function keepTokenOutOfSight() {
  if (link.token) history.replaceState({ token: link.token, room: link.room }, '', invitationLink(baseURL, link.room));
}

// MARK: frame of the page

function showPage(view, { isCall = false } = {}) {
  const header = isCall ? null : el('header', { class: 'top' },
    el('div', { class: 'brand' }, el('img', { src: 'icon.svg', alt: '', width: 32, height: 32 }),
      el('strong', {}, 'Relais'), el('span', { text: 'app.tagline' })), pageTools());
  const footer = isCall ? null : el('footer', {}, el('p', { text: 'app.privacy' }));
  document.getElementById('app').replaceChildren(...[header, view, footer].filter(Boolean));
  document.body.classList.toggle('in-call', isCall);
  if (isCall) view.querySelector('.call-top').append(pageTools());
  applyLanguage();
}

function pageTools() {
  const languages = el('select', { label: 'app.language', on: { change: () => { changeLanguage(languages.value); } } },
    ...Object.entries(LANGUAGES).map(([code, name]) => el('option', { value: code, lang: code }, name)));
  languages.value = currentLanguage();
  return el('div', { class: 'tools' }, languages, iconButton('theme', 'app.theme', toggleTheme), iconButton('help', 'app.help', openHelp));
}

function changeLanguage(code) {
  setLanguage(code);
  remember('language', code);
  applyLanguage();
}

function applyLanguage() {
  document.documentElement.lang = currentLanguage();
  translate(document.body);
  current?.view.refresh();
  lobby?.refresh();
  document.title = current?.session.room?.name ? `${current.session.room.name} – Relais` : `Relais – ${text('app.tagline')}`;
}

function toggleTheme() {
  const dark = document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  applyTheme(dark ? 'light' : 'dark');
  remember('theme', dark ? 'light' : 'dark');
}

function applyTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
}

function focusTitle() {
  document.getElementById('title')?.focus();
}

// MARK: ways from page to page

/** `problems`: `[key, values]` pairs of texts to show, if any. */
function showLobby(problems) {
  current = undefined;
  lobby?.close();
  const shown = new LobbyView({ link: { ...link, room: link.room ?? newRoomName() }, onJoin: join });
  lobby = shown;
  showPage(shown.element);
  if (problems) return shown.showError(problems);
  (shown.name.value ? shown.element.querySelector('[type=submit]') : shown.name).focus({ preventScroll: true });
  if (link.token) return;
  // Better told before a name is typed than after.
  welcome.then((isWelcome) => { if (!isWelcome && lobby === shown) shown.showError([['error.invitedOnly', {}]]); });
}

async function joinByItself() {
  const errors = {};
  const open = async (kind, source, opener, device) => {
    if (!link[kind] || !mayPublish(link.permission, source)) return undefined;
    return opener(recall(device)).catch((error) => { errors[kind] = error; });
  };
  const [audio, video] = await Promise.all([
    open('audio', TrackSource.MICROPHONE, openMicrophone, 'audioinput'), open('video', TrackSource.CAMERA, openCamera, 'videoinput'),
  ]);
  for (const [key, values] of deviceProblems(errors)) toast(key, values, true);
  await join({ name: link.name ?? recall('name') ?? '', room: link.room, audio, video });
}

/** Gets a token where none was given, and enters the meeting. */
async function join({ name, room, audio, video }) {
  link.room = room;
  link.name = name;
  try {
    const granted = link.token ? { token: link.token } : await requestToken(baseURL, room, name);
    const renewToken = link.token ? undefined
      : async () => (await requestToken(baseURL, room, name, granted.token)).token;
    enter({ token: granted.token, renewToken, room, name, initial: { audio, video } });
  } catch (error) {
    const problems = [error instanceof TokenError ? refusalText(error.status, error.detail) : ['error.unreachable', {}]];
    if (lobby) return lobby.showError(problems);
    audio?.stop();
    video?.stop();
    showLobby(problems);
  }
}

function enter({ token, renewToken, room, name, initial }) {
  lobby?.close({ keepTracks: true });
  lobby = undefined;
  history.replaceState(history.state, '', invitationLink(baseURL, room));
  const codecWish = link.codec ?? recall('codec');
  const session = new Session({ baseURL, token, renewToken, name, codecWish });
  const view = new CallView({ session, link: invitationLink(baseURL, room), initial });
  current = { session, view };
  welcome.then((isWelcome) => view.setInviting(isWelcome));
  let hasConnected = false;
  session.on('state', (state) => {
    if (state === 'connected') hasConnected = true;
    if (state === 'connected') applyLanguage();
    if (state === 'ended') finish(session, view, hasConnected);
  });
  showPage(view.element, { isCall: true });
  focusTitle();
  session.join();
}

function finish(session, view, hasConnected) {
  view.close();
  if (!hasConnected && session.end.reason !== 'left') {
    return showFailure(session.end.reason === 'unreachable' && !session.end.status ? [['error.unreachable', {}]] : endTexts(session.end));
  }
  showPage(endedView(session.end, { onRejoin: () => showLobby(), onHome: goHome }));
  focusTitle();
}

/** The lobby again, with the reason; `relais.ended` still tells it. */
function showFailure(problems) {
  const failed = current;
  showLobby(problems);
  current = failed;
}

function goHome() {
  Object.assign(link, { token: undefined, room: undefined, permission: undefined, nameIsFixed: false });
  history.replaceState(null, '', baseURL.href);
  showLobby();
}

start();
