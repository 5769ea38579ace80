// Data packets, text streams and chat.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load, seededRandom } from './assets.mjs';

const { Chat, readLegacy } = await load('chat.js');
const { DataChannels } = await load('data.js');
const { decode, encode } = await load('protobuf.js');
const { DataPacket } = await load('schema.js');
const { CHUNK_BYTES, TextStreamReader, splitText, textStreamPackets } = await load('streams.js');

const from = (identity, packet) => ({ ...packet, participantIdentity: identity });
const sent = (text, options = {}) => textStreamPackets(text, { id: 's1', topic: 'lk.chat', timestamp: 5, ...options });
/** A packet as it comes out of the wire. */
const received = (packet) => decode(DataPacket, encode(DataPacket, packet));
const readAll = (reader, packets) => packets.map((packet) => reader.take(received(packet))).find(Boolean);

test('a text survives being cut and put together', () => {
  for (const text of ['', 'a', 'Bonjour à tous 😀', '€'.repeat(11000), 'é😀'.repeat(9000)]) {
    const packets = sent(text).map((packet) => from('bob', packet));
    const result = readAll(new TextStreamReader(), packets);
    assert.equal(result.text, text);
    assert.deepEqual([result.id, result.topic, result.identity, result.timestamp], ['s1', 'lk.chat', 'bob', 5]);
  }
});

test('chunks stay under their limit and end between characters', () => {
  const random = seededRandom(7);
  const characters = ['a', 'é', '€', '😀'];
  const text = Array.from({ length: 30000 }, () => characters[Math.floor(random() * 4)]).join('');
  const pieces = splitText(new TextEncoder().encode(text), CHUNK_BYTES);
  const strict = new TextDecoder('utf-8', { fatal: true });
  assert.equal(pieces.map((piece) => strict.decode(piece)).join(''), text);
  assert.ok(pieces.length > 3 && pieces.every(({ length }) => length > 0 && length <= CHUNK_BYTES));
});

test('a stream with a gap, a wrong length or without a header gives nothing', () => {
  const packets = sent('€'.repeat(11000)).map((packet) => from('bob', packet));
  assert.equal(packets.length, 5);
  for (const missing of [0, 1, 2, 3]) {
    assert.equal(readAll(new TextStreamReader(), packets.filter((_, index) => index !== missing)), undefined);
  }
  const swapped = [packets[0], packets[2], packets[1], packets[3], packets[4]];
  assert.equal(readAll(new TextStreamReader(), swapped), undefined);
});

test('two senders may use the same stream id', () => {
  const reader = new TextStreamReader();
  const [header, chunk, trailer] = sent('de bob').map((packet) => from('bob', packet));
  const other = sent('de zoé').map((packet) => from('zoe', packet));
  const results = [header, other[0], chunk, other[1], trailer, other[2]].map((packet) => reader.take(received(packet))).filter(Boolean);
  assert.deepEqual(results.map(({ identity, text }) => [identity, text]), [['bob', 'de bob'], ['zoe', 'de zoé']]);
});

test('open streams are bounded in number and length', () => {
  const reader = new TextStreamReader();
  const streams = Array.from({ length: 100 }, (_, index) => sent('x', { id: `s${index}` }));
  for (const [header] of streams) reader.take(received(from('bob', header)));
  const complete = streams.map((packets) => readAll(reader, packets.slice(1).map((packet) => from('bob', packet))));
  assert.equal(complete.filter(Boolean).length, 64);
  const endless = new TextStreamReader();
  endless.take(received(from('bob', { streamHeader: { streamId: 'e', textHeader: {} } })));
  const content = new Uint8Array(15000).fill(65);
  for (let chunkIndex = 0; chunkIndex < 80; chunkIndex += 1) {
    endless.take(received(from('bob', { streamChunk: { streamId: 'e', chunkIndex, content } })));
  }
  assert.equal(endless.take(received(from('bob', { streamTrailer: { streamId: 'e' } }))), undefined);
});

test('a text inside its header needs no chunk; a compressed one is left out', () => {
  const header = { streamId: 's', topic: 'lk.chat', textHeader: {}, inlineContent: new TextEncoder().encode('court') };
  assert.equal(new TextStreamReader().take(received(from('bob', { streamHeader: header }))).text, 'court');
  assert.equal(new TextStreamReader().take(received(from('bob', { streamHeader: { ...header, compression: 1 } }))), undefined);
});

/** A data channel that keeps what is sent. */
function fakeChannels(readyState = 'open') {
  const channel = (label, id) => ({ label, id, readyState, sent: [], send(bytes) { this.sent.push(decode(DataPacket, bytes)); } });
  return { reliable: channel('_reliable', 1), lossy: channel('_lossy', 3) };
}

const deliver = (channel, packet) => channel.onmessage({ data: encode(DataPacket, packet).slice().buffer });

test('reliable packets are numbered from 1, wait for the channel, and are sent again after a resume', () => {
  const data = new DataChannels();
  const channels = fakeChannels('connecting');
  data.attach(channels);
  data.sendReliable({ user: { payload: new Uint8Array([1]) } });
  assert.equal(channels.reliable.sent.length, 0);
  channels.reliable.readyState = 'open';
  channels.reliable.onopen();
  data.sendReliable({ user: { payload: new Uint8Array([2]) } });
  data.sendReliable({ user: { payload: new Uint8Array([3]) } });
  assert.deepEqual(channels.reliable.sent.map(({ sequence }) => sequence), [1, 2, 3]);
  data.resume(1);
  assert.deepEqual(channels.reliable.sent.slice(3).map(({ sequence }) => sequence), [2, 3]);
  const next = fakeChannels();
  data.attach(next);
  data.sendReliable({ user: { payload: new Uint8Array([4]) } });
  assert.equal(next.reliable.sent[0].sequence, 1);
});

test('lossy packets have no number and are dropped while the channel is closed', () => {
  const data = new DataChannels();
  const channels = fakeChannels();
  data.attach(channels);
  assert.equal(data.sendLossy({ user: { payload: new Uint8Array([1]) } }), true);
  assert.deepEqual([channels.lossy.sent[0].sequence, channels.lossy.sent[0].kind], [0, 1]);
  channels.lossy.readyState = 'closing';
  assert.equal(data.sendLossy({ user: { payload: new Uint8Array([1]) } }), false);
});

test('a packet that was seen before is not delivered again; unreadable ones are left out', () => {
  const data = new DataChannels();
  const channels = fakeChannels();
  data.attach(channels);
  const heard = [];
  data.on('packet', ({ participantSid, sequence }) => heard.push(`${participantSid}${sequence}`));
  for (const [participantSid, sequence] of [['PA_a', 1], ['PA_a', 2], ['PA_a', 2], ['PA_a', 1], ['PA_b', 1], ['PA_a', 3], ['', 0], ['', 0]]) {
    deliver(channels.reliable, { participantSid, sequence, user: {} });
  }
  const warn = console.warn;
  console.warn = () => {};
  channels.reliable.onmessage({ data: new Uint8Array([0xff, 0xff]).buffer });
  channels.reliable.onmessage({ data: 'text' });
  console.warn = warn;
  assert.deepEqual(heard, ['PA_a1', 'PA_a2', 'PA_b1', 'PA_a3', '0', '0']);
  assert.deepEqual(data.state.datachannelReceiveStates, [{ publisherSid: 'PA_a', lastSeq: 3 }, { publisherSid: 'PA_b', lastSeq: 1 }]);
  assert.deepEqual(data.state.dataChannels, [{ label: '_reliable', id: 1 }, { label: '_lossy', id: 3 }]);
});

test('a chat message goes out in both forms and is shown once at the other end', () => {
  const alice = new DataChannels();
  const bob = new DataChannels();
  const [aliceChannels, bobChannels] = [fakeChannels(), fakeChannels()];
  alice.attach(aliceChannels);
  bob.attach(bobChannels);
  const names = (identity) => `nom de ${identity}`;
  const [aliceChat, bobChat] = [new Chat(alice, names), new Chat(bob, names)];
  const own = aliceChat.send('  Bonjour €  ', { identity: 'alice' });
  assert.equal(own.text, 'Bonjour €');
  assert.equal(aliceChat.send('   ', { identity: 'alice' }), undefined);
  assert.equal(aliceChannels.reliable.sent.length, 4);
  for (const packet of aliceChannels.reliable.sent) {
    deliver(bobChannels.reliable, { ...packet, participantIdentity: 'alice', participantSid: 'PA_a' });
  }
  assert.deepEqual(bobChat.messages.map(({ id, identity, name, text, isLocal }) => ({ id, identity, name, text, isLocal })), [
    { id: own.id, identity: 'alice', name: 'nom de alice', text: 'Bonjour €', isLocal: false },
  ]);
});

test('the older form alone is shown too; rubbish on its topic is not', () => {
  const payload = (object) => new TextEncoder().encode(typeof object === 'string' ? object : JSON.stringify(object));
  assert.deepEqual(readLegacy(payload({ id: 'i', timestamp: 9, message: 'salut' })), { id: 'i', timestamp: 9, text: 'salut' });
  for (const rubbish of ['', 'null', '[]', '{"message":5}', { id: 'i', message: 'x', ignoreLegacy: true }]) {
    assert.equal(readLegacy(payload(rubbish)), undefined);
  }
});
