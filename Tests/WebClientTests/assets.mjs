// Gives the tests the modules of the web client. They are served as they lie, without a package.json; Node wants one to
// know that they are ES modules, so it gets a copy that has it.

import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const testsFolder = dirname(fileURLToPath(import.meta.url));
export const assetsFolder = join(testsFolder, '../../Sources/Server/WebClient/Assets');
export const assetNames = readdirSync(assetsFolder);
export const asset = (name) => readFileSync(join(assetsFolder, name), 'utf8');

const copy = mkdtempSync(join(tmpdir(), 'relais-web-client-'));
cpSync(assetsFolder, copy, { recursive: true });
writeFileSync(join(copy, 'package.json'), '{"type":"module"}');
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));

/** Imports a module of the web client. */
export const load = (name) => import(pathToFileURL(join(copy, name)).href);

/** A seeded generator of numbers 0 ≤ x < 1 (mulberry32), so that a failure can be repeated. */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** `bytes` as hexadecimal text, and back. */
export const toHex = (bytes) => Buffer.from(bytes).toString('hex');
export const fromHex = (hex) => new Uint8Array(Buffer.from(hex, 'hex'));
