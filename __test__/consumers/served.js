'use strict';

/**
 * What a program of `bundlers/` is served: a platform that publishes an event as soon as the
 * program has subscribed.
 */

const assert = require('node:assert/strict');

/**
 * Runs a program with a platform's address in its environment, and expects that it prints what it
 * got. Returns its warnings.
 */
async function assertServed(t, run) {
  const { startLocalPlatform } = await import('@smarterservices/realtime-local');
  const platform = await startLocalPlatform();
  t.after(() => platform.close());
  platform.subscribed('session.status').then(
    () => platform.publish({ topic: 'session.status', payload: { status: 'active' } }),
    () => {}, // closed before the program subscribed: it has failed by then
  );
  const { stdout, stderr } = await run({ REALTIME_URL: platform.url, REALTIME_TOKEN: platform.token() });
  assert.equal(stdout.trim(), 'evt_1 active');
  return stderr;
}

module.exports = { assertServed };
