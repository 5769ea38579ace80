// The join request, tokens, links, and the pauses between attempts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { load } from './assets.mjs';

const { LONGEST_PARAMETER, base64url, clientInfo, encodeJoinRequest } = await load('joinrequest.js');
const { decode } = await load('protobuf.js');
const { JoinRequest, WrappedJoinRequest } = await load('schema.js');
const { TimeoutError, backoffMilliseconds, sleep, withTimeout } = await load('timing.js');
const { invitationLink, newRoomName, readLink, tokenClaims } = await load('token.js');

const offer = (length) => ({ type: 'offer', id: 1, sdp: 'a=candidate\r\n'.repeat(length / 13) });

function unwrap(parameter) {
  const wrapped = decode(WrappedJoinRequest, new Uint8Array(Buffer.from(parameter, 'base64url')));
  const inner = wrapped.compression === 1 ? gunzipSync(wrapped.joinRequest) : wrapped.joinRequest;
  return { compression: wrapped.compression, request: decode(JoinRequest, new Uint8Array(inner)) };
}

test('a join request with an offer is compressed and can be unwrapped', async () => {
  const fields = { clientInfo: { sdk: 1, protocol: 16 }, connectionSettings: { autoSubscribe: true }, publisherOffer: offer(13000) };
  const { parameter, offerIncluded } = await encodeJoinRequest(fields);
  const { compression, request } = unwrap(parameter);
  assert.equal(compression, 1);
  assert.equal(offerIncluded, true);
  assert.equal(request.publisherOffer.sdp, fields.publisherOffer.sdp);
  assert.equal(request.publisherOffer.id, 1);
  assert.equal(request.connectionSettings.autoSubscribe, true);
  assert.match(parameter, /^[A-Za-z0-9_-]+={0,2}$/);
  assert.equal(parameter.length % 4, 0);
});

test('without compression a short offer goes along, a long one separately', async () => {
  const short = await encodeJoinRequest({ publisherOffer: offer(6500) }, async () => undefined);
  assert.deepEqual([short.offerIncluded, unwrap(short.parameter).compression], [true, 0]);
  const long = await encodeJoinRequest({ reconnect: true, publisherOffer: offer(26000) }, async () => undefined);
  assert.equal(long.offerIncluded, false);
  assert.ok(long.parameter.length < LONGEST_PARAMETER);
  const { request } = unwrap(long.parameter);
  assert.equal(request.publisherOffer, undefined);
  assert.equal(request.reconnect, true);
});

test('a small request stays uncompressed', async () => {
  const { parameter } = await encodeJoinRequest({ reconnect: true, participantSid: 'PA_1' });
  assert.deepEqual([unwrap(parameter).compression, unwrap(parameter).request.participantSid], [0, 'PA_1']);
});

test('base64url keeps its padding', () => {
  assert.equal(base64url(new Uint8Array([0xfb, 0xff])), '-_8=');
  assert.equal(base64url(new Uint8Array(0)), '');
  const large = new Uint8Array(50000).fill(255);
  assert.equal(base64url(large), Buffer.from(large).toString('base64').replaceAll('/', '_').replaceAll('+', '-'));
});

test('the client names its browser', () => {
  const info = clientInfo({ userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0' });
  assert.deepEqual([info.browser, info.browserVersion, info.os], ['Firefox', '128.0', 'Linux']);
  assert.equal(clientInfo(undefined).browser, '');
});

test('the pauses grow, and are spread from the third on', () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 9, 29].map((attempt) => backoffMilliseconds(attempt, () => 0)), [0, 300, 1200, 2700, 4800, 7000, 7000, 7000]);
  assert.deepEqual([0, 1, 2, 5].map((attempt) => backoffMilliseconds(attempt, () => 0.999)), [0, 300, 2199, 7999]);
});

test('a sleep can be cut short, a time limit is kept', async () => {
  const hurry = new AbortController();
  const started = performance.now();
  setTimeout(() => hurry.abort(), 10);
  await sleep(5000, hurry.signal);
  assert.ok(performance.now() - started < 2000);
  await assert.rejects(withTimeout(new Promise(() => {}), 5, 'test'), TimeoutError);
  assert.equal(await withTimeout(Promise.resolve(7), 1000, 'test'), 7);
});

const jwt = (claims) => `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.y`;
const token = jwt({ sub: 'elo', name: 'Élodie', video: { room: 'équipe' } });

test('a link names room, name and devices', () => {
  assert.deepEqual(readLink('https://h.example/?room=a&name=B&autojoin=1&audio=0&video=1&codec=vp9'), {
    token: undefined, permission: undefined, nameIsFixed: false, room: 'a', name: 'B', autojoin: true, audio: false, video: true,
    language: undefined, codec: 'vp9',
  });
  assert.equal(readLink('https://h.example/#room=caf%C3%A9').room, 'café');
  assert.equal(readLink('https://h.example/?room=').room, undefined);
});

test('a token is taken from the fragment or the query, and tells room, name and rights', () => {
  for (const href of [`https://h.example/?room=other#token=${token}`, `https://h.example/?token=${token}`, `https://h.example/?token=bad#token=${token}`]) {
    const link = readLink(href);
    assert.deepEqual([link.room, link.name, link.token, link.nameIsFixed], ['équipe', 'Élodie', token, true], href);
  }
  const rubbish = readLink('https://h.example/#token=rubbish&name=Zo%C3%A9');
  assert.deepEqual([rubbish.token, rubbish.room, rubbish.name], ['rubbish', undefined, undefined]);
  assert.deepEqual([tokenClaims('rubbish'), tokenClaims(jwt(null))], [{}, {}]);
});

test('a name is fixed by a token that allows no other', () => {
  const nameless = readLink(`https://h.example/?name=Bob#token=${jwt({ sub: 'elo', video: { room: 'r' } })}`);
  assert.deepEqual([nameless.name, nameless.nameIsFixed], ['elo', true]);
  const free = readLink(`https://h.example/?name=Bob#token=${jwt({ sub: 'elo', video: { room: 'r', canUpdateOwnMetadata: true } })}`);
  assert.deepEqual([free.name, free.nameIsFixed], ['Bob', false]);
});

test('a reload finds the token of this room, and not that of another', () => {
  const kept = { token, room: 'équipe' };
  assert.equal(readLink('https://h.example/?room=%C3%A9quipe', kept).token, token);
  assert.equal(readLink('https://h.example/?room=other', kept).token, undefined);
  assert.equal(readLink('https://h.example/?room=other', null).token, undefined);
});

test('the invitation names the room and nothing else', () => {
  assert.equal(invitationLink('https://h.example/visio/?x=1#token=t', 'a b&c'), 'https://h.example/visio/?room=a+b%26c');
  assert.equal(invitationLink('https://h.example/visio/?x=1', undefined), 'https://h.example/visio/');
});

test('new room names are long and differ', () => {
  const names = new Set(Array.from({ length: 100 }, newRoomName));
  assert.equal(names.size, 100);
  for (const name of names) assert.match(name, /^[a-z]{3}-[a-z]{4}-[a-z]{3}$/);
});
