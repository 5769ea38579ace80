// Access tokens: asked for from the server, or given in the link.

/** The server's refusal of a token. `status` is the HTTP status, `detail` the server's explanation (may be empty). */
export class TokenError extends Error {
  constructor(status, detail) {
    super(detail || `HTTP ${status}`);
    this.status = status;
    this.detail = detail;
  }
}

/** Asks for a token for `room`: `{ token, identity, room }`. An `identity` of before is asked for again. */
export async function requestToken(baseURL, room, name, identity) {
  const url = new URL(`api/v1/rooms/${encodeURIComponent(room)}/tokens`, baseURL);
  const response = await fetch(url, {
    method: 'POST', cache: 'no-store', headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify({ name, ...(identity && { identity }) }),
  });
  const body = await response.json().catch(() => ({}));
  if (!response.ok || typeof body.token !== 'string') throw new TokenError(response.status, body.detail ?? body.title ?? '');
  return body;
}

/** The claims of a token, unverified: good enough to show the room's name. */
export function tokenClaims(token) {
  try {
    const payload = token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
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

/** What a link asks for: `{ room, token, name, autojoin, audio, video, language }`. */
export function readLink(href) {
  const url = new URL(href);
  const fragment = new URLSearchParams(url.hash.slice(1));
  const get = (key) => url.searchParams.get(key) ?? fragment.get(key) ?? undefined;
  const flag = (key, initial) => (get(key) === undefined ? initial : get(key) === '1' || get(key) === 'true');
  const token = fragment.get('token') ?? undefined;
  const claims = token ? tokenClaims(token) : {};
  return {
    token, room: claims.video?.room ?? get('room'), name: claims.name || get('name'),
    autojoin: flag('autojoin', false), audio: flag('audio', true), video: flag('video', true), language: get('lang'),
  };
}

/** The link that invites others to `room`. Never holds a token. */
export function invitationLink(baseURL, room) {
  const url = new URL(baseURL);
  url.search = new URLSearchParams({ room });
  url.hash = '';
  return url.href;
}
