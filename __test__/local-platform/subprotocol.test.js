/**
 * The token of a web page on the plain WebSocket: a page cannot set headers there, so it offers the
 * token as a second subprotocol.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocket } from 'ws';

import { startPlatform } from '../support/local-platform.js';

/** Opens `/ws`; resolves to the socket, or to the status of a refusal. */
async function open(t, platform, protocols, headers = {}) {
  const socket = new WebSocket(`${platform.url.replace('http', 'ws')}/ws`, protocols, { headers });
  t.after(() => socket.terminate());
  const refused = once(socket, 'unexpected-response').then(([, { statusCode }]) => statusCode);
  return Promise.race([once(socket, 'open').then(() => socket), refused]);
}

test('a token among the subprotocols is accepted, and the server selects the other one', async (t) => {
  const platform = await startPlatform(t, { prefix: '/realtime' });
  const token = platform.token({ sub: 'page' });
  for (const protocols of [
    ['realtime', `token.${token}`],
    [`token.${token}`, 'realtime'],
  ]) {
    const socket = await open(t, platform, protocols);
    assert.equal(socket.protocol, 'realtime');
    assert.equal(platform.connections.at(-1).sub, 'page');
  }
});

test('the Authorization header decides where there is one', async (t) => {
  const platform = await startPlatform(t);
  const [fromHeader, fromProtocol] = ['header', 'protocol'].map((sub) => platform.token({ sub }));
  const headers = { authorization: `Bearer ${fromHeader}` };
  const socket = await open(t, platform, ['realtime', `token.${fromProtocol}`], headers);
  assert.equal(socket.protocol, 'realtime');
  assert.equal(platform.connections[0].sub, 'header');
  assert.equal(await open(t, platform, ['realtime', `token.${fromProtocol}`], { authorization: 'Basic eDp5' }), 401);
});

test('a token that is not accepted, or that the server could not hide, is refused', async (t) => {
  const platform = await startPlatform(t);
  const token = platform.token();
  for (const [protocols, status] of [
    [['realtime'], 401],
    [['realtime', 'token.'], 401],
    [['realtime', 'token.x'], 401],
    [['realtime', `token.${platform.token({ expiresIn: -1 })}`], 401],
    [['realtime', `token.${platform.token({ permissions: [] })}`], 403],
    // The server selects no subprotocol here, so a browser would close the connection.
    [[`token.${token}`], 401],
    [['other', `token.${token}`], 401],
  ]) {
    assert.equal(await open(t, platform, protocols), status, protocols.join());
  }
  assert.deepEqual(platform.connections, []);
});
