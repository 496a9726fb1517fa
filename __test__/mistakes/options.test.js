/** What the warnings say about options that do not exist. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { RealtimeClient } from '../../lib/index.js';
import { collectWarnings } from '../support/warnings.js';
import { OPTIONS } from './options.table.js';

test('each option that does not exist is one warning, with our word for it', async (t) => {
  const warnings = collectWarnings(t);
  const given = Object.fromEntries(OPTIONS.map(([name]) => [name, 1]));
  for (let i = 0; i < 2; i++)
    new RealtimeClient({ url: 'http://localhost', token: 'token', autoConnect: false, ...given }).destroy();
  assert.deepEqual(
    await warnings(),
    OPTIONS.map(([name, advice]) => [
      'UNKNOWN_OPTION',
      `RealtimeClient(): options.${name} is not an option and has no effect. ${advice}`,
    ]),
  );
});

test('the names of options within options are compared with those alone', async (t) => {
  const warnings = collectWarnings(t);
  const heartbeat = { key: 1 };
  new RealtimeClient({
    url: 'http://localhost',
    token: 'token',
    autoConnect: false,
    heartbeat: /** @type {any} */ (heartbeat),
  }).destroy();
  assert.deepEqual(await warnings(), [
    [
      'UNKNOWN_OPTION',
      'RealtimeClient(): options.heartbeat.key is not an option and has no effect. Known: interval, timeout.',
    ],
  ]);
});
