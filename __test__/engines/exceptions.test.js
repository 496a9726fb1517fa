/**
 * What the test suite does not ask of the JavaScript engine: a list that may only get shorter.
 * `support/engine.js` has the reasons.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { REASONS } from '../support/engine.js';

const TESTS = join(import.meta.dirname, '..');
/** How often each file excepts a test, by reason. */
const EXCEPTIONS = {
  'client/client.test.js': { tls: 1 },
  'client/surface.test.js': { tls: 1 },
  'connection/certificates.test.js': { tls: 5 },
  'connection/compression.test.js': { tls: 1 },
  'connection/continuity.test.js': { blocked: 1 },
  'connection/handshake.test.js': { http: 2 },
  'connection/lookups.test.js': { dns: 2 },
  'connection/proxy.test.js': { proxy: 7 },
  'events/inbox.test.js': { blocked: 5 },
  'lifecycle/lifecycle.test.js': { blocked: 1 },
  'lifecycle/processes.test.js': { addon: 1 },
  'log/connection-loss.test.js': { addon: 1 },
  'log/guide.test.js': { addon: 1 },
  'log/native.test.js': { addon: 5 },
  'options/pollution.reads.test.js': { runtime: 1 },
  'options/pollution.test.js': { tls: 1, runtime: 1 },
  'redaction/peers.test.js': { proxy: 1 },
  'socket/bursts.test.js': { blocked: 1 },
  'socket/receiving.test.js': { blocked: 1 },
  'sync/failures.test.js': { decoding: 1 },
  'webhook/shapes.differential.test.js': { addon: 2 },
};

test('the tests that only the native engine passes are these', () => {
  const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.test.js') && !path.startsWith('engines/') && !path.includes('node_modules/'));
  const found = {};
  for (const file of files.sort()) {
    const uses = [...readFileSync(join(TESTS, file), 'utf8').matchAll(/\bnativeTest\('(\w+)'\)/g)];
    for (const [, reason] of uses) {
      assert.ok(Object.hasOwn(REASONS, reason), `${file}: ${reason} is not among the reasons`);
      found[file] ??= {};
      found[file][reason] = (found[file][reason] ?? 0) + 1;
    }
  }
  assert.deepEqual(found, EXCEPTIONS);
});

test('every reason has a test', () => {
  const used = new Set(Object.values(EXCEPTIONS).flatMap(Object.keys));
  assert.deepEqual([...used].sort(), Object.keys(REASONS).sort());
});
