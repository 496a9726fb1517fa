/**
 * Secrets passed as the wrong argument, or in a form that is refused: no error and no warning
 * repeats them.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { inspect } from 'node:util';

import * as realtime from '../../lib/index.js';

const { MemoryReplayStore, RealtimeClient, RealtimeError, WebhookReceiver } = realtime;
const { fetchWebhook, nodeWebhook, signWebhook, verifyWebhook } = realtime;

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl';
const WEBHOOK = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw/A==';
const OPAQUE = 'opaque-k3y-123';
const url = 'http://localhost:3000';

const make = (options) => () => new RealtimeClient({ autoConnect: false, url, token: 'token', ...options }).destroy();
const ofClient = (act) => () => {
  const client = new RealtimeClient({ autoConnect: false, url, token: 'token' });
  try {
    return act(client);
  } finally {
    client.destroy();
  }
};

/** @param {string} secret */
const WAYS = (secret) => ({
  'options that are the token': () => new RealtimeClient(secret),
  'options that are an array': () => new RealtimeClient([url, secret]),
  'options that are a function': () => new RealtimeClient(() => secret),
  'options whose class is named so': () => new RealtimeClient({ url: { constructor: { name: secret } }, token: 't' }),
  'a token with a scheme': make({ token: `Bearer ${secret}` }),
  'a token with a line end': make({ token: `${secret}\n` }),
  'a token in an array': make({ token: [secret] }),
  'a token in an object': make({ token: { token: secret } }),
  'a token in a promise': make({ token: Promise.resolve(secret) }),
  'a token as url': make({ url: secret }),
  'a url with a user': make({ url: `http://user:${secret}@localhost` }),
  'a url with a user and no scheme': make({ url: `user:${secret}@localhost` }),
  'a url of another scheme with a user': make({ url: `ws://user:${secret}@localhost` }),
  'a url that cannot be parsed': make({ url: `http://user:${secret}@local host` }),
  'a url with odd characters in its password': make({ url: `http://user:${secret}?x#y/z@localhost` }),
  'a url with a query': make({ url: `${url}?token=${secret}` }),
  'a url with a fragment': make({ url: `${url}#${secret}` }),
  'a url in an array': make({ url: [`http://user:${secret}@localhost`] }),
  'a path with a query': make({ path: `/socket.io/?token=${secret}` }),
  'a path that is the token': make({ path: secret }),
  'headers as a text': make({ headers: `X-Key: ${secret}` }),
  'headers as a list': make({ headers: [['X-Key', secret]] }),
  'headers in a Map': make({ headers: new Map([['X-Key', secret]]) }),
  'a header whose name is the whole line': make({ headers: { [`X-Key: ${secret}`]: '' } }),
  'a header whose value is a list': make({ headers: { 'X-Key': [secret] } }),
  'a header with a line end': make({ headers: { 'X-Key': `${secret}\r\n` } }),
  'a header that is set otherwise': make({ headers: { Authorization: `Bearer ${secret}` } }),
  'a header of the handshake': make({ headers: { Host: secret } }),
  'a header outside of ASCII': make({ headers: { 'X-Key': `${secret}\u00fc` } }),
  'a proxy of another scheme': make({ proxy: `ftp://user:${secret}@proxy` }),
  'a proxy that cannot be parsed': make({ proxy: `http://user:${secret}@pro xy` }),
  'a proxy as an object': make({ proxy: { url: `http://user:${secret}@proxy` } }),
  'tls as a password': make({ tls: secret }),
  'tls as a key': make({ tls: `-----BEGIN PRIVATE KEY-----\n${secret}` }),
  'a key without PEM': make({ tls: { key: secret, cert: secret } }),
  'a key in PEM without a key': make({
    tls: {
      key: `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----`,
      cert: `-----BEGIN CERTIFICATE-----\n${secret}\n-----END CERTIFICATE-----`,
    },
  }),
  'a subscription': ofClient((client) => client.subscribe(secret)),
  'options of a message': ofClient((client) => client.socketClient.publish('a', 'e', 1, secret)),
  'a handler': ofClient((client) => client.on('event', secret)),
  'the options of verifyWebhook': () => verifyWebhook('{}', {}, secret, secret),
  'the options of a receiver': () => new WebhookReceiver(secret, secret),
  'the secret of a receiver in an object': () => new WebhookReceiver({ secret }),
  'the secret of a receiver in a list of lists': () => new WebhookReceiver([[secret]]),
  'headers in the place of the body': () => verifyWebhook({ 'x-key': secret }, '{}', WEBHOOK),
  'the secret in the place of the headers': () => verifyWebhook('{}', secret, WEBHOOK),
  'the secret in the place of the headers of a receiver': () => new WebhookReceiver(WEBHOOK).verify('{}', secret),
  'the headers in the place of the secret': () => verifyWebhook('{}', 'secret', { 'x-key': secret }),
  'the name of a header of a receiver': () => new WebhookReceiver(WEBHOOK, { signatureHeader: `${secret}/=` }),
  'names of headers of a receiver': () => new WebhookReceiver(WEBHOOK, { signatureHeader: 'x', idHeader: 'x' }),
  'a replay store': () => new WebhookReceiver(WEBHOOK, { replayStore: `redis://:${secret}@localhost` }),
  'a clock': () => new WebhookReceiver(WEBHOOK, { clock: secret }),
  'the options of a replay store': () => new MemoryReplayStore(secret),
  'the receiver of an endpoint': () => nodeWebhook(secret, () => {}),
  'the handler of an endpoint': () => fetchWebhook(new WebhookReceiver(WEBHOOK), secret),
  'the options of an endpoint': () => fetchWebhook(new WebhookReceiver(WEBHOOK), () => {}, secret),
  'the options of signWebhook': () => signWebhook('{}', WEBHOOK, secret),
  'the secret of signWebhook in an object': () => signWebhook('{}', { secret }),
});

for (const way of Object.keys(WAYS(''))) {
  test(`not repeated: ${way}`, () => {
    for (const secret of [JWT, WEBHOOK, OPAQUE]) {
      assert.throws(WAYS(secret)[way], (error) => {
        assert.ok(error instanceof RealtimeError, inspect(error));
        const shown = inspect(error, { depth: 9 }).toLowerCase();
        assert.ok(!shown.includes(secret.slice(0, 8).toLowerCase()), shown);
        return true;
      });
    }
  });
}

test('not repeated: options of a document method', async () => {
  const client = new RealtimeClient({ autoConnect: false, url, token: 'token' });
  for (const secret of [JWT, OPAQUE]) {
    await assert.rejects(client.sync.get('s', 'd', secret), ({ code, message }) => {
      assert.equal(code, 'INVALID_ARGUMENT');
      return !message.includes(secret.slice(0, 8));
    });
  }
  client.destroy();
});

test('not repeated: a JWT passed as any other argument', () => {
  const client = new RealtimeClient({ autoConnect: false, url, token: 'token' });
  for (const act of [
    make({ connectTimeout: JWT }),
    make({ protocol: JWT }),
    make({ transports: `Bearer ${JWT}` }),
    () => client.on(JWT, () => {}),
    () => client.on(`message ${JWT}`, () => {}),
    () => client.on(`Authorization: Bearer ${JWT}`, () => {}),
    () => client.socketClient.joinChannel(`${JWT}\n`),
  ]) {
    assert.throws(act, ({ code, message }) => code === 'INVALID_ARGUMENT' && !message.includes(JWT.slice(0, 8)));
  }
  client.destroy();
});

test('harmless values are shown', () => {
  assert.throws(make({ url: 'localhost:3000' }), /got 'localhost:3000'/);
  assert.throws(make({ url: 'wss://realtime.example.com' }), /got 'wss:\/\/realtime\.example\.com'/);
  assert.throws(make({ protocol: 'wss' }), /got 'wss'/);
  assert.throws(make({ headers: { 'X-Api-Key': undefined } }), /options\.headers\.X-Api-Key: /);
});

test('the warning about an unknown option shows only a name of the usual form', async () => {
  const messages = [];
  process.on('warning', ({ message }) => messages.push(message));
  const odd = [JWT, WEBHOOK, OPAQUE, `Bearer ${OPAQUE}`, `http://user:${OPAQUE}@localhost`, 'x\r\n\u001b[2J'];
  for (const name of odd) {
    make({ [name]: 1 })();
    make({ tls: { [name]: 1 } })();
  }
  // Warnings are emitted in their order.
  process.emitWarning('last');
  while (!messages.includes('last')) await once(process, 'warning');
  const warnings = messages.filter((message) => message.includes(' is not an option'));
  for (const place of ['options', 'options.tls'])
    assert.ok(
      warnings.some((message) => message.startsWith(`RealtimeClient(): ${place}: a name is not an option`)),
      place,
    );
  for (const name of odd) assert.ok(!warnings.join().includes(name.slice(0, 8)), name);
});

test('the error about a name with control characters escapes them', () => {
  const client = new RealtimeClient({ autoConnect: false, url, token: 'token' });
  for (const act of [
    () => client.subscribe({ topic: 'a\u001b[2J\n' }),
    () => client.on('event:a\u001b[2J\n', () => {}),
    () => client.socketClient.presence('a\u001b[2J\n'),
  ]) {
    assert.throws(act, ({ message }) => message.includes("'a\\u001b[2J\\n'"));
  }
  client.destroy();
});
