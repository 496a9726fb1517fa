/** No secret, and no payload, is in a span, in a metric, or in the context of a channel. */

import assert from 'node:assert/strict';
import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { Server } from 'socket.io';

import { signWebhook, WebhookReceiver } from '../../lib/index.js';
import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';
import { placesIn, secretAt } from '../support/secret-places.js';
import { instrument } from '../support/spans.js';
import { kinds, listening, post } from '../support/webhook-endpoint.js';

/** All contexts of operations until the end of the test, without what they refer to by design. */
function recordContexts(t) {
  const seen = [];
  for (const kind of ['connect', 'publish', 'request', 'handle', 'webhook']) {
    const subscribers = {
      asyncEnd: ({ client, event, ...rest }) => seen.push({ kind, event: kind === 'publish' && event, ...rest }),
    };
    const channel = diagnostics.tracingChannel(`@smarterservices/realtime:${kind}`);
    channel.subscribe(subscribers);
    t.after(() => channel.unsubscribe(subscribers));
  }
  return seen;
}

/** Everything that an exporter gets. */
async function exported({ spans, metrics }) {
  const all = spans().map(({ name, attributes, events, links, status }) => ({
    name,
    attributes,
    events,
    links,
    status,
  }));
  return JSON.stringify([all, await metrics()]);
}

/** @param {string} text @param {unknown[]} contexts */
function assertClean(text, contexts) {
  assert.deepEqual(placesIn(text), [], text);
  const shown = inspect(contexts, { depth: 9, maxStringLength: null });
  assert.deepEqual(placesIn(shown), [], shown);
}

/** A server that repeats the client's token: the secret of the place that a header names. */
async function startParrot(t) {
  const server = http.createServer((request, response) => {
    const { authorization: token = '', 'x-place': place } = request.headers;
    const answers = {
      'message of a REST refusal': [400, {}, JSON.stringify({ error: 'ValidationError', message: `not ${token}` })],
      'details of a REST refusal': [400, {}, JSON.stringify({ error: token, message: 'no', details: [token] })],
      'body of a REST answer that is not JSON': [502, {}, `<h1>${token}</h1>`],
      'header of a REST answer': [500, { 'x-token': token, 'retry-after': token }, '{}'],
      'target of a REST redirect': [302, { location: `http://localhost:1/${encodeURIComponent(token)}` }, ''],
    };
    const [status, headers, body] = answers[place] ?? [404, {}, '{}'];
    response.writeHead(status, headers).end(body);
  });
  const io = new Server(server, { destroyUpgrade: false });
  io.use((socket, next) => {
    const { token } = socket.handshake.auth;
    const error = {
      'message of CONNECT_ERROR': new Error(`no token ${token}`),
      'data of CONNECT_ERROR': Object.assign(new Error('no'), { data: { code: 'AUTH_FAILED', token } }),
    }[socket.handshake.headers['x-place']];
    next(error);
  });
  io.on('connection', (socket) => {
    const { token } = socket.handshake.auth;
    const refusal = { error: 'ForbiddenError', message: `not with ${token}` };
    socket.onAny((_verb, body, reply) => {
      const place = socket.handshake.headers['x-place'];
      if (place === 'error event of the server')
        socket.emit('error', { ...refusal, subscriptionId: body.subscriptionId });
      else if (typeof reply === 'function') reply(refusal);
    });
  });
  server.prependListener('upgrade', (request, socket) => {
    const { authorization: token = '', 'x-place': place } = request.headers;
    const head = {
      'body of a refused upgrade': `403 Forbidden\r\nconnection: close\r\n\r\n{"message":"${token}"}`,
      'header of a refused upgrade': `401 ${token}\r\nwww-authenticate: ${token}\r\nconnection: close\r\n\r\n`,
      'target of a redirected upgrade': `302 Found\r\nlocation: http://localhost:1/${encodeURIComponent(token)}\r\n\r\n`,
    }[place];
    if (head !== undefined) socket.end(`HTTP/1.1 ${head}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    io.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

const REPEATED_ON_CONNECTING = [
  'message of CONNECT_ERROR',
  'data of CONNECT_ERROR',
  'body of a refused upgrade',
  'header of a refused upgrade',
  'target of a redirected upgrade',
];
const REPEATED_IN_ANSWERS = [
  'message of a REST refusal',
  'details of a REST refusal',
  'body of a REST answer that is not JSON',
  'header of a REST answer',
  'target of a REST redirect',
];
const REPEATED_TO_CALLS = ['refusal of a subscription', 'error event of the server', 'answer to a message'];

test('what a server repeats of a token', async (t) => {
  const telemetry = instrument(t);
  const contexts = recordContexts(t);
  const url = await startParrot(t);
  const clientFor = (place) =>
    observe(t, {
      url,
      token: secretAt(place),
      headers: { 'x-place': place },
      reconnection: false,
      transports: ['websocket'],
    });
  for (const place of REPEATED_ON_CONNECTING) await clientFor(place).reached('disconnected');
  for (const place of REPEATED_IN_ANSWERS)
    await assert.rejects(clientFor(place).client.sync.get('notes', 'n1'), undefined, place);
  for (const place of REPEATED_TO_CALLS) {
    const { client, seen } = clientFor(place);
    client.subscribe({ topic: 'a' });
    await assert.rejects(client.socketClient.publish('lobby', 'a', {}), undefined, place);
    await seen('error');
  }
  const failed = contexts.filter((context) => Object.hasOwn(context, 'error'));
  assert.ok(failed.length >= 13, `${failed.length} operations failed`);
  assertClean(await exported(telemetry), contexts);
});

test('what a program passes to a client, and its data', async (t) => {
  const telemetry = instrument(t);
  const contexts = recordContexts(t);
  const platform = await startPlatform(t, { prefix: `/${secretAt('path of the url')}` });
  const options = {
    url: platform.url,
    headers: {
      cookie: `a=${secretAt('options.headers.cookie, first value')}; b=${secretAt('options.headers.cookie, second value')}`,
      'x-api-key': secretAt('options.headers.x-api-key'),
    },
  };
  const token = platform.token({ permissions: ['service'] });
  const receiver = observe(t, { ...options, token });
  const sender = observe(t, { ...options, token: async () => token });
  receiver.client.subscribe({ topic: 'a', filter: { text: secretAt('value in a filter') } });
  await receiver.client.socketClient.joinChannel('lobby');
  await platform.subscribed('a');
  platform.publish({
    topic: 'a',
    payload: { text: secretAt('value in a filter'), more: secretAt('payload of an event') },
    metadata: { more: secretAt('metadata of an event') },
  });
  await sender.client.socketClient.publish('lobby', 'greeting', {
    text: secretAt('message to a channel'),
    bytes: Buffer.from(secretAt('attachment of an event')),
  });
  await sender.client.socketClient.directMessage(receiver.client.socketClient.id, 'note', secretAt('direct message'));
  await sender.client.sync.create('notes', { text: secretAt('document in a REST request') }, 'n1', {
    idempotencyKey: secretAt('idempotency key'),
  });
  const pages = sender.client.sync.list('notes', { cursor: secretAt('query of a REST request') }).pages();
  await assert.rejects(pages.next());
  await receiver.seen('event', ({ topic }) => topic === 'direct');
  await receiver.seen('event', ({ topic }) => topic === 'a');
  // A failing token function.
  const failing = observe(t, {
    ...options,
    reconnection: false,
    token: () => {
      const cause = new Error(secretAt('cause of the error of the token function'));
      throw new Error(secretAt('error of the token function'), { cause });
    },
  });
  await failing.reached('disconnected');
  const text = await exported(telemetry);
  assert.ok(text.includes('publish lobby') && text.includes('process a') && text.includes('realtime.client.io'));
  assert.equal(text.includes(token), false);
  const causes = ({ error }) => error?.code === 'TOKEN_UNAVAILABLE' || error?.cause !== undefined;
  // In the process, an error has its cause: the user's own error.
  assertClean(
    text,
    contexts.filter((context) => !causes(context)),
  );
});

test('webhooks', async (t) => {
  const telemetry = instrument(t);
  const contexts = recordContexts(t);
  const secrets = [secretAt('webhook secret'), secretAt('former webhook secret')];
  const handler = () => {
    throw new Error(secretAt('error of a webhook handler'));
  };
  const options = { onRefused: () => {}, onError: () => {} };
  const url = await listening(t, kinds.node(new WebhookReceiver(secrets), handler, options));
  const event = {
    id: 'evt_1',
    topic: 'a',
    source: 'socket',
    type: 'b',
    payload: { text: secretAt('body of a delivery') },
  };
  const body = JSON.stringify({ ...event, metadata: { timestamp: 1 } });
  const authorization = secretAt('authorization of a delivery');
  await post(url, { body, headers: { ...signWebhook(body, secrets[0], { id: 'whd_1' }), authorization } });
  const refused = JSON.stringify({ text: secretAt('body of a refused delivery') });
  const headers = {
    ...signWebhook(refused, secrets[1]),
    'x-webhook-signature': secretAt('signature of a refused delivery'),
  };
  await post(url, { body: refused, headers });
  const text = await exported(telemetry);
  assert.ok(text.includes('webhook a') && contexts.length === 2, text);
  const [handled, refusal] = contexts;
  // In the process, the context has the very error of the handler.
  assert.match(handled.error.message, new RegExp(secretAt('error of a webhook handler')));
  assertClean(text, [{ ...handled, error: undefined }, refusal]);
});
