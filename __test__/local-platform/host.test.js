/**
 * Who may use the local platform from a browser: the names it can be reached by, and other origins.
 */

import assert from 'node:assert/strict';
import { lookup } from 'node:dns/promises';
import { connect as connectTo } from 'node:net';
import { hostname } from 'node:os';
import { describe, test } from 'node:test';

import { startPlatform } from '../support/local-platform.js';
import { connect, PROTOCOLS } from '../support/platform-client.js';

/** Sends a head as it is, and resolves to the status line and the body of the answer. */
async function send(platform, lines) {
  const socket = connectTo(platform.port, '127.0.0.1');
  socket.end(`${lines.join('\r\n')}\r\n\r\n`);
  const answer = (await socket.toArray()).join('');
  const [head, body] = answer.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), body };
}

const UPGRADE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  `Sec-WebSocket-Key: ${'A'.repeat(22)}==`,
];

/** Each route, as a request whose `Host` is still to be added. */
const routes = (token) => [
  ['GET /health HTTP/1.1'],
  ['POST /auth/token HTTP/1.1', 'Content-Type: application/json', 'Content-Length: 0'],
  ['POST /auth/verify HTTP/1.1', 'Content-Length: 0'],
  ['OPTIONS /auth/token HTTP/1.1', 'Origin: http://evil.example', 'Access-Control-Request-Method: POST'],
  ['GET /api/webhooks HTTP/1.1', `Authorization: Bearer ${token}`],
  ['POST /api/webhooks HTTP/1.1', `Authorization: Bearer ${token}`, 'Content-Length: 0'],
  ['GET /api/sync/s/documents HTTP/1.1', `Authorization: Bearer ${token}`],
  ['GET /nowhere HTTP/1.1'],
  ['GET /socket.io/?EIO=4&transport=polling HTTP/1.1'],
  ['GET /socket.io/?EIO=4&transport=websocket HTTP/1.1', ...UPGRADE],
  ['GET /ws HTTP/1.1', `Authorization: Bearer ${token}`, ...UPGRADE],
  ['GET /elsewhere HTTP/1.1', ...UPGRADE],
];

describe('the Host header', () => {
  test('a name that was rebound to a loopback address is refused, on every route', async (t) => {
    const platform = await startPlatform(t);
    for (const [line, ...headers] of routes(platform.token({ permissions: ['admin'] }))) {
      const { status, body } = await send(platform, [line, 'Host: evil.example', 'Connection: close', ...headers]);
      assert.equal(status, 403, line);
      assert.equal(JSON.parse(body).error, 'ForbiddenError', line);
      assert.doesNotMatch(body, /eyJ/, line);
    }
  });

  const REFUSED = [
    'evil.example:3000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evillocalhost',
    '.localhost',
    'localhost..',
    'localhost@evil.example',
    'evil.example@localhost',
    'localhost:3000@evil.example',
    'localhost:port',
    'localhost:123456',
    'localhost, evil.example',
    'localhost/evil.example',
    '[evil.example]',
    '[::1',
    '::1',
    '[127.0.0.1]',
    '127.0.0.1.',
    '0x7f.1',
    '1.2.3',
    'xn--lcalhost-54a',
    '',
    ':3000',
  ];

  test('a name that only looks like a loopback one is refused', async (t) => {
    const platform = await startPlatform(t);
    for (const host of REFUSED) {
      const { status } = await send(platform, ['GET /health HTTP/1.1', `Host: ${host}`, 'Connection: close']);
      assert.equal(status, 403, host);
    }
  });

  test('a request without a Host, with two of them, or for another URL is refused', async (t) => {
    const platform = await startPlatform(t);
    for (const lines of [
      ['GET /health HTTP/1.1', 'Connection: close'],
      ['GET /health HTTP/1.0'],
      ['GET /health HTTP/1.1', 'Host: localhost', 'Host: evil.example', 'Connection: close'],
      ['GET http://evil.example/health HTTP/1.1', 'Host: localhost', 'Connection: close'],
      ['GET /ws HTTP/1.1', ...UPGRADE],
    ]) {
      assert.equal((await send(platform, lines)).status, 403, lines.join());
    }
  });

  const SERVED = [
    'localhost',
    'LocalHost:3000',
    'localhost.',
    'localhost:',
    'app.localhost:80',
    'a.b.localhost',
    '127.0.0.1',
    '127.0.0.1:3000',
    '192.168.1.20:3000',
    '[::1]',
    '[::1]:3000',
    '[fe80::1]:3000',
  ];

  test('loopback names and addresses are served, with a port and without', async (t) => {
    const platform = await startPlatform(t);
    for (const host of SERVED) {
      const { status } = await send(platform, ['GET /health HTTP/1.1', `Host: ${host}`, 'Connection: close']);
      assert.equal(status, 200, host);
    }
  });

  test('so are the names that the platform was given, and no others', async (t) => {
    const platform = await startPlatform(t, { allowedHosts: ['Realtime.', 'a.example'] });
    for (const [host, expected] of [
      ['realtime:3000', 200],
      ['A.example', 200],
      ['a.example.:3000', 200],
      ['a.example..', 403],
      ['b.a.example', 403],
      ['realtime.evil.example', 403],
    ]) {
      const { status } = await send(platform, ['GET /health HTTP/1.1', `Host: ${host}`, 'Connection: close']);
      assert.equal(status, expected, host);
    }
    const { startLocalPlatform } = await import('@smarterservices/realtime-local');
    for (const allowedHosts of ['a.example', ['a.example:80'], [''], [5], ['http://a.example']]) {
      const refused = { name: 'ValidationError', message: /options\.allowedHosts/ };
      await assert.rejects(startLocalPlatform({ allowedHosts }), refused);
    }
  });

  test('so is the name that the platform was told to listen on, on every wire', async (t) => {
    const found = await lookup(hostname()).catch(() => undefined);
    if (!found) return t.skip('this machine does not know its own name');
    const platform = await startPlatform(t, { host: hostname() });
    assert.equal((await fetch(`${platform.url}/health`)).status, 200);
    for (const protocol of PROTOCOLS) (await connect(protocol, platform)).close();
  });
});

describe('CORS', () => {
  const ALLOWED = 'authorization, content-type, idempotency-key, x-application-id, x-environment';
  const PATHS = ['/auth/token', '/api/sync/s/documents/d', '/socket.io/?EIO=4&transport=polling', '/nowhere'];
  const preflight = (url, origin) =>
    fetch(url, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'authorization' },
    });

  test('a preflight is answered on every route, without a token', async (t) => {
    const platform = await startPlatform(t);
    for (const path of PATHS) {
      const response = await preflight(platform.url + path, 'http://app.example');
      assert.equal(response.status, 204, path);
      assert.equal(response.headers.get('access-control-allow-origin'), '*', path);
      assert.equal(response.headers.get('access-control-allow-headers'), ALLOWED, path);
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
        assert.ok(
          response.headers.get('access-control-allow-methods').split(', ').includes(method),
          `${path} ${method}`,
        );
      }
    }
  });

  test('any page may read the answers, refusals and long-polling included', async (t) => {
    const platform = await startPlatform(t);
    for (const [path, status] of [
      ['/health', 200],
      ['/nowhere', 404],
      ['/api/webhooks', 401],
      ['/socket.io/?EIO=4&transport=polling', 200],
      ['/socket.io/?EIO=4&transport=polling&sid=unknown', 400],
    ]) {
      const response = await fetch(platform.url + path, { headers: { origin: 'http://app.example' } });
      assert.equal(response.status, status, path);
      assert.equal(response.headers.get('access-control-allow-origin'), '*', path);
      assert.equal(response.headers.get('access-control-expose-headers'), 'retry-after', path);
      await response.arrayBuffer();
    }
  });

  test('the pages of one origin alone, where one is given', async (t) => {
    const platform = await startPlatform(t, { corsOrigin: 'http://localhost:5173', prefix: '/realtime' });
    for (const path of PATHS) {
      const response = await preflight(platform.url + path, 'http://evil.example');
      assert.equal(response.headers.get('access-control-allow-origin'), 'http://localhost:5173');
      assert.equal(response.headers.get('vary'), 'origin');
    }
    const { startLocalPlatform } = await import('@smarterservices/realtime-local');
    for (const corsOrigin of ['localhost', 'http://localhost:5173/', '', 5]) {
      await assert.rejects(startLocalPlatform({ corsOrigin }), {
        name: 'ValidationError',
        message: /options\.corsOrigin/,
      });
    }
  });
});
