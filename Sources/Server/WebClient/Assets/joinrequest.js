// The `join_request` parameter of the signalling URL: a WrappedJoinRequest in base64url with padding, gzip inside where
// the browser can compress.

import { encode } from './protobuf.js';
import { ClientSDK, JoinCompression, JoinRequest, PROTOCOL_VERSION, WrappedJoinRequest } from './schema.js';

/** The longest parameter value that every proxy on the way can be expected to carry in a request line. */
export const LONGEST_PARAMETER = 16384;

const CLIENT_VERSION = '1.0.0';

/** What the server is told about this client. `navigator` is the browser's. */
export function clientInfo(navigator) {
  const agent = navigator?.userAgent ?? '';
  const [, browser = '', browserVersion = ''] = agent.match(/(Firefox|Edg|OPR|Chrome)\/([\d.]+)/)
    ?? agent.match(/(Safari)\/([\d.]+)/) ?? [];
  const os = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS X', 'CrOS', 'Linux'].find((name) => agent.includes(name));
  return {
    sdk: ClientSDK.JS, version: CLIENT_VERSION, protocol: PROTOCOL_VERSION, os: os ?? '', browser, browserVersion,
    network: navigator?.connection?.effectiveType ?? '',
  };
}

/**
 * Encodes the fields of a JoinRequest as the parameter's value. An offer that would make the value longer than
 * LONGEST_PARAMETER is left out (`offerIncluded` false): it then goes as an `offer` message after the join.
 */
export async function encodeJoinRequest(fields, gzip = gzipBytes) {
  const parameter = await wrap(fields, gzip);
  if (parameter.length <= LONGEST_PARAMETER || !fields.publisherOffer) {
    return { parameter, offerIncluded: Boolean(fields.publisherOffer) };
  }
  return { parameter: await wrap({ ...fields, publisherOffer: undefined }, gzip), offerIncluded: false };
}

async function wrap(fields, gzip) {
  const plain = encode(JoinRequest, fields);
  const compressed = await gzip(plain);
  return base64url(encode(WrappedJoinRequest, compressed && compressed.length < plain.length
    ? { compression: JoinCompression.GZIP, joinRequest: compressed }
    : { compression: JoinCompression.NONE, joinRequest: plain }));
}

/** `bytes` in gzip, or undefined in a browser without CompressionStream. */
export async function gzipBytes(bytes) {
  if (typeof CompressionStream === 'undefined') return undefined;
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** RFC 4648 section 5, padding kept. */
export function base64url(bytes) {
  let text = '';
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_');
}
