/**
 * What requests by `fetch` have of their own: cancelling, closing, the number of requests at a
 * time, and what a browser hides.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { delayAfter, retryAfter } from '../../lib/engines/javascript/requests/retry.js';
import { createRequests } from '../../lib/engines/javascript/requests.js';
import { parseOptions } from '../../lib/options/client.js';
import { importForWeb } from '../support/web-bundle.js';

const web = await importForWeb('engines/javascript/requests.js');

const GET = { method: 'GET', path: '/api/x', body: null, timeout: 5000, repeatable: true, idempotencyKey: null };
const PATCH = { ...GET, method: 'PATCH', body: '{}', repeatable: false };
const PAGE = 'https://app.example';

/**
 * A server that answers as the test says, and requests to it.
 *
 * @param {import('node:test').TestContext} t
 * @param {http.RequestListener} listener
 * @param {typeof createRequests} [create]
 */
async function serve(t, listener, create = createRequests) {
  const server = http.createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  const { config } = parseOptions({ url, token: 'secret', applicationId: 'app', autoConnect: false });
  const requests = create(config);
  t.after(() => {
    requests.close();
    server.closeAllConnections();
    server.close();
  });
  return { server, requests, url, send: (request) => requests.send({ token: undefined, ...request }) };
}

test('a cancelled request closes its connection, and has no other outcome', async (t) => {
  const { server, send } = await serve(t, () => {});
  const asked = once(server, 'request');
  const { outcome, cancel } = send(GET);
  const [request] = await asked;
  const closed = once(request.socket, 'close');
  cancel('ABORTED');
  cancel('CLIENT_DESTROYED');
  assert.equal(await outcome, 'ABORTED');
  await closed;
});

test('cancelling ends a pause before a retry, and without effect after the outcome', async (t) => {
  let count = 0;
  const { server, send } = await serve(t, (_, response) => {
    count += 1;
    response.writeHead(503, { 'retry-after': '2' }).end();
  });
  const asked = once(server, 'request');
  const waiting = send(GET);
  await asked;
  waiting.cancel('CLIENT_DESTROYED');
  assert.equal(await waiting.outcome, 'CLIENT_DESTROYED');
  const { outcome, cancel } = send({ ...GET, repeatable: false });
  assert.equal((await outcome).failure.retryAfter, 2000);
  cancel('ABORTED');
  assert.equal((await outcome).failure.code, 'SERVER_ERROR');
  assert.equal(count, 2);
});

test('close drops all requests, whose promises stay pending', async (t) => {
  const { server, send, requests } = await serve(t, () => {});
  const asked = once(server, 'request');
  const pending = [send(GET), send({ ...GET, path: '/api/y' })];
  const [request] = await asked;
  const closed = once(request.socket, 'close');
  requests.close();
  await closed;
  await setImmediate();
  const nothing = Symbol('nothing');
  for (const { outcome } of pending) assert.equal(await Promise.race([outcome, nothing]), nothing);
  pending[0].cancel('CLIENT_DESTROYED');
  assert.equal(await pending[0].outcome, 'CLIENT_DESTROYED');
});

test('at most 128 requests are sent at a time, and those that wait can be cancelled', async (t) => {
  /** @type {http.ServerResponse[]} */
  const held = [];
  let most = 0;
  let isReleased = false;
  let isFull = () => {};
  const full = new Promise((resolve) => {
    isFull = resolve;
  });
  const answer = (response) => response.end('1');
  const { send } = await serve(t, (_, response) => {
    if (isReleased) return answer(response);
    held.push(response);
    most = Math.max(most, held.length);
    if (held.length === 128) isFull();
  });
  const pending = Array.from({ length: 200 }, () => send(GET));
  await full;
  pending[150].cancel('ABORTED');
  assert.equal(await pending[150].outcome, 'ABORTED');
  isReleased = true;
  for (const response of held) answer(response);
  const outcomes = await Promise.all(pending.map(({ outcome }) => outcome));
  assert.equal(outcomes.filter(({ body }) => body === 1).length, 199);
  assert.equal(most, 128);
});

test('421 is reported; the runtime has repeated it over another connection', async (t) => {
  const { send } = await serve(t, (_, response) => response.writeHead(421).end('{"error":"Misdirected"}'));
  const { failure } = await send(PATCH).outcome;
  assert.deepEqual([failure.code, failure.status], ['SERVER_ERROR', 421]);
  assert.equal(failure.message, 'PATCH /api/x: the server answered 421 Misdirected');
});

test('a delay grows, and is never shorter than Retry-After', () => {
  assert.deepEqual(
    [1, 2, 3, 4].map((attempt) => delayAfter(attempt, 0, 60_000, 1)),
    [100, 200, 400, undefined],
  );
  assert.equal(delayAfter(2, 0, 60_000, 0.25), 50);
  assert.equal(delayAfter(1, 3000, 60_000, 1), 3000);
  assert.equal(delayAfter(1, 3000, 3000, 1), undefined);
  const now = Date.UTC(1994, 10, 6, 8, 49, 37);
  for (const [value, expected] of [
    [' 120 ', 120_000],
    ['0.65', 650],
    ['Sun, 06 Nov 1994 08:49:40 GMT', 3000],
    ['Sunday, 06-Nov-94 08:49:40 GMT', 3000],
    ['Sun Nov  6 08:49:40 1994', 3000],
    ['Sun, 06 Nov 1994 08:49:00 GMT', 0],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 2_147_483_647],
    ['1000000000000', 2_147_483_647],
    ...['-1', '1.5.2', '.5', '1e3', 'soon', '', '1994-11-06T08:49:40Z'].map((value) => [value, undefined]),
  ])
    assert.equal(retryAfter(value, now), expected, value);
});

/**
 * `fetch` as a page of {@link PAGE} has it: it asks with a preflight, shows an answer only with the
 * headers of CORS, hides redirects, and tells no reason.
 */
function browserFetch() {
  const { fetch } = globalThis;
  const refuse = () => {
    throw new TypeError('Failed to fetch');
  };
  return async (url, { mode = 'cors', method = 'GET', headers = new Headers(), ...init } = {}) => {
    const ask = (more) => fetch(url, { ...init, ...more }).catch(refuse);
    if (mode === 'no-cors') {
      await ask({ method });
      return Response.error();
    }
    const allows = (response) => ['*', PAGE].includes(response.headers.get('access-control-allow-origin'));
    const names = [...new Headers(headers).keys()].filter((name) => !/^accept/.test(name));
    if (names.length > 0 || !['GET', 'POST'].includes(method)) {
      const preflight = await ask({ method: 'OPTIONS', body: undefined });
      const list = (name) => (preflight.headers.get(name) ?? '').toLowerCase().split(/ *, */);
      const isAllowed =
        preflight.ok &&
        allows(preflight) &&
        names.every((name) => list('access-control-allow-headers').includes(name)) &&
        (['GET', 'POST'].includes(method) || list('access-control-allow-methods').includes(method.toLowerCase()));
      if (!isAllowed) refuse();
    }
    const response = await ask({ method, headers });
    if (!allows(response)) refuse();
    if (response.status < 300 || response.status >= 400 || init.redirect !== 'manual') return response;
    return { type: 'opaqueredirect', status: 0, ok: false, headers: new Headers(), body: null, arrayBuffer: () => '' };
  };
}

/** Makes this realm a page. @param {import('node:test').TestContext} t */
function bePage(t) {
  const { fetch } = globalThis;
  Object.assign(globalThis, { fetch: browserFetch(), location: new URL(PAGE) });
  t.after(() => {
    Object.assign(globalThis, { fetch });
    Reflect.deleteProperty(globalThis, 'location');
  });
}

const ORIGIN = { 'access-control-allow-origin': PAGE };
const ALL = {
  ...ORIGIN,
  'access-control-allow-headers': 'authorization, content-type, x-application-id',
  'access-control-allow-methods': 'PATCH',
};

for (const [what, headers, request, expected] of [
  ['no CORS', {}, GET, /the server must send Access-Control-Allow-Origin: https:\/\/app\.example$/],
  [
    'no preflight',
    ORIGIN,
    GET,
    /must send Access-Control-Allow-Headers: authorization, x-application-id when asked with OPTIONS$/,
  ],
  [
    'no method',
    { ...ALL, 'access-control-allow-methods': 'GET' },
    PATCH,
    /Access-Control-Allow-Headers: authorization, content-type, x-application-id and Access-Control-Allow-Methods: PATCH when/,
  ],
])
  test(`a page learns what the server's CORS settings lack: ${what}`, async (t) => {
    const tokens = [];
    const listener = ({ method, headers: sent }, response) => {
      if (method !== 'OPTIONS') tokens.push(sent.authorization);
      response.writeHead(200, { ...headers, 'content-type': 'application/json' }).end('{}');
    };
    const { send, url } = await serve(t, listener, web.createRequests);
    bePage(t);
    const { failure } = await send({ ...request, repeatable: false }).outcome;
    assert.equal(failure.code, 'NETWORK_ERROR');
    assert.match(failure.message, expected);
    assert.ok(
      failure.message.includes(`: no answer from ${url.slice(7)} that this page may read: the`),
      failure.message,
    );
    assert.equal(failure.cause, 'Failed to fetch');
    assert.deepEqual([...new Set(tokens)], [undefined], 'the questions carry no token');
  });

test('a page learns that a server is unreachable, and what its own policy may be', async (t) => {
  const { server, send, url } = await serve(t, assert.fail, web.createRequests);
  server.close();
  await once(server, 'close');
  bePage(t);
  const { failure } = await send(PATCH).outcome;
  const why = `the server is unreachable, or connect-src of the page's CSP lacks ${url}`;
  assert.ok(failure.message.endsWith(`: ${why}, or a page over https: cannot ask http:`), failure.message);
  assert.equal(failure.uncertain, true);
});

test('a page gets answers where the server allows it, and follows no redirect that it cannot see', async (t) => {
  const listener = ({ method, url }, response) => {
    const location = url === '/api/moved' && method !== 'OPTIONS' ? { location: '/api/x' } : undefined;
    response.writeHead(location ? 307 : 200, { ...ALL, ...location, 'content-type': 'application/json' }).end('[1]');
  };
  const { send } = await serve(t, listener, web.createRequests);
  bePage(t);
  assert.deepEqual((await send(PATCH).outcome).body, [1]);
  for (const [request, uncertain] of [
    [GET, undefined],
    [PATCH, true],
  ]) {
    const { failure } = await send({ ...request, path: '/api/moved' }).outcome;
    assert.deepEqual([failure.code, failure.uncertain], ['PROTOCOL_ERROR', uncertain]);
    assert.match(failure.message, /a redirect, whose target browsers hide: write the final address in options\.url$/);
  }
});

test('a worker, which is not a page, gets what its runtime says', async (t) => {
  const { server, send, url } = await serve(t, assert.fail, web.createRequests);
  server.close();
  await once(server, 'close');
  const { failure } = await send(PATCH).outcome;
  assert.deepEqual([failure.code, failure.uncertain], ['NETWORK_ERROR', true]);
  assert.equal(failure.message, `PATCH /api/x: no answer from ${url.slice(7)}: fetch failed`);
});
