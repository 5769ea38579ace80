// Access tokens: asked for from the server, or given in the link.

import { claimedPermission } from './permissions.js';

/** The server's refusal of a token. `status` is the HTTP status, `detail` the server's explanation (may be empty). */
export class TokenError extends Error {
  constructor(status, detail) {
    super(detail || `HTTP ${status}`);
    this.status = status;
    this.detail = detail;
  }
}

/** Asks for a token for `room`: `{ token, identity, room }`. Whoever shows the `token` of before keeps its identity. */
export async function requestToken(baseURL, room, name, token) {
  const url = new URL(`api/v1/rooms/${encodeURIComponent(room)}/tokens`, baseURL);
  const response = await fetch(url, {
    method: 'POST', cache: 'no-store', headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify({ name, ...(token && { token }) }),
  });
  const body = await response.json().catch(() => ({}));
  if (!response.ok || typeof body.token !== 'string') throw new TokenError(response.status, body.detail ?? body.title ?? '');
  return body;
}

/** The claims of a token, unverified: good enough to show what it is for. */
export function tokenClaims(token) {
  try {
    const payload = token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) ?? {};
  } catch {
    return {};
  }
}

/** A room name that nobody guesses: ten letters without look-alikes. */
export function newRoomName() {
  const letters = 'abcdefghjkmnpqrstuvwxyz';
  const random = crypto.getRandomValues(new Uint32Array(10));
  const name = [...random].map((value) => letters[value % letters.length]).join('');
  return `${name.slice(0, 3)}-${name.slice(3, 7)}-${name.slice(7)}`;
}

/** Whether the server gives tokens to whoever opens the page. What it does not say counts as yes. */
export async function guestsAreWelcome(baseURL) {
  try {
    const answer = await fetch(new URL('api/v1/rooms/any/tokens', baseURL), { method: 'OPTIONS', cache: 'no-store' });
    const methods = answer.headers.get('Allow');
    return !methods || methods.toUpperCase().includes('POST');
  } catch {
    return true;
  }
}

/**
 * What a link asks for: `{ room, token, name, autojoin, audio, video, language, codec, … }`, and what its token says:
 * `nameIsFixed` (the name is the token's) and `permission` (undefined without a token).
 *
 * The token stands in the fragment, which no server and no proxy gets to see, or in the query, where people put it.
 * `kept` is a token of before this page was loaded again, `{ token, room }`.
 */
export function readLink(href, kept) {
  const url = new URL(href);
  const fragment = new URLSearchParams(url.hash.slice(1));
  const get = (key) => url.searchParams.get(key) || fragment.get(key) || undefined;
  const flag = (key, initial) => (get(key) === undefined ? initial : get(key) === '1' || get(key) === 'true');
  const token = fragment.get('token') || get('token') || (kept?.token && kept.room === get('room') ? kept.token : undefined);
  const claims = token ? tokenClaims(token) : {};
  const permission = token ? claimedPermission(claims) : undefined;
  const nameIsFixed = Boolean(permission && !permission.canUpdateMetadata);
  return {
    token, permission, nameIsFixed, room: claims.video?.room || get('room'),
    name: claims.name || (nameIsFixed ? claims.sub : get('name')),
    autojoin: flag('autojoin', false), audio: flag('audio', true), video: flag('video', true), language: get('lang'),
    codec: get('codec'),
  };
}

/** The link that invites others to `room`. Never holds a token. */
export function invitationLink(baseURL, room) {
  const url = new URL(baseURL);
  url.search = room ? new URLSearchParams({ room }) : '';
  url.hash = '';
  return url.href;
}
