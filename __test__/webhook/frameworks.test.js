/**
 * What is particular to one library: other body parsers before an endpoint, other routes beside it.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { promisify } from 'node:util';

import express from 'express';
import fastify from 'fastify';

import { expressWebhook, fastifyWebhook, fetchWebhook, nodeWebhook, WebhookReceiver } from '../../lib/index.js';
import { delivery, listening, post, SECRET } from '../support/webhook-endpoint.js';

const receiver = () => new WebhookReceiver(SECRET);
const startExpress = (t, ...middleware) =>
  listening(
    t,
    express()
      .use(...middleware)
      .listen(0, '127.0.0.1'),
  );

const keepRawBody = (request, _response, bytes) => {
  request.rawBody = bytes;
};
const fine = {
  'express.raw()': express.raw({ type: '*/*' }),
  'express.text()': express.text({ type: '*/*' }),
  'express.json() that keeps rawBody': express.json({ verify: keepRawBody }),
  'express.urlencoded(), which is not about this body': express.urlencoded(),
};
for (const [what, parser] of Object.entries(fine)) {
  test(`express: behind ${what}`, async (t) => {
    const calls = [];
    const url = await startExpress(
      t,
      parser,
      expressWebhook(receiver(), (each) => calls.push(each)),
    );
    assert.equal((await post(url, delivery({ name: 'Zoë' }))).status, 204);
    assert.equal(calls[0].event.payload.name, 'Zoë');
  });
}

test('express: behind express.json() it refuses, and says what to do in Express', async (t) => {
  const errors = [];
  const options = { onRefused: (error) => errors.push(error), onError: assert.fail };
  const url = await startExpress(t, express.json(), expressWebhook(receiver(), assert.fail, options));
  const { status, body } = await post(url, delivery());
  assert.deepEqual([status, body], [500, { error: 'BODY_NOT_RAW' }]);
  assert.equal(
    errors[0].message,
    'The body is an object, not the text or bytes that were sent. The signature covers those. ' +
      'A body parser ran before expressWebhook(). Put this route above app.use(express.json()), or keep the bytes: ' +
      'express.json({ verify: (req, _res, rawBody) => Object.assign(req, { rawBody }) }).',
  );
});

test('express: the advice of BODY_NOT_RAW works', async (t) => {
  const advised = express.json({ verify: (req, _res, rawBody) => Object.assign(req, { rawBody }) });
  const url = await startExpress(
    t,
    advised,
    expressWebhook(receiver(), () => {}),
  );
  assert.equal((await post(url, delivery())).status, 204);
});

test('express: the limit of the receiver holds for what a parser let through', async (t) => {
  const small = new WebhookReceiver(SECRET, { maxBodyBytes: 10 });
  const onRefused = () => {};
  const url = await startExpress(t, express.raw({ type: '*/*' }), expressWebhook(small, assert.fail, { onRefused }));
  const { status, body } = await post(url, delivery());
  assert.deepEqual([status, body], [413, { error: 'BODY_TOO_LARGE' }]);
});

test('express: the documented form with express.text()', async (t) => {
  const app = express();
  const receiver = new WebhookReceiver(SECRET);
  const topics = [];
  app.post('/webhooks', express.text({ type: '*/*' }), (req, res) => {
    const { event } = receiver.verify(req.body, req.headers);
    topics.push(event.topic);
    res.sendStatus(200);
  });
  const url = await listening(t, app.listen(0, '127.0.0.1'));
  assert.equal((await fetch(`${url}webhooks`, { method: 'POST', ...delivery({ name: 'Zoë' }) })).status, 200);
  assert.deepEqual(topics, ['session.status']);
});

test('express: the answer of something quicker stands', async (t) => {
  let called;
  const handled = new Promise((resolve) => {
    called = resolve;
  });
  const hasty = (_request, response, next) => {
    response.sendStatus(418);
    next();
  };
  const url = await startExpress(t, hasty, expressWebhook(receiver(), called));
  const response = await fetch(url, { method: 'POST', ...delivery() });
  assert.equal(response.status, 418);
  await handled;
});

test('node: without onError, what a handler throws is printed', async (t) => {
  const printed = t.mock.method(console, 'error', () => {});
  const failure = new Error('printed');
  const endpoint = nodeWebhook(receiver(), () => Promise.reject(failure));
  const url = await listening(t, http.createServer(endpoint).listen(0, '127.0.0.1'));
  assert.equal((await post(url, delivery())).status, 500);
  assert.deepEqual(printed.mock.calls[0].arguments, [failure]);
});

test('fetch: what onError and onRefused throw reaches the process, and the answer is sent', async () => {
  const program = async (SECRET, { body, headers }) => {
    const { WebhookReceiver, fetchWebhook } = require('@smarterservices/realtime');
    process.on('uncaughtException', ({ message }) => console.log(message));
    const fail = (message) => () => {
      throw new Error(message);
    };
    // As a test's fake timers do, which are none of our business; fetch needs it again afterwards.
    const { queueMicrotask } = globalThis;
    const handler = () => {
      globalThis.queueMicrotask = () => {};
      setImmediate(() => Object.assign(globalThis, { queueMicrotask }));
      fail('handler')();
    };
    const options = { onError: fail('onError'), onRefused: fail('onRefused') };
    const endpoint = fetchWebhook(new WebhookReceiver(SECRET), handler, options);
    for (const each of [{}, headers])
      console.log((await endpoint(new Request('http://localhost/', { method: 'POST', body, headers: each }))).status);
  };
  const source = `(${program})(${JSON.stringify(SECRET)}, ${JSON.stringify(delivery())})`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--eval', source], {
    cwd: join(import.meta.dirname, '..', '..'),
  });
  assert.deepEqual(stdout.trim().split('\n').sort(), ['400', '500', 'onError', 'onRefused']);
});

test('node: a request of an adapter that has headers, but no rawHeaders', async () => {
  const { body, headers } = delivery();
  const request = Object.assign(Readable.from([Buffer.from(body)]), { method: 'POST', headers, rawHeaders: [] });
  const handled = new Promise((resolve) => {
    const response = new http.ServerResponse(request);
    nodeWebhook(receiver(), resolve)(request, response);
  });
  assert.equal((await handled).event.topic, 'session.status');
});

test('node: text that somebody else decodes is not the raw body', async (t) => {
  const errors = [];
  const endpoint = nodeWebhook(receiver(), assert.fail, { onRefused: (error) => errors.push(error) });
  const server = http.createServer((request, response) => endpoint(request.setEncoding('utf8'), response));
  const url = await listening(t, server.listen(0, '127.0.0.1'));
  const { status, body } = await post(url, delivery());
  assert.deepEqual([status, body], [500, { error: 'BODY_NOT_RAW' }]);
  assert.match(errors[0].message, /^The body is undefined, .* before nodeWebhook\(\)\. .*request\.rawBody\.$/);
});

test('node: a peer that never ends its body is cut off after its 413', async (t) => {
  const small = new WebhookReceiver(SECRET, { maxBodyBytes: 10 });
  const endpoint = nodeWebhook(small, assert.fail, { onRefused() {} });
  const url = await listening(t, http.createServer(endpoint).listen(0, '127.0.0.1'));
  const socket = net.connect(new URL(url).port, '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nx');
  const received = Buffer.concat(await socket.toArray()).toString();
  assert.match(received, /^HTTP\/1.1 413 /);
  assert.match(received, /"error":"BODY_TOO_LARGE"/);
});

test('fastify: the other routes keep their parsers', async (t) => {
  const app = fastify();
  t.after(() => app.close());
  app.register(fastifyWebhook, { prefix: '/webhooks', receiver: receiver(), handler() {} });
  app.post('/json', async ({ body }) => ({ parsed: body }));
  const json = await app.inject({ method: 'POST', url: '/json', payload: { a: 1 } });
  assert.deepEqual(json.json(), { parsed: { a: 1 } });
  const { body, headers } = delivery();
  for (const status of [204, 200]) {
    assert.equal((await app.inject({ method: 'POST', url: '/webhooks', payload: body, headers })).statusCode, status);
  }
});

test('fastify: the hooks of the application apply, and its bodyLimit does not', async (t) => {
  const app = fastify({ bodyLimit: 10 });
  t.after(() => app.close());
  app.addHook('onSend', async (_request, reply) => void reply.header('x-by', 'a hook'));
  app.register(fastifyWebhook, { receiver: receiver(), handler() {} });
  const { body, headers } = delivery();
  const response = await app.inject({ method: 'POST', url: '/', payload: body, headers });
  assert.deepEqual([response.statusCode, response.headers['x-by']], [204, 'a hook']);
});

test("fastify: without onError, what a handler throws is in the request's log", async (t) => {
  const lines = [];
  const app = fastify({ logger: { level: 'error', stream: { write: (line) => lines.push(JSON.parse(line)) } } });
  t.after(() => app.close());
  const handler = () => {
    throw new Error('logged');
  };
  app.register(fastifyWebhook, { receiver: receiver(), handler });
  const { body, headers } = delivery();
  assert.equal((await app.inject({ method: 'POST', url: '/', payload: body, headers })).statusCode, 500);
  assert.equal(lines[0].err.message, 'logged');
  assert.ok(lines[0].reqId);
});

test('fastify: a wrong option fails the start', async () => {
  const app = fastify();
  app.register(fastifyWebhook, { receiver: SECRET, handler() {} });
  await assert.rejects(async () => app.ready(), {
    code: 'INVALID_ARGUMENT',
    message: /^fastifyWebhook\(\): receiver: /,
  });
});

test('fetch: a body that was read before is refused', async () => {
  const errors = [];
  const onRefused = (error, context) => errors.push({ error, ...context });
  const endpoint = fetchWebhook(receiver(), assert.fail, { onRefused });
  const request = new Request('http://localhost/', { method: 'POST', ...delivery() });
  await request.text();
  const response = await endpoint(request);
  assert.deepEqual([response.status, await response.json()], [500, { error: 'BODY_NOT_RAW' }]);
  assert.match(errors[0].error.message, /^The body is undefined, .* before fetchWebhook\(\)\. .*request\.clone\(\)\.$/);
  assert.equal(errors[0].request, request);
});

test('fetch: a body that fails is answered, and one that is too large is cancelled', async () => {
  const small = new WebhookReceiver(SECRET, { maxBodyBytes: 10 });
  const endpoint = fetchWebhook(small, assert.fail, { onRefused() {} });
  const send = (source) =>
    endpoint(new Request('http://localhost/', { method: 'POST', body: new ReadableStream(source), duplex: 'half' }));

  const broken = await send({ pull: (controller) => controller.error(new Error('reset')) });
  assert.deepEqual([broken.status, (await broken.json()).error], [400, 'INCOMPLETE_BODY']);

  let cancelled = false;
  const endless = await send({
    pull: (controller) => controller.enqueue(Buffer.alloc(8)),
    cancel: () => {
      cancelled = true;
    },
  });
  assert.deepEqual([endless.status, cancelled], [413, true]);
});

test('fetch: a stream of something other than bytes is not read', async () => {
  const body = new ReadableStream({ pull: (controller) => controller.enqueue('text') });
  const request = new Request('http://localhost/', { method: 'POST', body, duplex: 'half' });
  assert.equal((await fetchWebhook(receiver(), assert.fail, { onRefused() {} })(request)).status, 413);
});

test('fastify: a hook that puts text in place of the stream', async (t) => {
  const app = fastify();
  t.after(() => app.close());
  app.addHook('preParsing', async (_request, _reply, stream) => stream.setEncoding('utf8'));
  app.register(fastifyWebhook, { receiver: receiver(), handler() {} });
  const { body, headers } = delivery({ name: 'Zoë' });
  assert.equal((await app.inject({ method: 'POST', url: '/', payload: body, headers })).statusCode, 204);
});

test('fetch: no body at all', async () => {
  const { headers } = delivery();
  const endpoint = fetchWebhook(receiver(), assert.fail, { onRefused() {} });
  const response = await endpoint(new Request('http://localhost/', { method: 'POST', headers }));
  assert.equal((await response.json()).error, 'SIGNATURE_MISMATCH');
});
