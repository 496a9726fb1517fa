/** What `realtime-local` says about what happens: one line each, and never a secret. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';

import { RealtimeClient } from '../../lib/index.js';
import { toLine } from '../../local-platform/src/log/line.js';
import { toJson } from '../../local-platform/src/log/object.js';
import { call, startReady } from '../support/command.js';
import { startPlatform } from '../support/local-platform.js';
import { connect } from '../support/platform-client.js';

const SECRET = 'whsec_never_shown';

test('each thing that happens is a line', async (t) => {
  const endpoint = createServer((_request, response) => response.writeHead(418).end('{"code":"TEAPOT"}'));
  await once(endpoint.listen(0, '127.0.0.1'), 'listening');
  t.after(() => endpoint.close());
  const command = await startReady(t);
  const { url, token } = command;
  const { body: granted } = await call({ url }, 'POST', '/auth/token', { permissions: ['client'] });

  const refused = new RealtimeClient({ url, token: 'eyJhbGciOiJIUzI1NiJ9.e30.never', reconnection: false });
  t.after(() => refused.destroy());
  refused.on('error', () => {});
  await command.line(/ refused +a connection on socket\.io: Token refused: /);

  const client = new RealtimeClient({ url, token });
  t.after(() => client.destroy());
  client.on('error', () => {});
  client.on('event', () => {});
  await command.line(/^\d\d:\d\d:\d\d\.\d{3} connected +developer on socket\.io, \S+$/);
  client.subscribe({ topic: 'order.updated', filter: { a: 1 } });
  await command.line(/ subscribed +developer to order\.updated where {"a":1}$/);
  const plain = await connect('ws', /** @type {any} */ ({ url, token: () => granted.token }));
  await command.line(/ connected +local-user on ws, \S+$/);
  plain.socket.send(JSON.stringify({ type: 'subscribe', topic: 'order.updated', filter: { a: { above: 1 } } }));
  await command.line(/ refused +subscribe\('order\.updated'\) of 'local-user': .*above/);
  plain.socket.send(JSON.stringify({ type: 'channel:publish', channel: 'lobby', event: 'hi', data: 1 }));
  await command.line(/ refused +a message of 'local-user': The token's permissions do not allow to publish\.$/);
  plain.close();
  await command.line(/ disconnected +local-user on ws after \d+ ms: 1005$/);
  client.socketClient.joinChannel('lobby');
  await command.line(/ joined +developer in lobby, 1 member$/);

  await call(command, 'POST', '/api/topics/order.updated/events', { payload: { a: 1, pin: 4711 } });
  await command.line(/ published +order\.updated database\.update to developer, evt_\S+$/);
  await call(command, 'POST', '/api/topics/order.updated/events', { payload: { a: 2 } });
  await command.line(/ published +order\.updated database\.update to nobody, filtered out for developer, evt_\S+$/);
  await call(command, 'POST', '/api/socket/broadcast', { channel: 'lobby', event: 'hi', data: { pin: 4711 } });
  await command.line(/ message +lobby hi to developer, \S+$/);
  await call(command, 'POST', '/api/sync/orders/documents', { id: 'order-1', data: { pin: 4711 } });
  await command.line(/ document +orders\/order-1 created, revision 1$/);
  await call(command, 'DELETE', '/api/sync/orders/documents/order-1');
  await command.line(/ document +orders\/order-1 deleted, revision 2$/);
  await call({ url, token: granted.token }, 'POST', `/api/topics/t/events?token=${granted.token}`, {});
  await command.line(/ refused +POST \/api\/topics\/t\/events of 'local-user': HTTP 403, /);
  await call({ url, token: 'e30.never.e30' }, 'GET', '/api/socket/channels');
  await command.line(/ refused +GET \/api\/socket\/channels: HTTP 401, Token refused: /);

  const rebound = request(`${url}/health?token=never`, { headers: { host: 'evil.example' } });
  rebound.end();
  (await once(rebound, 'response'))[0].resume();
  await command.line(/ refused +a request to \/health: HTTP 403, refused by its Host\.$/);

  const address = endpoint.address();
  assert(address !== null && typeof address === 'object');
  const target = `http://127.0.0.1:${address.port}/hook?key=never`;
  await call(command, 'POST', '/api/webhooks', { url: target, secret: SECRET, events: ['order.updated'] });
  await call(command, 'POST', '/api/topics/order.updated/events', {});
  await command.line(/ webhook +database\.event to \S+\/hook\?\.\.\., attempt 1: 418 {"code":"TEAPOT"} in \d+ ms$/);
  await call(command, 'POST', '/_local/faults/delay', { milliseconds: 1 });
  await command.line(/ fault +delay {"milliseconds":1}$/);

  client.socketClient.leaveChannel('lobby');
  await command.line(/ left +developer in lobby, 0 members$/);
  client.destroy();
  await command.line(/ disconnected +developer on socket\.io after \d+(\.\d)? m?s: /);
  assert.equal(await command.stop(), 0);
  const log = command.seen.slice(command.seen.findIndex((line) => line.endsWith('Ctrl-C stops.')) + 1);
  assert.doesNotMatch(log.join('\n'), /eyJ|never|4711|whsec/);
});

describe('a line', () => {
  const time = Date.UTC(2026, 0, 1);
  const party = (/** @type {string} */ sub) => ({ id: 'x', sub });

  test('stays one line, whatever a client chose as a name', () => {
    const reason = 'a\nb\r\u001b[2J\u2028\u202e\u0085';
    const line = toLine({ time, type: 'refused', what: 'w', reason });
    assert.match(line, / refused {6}w: a\\u000ab\\u000d\\u001b\[2J\\u2028\\u202e\\u0085$/);
    assert.equal(toJson({ time, type: 'refused', what: 'w', reason }).includes('\n'), false);
  });

  test('is cut where a text is long, and names five receivers', () => {
    assert.equal(toLine({ time, type: 'refused', what: 'w', reason: 'r'.repeat(5000) }).length, 26 + 203);
    const event = { id: 'e', topic: 't', source: 'socket', type: 'm', payload: {}, metadata: { timestamp: 1 } };
    const receivers = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(party);
    const line = toLine(/** @type {any} */ ({ time, type: 'message', event, receivers }));
    assert.match(line, / to a, b, c, d, e and 2 more, e$/);
  });

  test('has colours where they are asked for, around the same text', () => {
    const record = /** @type {const} */ ({ time, type: 'fault', name: 'dropAll' });
    const coloured = toLine(record, { colours: true });
    assert.notEqual(coloured, toLine(record));
    assert.equal(stripVTControlCharacters(coloured), toLine(record));
  });
});

test('a platform in a test is silent, unless it is given a log', async (t) => {
  const silent = await startPlatform(t);
  const lines = /** @type {string[]} */ ([]);
  const speaking = await startPlatform(t, { log: (line) => lines.push(line) });
  for (const platform of [silent, speaking]) platform.publish({ topic: 'order.updated' });
  assert.equal(lines.length, 1);
  assert.match(lines[0], / published +order\.updated database\.update to nobody, evt_/);
});

test('a log that throws fails nothing', async (t) => {
  const failure = new Error('no disk');
  const reported = t.mock.method(console, 'error', () => {});
  const platform = await startPlatform(t, {
    log: () => {
      throw failure;
    },
  });
  assert.equal(platform.publish({ topic: 'order.updated' }).topic, 'order.updated');
  assert.deepEqual(reported.mock.calls[0].arguments, [failure]);
});
