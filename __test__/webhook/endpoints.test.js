/** What every endpoint answers over real HTTP, whichever library it stands in. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { signWebhook, WebhookReceiver } from '../../lib/index.js';
import { delivery, kinds, listening, post, SECRET } from '../support/webhook-endpoint.js';

for (const [kind, start] of Object.entries(kinds)) {
  /** An endpoint whose handler and `onError` note their calls. */
  async function endpoint(t, { handle = () => {}, receiver = {}, ...options } = {}) {
    const calls = [];
    const errors = [];
    const handler = (event, request) => {
      calls.push({ event, request });
      return handle(event);
    };
    const onError = (error, context) => errors.push({ error, ...context });
    const server = start(new WebhookReceiver(SECRET, receiver), handler, { onError, ...options });
    return { url: await listening(t, server), server, calls, errors };
  }

  test(`${kind}: 204 when the handler is done`, async (t) => {
    let done = false;
    const handle = async () => {
      await new Promise(setImmediate);
      done = true;
      return { ignored: true };
    };
    const { url, calls, errors } = await endpoint(t, { handle });
    const sent = delivery({ name: 'Zoë' });
    const { status, error } = await post(url, sent);
    assert.deepEqual([status, error, done], [204, undefined, true]);
    assert.equal(calls.length, 1);
    assert.deepEqual(calls[0].event.event, JSON.parse(sent.body));
    assert.equal(calls[0].event.id, sent.headers['x-webhook-id']);
    const { headers } = calls[0].request;
    assert.equal(headers.get?.('x-webhook-id') ?? headers['x-webhook-id'], sent.headers['x-webhook-id']);
    assert.deepEqual(errors, []);
  });

  for (const type of ['text/plain', 'application/octet-stream', 'application/x-www-form-urlencoded', 'image/png']) {
    test(`${kind}: a body of type ${type} stays raw`, async (t) => {
      const { url } = await endpoint(t);
      const { body, headers } = delivery();
      assert.equal((await post(url, { body, headers: { ...headers, 'content-type': type } })).status, 204);
    });
  }

  test(`${kind}: a body without a type, in pieces that cut a character`, async (t) => {
    const { url, calls } = await endpoint(t);
    const { body, headers } = delivery({ name: 'Zoë ☃' });
    const { 'content-type': _, ...rest } = headers;
    const pieces = Array.from(Buffer.from(body), (byte) => Buffer.of(byte));
    assert.equal((await post(url, { body: Readable.from(pieces), headers: rest })).status, 204);
    assert.equal(calls[0].event.event.payload.name, 'Zoë ☃');
  });

  test(`${kind}: 400 when verification fails, with the reason and no secret`, async (t) => {
    const { url, calls, errors } = await endpoint(t);
    const { body, headers } = delivery();
    const wrong = { 'x-webhook-signature': 'ab'.repeat(32) };
    const expired = delivery({}, { timestamp: Date.now() - 600_000 });
    const notJson = { body: '{', headers: signWebhook('{', SECRET) };
    for (const [sent, code] of [
      [{ body, headers: { ...headers, ...wrong } }, 'SIGNATURE_MISMATCH'],
      [{ body, headers: {} }, 'MISSING_HEADER'],
      [{ body: '', headers }, 'SIGNATURE_MISMATCH'],
      [expired, 'TIMESTAMP_EXPIRED'],
      [notJson, 'INVALID_JSON'],
    ]) {
      const answer = await post(url, sent);
      assert.deepEqual([answer.status, answer.error], [400, code]);
      assert.match(answer.headers.get('content-type'), /^application\/json/);
      assert.ok(answer.message.length > 20);
      assert.doesNotMatch(answer.message, /whsec_|[0-9a-f]{64}/);
    }
    assert.deepEqual([calls, errors], [[], []]);
  });

  test(`${kind}: a compressed body is verified as it was sent`, async (t) => {
    const { url } = await endpoint(t);
    const body = gzipSync('{}');
    const headers = { ...signWebhook(body, SECRET), 'content-encoding': 'gzip', 'content-type': 'application/json' };
    assert.equal((await post(url, { body, headers })).error, 'INVALID_JSON', 'so the signature held');
  });

  test(`${kind}: 409 on a replay, also under another id and beside another signature`, async (t) => {
    const { url, calls } = await endpoint(t);
    const { body, headers } = delivery();
    assert.equal((await post(url, { body, headers })).status, 204);
    const signatures = `${'00'.repeat(32)},${headers['x-webhook-signature']}`;
    for (const change of [
      {},
      { 'x-webhook-id': 'another' },
      { 'x-webhook-id': 'third', 'x-webhook-signature': signatures },
    ]) {
      const { status, error } = await post(url, { body, headers: { ...headers, ...change } });
      assert.deepEqual([status, error], [409, 'REPLAYED']);
    }
    assert.equal(calls.length, 1);
  });

  test(`${kind}: the same delivery many times at once is handled once`, async (t) => {
    const { url, calls } = await endpoint(t, { handle: () => new Promise(setImmediate) });
    const sent = delivery();
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(url, sent)));
    const statuses = answers.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [204, ...Array(19).fill(409)]);
    assert.equal(calls.length, 1);
  });

  for (const [how, fail] of [
    [
      'throws',
      (error) => () => {
        throw error;
      },
    ],
    [
      'rejects',
      (error) => async () => {
        throw error;
      },
    ],
  ]) {
    test(`${kind}: 500 when the handler ${how}; the delivery is let in again`, async (t) => {
      const failure = Object.assign(new Error('password of the database'), { statusCode: 404, status: 404 });
      let attempts = 0;
      const handle = () => (++attempts === 1 ? fail(failure)() : undefined);
      const { url, calls, errors } = await endpoint(t, { handle });
      const sent = delivery();
      const { status, error, message } = await post(url, sent);
      assert.deepEqual([status, error], [500, 'INTERNAL_ERROR']);
      assert.doesNotMatch(message, /password/);
      assert.equal(errors.length, 1);
      assert.equal(errors[0].error, failure);
      assert.equal(errors[0].delivery, calls[0].event);
      assert.equal(errors[0].request, calls[0].request);
      assert.equal((await post(url, sent)).status, 204);
    });
  }

  test(`${kind}: 202 when the handler outlasts ackAfterMs; a failure after it is reported and released`, async (t) => {
    let fail;
    const handle = () => new Promise((_resolve, reject) => (fail ??= reject));
    let onError;
    const reported = new Promise((resolve) => {
      onError = (error, context) => resolve({ error, ...context });
    });
    const { url, calls } = await endpoint(t, { handle, ackAfterMs: 1, onError });
    const sent = delivery();
    assert.equal((await post(url, sent)).status, 202);
    assert.equal((await post(url, sent)).status, 409);
    fail(new Error('late'));
    const { error, delivery: failed } = await reported;
    assert.equal(error.message, 'late');
    assert.equal(failed, calls[0].event);
    assert.equal((await post(url, sent)).status, 202);
    assert.equal(calls.length, 2);
  });

  test(`${kind}: 204 and 500 as ever when the handler is quicker than ackAfterMs`, async (t) => {
    let attempts = 0;
    const handle = () => {
      if (++attempts === 1) throw new Error('once');
    };
    const { url } = await endpoint(t, { handle, ackAfterMs: 20_000 });
    const sent = delivery();
    assert.equal((await post(url, sent)).status, 500);
    assert.equal((await post(url, sent)).status, 204);
  });

  test(`${kind}: 413 beyond maxBodyBytes, announced or not`, async (t) => {
    const sent = delivery({ text: 'x'.repeat(2000) });
    const maxBodyBytes = Buffer.byteLength(sent.body);
    const { url, calls, errors } = await endpoint(t, { receiver: { maxBodyBytes } });
    const { body, headers } = delivery({ text: 'x'.repeat(2001) });
    for (const each of [body, Readable.from([body.slice(0, 100), body.slice(100)])]) {
      const { status, error, message } = await post(url, { body: each, headers });
      assert.deepEqual([status, error], [413, 'BODY_TOO_LARGE']);
      assert.match(message, new RegExp(`${maxBodyBytes} bytes`));
    }
    assert.equal((await post(url, sent)).status, 204, 'the limit itself is fine');
    assert.equal(calls.length, 1);
    assert.deepEqual(errors, []);
  });

  // What fetch's endpoint does not read is up to the server around it.
  if (kind !== 'fetch') {
    test(`${kind}: a peer that sends all before it reads still sees the 413`, async (t) => {
      const { url } = await endpoint(t, { receiver: { maxBodyBytes: 1000 } });
      const socket = net.connect(new URL(url).port, '127.0.0.1').pause();
      const body = Buffer.alloc(8_000_000, ' ');
      socket.write(`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n`);
      await new Promise((resolve) => socket.write(body, resolve));
      const received = Buffer.concat(await socket.toArray()).toString();
      assert.match(received, /^HTTP\/1.1 413 /);
    });
  }

  test(`${kind}: a request body that breaks off is not handled`, async (t) => {
    const { url, server, calls, errors } = await endpoint(t);
    const { body, headers } = delivery();
    const request = http.request(url, { method: 'POST', headers: { ...headers, 'content-length': body.length } });
    const connection = once(server, 'connection');
    request.on('error', () => {}).write(body.slice(0, -1));
    const [socket] = await connection;
    await once(server, 'request');
    request.destroy();
    // Not `once`, which rejects when the socket has an error first.
    await new Promise((resolve) => socket.once('close', resolve));
    assert.equal((await post(url, delivery())).status, 204);
    assert.equal(calls.length, 1);
    assert.deepEqual(errors, []);
  });

  for (const method of ['GET', 'PUT', 'DELETE']) {
    test(`${kind}: 405 on ${method}`, async (t) => {
      const { url, calls } = await endpoint(t);
      const { body, headers } = delivery();
      const response = await fetch(url, { method, headers, body: method === 'GET' ? undefined : body });
      assert.equal(response.status, 405);
      assert.equal(response.headers.get('allow'), 'POST');
      assert.equal((await response.json()).error, 'METHOD_NOT_ALLOWED');
      assert.deepEqual(calls, []);
    });
  }

  test(`${kind}: 405 on HEAD`, async (t) => {
    const { url } = await endpoint(t);
    assert.equal((await fetch(url, { method: 'HEAD' })).status, 405);
  });

  test(`${kind}: 500 when the replay store fails, and a report of it`, async (t) => {
    const replayStore = {
      claim: async () => {
        throw new Error('redis://user:password@host');
      },
      release() {},
    };
    const { url, calls, errors } = await endpoint(t, { receiver: { replayStore } });
    const { status, error, message } = await post(url, delivery());
    assert.deepEqual([status, error], [500, 'INTERNAL_ERROR']);
    assert.doesNotMatch(message, /password/);
    assert.deepEqual(calls, []);
    assert.match(errors[0].error.message, /redis/);
    assert.equal(errors[0].delivery, undefined);
  });

  test(`${kind}: a store that cannot release is reported beside what the handler threw`, async (t) => {
    const replayStore = {
      claim: () => true,
      release: async () => {
        throw new Error('release');
      },
    };
    const handle = () => {
      throw new Error('handler');
    };
    const { url, errors } = await endpoint(t, { receiver: { replayStore }, handle });
    assert.equal((await post(url, delivery())).status, 500);
    assert.deepEqual(
      errors.map(({ error }) => error.message),
      ['handler', 'release'],
    );
  });

  if (kind !== 'fetch') {
    test(`${kind}: a header that is there twice is refused`, async (t) => {
      const { url } = await endpoint(t);
      const { body, headers } = delivery();
      const signature = headers['x-webhook-signature'];
      const request = http.request(url, {
        method: 'POST',
        headers: { ...headers, 'x-webhook-signature': [signature, signature], 'content-length': body.length },
      });
      request.end(body);
      const [response] = await once(request, 'response');
      assert.equal(response.statusCode, 400);
      assert.equal(JSON.parse(Buffer.concat(await response.toArray())).error, 'MALFORMED_HEADER');
    });
  }
}

const wrong = {
  'a secret for a receiver': [[SECRET, () => {}], 'receiver'],
  'no handler': [[new WebhookReceiver(SECRET)], 'handler'],
  'no options': [[new WebhookReceiver(SECRET), () => {}, null], 'options'],
  'a negative ackAfterMs': [[new WebhookReceiver(SECRET), () => {}, { ackAfterMs: -1 }], 'options.ackAfterMs'],
  'an onError that is no function': [[new WebhookReceiver(SECRET), () => {}, { onError: true }], 'options.onError'],
};
for (const [what, [args, path]] of Object.entries(wrong)) {
  for (const kind of ['node', 'express', 'fetch']) {
    test(`${kind}: INVALID_ARGUMENT: ${what}`, () => {
      assert.throws(
        () => kinds[kind](...args),
        ({ code, message }) =>
          code === 'INVALID_ARGUMENT' && message.startsWith(`${path}: `) && !message.includes(SECRET),
      );
    });
  }
}
