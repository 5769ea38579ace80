// Roster, layers, media sections, statistics and the places of the tiles.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './assets.mjs';

const { Roster } = await load('roster.js');
const { cameraEncodings, layersOf, scalableEncodings, screenEncodings, wantedEncodings } = await load('layers.js');
const { sectionTracks } = await load('negotiation.js');
const { chooseVideoCodec } = await load('codecs.js');
const { claimedPermission, listensOnly, mayPublish } = await load('permissions.js');
const { settingsFor } = await load('adaptive.js');
const { RateMeter, publisherStats, remoteStats } = await load('stats.js');
const { focusPlaces, gridFor, gridPlaces, visibleTiles } = await load('layout.js');
const { loudness } = await load('devices.js');

const info = (name, options = {}) => ({
  sid: `PA_${name}`, identity: name, name, state: 2, version: 1, metadata: '', attributes: {}, kind: 0, tracks: [], ...options,
});
const camera = { sid: 'TR_c', source: 1, type: 1, muted: false };
const microphone = { sid: 'TR_m', source: 2, type: 0, muted: false };
const types = (changes) => changes.map(({ type, participant, track }) => [type, participant.identity, track?.sid].filter(Boolean).join(' '));

function joined(...others) {
  const roster = new Roster();
  roster.join(info('me'), others);
  return roster;
}

test('joining, publishing, muting, leaving', () => {
  const roster = joined(info('bob', { tracks: [camera] }));
  assert.deepEqual(roster.all.map(({ identity }) => identity), ['me', 'bob']);
  const published = roster.update([info('bob', { version: 2, tracks: [camera, microphone] })]);
  assert.deepEqual(types(published), ['changed bob', 'trackChanged bob TR_c', 'trackPublished bob TR_m']);
  roster.update([info('bob', { version: 3, tracks: [{ ...camera, muted: true }, microphone] })]);
  assert.equal(roster.participant('PA_bob').track(1).muted, true);
  assert.deepEqual(types(roster.update([info('bob', { version: 4, tracks: [microphone] })])),
    ['changed bob', 'trackUnpublished bob TR_c', 'trackChanged bob TR_m']);
  assert.deepEqual(types(roster.update([info('bob', { version: 5, state: 3 })])), ['trackUnpublished bob TR_m', 'left bob']);
  assert.deepEqual(types(roster.update([info('bob', { version: 5, state: 3 })])), []);
});

test('a change of a track tells how it was before', () => {
  const roster = joined(info('bob', { tracks: [microphone] }));
  const [, change] = roster.update([info('bob', { version: 2, tracks: [{ ...microphone, muted: true }] })]);
  assert.deepEqual([change.type, change.before.muted, change.track.muted], ['trackChanged', false, true]);
});

test('a token and a permission say what may be published', () => {
  assert.deepEqual(claimedPermission({}), { canPublish: true, canPublishData: true, canUpdateMetadata: false, canPublishSources: [] });
  assert.deepEqual(claimedPermission({ video: null }).canPublish, true);
  const listener = claimedPermission({ video: { canPublish: false } });
  assert.deepEqual([listener.canPublishData, listensOnly(listener)], [false, true]);
  const speaker = claimedPermission({ video: { canPublishSources: ['microphone', 'radio'], canUpdateOwnMetadata: true } });
  assert.deepEqual([mayPublish(speaker, 2), mayPublish(speaker, 1), listensOnly(speaker), speaker.canUpdateMetadata], [true, false, false, true]);
  assert.deepEqual([mayPublish(undefined, 3), listensOnly(undefined)], [true, false]);
  assert.equal(listensOnly({ canPublish: true, canPublishSources: [4] }), true);
});

test('an older version of a participant changes nothing', () => {
  const roster = joined(info('bob', { version: 5, tracks: [camera] }));
  assert.deepEqual(roster.update([info('bob', { version: 4, tracks: [] })]), []);
  assert.equal(roster.participant('PA_bob').tracks.size, 1);
});

test('the same identity with another sid is a departure and an arrival', () => {
  const roster = joined(info('bob'));
  assert.deepEqual(types(roster.update([info('bob', { sid: 'PA_bob2' })])), ['left bob', 'joined bob']);
  assert.equal(roster.participant('PA_bob'), undefined);
});

test('a snapshot removes those it does not list, and keeps one’s self', () => {
  const roster = joined(info('bob', { tracks: [camera] }), info('zoe'));
  assert.deepEqual(types(roster.snapshot([info('me', { version: 2 }), info('zoe', { version: 2 })])),
    ['trackUnpublished bob TR_c', 'left bob', 'changed me', 'changed zoe']);
  assert.deepEqual(roster.all.map(({ identity }) => identity), ['me', 'zoe']);
});

test('speakers are deltas, loudest first', () => {
  const roster = joined(info('bob'), info('zoe'));
  roster.updateSpeakers([{ sid: 'PA_bob', level: 0.2, active: true }, { sid: 'PA_zoe', level: 0.7, active: true }, { sid: 'PA_x', level: 1, active: true }]);
  assert.deepEqual(roster.speakers.map(({ identity }) => identity), ['zoe', 'bob']);
  roster.updateSpeakers([{ sid: 'PA_zoe', level: 0, active: false }]);
  assert.deepEqual(roster.speakers.map(({ identity }) => identity), ['bob']);
});

test('layers depend on the width: three, two or one; q is always the smallest', () => {
  assert.deepEqual([1920, 1280, 960, 959, 480, 479, 320].map((width) => cameraEncodings(width).map(({ rid }) => rid).join('')),
    ['qhf', 'qhf', 'qhf', 'qh', 'qh', 'q', 'q']);
  assert.deepEqual(layersOf(cameraEncodings(1280), 1280, 720).map(({ quality, width, height, rid }) => [quality, width, height, rid]),
    [[0, 320, 180, 'q'], [1, 640, 360, 'h'], [2, 1280, 720, 'f']]);
  assert.deepEqual(screenEncodings(1920).map(({ rid }) => rid), ['q', 'h']);
  for (const width of [320, 640, 1280, 1920]) {
    const bitrates = cameraEncodings(width).map(({ maxBitrate }) => maxBitrate);
    assert.deepEqual(bitrates, [...bitrates].sort((a, b) => a - b));
  }
});

test('one scalable stream carries as many sizes as the picture is worth', () => {
  assert.deepEqual([1920, 1280, 640, 320].map((width) => scalableEncodings(width, false)[0].scalabilityMode), ['L3T3_KEY', 'L3T3_KEY', 'L2T3_KEY', 'L1T3']);
  assert.equal(scalableEncodings(1920, true)[0].scalabilityMode, 'L1T3');
  const layers = layersOf(scalableEncodings(1280, false), 1280, 720);
  assert.deepEqual(layers.map(({ quality, spatialLayer, width, height, rid }) => [quality, spatialLayer, width, height, rid]),
    [[0, 0, 320, 180, undefined], [1, 1, 640, 360, undefined], [2, 2, 1280, 720, undefined]]);
  const bitrates = layers.map(({ bitrate }) => bitrate);
  assert.ok(bitrates.every((bitrate) => Number.isInteger(bitrate) && bitrate > 50_000), `${bitrates}`);
  assert.deepEqual(bitrates, [...bitrates].sort((a, b) => a - b));
  assert.equal(bitrates[2], scalableEncodings(1280, false)[0].maxBitrate);
});

test('dynacast maps qualities to rids whatever their order', () => {
  const encodings = ['f', 'q', 'h'].map((rid) => ({ rid, active: true }));
  const update = (qualities, codec = 'vp8') => ({ subscribedQualities: [], subscribedCodecs: [{ codec, qualities }] });
  const qualities = [{ quality: 0, enabled: true }, { quality: 1, enabled: false }, { quality: 2, enabled: false }];
  assert.deepEqual(wantedEncodings(encodings, update(qualities), 'vp8'), [false, true, false]);
  assert.equal(wantedEncodings(encodings, update(qualities, 'vp9'), 'vp8'), undefined);
  assert.deepEqual(wantedEncodings(encodings, { subscribedCodecs: [], subscribedQualities: qualities }, 'vp8'), [false, true, false]);
  assert.deepEqual(wantedEncodings([{ rid: '', active: true }], update([{ quality: 2, enabled: true }, { quality: 0, enabled: false }]), 'vp8'), [true]);
  assert.deepEqual(wantedEncodings([{ active: true }], update([{ quality: 0, enabled: false }]), 'vp8'), [false]);
  assert.deepEqual(wantedEncodings(encodings, update([{ quality: 1, enabled: false }]), 'vp8'), [true, true, false]);
});

test('the codec is VP8 where it may be, else the first that both know', () => {
  const mimes = (...names) => names.map((mime) => ({ mime }));
  assert.equal(chooseVideoCodec([], ['video/H264']), 'video/vp8');
  assert.equal(chooseVideoCodec(mimes('video/H264', 'video/VP8', 'audio/opus'), []), 'video/vp8');
  assert.equal(chooseVideoCodec(mimes('video/AV1', 'video/H264'), ['video/VP8', 'video/H264']), 'video/h264');
  const both = mimes('video/VP8', 'video/VP9', 'video/AV1');
  assert.equal(chooseVideoCodec(both, ['video/VP8', 'video/VP9'], 'vp9'), 'video/vp9');
  assert.equal(chooseVideoCodec(both, ['video/VP8'], 'vp9'), 'video/vp8');
  assert.equal(chooseVideoCodec(mimes('video/VP8'), ['video/VP8', 'video/AV1'], 'av1'), 'video/vp8');
  assert.equal(chooseVideoCodec(both, ['video/VP8', 'video/AV1'], 'nonsense'), 'video/vp8');
});

test('the msid lines of an answer name the tracks of its sections', () => {
  const section = (mid, ...lines) => [`m=video 9 UDP/TLS/RTP/SAVPF 96`, `a=mid:${mid}`, ...lines].join('\r\n');
  const sdp = ['v=0\r\no=- 1 1 IN IP4 0.0.0.0', section('0', 'a=msid:PA_a|TR_v TR_v'), section('1', 'a=inactive'),
    section('x2', 'a=msid:- TR_w'), section('3', 'a=msid:PA_a|TR_z'), section('4', 'a=msid:stream track')].join('\r\n');
  assert.deepEqual([...sectionTracks(sdp)], [['0', 'TR_v'], ['x2', 'TR_w'], ['3', 'TR_z']]);
  assert.deepEqual([...sectionTracks('')], []);
});

test('a hidden or empty picture is switched off, others ask for their device pixels', () => {
  assert.deepEqual(settingsFor(320, 180, 1, true), { width: 320, height: 180 });
  assert.deepEqual(settingsFor(320, 180, 3, true), { width: 640, height: 360 });
  assert.deepEqual(settingsFor(0, 180, 1, true), { disabled: true });
  assert.deepEqual(settingsFor(320, 180, 1, false), { disabled: true });
});

test('statistics find the row of a track, the newest where a section was used twice', () => {
  const report = new Map([
    ['c', { type: 'codec', mimeType: 'video/VP8' }],
    ['1', { type: 'inbound-rtp', trackIdentifier: 't1', mid: '3', ssrc: 1, lastPacketReceivedTimestamp: 5, framesDecoded: 10, codecId: 'c' }],
    ['2', { type: 'inbound-rtp', trackIdentifier: 't1', mid: '3', ssrc: 2, lastPacketReceivedTimestamp: 9, framesDecoded: 3, packetsReceived: 4, codecId: 'c' }],
    ['3', { type: 'outbound-rtp', mid: '7', ssrc: 5, rid: 'q', bytesSent: 100, codecId: 'c' }],
    ['4', { type: 'remote-inbound-rtp', ssrc: 5, packetsLost: 2 }],
  ]);
  const [row, ...more] = remoteStats(report, [{ sid: 'TR_1', mid: '3', track: { id: 't1', kind: 'video' } }, { sid: 'TR_2', mid: '9', track: { id: 't9', kind: 'audio' } }]);
  assert.deepEqual([row.sid, row.ssrc, row.framesDecoded, row.packetsReceived, row.codec, more.length], ['TR_1', 2, 3, 4, 'VP8', 0]);
  const [sentRow] = publisherStats(report, [{ sid: 'TR_o', source: 1, kind: 'video', transceiver: { mid: '7' } }, { sid: 'TR_p' }]);
  assert.deepEqual([sentRow.sid, sentRow.rid, sentRow.bytesSent, sentRow.packetsLost], ['TR_o', 'q', 100, 2]);
});

test('rates come from two readings, and not from counters that began again', () => {
  const rates = new RateMeter();
  const row = (timestamp, bytesReceived, packetsReceived, packetsLost) => ({ timestamp, bytesReceived, packetsReceived, packetsLost });
  assert.equal(rates.measure('a', row(1000, 0, 0, 0)), undefined);
  assert.deepEqual(rates.measure('a', row(2000, 125000, 90, 10)), { bitrate: 1_000_000, lossShare: 0.1 });
  assert.equal(rates.measure('a', row(3000, 10, 1, 0)), undefined);
});

test('tiles fill the space without overlap and inside it', () => {
  for (const [width, height] of [[1280, 700], [400, 760], [800, 300], [100, 100]]) {
    for (let count = 1; count <= 24; count += 1) {
      for (const places of [gridPlaces(count, width, height, 10), focusPlaces(count, width, height, 10)]) {
        assert.ok(places.length >= 1 && places.length <= count);
        for (const { left, top, width: w, height: h } of places) {
          assert.ok(left >= -0.5 && top >= -0.5 && left + w <= width + 0.5 && top + h <= height + 0.5, `${count} in ${width}x${height}`);
        }
        for (const [index, a] of places.entries()) {
          for (const b of places.slice(index + 1)) {
            assert.ok(a.left + a.width <= b.left || b.left + b.width <= a.left || a.top + a.height <= b.top || b.top + b.height <= a.top);
          }
        }
      }
    }
  }
  assert.equal(focusPlaces(9, 348, 620, 10).length, 4, 'three beside the large one on a phone');
  assert.deepEqual([1, 2, 4, 6, 9].map((count) => gridFor(count, 1280, 720, 10).columns), [1, 2, 2, 3, 3]);
});

test('who speaks gets a place on a full stage, one’s own tile keeps the first', () => {
  const tiles = Array.from({ length: 10 }, (_, index) => index);
  assert.deepEqual(visibleTiles(tiles, 4, () => false), [0, 1, 2, 3]);
  assert.deepEqual(visibleTiles(tiles, 4, (tile) => tile === 7 || tile === 3), [0, 1, 7, 3]);
  assert.deepEqual(visibleTiles(tiles, 2, (tile) => tile > 0), [0, 1]);
  assert.deepEqual(visibleTiles(tiles, 20, () => false), tiles);
});

test('loudness is 0 in silence, 1 at full scale, and grows between', () => {
  const tone = (amplitude) => Float32Array.from({ length: 1024 }, (_, index) => amplitude * Math.sin(index / 5));
  assert.equal(loudness(new Float32Array(1024)), 0);
  assert.equal(loudness(new Float32Array(1024).fill(1)), 1);
  assert.ok(loudness(tone(0.01)) < loudness(tone(0.1)) && loudness(tone(0.1)) < loudness(tone(1)));
});
