/** `compression`: the platform agrees to permessage-deflate, on both socket kinds. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocket } from 'ws';

import { startReady } from '../support/command.js';
import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';

const PATHS = { 'socket.io': '/socket.io/?EIO=4&transport=websocket', ws: '/ws' };

/** The extensions that both sides have agreed on, over a WebSocket that offers compression. */
async function agreed(t, { url, token }, protocol) {
  const headers = { authorization: `Bearer ${token}` };
  const socket = new WebSocket(url.replace('http', 'ws') + PATHS[protocol], { headers, perMessageDeflate: true });
  t.after(() => socket.terminate());
  await once(socket, 'open');
  return socket.extensions;
}

for (const protocol of ['socket.io', 'ws']) {
  test(`events are compressed for clients that offer it: ${protocol}`, async (t) => {
    const platform = await startPlatform(t, { compression: true });
    const token = platform.token();
    assert.equal(await agreed(t, { url: platform.url, token }, protocol), 'permessage-deflate');

    const { client, seen, events } = observe(t, { url: platform.url, token, protocol, compression: true });
    client.subscribe({ topic: 'order.updated' });
    await platform.subscribed('order.updated');
    const sent = Array.from({ length: 20 }, (_, n) =>
      platform.publish({ topic: 'order.updated', payload: { n, note: 'the same words '.repeat(n) } }),
    );
    await seen('event', ({ payload }) => payload.n === 19);
    assert.deepEqual(events(), sent);
  });

  test(`without the option nothing is compressed: ${protocol}`, async (t) => {
    const platform = await startPlatform(t);
    assert.equal(await agreed(t, { url: platform.url, token: platform.token() }, protocol), '');
  });
}

test('--compression is the option of the command', async (t) => {
  const { url, token } = await startReady(t, ['--compression']);
  assert.equal(await agreed(t, { url, token }, 'ws'), 'permessage-deflate');
});

test('anything but true or false is refused', async (t) => {
  await assert.rejects(startPlatform(t, { compression: {} }), {
    message: /options\.compression: expected true or false, got /,
  });
});
