// Refusals: every sentence that the server has for a person has a text in the language of the page.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { load, testsFolder } from './assets.mjs';

const { refusalText, requestRefusalKey } = await load('reasons.js');
const { endTexts } = await load('ended.js');
const { deviceProblems } = await load('devices.js');
const { hasText, setLanguage, text } = await load('strings.js');

const source = (path) => readFileSync(join(testsFolder, '../../Sources', path), 'utf8');
const sentencesIn = (path) => [...source(path).matchAll(/"([A-Za-z][^"\n]*)"/g)]
  .map(([, sentence]) => sentence.replaceAll(/\\\((\w+)\)/g, '17')).filter((sentence) => sentence.includes(' '));

test('the sentences of the server, as its sources have them, all have a text of their own', () => {
  const tokenSentences = sentencesIn('Conference/LiveKitProtocol/Tokens/AccessTokenError.swift').filter((sentence) => sentence.startsWith('The access token'));
  assert.ok(tokenSentences.length > 10);
  for (const sentence of tokenSentences) assert.ok(hasText(refusalText(401, sentence)[0]), sentence);
  const doors = sentencesIn('Server/Gateway/Signaling/Doorkeeper.swift');
  const expected = { 'error.noRoom': 404, 'error.roomFull': 403, 'error.serverFull': 503, 'error.restarting': 503 };
  for (const [key, status] of Object.entries(expected)) {
    const sentence = doors.find((candidate) => refusalText(status, candidate)[0] === key);
    assert.ok(sentence, `no sentence of the server leads to ${key}`);
  }
  const tokens = Object.fromEntries(tokenSentences.map((sentence) => [refusalText(401, sentence)[0], sentence]));
  for (const key of ['error.expired', 'error.notYetValid', 'error.otherRoom', 'error.grant', 'error.token']) assert.ok(key in tokens, key);
  assert.equal(sentencesIn('Server/Gateway/HTTP/GuestTokens.swift').filter((sentence) => refusalText(403, sentence)[0] === 'error.invitedOnly').length, 1);
  assert.match(source('Conference/LiveKitProtocol/Tokens/AccessTokenError.swift'), /in the access token is too long/);
});

test('values of the sentence are kept', () => {
  const [key, values] = refusalText(403, 'The room is full: at most 12 participants are allowed.');
  setLanguage('fr');
  assert.equal(text(key, values), 'La réunion est complète : 12 participants au plus.');
});

test('an unknown sentence is told by its status, never in the words of another language', () => {
  assert.deepEqual([400, 401, 403, 404, 500, 503].map((status) => refusalText(status, 'Something new.')[0]),
    ['error.request', 'error.token', 'error.token', 'error.request', 'error.unreachable', 'error.unreachable']);
  assert.equal(refusalText(401)[0], 'error.token');
  assert.deepEqual([2, 3, 5, 6, 99].map(requestRefusalKey), ['call.notAllowed', 'error.limit', 'error.unsupported', 'error.request', 'error.request']);
});

test('the end of a meeting is told with the reason of the refusal', () => {
  assert.deepEqual(endTexts({ reason: 'left' }), [['ended.left', {}]]);
  assert.deepEqual(endTexts({ reason: 'refused', detail: 'The access token expired 5 seconds ago: …', status: 401 }).map(([key]) => key), ['ended.refused', 'error.expired']);
});

test('devices with the same problem share a sentence, others have one each', () => {
  setLanguage('en');
  const denied = { name: 'NotAllowedError' };
  const said = (errors) => deviceProblems(errors).map(([key, values]) => text(key, values));
  assert.deepEqual(said({}), []);
  assert.deepEqual(said({ audio: denied, video: undefined }), ['Microphone: access denied. Allow it in the browser’s settings, left of the address.']);
  assert.match(said({ audio: denied, video: denied }).join('|'), /^Microphone and camera: access denied[^|]+$/);
  assert.deepEqual(said({ audio: denied, video: { name: 'NotFoundError' } }).map((line) => line.split(':')[0]), ['Microphone', 'Camera']);
  setLanguage('fr');
  assert.match(said({ audio: denied, video: denied })[0], /^Microphone et caméra : accès refusé/);
});
