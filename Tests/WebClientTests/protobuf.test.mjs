// The protobuf codec, against bytes of the official classes (see compare_with_livekit.py) and against bad input.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromHex, load, seededRandom, testsFolder, toHex } from './assets.mjs';

const { ProtobufError, decode, encode, message } = await load('protobuf.js');
const { DataPacket, JoinRequest, SignalRequest, SignalResponse } = await load('schema.js');
const golden = JSON.parse(readFileSync(join(testsFolder, 'golden-messages.json'), 'utf8'));

const layer = (quality) => ({
  quality, width: 320 << quality, height: 180 << quality, bitrate: 160000, ssrc: 4294967295, rid: 'qhf'[quality],
});
/** The messages of compare_with_livekit.py: [type, value]. */
const values = {
  participantUpdate: [SignalResponse, { update: { participants: [{
    sid: 'PA_1', identity: 'alice', state: 2, joinedAt: 1764000000, name: 'Élodie 😀', version: 7,
    permission: { canSubscribe: true, canPublish: true, canPublishSources: [1, 2, 4] }, attributes: { role: 'présidente' },
    tracks: [{
      sid: 'TR_VC1', type: 1, name: 'caméra', muted: true, width: 1280, height: 720, source: 1, mimeType: 'video/VP8',
      layers: [0, 1, 2].map(layer),
    }],
  }] } }],
  speakers: [SignalResponse, { speakersChanged: { speakers: [{ sid: 'PA_1', level: 0.5, active: true }] } }],
  pong: [SignalResponse, { pongResp: { lastPingTimestamp: 1764000000123, timestamp: -5 } }],
  bareRefreshToken: [SignalResponse, { refreshToken: '' }],
  join: [SignalResponse, { join: {
    room: { sid: 'RM_1', name: 'r', activeRecording: true }, participant: { sid: 'PA_1', identity: 'alice' },
    iceServers: [{ urls: ['turn:127.0.0.1', 'turns:127.0.0.1'], username: 'u', credential: 'c' }], pingTimeout: 15,
    pingInterval: 5, serverInfo: { version: '1.9.0' }, enabledPublishCodecs: [{ mime: 'video/VP8' }],
  } }],
  subscribedQuality: [SignalResponse, { subscribedQualityUpdate: {
    trackSid: 'TR_1', subscribedCodecs: [{ codec: 'vp8', qualities: [{ quality: 0, enabled: true }, { quality: 2 }] }],
  } }],
  addTrack: [SignalRequest, { addTrack: {
    cid: 'c1', type: 1, width: 1280, height: 720, source: 3, stream: 'screen',
    layers: [{ width: 640, height: 360, bitrate: 400000, rid: 'q' }], simulcastCodecs: [{ codec: 'vp8', cid: 'c1' }],
  } }],
  trackSetting: [SignalRequest, { trackSetting: { trackSids: ['TR_1', 'TR_2'], disabled: true } }],
  leave: [SignalRequest, { leave: { reason: 1 } }],
  answer: [SignalResponse, { answer: { type: 'answer', sdp: 'v=0\r\n', id: 3, midToTrackId: { 4: 'TR_1' } } }],
  chunk: [DataPacket, {
    kind: 0, participantIdentity: 'alice', sequence: 300, participantSid: 'PA_1',
    streamChunk: { streamId: 's', chunkIndex: 1, content: Uint8Array.from({ length: 256 }, (_, index) => index) },
  }],
  header: [DataPacket, { streamHeader: {
    streamId: 's', timestamp: 1764000000123, topic: 'lk.chat', mimeType: 'text/plain', totalLength: 0, textHeader: {},
  } }],
};

for (const [name, [type, value]] of Object.entries(values)) {
  test(`${name}: the same bytes as the official classes, and back`, () => {
    assert.equal(toHex(encode(type, value)), golden[name]);
    assertContains(decode(type, fromHex(golden[name])), value);
  });
}

/** Everything of `expected` is in `actual`, which has defaults besides. */
function assertContains(actual, expected) {
  if (typeof expected !== 'object' || expected instanceof Uint8Array) return assert.deepEqual(actual, expected);
  for (const [key, value] of Object.entries(expected)) assertContains(actual[key], value);
}

test('every official message is in the list', () => {
  assert.deepEqual(Object.keys(values).sort(), Object.keys(golden).sort());
});

test('a message cut short at any length is refused or a valid shorter message, never anything else', () => {
  for (const [name, [type]] of Object.entries(values)) {
    const bytes = fromHex(golden[name]);
    let refused = 0;
    for (let length = 0; length < bytes.length; length += 1) {
      try {
        decode(type, bytes.slice(0, length));
      } catch (error) {
        assert.ok(error instanceof ProtobufError, `${name} at ${length}: ${error}`);
        refused += 1;
      }
    }
    assert.ok(refused >= bytes.length - 2 || name === 'chunk' || name === 'header', `${name}: ${refused} refused`);
  }
});

test('random and damaged bytes never do more than throw a ProtobufError', () => {
  const random = seededRandom(20261123);
  const samples = Object.entries(values).map(([name, [type]]) => [type, fromHex(golden[name])]);
  let survived = 0;
  for (let round = 0; round < 20000; round += 1) {
    const [type, sample] = samples[Math.floor(random() * samples.length)];
    let bytes;
    if (round % 2 === 0) {
      bytes = Uint8Array.from({ length: Math.floor(random() * 60) }, () => Math.floor(random() * 256));
    } else {
      bytes = sample.slice();
      for (let change = 0; change < 3; change += 1) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    }
    try {
      decode(type, bytes);
      survived += 1;
    } catch (error) {
      assert.ok(error instanceof ProtobufError, `round ${round}: ${error.stack}`);
    }
  }
  assert.ok(survived > 100, `${survived}`);
});

test('fields that the table does not know are skipped, of every wire type', () => {
  const Wide = message({ a: [1, 'uint32'], b: [100, 'uint64'], c: [101, 'double'], d: [102, 'string'], e: [103, 'float'], f: [2, 'string'] });
  const Narrow = message({ a: [1, 'uint32'], f: [2, 'string'] });
  const bytes = encode(Wide, { a: 5, b: 2 ** 50, c: 1.5, d: 'ignored', e: 2.5, f: 'kept' });
  assert.deepEqual(decode(Narrow, bytes), { a: 5, f: 'kept' });
  assert.deepEqual(decode(Wide, bytes), { a: 5, b: 2 ** 50, c: 1.5, d: 'ignored', e: 2.5, f: 'kept' });
});

test('a known field of the wrong wire type is skipped', () => {
  const Text = message({ a: [1, 'string'] });
  const Number = message({ a: [1, 'uint32'] });
  assert.deepEqual(decode(Number, encode(Text, { a: 'xyz' })), { a: 0 });
  assert.deepEqual(decode(Text, encode(Number, { a: 77 })), { a: '' });
});

test('repeated numbers are read packed and unpacked', () => {
  const List = message({ a: [1, 'enum', 'repeated'] });
  assert.deepEqual(decode(List, fromHex('0a04010296010801')), { a: [1, 2, 150, 1] });
  assert.deepEqual(decode(List, fromHex('08010802')), { a: [1, 2] });
});

test('numbers keep their value at the edges', () => {
  const Edges = message({ u32: [1, 'uint32'], i32: [2, 'int32'], i64: [3, 'int64'], u64: [4, 'uint64'], yes: [5, 'bool'] });
  for (const value of [
    { u32: 4294967295, i32: -2147483648, i64: -9007199254740991, u64: 9007199254740991, yes: true },
    { u32: 2147483648, i32: 2147483647, i64: -1, u64: 4294967296, yes: false },
    { u32: 127, i32: -1, i64: 4294967295, u64: 128, yes: true },
  ]) assert.deepEqual(decode(Edges, encode(Edges, value)), value);
});

test('a varint of eleven bytes, field number 0 and group wire types are refused', () => {
  for (const hex of ['08ffffffffffffffffffff01', '00', '0b', '0c', '0f', '0aff']) {
    assert.throws(() => decode(SignalRequest, fromHex(hex)), ProtobufError, hex);
  }
});

test('a length near 2^64 is refused and not wrapped', () => {
  assert.throws(() => decode(SignalResponse, fromHex('0affffffffffffffffff01')), ProtobufError);
});

test('a map key may be named like a property of every object', () => {
  const decoded = decode(JoinRequest, encode(JoinRequest, { participantAttributes: JSON.parse('{"__proto__":"x","constructor":"y"}') }));
  assert.deepEqual(Object.entries(decoded.participantAttributes), [['__proto__', 'x'], ['constructor', 'y']]);
  assert.equal({}.x, undefined);
});

test('a field name that does not exist is an error of the caller', () => {
  assert.throws(() => encode(SignalRequest, { offers: {} }), TypeError);
  assert.throws(() => encode(SignalRequest, { leave: { why: 1 } }), TypeError);
});
