/**
 * The log in `docs/logging.md` is one that a client has written, and its program prints what the
 * guide shows.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { RealtimeClient } from '../../lib/index.js';
import { MESSAGES } from '../../lib/log/messages.js';
import { textOf } from '../../lib/log/text.js';
import { nativeTest } from '../support/engine.js';
import { loseConnection } from '../support/lost-connection.js';

const guide = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'logging.md'), 'utf8');
const blocks = [...guide.matchAll(/^```(\w*)\n([\s\S]*?)\n```/gm)];

/**
 * Without what differs from run to run: times, the port, and numbers of clients.
 *
 * @param {string} line
 */
function withoutChance(line) {
  return line
    .replace(/^[\d:.]+/, '')
    .replace(/#\d+ */, ' ')
    .replace(/:\d{4,5}\b/, ':PORT')
    .replace(/lasted=\d+/, 'lasted=N');
}

nativeTest('addon')('the log of a lost connection in the guide is a real one', async (t) => {
  const shown = blocks.find(([, , text]) => text.includes('link lost'))?.[2].split('\n') ?? [];
  const { records } = await loseConnection(t, 'native');
  const lines = records.map((record) => textOf(record, (_, text) => text));
  const from = lines.findIndex((line) => line.includes('link lost'));
  const to = lines.findIndex((line) => line.includes(' gap '));
  assert.deepEqual(shown.map(withoutChance), lines.slice(from, to + 1).map(withoutChance));
});

test('the program in the guide prints what the guide shows', async () => {
  const [, , code] = blocks.find(([, language]) => language === 'js') ?? [];
  const [, , expected] = blocks.find(([, , text]) => text.startsWith('info client')) ?? [];
  /** @type {string[]} */
  const printed = [];
  const body = `${code}`.replace(/^import .*$/m, '');
  const run = new Function('RealtimeClient', 'token', 'console', body);
  run(RealtimeClient, 'token', { log: (/** @type {string} */ text) => printed.push(text) });
  assert.equal(printed.join('\n'), expected);
});

test('the guide has every part, and what it tells to search for exists', () => {
  const parts = new Set(Object.values(MESSAGES).map(([, part]) => part));
  assert.deepEqual(
    [...guide.matchAll(/^\| `(\w+)` \| /gm)]
      .map(([, name]) => name)
      .filter((name) => parts.has(/** @type {any} */ (name))),
    [...parts],
  );
  assert.ok(Object.hasOwn(MESSAGES, 'retrying') && Object.hasOwn(MESSAGES, 'records dropped'));
});
