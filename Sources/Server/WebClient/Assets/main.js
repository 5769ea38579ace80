// The page: reads the link, shows the lobby, the meeting and its end, and goes from one to the other.

import { CallView } from './call.js';
import { deviceProblem, openCamera, openMicrophone } from './devices.js';
import { el, iconButton, toast, translate } from './dom.js';
import { endedView } from './ended.js';
import { openHelp } from './help.js';
import { makeInspection } from './inspection.js';
import { LobbyView } from './lobby.js';
import { recall, remember } from './preferences.js';
import { Session } from './session.js';
import { LANGUAGES, currentLanguage, preferredLanguage, setLanguage, text } from './strings.js';
import { TokenError, invitationLink, newRoomName, readLink, requestToken } from './token.js';

const baseURL = new URL('.', location.href);
const link = readLink(location.href);
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
  if (link.token) history.replaceState({ token: link.token, room: link.room }, '', invitationLink(baseURL, link.room ?? ''));
  else if (history.state?.token && history.state.room === link.room) link.token = history.state.token;
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

function showLobby(message) {
  current = undefined;
  lobby?.close();
  lobby = new LobbyView({ link: { ...link, room: link.room ?? newRoomName() }, onJoin: join });
  showPage(lobby.element);
  if (message) lobby.showError(message);
  else (lobby.name.value ? lobby.element.querySelector('[type=submit]') : lobby.name).focus({ preventScroll: true });
}

async function joinByItself() {
  const opened = async (open, kind) => open(recall(kind)).catch((error) => {
    toast(text(deviceProblem(error), { device: text(kind === 'audioinput' ? 'lobby.microphone' : 'lobby.camera') }), true);
  });
  const [audio, video] = await Promise.all([
    link.audio ? opened(openMicrophone, 'audioinput') : undefined, link.video ? opened(openCamera, 'videoinput') : undefined,
  ]);
  await join({ name: link.name ?? recall('name') ?? '', room: link.room, audio, video });
}

/** Gets a token where none was given, and enters the meeting. */
async function join({ name, room, audio, video }) {
  link.room = room;
  link.name = name;
  try {
    const granted = link.token ? { token: link.token } : await requestToken(baseURL, room, name);
    const renewToken = link.token ? undefined
      : async () => (await requestToken(baseURL, room, name, granted.identity)).token;
    enter({ token: granted.token, renewToken, room, initial: { audio, video } });
  } catch (error) {
    const message = tokenMessage(error);
    if (lobby) return lobby.showError(message);
    audio?.stop();
    video?.stop();
    showLobby(message);
  }
}

function tokenMessage(error) {
  if (!(error instanceof TokenError)) return text('error.unreachable');
  if (error.status === 401 || error.status === 403) return [error.detail, text('error.token')].filter(Boolean).join(' ');
  return error.detail || text('error.request');
}

function enter({ token, renewToken, room, initial }) {
  lobby?.close({ keepTracks: true });
  lobby = undefined;
  history.replaceState(history.state, '', invitationLink(baseURL, room));
  const session = new Session({ baseURL, token, renewToken });
  const view = new CallView({ session, link: invitationLink(baseURL, room), initial });
  current = { session, view };
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
    const known = session.end.reason === 'refused' || session.end.reason === 'unreachable';
    const reason = text(known ? `error.${session.end.reason}` : `ended.${session.end.reason}`);
    return showFailure(session, [reason, session.end.detail].filter(Boolean).join(' '));
  }
  showPage(endedView(session.end, { onRejoin: () => showLobby(), onHome: goHome }));
  focusTitle();
}

/** The lobby again, with the reason; `relais.ended` still tells it. */
function showFailure(session, message) {
  const failed = current;
  showLobby(message);
  current = failed;
}

function goHome() {
  link.token = undefined;
  link.room = undefined;
  history.replaceState(null, '', baseURL.href);
  showLobby();
}

start();
