/**
 * What a refused connection means: whether it is about the token, and whose word it is. Against
 * real servers.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';
import { Server } from 'socket.io';

import { startIngress } from '../support/ingress.js';
import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';

/** A Socket.IO server whose middleware this is. */
async function serve(t, middleware = (_socket, next) => next()) {
  const server = http.createServer();
  const io = new Server(server);
  io.use(middleware);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => io.close());
  return { io, url: `http://127.0.0.1:${server.address().port}` };
}

const refusal = (message, data) => Object.assign(new Error(message), data === undefined ? {} : { data });

const aboutTokens = [
  refusal('please sign in', { code: 'invalid_token' }),
  refusal('no', { code: 'TOKEN-EXPIRED' }),
  refusal('no', { code: 'TokenExpiredError' }),
  refusal('no', { code: 'Unauthorized' }),
  refusal('no', { code: 'credentials_required', type: 'UnauthorizedError' }),
  refusal('no', { type: 'UnauthorizedError' }),
  refusal('no', { code: 401 }),
  refusal('no', { code: '401' }),
  refusal('no', { status: 403 }),
  refusal('no', { statusCode: 401, code: 'E_NO' }),
  refusal('no', 'invalid_token'),
  refusal('no', 401),
  refusal('jwt expired'),
  refusal('Not authorized'),
];
test('a refusal of the token is understood in any words, and the function is asked for another', async (t) => {
  for (const error of aboutTokens) {
    const { url } = await serve(t, ({ handshake }, next) => next(handshake.auth.token === 'fresh' ? undefined : error));
    const asked = [];
    const token = (reason) => (asked.push(reason) === 1 ? 'stale' : 'fresh');
    const { reached, errors } = observe(t, { url, token });
    await reached('connected');
    assert.deepEqual([asked, errors()], [['connect', 'refused'], []], JSON.stringify(error.data ?? error.message));
  }
});

test('a refusal of the only token is final', async (t) => {
  for (const error of aboutTokens) {
    const { url } = await serve(t, (_socket, next) => next(error));
    const { reached, errors, states } = observe(t, { url, token: 'stale' });
    await reached('disconnected');
    assert.deepEqual([errors().map(({ code }) => code), states()], [['AUTH_FAILED'], ['connecting', 'disconnected']]);
  }
});

test('a refusal that is not about the token is tried again with the same one', async (t) => {
  for (const error of [
    refusal('database is down'),
    refusal('author not found'),
    refusal('too many connections'),
    refusal('slow down', { code: 429 }),
    refusal('invalid token', { status: 503 }),
    refusal('no token for you', { code: 'SERVER_BUSY' }),
    refusal('Unexpected token < in JSON at position 0'),
  ]) {
    let attempts = 0;
    const { url } = await serve(t, (_socket, next) => next(++attempts === 1 ? error : undefined));
    const { reached, errors } = observe(t, { url, token: 'good' });
    await reached('connected');
    assert.deepEqual([errors().map(({ code }) => code), attempts], [['CONNECT_REFUSED'], 2], error.message);
    assert.ok(errors()[0].message.includes(error.message));
  }
});

test('a refusal may say after how long to come back', async (t) => {
  const { url } = await serve(t, (_socket, next) => next(refusal('slow down', { code: 429, retryAfter: 60_000 })));
  const { reached, seen } = observe(t, { url, token: 'good' });
  assert.equal((await seen('error')).retryAfter, 60_000);
  assert.ok((await reached('reconnecting')).retryIn >= 60_000);
});

/**
 * A client that is connected through a gateway, and loses its connection when that begins to answer
 * by this page.
 */
async function deploy(t, page, options) {
  const { url } = await serve(t);
  const ingress = await startIngress(t, url);
  const observed = observe(t, { url: ingress.url, token: 'good', reconnectionAttempts: 50, ...options });
  await observed.reached('connected');
  ingress.page = page;
  ingress.drop();
  return { ingress, ...observed };
}

const html = '<html><body><h1>Not now</h1></body></html>';
const engine = JSON.stringify({ code: 1, message: 'Session ID unknown' });
for (const transports of [['websocket'], ['polling'], undefined]) {
  test(`a client that was connected outlives the pages of a gateway: ${transports ?? 'any transport'}`, async (t) => {
    for (const [status, body, code] of [
      [404, html, 'UPGRADE_REFUSED'],
      [403, html, 'UPGRADE_REFUSED'],
      [403, 'RBAC: access denied', 'AUTH_FAILED'],
      [410, html, 'UPGRADE_REFUSED'],
      [421, html, 'UPGRADE_REFUSED'],
      [400, engine, 'UPGRADE_REFUSED'],
      [409, '', 'UPGRADE_REFUSED'],
      [404, JSON.stringify({ error: { code: 404 } }), 'UPGRADE_REFUSED'],
      [401, html, 'AUTH_FAILED'],
    ]) {
      const { ingress, seen, reached, states } = await deploy(t, { status, body }, { transports });
      const error = await seen('error', (each) => each.status !== undefined);
      assert.deepEqual([error.code, error.status], [code, status]);
      await reached('reconnecting', 3);
      ingress.page = undefined;
      await reached('connected', 2);
      assert.ok(!states().includes('disconnected'), `${status} ${body}`);
    }
  });
}

test('a page is one failed attempt like others: it counts, and its Retry-After is waited for', async (t) => {
  const page = { status: 404, body: html };
  const { reached, errors } = await deploy(t, page, { reconnectionAttempts: 3, transports: ['websocket'] });
  await reached('disconnected');
  assert.deepEqual(
    errors().map(({ code }) => code),
    [...Array(3).fill('UPGRADE_REFUSED'), 'RECONNECT_FAILED'],
  );
  const later = { ...page, headers: { 'retry-after': '60' } };
  const patient = await deploy(t, later, { transports: ['websocket'] });
  await patient.seen('error');
  assert.ok((await patient.seen('connection', ({ retryIn }) => retryIn >= 60_000)).retryIn < 61_000);
});

test("the platform's own word is final, also for a client that was connected", async (t) => {
  const body = JSON.stringify({ error: 'NotFoundError', message: 'no such application' });
  const { reached, errors } = await deploy(t, { status: 404, body }, { transports: ['websocket'] });
  await reached('disconnected');
  assert.deepEqual([errors().length, errors()[0].code, errors()[0].status], [1, 'UPGRADE_REFUSED', 404]);
  assert.match(errors()[0].message, /no such application/);
});

test('a page is final for a client that was never connected', async (t) => {
  const { url } = await serve(t);
  const ingress = await startIngress(t, url);
  for (const status of [400, 401, 403, 404, 410]) {
    ingress.page = { status, body: html };
    const { reached, errors } = observe(t, { url: ingress.url, token: 'good' });
    await reached('disconnected');
    assert.deepEqual([errors().length, errors()[0].status], [1, status]);
  }
});

test('a token that a gateway has refused by a page is asked for once more, and no more', async (t) => {
  const asked = [];
  const token = (reason) => `token-${asked.push(reason)}`;
  const page = { status: 401, body: html };
  const { ingress, reached, errors } = await deploy(t, page, { token, transports: ['websocket'] });
  await reached('reconnecting', 5);
  ingress.page = undefined;
  await reached('connected', 2);
  assert.deepEqual(asked, ['connect', 'refused']);
  assert.ok(errors().every(({ code }) => code === 'AUTH_FAILED'));
});

test('a version that the server refuses is named', async (t) => {
  const { url } = await serve(t);
  const ingress = await startIngress(t, url);
  ingress.page = { status: 400, body: JSON.stringify({ code: 5, message: 'Unsupported protocol version' }) };
  for (const transports of [['websocket'], ['polling'], undefined]) {
    const { seen, reached } = observe(t, { url: ingress.url, token: 'good', transports });
    const error = await seen('error');
    assert.deepEqual([error.code, error.status], ['PROTOCOL_ERROR', 400]);
    assert.match(error.message, /Engine\.IO 4/);
    await reached('disconnected');
  }
});

test('a server of the plain WebSocket is given the same patience', async (t) => {
  const platform = await startPlatform(t);
  const ingress = await startIngress(t, platform.url);
  const { reached, errors } = observe(t, { url: ingress.url, protocol: 'ws', token: platform.token() });
  await reached('connected');
  ingress.page = { status: 404, body: html };
  ingress.drop();
  await reached('reconnecting', 3);
  ingress.page = undefined;
  await reached('connected', 2);
  assert.ok(errors().every(({ code }) => code === 'UPGRADE_REFUSED'));
});
