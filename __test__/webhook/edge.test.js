/**
 * Webhooks and tokens where Node is not: the package's web form, in a realm that has the globals of
 * a worker and nothing else. Deliveries are signed and checked by the native engine.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import vm from 'node:vm';

import * as native from '../../lib/engines/native/webhooks.js';
import { bundleForWeb } from '../support/web-bundle.js';

const SECRET = `whsec_${Buffer.from('a key of the edge').toString('base64')}`;
const EVENT = { id: 'e1', topic: 'session.status', type: 'database.update', payload: { name: 'Zoë' } };
const BODY = JSON.stringify(EVENT);

/** What workers and browsers have; the language's own globals are there already. */
const WEB = [
  ...['AbortController', 'AbortSignal', 'Blob', 'Headers', 'ReadableStream', 'Request', 'Response', 'URL'],
  ...['TextDecoder', 'TextEncoder', 'atob', 'btoa', 'clearTimeout', 'console', 'crypto', 'fetch', 'performance'],
  ...['queueMicrotask', 'setTimeout'],
];

const code = await bundleForWeb('index.web.js', 'iife');
const realm = vm.createContext(Object.fromEntries(WEB.map((name) => [name, globalThis[name]])), {
  codeGeneration: { strings: false, wasm: false },
});
vm.runInContext(code, realm);
const web = realm.bundled;

/** @param {object} [headers] @param {BodyInit} [body] */
function post(headers, body = BODY) {
  return new Request('https://edge.example/hook', { method: 'POST', headers, body, duplex: 'half' });
}

/** The error that a call throws. */
function thrownBy(call) {
  try {
    call();
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was thrown');
}

test('the web form asks for nothing of Node', () => {
  assert.doesNotMatch(code, /\bnode:|\brequire\s*\(|^\s*import\s/m);
  assert.equal(vm.runInContext('typeof process + typeof Buffer + typeof require', realm), 'undefined'.repeat(3));
});

for (const scheme of ['realtime', 'standard-webhooks', 't-v1'])
  test(`${scheme}: what the edge signs, it verifies, and so does the native engine`, async () => {
    const headers = web.signWebhook(BODY, SECRET, { scheme });
    assert.equal(web.verifyWebhook(BODY, headers, SECRET).event.payload.name, 'Zoë');
    const receiver = new web.WebhookReceiver(['other', SECRET]);
    assert.equal((await receiver.verifyAsync(BODY, new Headers(headers))).scheme, scheme);

    const isStandard = scheme === 'standard-webhooks';
    const [signature, timestamp, id] = ['signature', 'timestamp', 'id'].map(
      (name) => headers[`${isStandard ? '' : 'x-'}webhook-${name}`],
    );
    const verifier = native.createVerifier([SECRET], 300_000);
    const verified = verifier.verify(Buffer.from(BODY), { scheme, signature, timestamp, id }, Date.now(), true);
    assert.deepEqual(verified.event, EVENT);
    const key = { scheme, timestamp: timestamp ?? signature.slice(2, 12), id };
    assert.equal(native.signWebhook([SECRET], Buffer.from(BODY), key), signature);
  });

test('fetchWebhook answers as on Node', async () => {
  const seen = [];
  const receiver = new web.WebhookReceiver(SECRET, { maxBodyBytes: 1000 });
  const endpoint = web.fetchWebhook(receiver, ({ event }) => seen.push(event.id), { onError() {}, onRefused() {} });
  const signed = web.signWebhook(BODY, SECRET);
  const statusOf = async (request) => (await endpoint(request)).status;
  assert.equal(await statusOf(post(signed)), 204);
  const duplicate = await endpoint(post(signed));
  assert.deepEqual([duplicate.status, await duplicate.text()], [200, '{"duplicate":true}']);
  assert.equal(await statusOf(post({ ...signed, 'x-webhook-signature': '0'.repeat(64) })), 400);
  assert.equal(await statusOf(post()), 400);
  assert.equal(await statusOf(new Request('https://edge.example/hook')), 405);
  assert.deepEqual(seen, ['e1']);

  let isCancelled = false;
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(800)),
    cancel: () => {
      isCancelled = true;
    },
  });
  assert.deepEqual([await statusOf(post(signed, endless)), isCancelled], [413, true]);
});

test('without onRefused, the edge warns once per code, and answers with the code alone', async (t) => {
  const warn = t.mock.method(console, 'warn', () => {});
  const endpoint = web.fetchWebhook(new web.WebhookReceiver(SECRET), assert.fail);
  for (let count = 0; count < 2; count += 1) {
    const answer = await endpoint(post(web.signWebhook(BODY, 'another')));
    assert.deepEqual([answer.status, await answer.text()], [400, '{"error":"SIGNATURE_MISMATCH"}']);
  }
  const read = post();
  await read.text();
  assert.equal(await (await endpoint(read)).text(), '{"error":"BODY_NOT_RAW"}');
  const texts = warn.mock.calls.map(({ arguments: [text] }) => text);
  assert.equal(texts.length, 2);
  assert.match(texts[0], /^\[SIGNATURE_MISMATCH\] RealtimeWarning: A webhook delivery was refused\. No signature /);
  assert.match(texts[1], /^\[BODY_NOT_RAW\] .* before fetchWebhook\(\)\. .*request\.clone\(\)\.$/);
});

test('a handler that is still running: 409 with Retry-After, then a duplicate', async () => {
  let finish;
  const handler = () => new Promise((resolve) => (finish = resolve));
  const endpoint = web.fetchWebhook(new web.WebhookReceiver(SECRET), handler);
  const attempt = (n) => endpoint(post(web.signWebhook(BODY, SECRET, { id: 'whd_1', timestamp: Date.now() + n })));
  const first = attempt(0);
  while (finish === undefined) await new Promise(setImmediate);
  const second = await attempt(1);
  assert.deepEqual([second.status, second.headers.get('retry-after')], [409, '2']);
  finish();
  assert.deepEqual([(await first).status, (await attempt(2)).status], [204, 200]);
});

test('a stream that cannot be iterated is read, as Safari has them', async () => {
  const request = post(web.signWebhook(BODY, SECRET));
  Object.defineProperty(request.body, Symbol.asyncIterator, { value: undefined });
  const receiver = new web.WebhookReceiver(SECRET);
  assert.equal((await web.fetchWebhook(receiver, () => {})(request)).status, 204);
});

test('errors have their codes, and never the secret', () => {
  const headers = web.signWebhook(BODY, SECRET, { timestamp: 1 });
  const expired = thrownBy(() => web.verifyWebhook(BODY, headers, SECRET));
  assert.ok(expired instanceof web.WebhookVerificationError);
  assert.equal(expired.code, 'TIMESTAMP_EXPIRED');
  for (const call of [
    () => web.verifyWebhook(EVENT, headers, SECRET),
    () => web.verifyWebhook(BODY, {}, SECRET),
    () => new web.WebhookReceiver('whsec_'),
  ])
    assert.doesNotMatch(String(thrownBy(call).stack), new RegExp(SECRET.slice(6)));
});

test('the helpers for tokens', () => {
  const claims = { sub: 'zoë', exp: Math.floor(Date.now() / 1000) + 30 };
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = `${part({ alg: 'none' })}.${part(claims)}.`;
  // The realm has an Object of its own.
  assert.equal(JSON.stringify(web.decodeToken(token).claims), JSON.stringify(claims));
  assert.deepEqual([web.isTokenExpired(token), web.shouldRefreshToken(token)], [false, true]);
  assert.ok(web.getTokenExpiresIn(token) <= 30_000);
  assert.equal(thrownBy(() => web.decodeToken('a.b')).code, 'INVALID_TOKEN');
});
