/**
 * The model of the database service for a few seconds; for longer: `node tests/database/run.mjs
 * --minutes 10`.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runModel } from '../../tests/database/model.mjs';
import { whyNoPostgres } from '../support/postgres.js';

describe('writers, and processes that are killed', { skip: whyNoPostgres() }, () => {
  const cases = /** @type {const} */ ([
    { keepSlot: false, protocol: 'socket.io' },
    { keepSlot: true, protocol: 'ws' },
  ]);
  for (const { keepSlot, protocol } of cases) {
    test(`with ${keepSlot ? 'a kept' : 'a temporary'} slot, over ${protocol}`, async (t) => {
      const seed = Math.floor(Math.random() * 2 ** 31);
      t.diagnostic(`seed ${seed}`);
      const { problems, counts } = await runModel({ seed, seconds: 3, keepSlot, protocol });
      t.diagnostic(JSON.stringify(counts));
      assert.deepEqual(problems, []);
    });
  }
});
