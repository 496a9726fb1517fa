'use strict';

/** A CommonJS program: gets an event, provokes errors, and exits by itself. */

const assert = require('node:assert/strict');
const { RealtimeClient, RealtimeError } = require('@smarterservices/realtime');

async function main() {
  const { startLocalPlatform } = await import('@smarterservices/realtime-local');
  const platform = await startLocalPlatform();

  const client = new RealtimeClient({ url: platform.url, token: platform.token() });
  const received = new Promise((resolve) => client.once('event:session.status', resolve));
  client.subscribe({ topic: 'session.status', filter: { campusId: 12 } });
  await platform.subscribed('session.status');
  const published = platform.publish({
    topic: 'session.status',
    payload: { campusId: 12, tags: ['a', null], at: 1.5 },
  });
  assert.deepStrictEqual(await received, published);
  assert.throws(() => client.subscribe({ topic: '' }), isRealtimeError('INVALID_ARGUMENT'));
  client.destroy();

  const stranger = new RealtimeClient({ url: platform.url, token: platform.token({ permissions: [] }) });
  const error = await new Promise((resolve) => stranger.once('error', resolve));
  assert.ok(isRealtimeError('AUTH_FAILED')(error), String(error));
  stranger.destroy();
  await platform.close();
}

/** @param {string} code */
function isRealtimeError(code) {
  return (/** @type {any} */ error) => error instanceof Error && error instanceof RealtimeError && error.code === code;
}

main();
