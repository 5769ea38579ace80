// The page as a whole: texts in both languages, files that fit together, nothing from elsewhere.

import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { asset, assetNames, assetsFolder, load } from './assets.mjs';

const { LANGUAGES, preferredLanguage, setLanguage, text, texts } = await load('strings.js');

/** What the server binary carries: each byte of it costs time when it is built. */
const MOST_BYTES = 230_000;

const scripts = assetNames.filter((name) => name.endsWith('.js'));

test('every text is there in every language, with the same placeholders', () => {
  const placeholders = (line) => [...line.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
  for (const [key, entry] of Object.entries(texts)) {
    assert.equal(entry.length, Object.keys(LANGUAGES).length, key);
    assert.ok(entry.every((line) => line.trim().length > 0), key);
    assert.deepEqual(placeholders(entry[0]), placeholders(entry[1]), key);
  }
});

test('every text that is used exists, and every one that exists is used', () => {
  const code = scripts.filter((name) => name !== 'strings.js').map(asset).join('\n') + asset('index.html');
  const used = new Set([...code.matchAll(/['"`]((?:app|lobby|device|error|call|tile|stats|chat|people|ended|help)\.(?!js|css)\w+)['"`]/g)].map(([, key]) => key));
  for (const key of used) assert.ok(key in texts, `${key} is used and has no text`);
  // Keys put together at run time.
  const families = [/^tile\.quality\.[0-3]$/, /^ended\./, /^help\./, /^call\.(connecting|reconnecting|joined|left)$/, /^error\./];
  for (const key of Object.keys(texts)) {
    assert.ok(used.has(key) || families.some((family) => family.test(key)), `${key} is never used`);
  }
});

test('texts follow the language and fill in their values', () => {
  setLanguage('fr');
  assert.equal(text('tile.screen', { name: 'Zoé' }), 'Écran de Zoé');
  setLanguage('en');
  assert.equal(text('tile.screen', { name: 'Zoé' }), 'Screen of Zoé');
  assert.throws(() => text('no.such.key'));
  assert.deepEqual([['fr-FR', 'en'], ['de', 'fr'], ['de'], ['en-GB', 'fr']].map(preferredLanguage), ['fr', 'fr', 'en', 'en']);
});

test('the reasons for an end all have a text', () => {
  const reasons = [...asset('session.js').matchAll(/return '(\w+)'/g), ...asset('session.js').matchAll(/#finish\('(\w+)'/g)].map(([, reason]) => reason);
  assert.ok(reasons.length >= 7);
  for (const reason of reasons) assert.ok(`ended.${reason}` in texts, reason);
});

test('every import names a file and something that it exports', () => {
  for (const name of scripts) {
    for (const [, names, file] of asset(name).matchAll(/import \{([^}]+)\} from '\.\/([^']+)'/g)) {
      assert.ok(assetNames.includes(file), `${name} imports ${file}`);
      const exported = asset(file);
      for (const symbol of names.split(',').map((part) => part.trim()).filter(Boolean)) {
        const pattern = new RegExp(`export (async )?(const|let|function|class) ${symbol}\\b|export \\{[^}]* as ${symbol} \\}`);
        assert.match(exported, pattern, `${name}: ${symbol} of ${file}`);
      }
    }
  }
});

test('every icon that is named is drawn', () => {
  const drawn = new Set([...asset('dom.js').matchAll(/^ {2}(\w+): 'M/gm)].map(([, name]) => name));
  const code = scripts.map(asset).join('\n');
  const named = [...code.matchAll(/\b(?:icon|iconButton|button)\('(\w+)'/g), ...code.matchAll(/\['(\w+)', 'call\.(?:mic|camera)/g)].map(([, name]) => name);
  assert.ok(named.length > 15);
  for (const name of named) assert.ok(drawn.has(name), name);
});

test('nothing is loaded from elsewhere, and no script or style stands in the page', () => {
  for (const name of assetNames) {
    const addresses = [...asset(name).matchAll(/(?:https?:)?\/\/[a-z0-9][\w.-]+\.[a-z]{2,}[^\s'"`]*/g)].map(([address]) => address);
    assert.deepEqual(addresses.filter((address) => address !== 'http://www.w3.org/2000/svg'), [], name);
  }
  assert.doesNotMatch(asset('index.html'), /<style|\son\w+=|style=|<script(?![^>]*src=)/);
});

test('the files can be embedded: flat, few bytes, names that stay different as identifiers', () => {
  const identifiers = assetNames.map((name) => name.replaceAll(/[.-]/g, '_').toLowerCase());
  assert.equal(new Set(identifiers).size, assetNames.length);
  for (const name of assetNames) assert.match(name, /^[a-z]+\.(js|css|html|svg)$/);
  const bytes = assetNames.reduce((sum, name) => sum + statSync(join(assetsFolder, name)).size, 0);
  assert.ok(bytes < MOST_BYTES, `${bytes} bytes`);
});

test('text colours keep a contrast of 4.5:1 in both themes', () => {
  const css = asset('app.css');
  const themes = [css.match(/:root \{([^}]+)\}/)[1], css.match(/:root\[data-theme="dark"\] \{([^}]+)\}/)[1]];
  const pairs = [['text', 'page'], ['text', 'surface'], ['muted', 'page'], ['muted', 'surface'], ['on-accent', 'accent'],
    ['on-danger', 'danger'], ['text', 'accent-soft'], ['text', 'danger-soft'], ['warning', 'warning-soft'], ['accent', 'surface']];
  for (const theme of themes) {
    const colour = (name) => theme.match(new RegExp(`--${name}: #([0-9a-f]+)`))[1];
    for (const [front, back] of pairs) {
      const ratio = contrast(colour(front), colour(back));
      assert.ok(ratio >= 4.5, `${front} on ${back}: ${ratio.toFixed(2)}`);
    }
    assert.ok(contrast(colour('border'), colour('surface')) >= 3, 'borders of fields');
  }
  assert.equal(css.match(/:root\[data-theme="dark"\] \{\n([^}]+)\}/)[1].replaceAll(/\s+/g, ' ').trim(),
    css.match(/:not\(\[data-theme="light"\]\) \{\n([^}]+)\}/)[1].replaceAll(/\s+/g, ' ').trim());
});

/** WCAG 2.2, relative luminance and contrast ratio. */
function contrast(first, second) {
  const luminance = (hex) => {
    const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join('') : hex;
    const [red, green, blue] = [0, 2, 4].map((start) => {
      const value = parseInt(full.slice(start, start + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [lighter, darker] = [luminance(first), luminance(second)].sort((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}
