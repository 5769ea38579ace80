// Why the server refused something. Its own sentences are English; here they become texts of the page.

import { RequestReason } from './schema.js';

/** What the server's sentence holds, and the key of the text that says it; named groups become the text's values. */
const SENTENCES = [
  [/token expired \d+ seconds ago/, 'error.expired'],
  [/token becomes valid in/, 'error.notYetValid'],
  [/token is for another room/, 'error.otherRoom'],
  [/token lacks the grant/, 'error.grant'],
  [/gives no tokens to guests/, 'error.invitedOnly'],
  [/^requested room does not exist/, 'error.noRoom'],
  [/^The room is full: at most (?<count>\d+)/, 'error.roomFull'],
  [/^The server is full/, 'error.serverFull'],
  [/^The server is restarting/, 'error.restarting'],
  [/in the access token is too long/, 'error.tooLong'],
  [/access token/, 'error.token'],
];

/** The text for a refusal over HTTP, as `[key, values]`. `status` is the HTTP status, `detail` the server's sentence. */
export function refusalText(status, detail = '') {
  for (const [pattern, key] of SENTENCES) {
    const match = detail.match(pattern);
    if (match) return [key, { ...match.groups }];
  }
  if (status === 401 || status === 403) return ['error.token', {}];
  return [status >= 500 ? 'error.unreachable' : 'error.request', {}];
}

/** The text for a RequestResponse, as a key. */
export function requestRefusalKey(reason) {
  switch (reason) {
    case RequestReason.NOT_ALLOWED: return 'call.notAllowed';
    case RequestReason.LIMIT_EXCEEDED: return 'error.limit';
    case RequestReason.UNSUPPORTED_TYPE: return 'error.unsupported';
    default: return 'error.request';
  }
}
