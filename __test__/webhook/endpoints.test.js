/** What every endpoint answers over real HTTP, whichever library it stands in. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { MemoryReplayStore, signWebhook, WebhookReceiver, WebhookVerificationError } from '../../lib/index.js';
import { deferred, delivery, kinds, listening, post, SECRET } from '../support/webhook-endpoint.js';

for (const [kind, start] of Object.entries(kinds)) {
  /** An endpoint whose handler, `onError` and `onRefused` note their calls. */
  async function endpoint(t, { handle = () => {}, receiver = {}, ...options } = {}) {
    const calls = [];
    const errors = [];
    const refusals = [];
    const handler = (event, request) => {
      calls.push({ event, request });
      return handle(event);
    };
    const onError = (error, context) => errors.push({ error, ...context });
    const onRefused = (error, context) => refusals.push({ error, ...context });
    const server = start(new WebhookReceiver(SECRET, receiver), handler, { onError, onRefused, ...options });
    return { url: await listening(t, server), server, calls, errors, refusals };
  }

  test(`${kind}: 204 when the handler is done`, async (t) => {
    let done = false;
    const handle = async () => {
      await new Promise(setImmediate);
      done = true;
      return { ignored: true };
    };
    const { url, calls, errors, refusals } = await endpoint(t, { handle });
    const sent = delivery({ name: 'Zoë' });
    const { status, body } = await post(url, sent);
    assert.deepEqual([status, body, done], [204, undefined, true]);
    assert.equal(calls.length, 1);
    assert.deepEqual(calls[0].event.event, JSON.parse(sent.body));
    assert.equal(calls[0].event.id, sent.headers['x-webhook-id']);
    const { headers } = calls[0].request;
    assert.equal(headers.get?.('x-webhook-id') ?? headers['x-webhook-id'], sent.headers['x-webhook-id']);
    assert.deepEqual([errors, refusals], [[], []]);
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

  test(`${kind}: 400 when verification fails: the code to the sender, the advice to onRefused`, async (t) => {
    const { url, calls, errors, refusals } = await endpoint(t);
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
      assert.deepEqual([answer.status, answer.body], [400, { error: code }]);
      assert.match(answer.headers.get('content-type'), /^application\/json/);
      const [{ error, request, ...rest }] = refusals.splice(0);
      assert.ok(error instanceof WebhookVerificationError);
      assert.equal(error.code, code);
      assert.ok(error.remediation.length > 20);
      assert.doesNotMatch(error.message, /whsec_|[0-9a-f]{64}/);
      assert.equal(request.method, 'POST');
      assert.deepEqual([rest, refusals], [{}, []]);
    }
    assert.deepEqual([calls, errors], [[], []]);
  });

  test(`${kind}: without onRefused, each code is one warning`, async (t) => {
    const warn = t.mock.method(process, 'emitWarning', () => {});
    const server = start(new WebhookReceiver(SECRET, { maxBodyBytes: 1000 }), () => {});
    const url = await listening(t, server);
    const { body, headers } = delivery();
    const large = Readable.from([Buffer.alloc(1001)]);
    for (const sent of [
      { body },
      { body: '{}', headers },
      { body },
      { body: '[]', headers },
      { body: large, headers },
    ]) {
      assert.ok((await post(url, sent)).status >= 400);
    }
    const warnings = warn.mock.calls.map(({ arguments: args }) => args).filter(([, { type }]) => type);
    const detail = 'Set options.onRefused to see all of them; this warning appears once per code.';
    assert.deepEqual(
      warnings.map(([, about]) => about),
      ['MISSING_HEADER', 'SIGNATURE_MISMATCH', 'BODY_TOO_LARGE'].map((code) => ({
        type: 'RealtimeWarning',
        code,
        detail,
      })),
    );
    assert.match(warnings[1][0], /^A webhook delivery was refused\. No signature .* Check that the secret is the one /);
  });

  test(`${kind}: a compressed body is verified as it was sent`, async (t) => {
    const { url } = await endpoint(t);
    const body = gzipSync('{}');
    const headers = { ...signWebhook(body, SECRET), 'content-encoding': 'gzip', 'content-type': 'application/json' };
    assert.deepEqual((await post(url, { body, headers })).body, { error: 'INVALID_JSON' }, 'so the signature held');
  });

  test(`${kind}: 200 on a duplicate, also under another id and beside another signature`, async (t) => {
    const { url, calls, refusals } = await endpoint(t);
    const { body, headers } = delivery();
    assert.equal((await post(url, { body, headers })).status, 204);
    const signatures = `${'00'.repeat(32)},${headers['x-webhook-signature']}`;
    for (const change of [
      {},
      { 'x-webhook-id': 'another' },
      { 'x-webhook-id': 'third', 'x-webhook-signature': signatures },
    ]) {
      const answer = await post(url, { body, headers: { ...headers, ...change } });
      assert.deepEqual([answer.status, answer.body], [200, { duplicate: true }]);
    }
    assert.deepEqual([calls.length, refusals], [1, []]);
  });

  test(`${kind}: further attempts get 409 with Retry-After until the handler is done, then 200`, async (t) => {
    const { promise: finished, resolve: finish } = deferred();
    const { promise: called, resolve: call } = deferred();
    const handle = () => {
      call();
      return finished;
    };
    const { url, calls, errors, refusals } = await endpoint(t, { handle });
    // As the platform sends them: each attempt has a timestamp and a signature of its own.
    const attempt = (n) => post(url, delivery({ status: 'active' }, { id: 'whd_1', timestamp: Date.now() + n }));
    const first = attempt(0);
    await called;
    for (const n of [1, 2]) {
      const { status, headers, body } = await attempt(n);
      assert.deepEqual([status, body], [409, { error: 'REPLAYED' }]);
      assert.match(headers.get('retry-after'), /^[1-9]\d*$/);
    }
    finish();
    assert.equal((await first).status, 204);
    const { status, headers, body } = await attempt(3);
    assert.deepEqual([status, body, headers.get('retry-after')], [200, { duplicate: true }, null]);
    assert.deepEqual([calls.length, errors, refusals], [1, [], []]);
  });

  test(`${kind}: with a store that cannot complete, every repeat gets 409`, async (t) => {
    const memory = new MemoryReplayStore();
    const replayStore = {
      claim: (...args) => memory.claim(...args),
      release: (id) => memory.release(id),
    };
    const { url, calls, errors } = await endpoint(t, { receiver: { replayStore } });
    const sent = delivery();
    assert.deepEqual([(await post(url, sent)).status, (await post(url, sent)).status], [204, 409]);
    assert.deepEqual([calls.length, errors], [1, []]);
  });

  test(`${kind}: 204 when the handler is done, although the store cannot complete; onError gets that`, async (t) => {
    const failure = new Error('no connection');
    const replayStore = { claim: () => true, release: assert.fail, complete: () => Promise.reject(failure) };
    const { url, calls, errors } = await endpoint(t, { receiver: { replayStore } });
    assert.equal((await post(url, delivery())).status, 204);
    assert.deepEqual(
      errors.map(({ error, delivery }) => [error, delivery]),
      // Once, for both claims.
      [[failure, calls[0].event]],
    );
  });

  test(`${kind}: the same delivery many times at once is handled once`, async (t) => {
    const { promise: finished, resolve: finish } = deferred();
    const { url, calls } = await endpoint(t, { handle: () => finished });
    const sent = delivery();
    let answered = 0;
    const send = async () => {
      const { status } = await post(url, sent);
      if (++answered === 19) finish();
      return status;
    };
    const statuses = await Promise.all(Array.from({ length: 20 }, send));
    assert.deepEqual(statuses.sort(), [204, ...Array(19).fill(409)]);
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
      const { status, body } = await post(url, sent);
      assert.deepEqual([status, body], [500, { error: 'INTERNAL_ERROR' }]);
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
    const { url, calls, errors, refusals } = await endpoint(t, { receiver: { maxBodyBytes } });
    const { body, headers } = delivery({ text: 'x'.repeat(2001) });
    for (const each of [body, Readable.from([body.slice(0, 100), body.slice(100)])]) {
      const answer = await post(url, { body: each, headers });
      assert.deepEqual([answer.status, answer.body], [413, { error: 'BODY_TOO_LARGE' }]);
      const [{ error, request }] = refusals.splice(0);
      assert.match(error.message, new RegExp(`more than ${maxBodyBytes} bytes.*Raise options\\.maxBodyBytes`));
      assert.equal(request.method, 'POST');
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
      assert.deepEqual(await response.json(), { error: 'METHOD_NOT_ALLOWED' });
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
    const { status, body } = await post(url, delivery());
    assert.deepEqual([status, body], [500, { error: 'INTERNAL_ERROR' }]);
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
      assert.deepEqual(JSON.parse(Buffer.concat(await response.toArray())), { error: 'MALFORMED_HEADER' });
    });
  }
}

const wrong = {
  'a secret for a receiver': [[SECRET, () => {}], 'receiver'],
  'no handler': [[new WebhookReceiver(SECRET)], 'handler'],
  'no options': [[new WebhookReceiver(SECRET), () => {}, null], 'options'],
  'a negative ackAfterMs': [[new WebhookReceiver(SECRET), () => {}, { ackAfterMs: -1 }], 'options.ackAfterMs'],
  'an onError that is no function': [[new WebhookReceiver(SECRET), () => {}, { onError: true }], 'options.onError'],
  'an onRefused that is not a function': [
    [new WebhookReceiver(SECRET), () => {}, { onRefused: 1 }],
    'options.onRefused',
  ],
};
for (const [what, [args, path]] of Object.entries(wrong)) {
  for (const kind of ['node', 'express', 'fetch']) {
    test(`${kind}: INVALID_ARGUMENT: ${what}`, () => {
      assert.throws(
        () => kinds[kind](...args),
        ({ code, message }) =>
          code === 'INVALID_ARGUMENT' && message.startsWith(`${kind}Webhook(): ${path}: `) && !message.includes(SECRET),
      );
    });
  }
}
