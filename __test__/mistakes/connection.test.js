/** What the errors of connections, messages and documents say, with both engines. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
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
  let status = 404;
  const server = createServer((_, response) => response.writeHead(status).end()).listen(0, '127.0.0.1');
  server.on('upgrade', (_, socket) => socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`));
  await once(server, 'listening');
  t.after(() => server.close());
  const url = `http://127.0.0.1:${server.address().port}`;
  for (const [each, expected] of [
    [404, false],
    [405, false],
    [429, true],
    [503, true],
  ]) {
    status = each;
    const error = await observe(t, { url, token: 'token', reconnection: false }).seen('error');
    assert.deepEqual([error.code, error.status, error.retryable], ['UPGRADE_REFUSED', each, expected]);
  }
});
