/** What the errors of connections, messages and documents say, with both engines. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';
import { CONNECTIONS } from './connection.table.js';

for (const [mistake, setUp, expected] of CONNECTIONS) {
  test(mistake, async (t) => {
    const platform = await startPlatform(t);
    const { options, act, close = () => {} } = await setUp(platform);
    t.after(close);
    const settings = { url: platform.url, token: platform.token(), ...options };
    const { client, errors, reached } = observe(t, settings);
    const seen = [];
    if (act === undefined) await reached('disconnected');
    else
      await reached('connected')
        .then(() => act(client))
        .catch((error) => seen.push(error));
    const { host } = new URL(settings.url);
    assert.deepEqual(
      [...errors(), ...seen].map(({ code, message }) => [code, message.replaceAll(host, 'HOST')]),
      expected,
    );
  });
}

test('a refusal that stays the same is not retryable, one that passes is', async (t) => {
  const platform = await startPlatform(t);
  const wrong = observe(t, { url: platform.url, token: platform.token(), path: '/sockets' });
  const { status, retryable } = await wrong.seen('error');
  assert.deepEqual([status, retryable], [404, false]);
});
