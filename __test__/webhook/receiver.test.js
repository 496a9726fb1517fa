/**
 * WebhookReceiver, verifyWebhook and signWebhook: what is accepted in which form, what is refused
 * and how it is said.
 */

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import vm from 'node:vm';
import fc from 'fast-check';

import {
  RealtimeError,
  signWebhook,
  verifyWebhook,
  WebhookReceiver,
  WebhookVerificationError,
} from '../../lib/index.js';
import { REFUSALS } from '../../lib/webhook/refusal.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const NOW = 1_767_225_600_000;
const ID = 'msg_1';
const EVENT = {
  id: 'evt_1',
  topic: 'session.status',
  source: 'database',
  type: 'database.update',
  payload: { note: 'größer 🎉' },
  metadata: { timestamp: NOW, unknown: true },
};
const BODY = JSON.stringify(EVENT);
const SCHEMES = ['realtime', 'standard-webhooks', 't-v1'];

const receiverAt = (now, options) => new WebhookReceiver(SECRET, { clock: () => now, ...options });
const sign = (body, options) => signWebhook(body, SECRET, { id: ID, timestamp: NOW, ...options });

/** Asserts a WebhookVerificationError with this code that shows nothing it must not show. */
function refuses(run, code, message = /./) {
  assert.throws(run, (error) => {
    assert.ok(error instanceof WebhookVerificationError, inspect(error));
    assert.ok(error instanceof RealtimeError && error instanceof Error);
    assert.equal(error.code, code, error.message);
    assert.equal(error.name, 'WebhookVerificationError');
    assert.match(error.message, message);
    assert.equal(error.cause, undefined);
    const correct = SCHEMES.map((scheme) => signWebhook(BODY, SECRET, { id: ID, timestamp: NOW, scheme }));
    const secrets = [
      SECRET,
      SECRET.slice(6),
      'evt_1',
      'größer',
      ...correct.flatMap(Object.values).filter((text) => text.length > 40),
    ];
    for (const shown of [error.message, error.stack, JSON.stringify(error), inspect(error, { showHidden: true })])
      for (const secret of secrets) assert.ok(!shown.includes(secret), `${shown} shows ${secret}`);
    return true;
  });
}

test('the example of the Standard Webhooks specification holds', () => {
  const headers = {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  };
  const body = '{"test": 2432232314}';
  const options = { id: headers['webhook-id'], timestamp: 1614265330, scheme: 'standard-webhooks' };
  assert.deepEqual(signWebhook(body, SECRET, options), headers);
  const receiver = receiverAt(1_614_265_330_000);
  // The signature is valid. Only then the receiver finds that the body is not an event.
  refuses(() => receiver.verify(body, headers), 'INVALID_EVENT', /The signature holds/);
  refuses(() => receiver.verify(`${body} `, headers), 'SIGNATURE_MISMATCH');
});

test('the platform signs the timestamp and the bytes of the body', () => {
  const timestamp = String(NOW);
  const signature = createHmac('sha256', SECRET).update(`${timestamp}.${BODY}`).digest('hex');
  const headers = { 'x-webhook-id': ID, 'x-webhook-timestamp': timestamp, 'x-webhook-signature': signature };
  assert.deepEqual(sign(BODY), headers);
  headers['x-webhook-signature'] = `sha256=${signature}`;
  assert.equal(receiverAt(NOW).verify(BODY, headers).scheme, 'realtime');
});

for (const scheme of SCHEMES) {
  test(`${scheme}: a delivery becomes an event`, () => {
    const headers = sign(BODY, { scheme });
    const expected = { event: EVENT, id: ID, timestamp: NOW, scheme };
    assert.deepEqual(receiverAt(NOW).verify(BODY, headers), expected);
    assert.deepEqual(verifyWebhook(BODY, headers, SECRET, { clock: () => NOW }), expected);
    assert.deepEqual(receiverAt(NOW).verify(BODY, { ...headers, 'X-Webhook-Attempt': '3' }), {
      ...expected,
      attempt: 3,
    });
  });

  test(`${scheme}: secrets can be rotated`, () => {
    const options = { id: ID, timestamp: NOW, scheme };
    const both = signWebhook(BODY, ['new', 'old'], options);
    const clock = () => NOW;
    for (const secret of ['new', 'old', ['new', 'old'], ['old', 'other']])
      assert.equal(verifyWebhook(BODY, both, secret, { clock }).id, ID);
    refuses(() => verifyWebhook(BODY, both, ['other', 'another'], { clock }), 'SIGNATURE_MISMATCH');
  });

  test(`${scheme}: the time is checked in both directions`, () => {
    const headers = sign(BODY, { scheme });
    for (const now of [NOW - 300_000, NOW + 300_000]) assert.ok(receiverAt(now).verify(BODY, headers));
    refuses(() => receiverAt(NOW + 300_001).verify(BODY, headers), 'TIMESTAMP_EXPIRED');
    refuses(() => receiverAt(NOW - 300_001).verify(BODY, headers), 'TIMESTAMP_IN_FUTURE');
    refuses(() => receiverAt(NOW + 11, { toleranceMs: 10 }).verify(BODY, headers), 'TIMESTAMP_EXPIRED');
    refuses(() => receiverAt(Number.NaN).verify(BODY, headers), 'TIMESTAMP_IN_FUTURE');
  });

  test(`${scheme}: the error of a timestamp says how far it is off`, () => {
    const headers = sign(BODY, { scheme });
    const tolerance = 'options.toleranceMs allows 5 min.';
    for (const [late, text] of [
      [9_999_000, '2 h 46 min ago'],
      [300_001, '5 min ago'],
      [301_000, '5 min 1 s ago'],
      [86_400_000, '1 d ago'],
      [86_401_000, '1 d ago'],
      [1e10, '115 d 17 h ago'],
      [-3_600_000, '1 h in the future'],
    ])
      refuses(
        () => receiverAt(NOW + late).verify(BODY, headers),
        late > 0 ? 'TIMESTAMP_EXPIRED' : 'TIMESTAMP_IN_FUTURE',
        new RegExp(`^The delivery was signed ${text}\\. ${tolerance.replace('.', '\\.')} Check the clocks`),
      );
    const receiver = (toleranceMs) => receiverAt(NOW + 1500, { toleranceMs });
    refuses(() => receiver(20).verify(BODY, headers), 'TIMESTAMP_EXPIRED', /signed 1 s 500 ms ago\. .* allows 20 ms\./);
    refuses(() => receiver(0.5).verify(BODY, headers), 'TIMESTAMP_EXPIRED', /allows 0\.5 ms\./);
    const seconds = signWebhook(BODY, SECRET, { id: ID, timestamp: NOW / 1000, scheme });
    refuses(() => receiver(20).verify(BODY, seconds), 'TIMESTAMP_EXPIRED', /signed 1 s 500 ms ago\./);
  });

  test(`${scheme}: a flipped bit is noticed, wherever it is`, () => {
    const receiver = receiverAt(NOW);
    const headers = sign(BODY, { scheme });
    const bytes = Buffer.from(BODY);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      bytes[bit >> 3] ^= 1 << (bit & 7);
      refuses(() => receiver.verify(bytes, headers), 'SIGNATURE_MISMATCH');
      bytes[bit >> 3] ^= 1 << (bit & 7);
    }
    for (const [name, value] of Object.entries(headers)) {
      // The id is signed by Standard Webhooks only; see the test of replays for the others.
      if (name === 'x-webhook-id') continue;
      for (let bit = 0; bit < value.length * 16; bit++) {
        const codes = Array.from(value, (character) => character.charCodeAt(0));
        codes[bit >> 4] ^= 1 << (bit & 15);
        const flipped = { ...headers, [name]: String.fromCharCode(...codes) };
        assert.throws(() => receiver.verify(BODY, flipped), WebhookVerificationError, `bit ${bit} of ${name}`);
      }
    }
  });

  test(`${scheme}: each header is needed, in one form`, () => {
    const receiver = receiverAt(NOW);
    const headers = sign(BODY, { scheme });
    for (const name of Object.keys(headers)) {
      const { [name]: value, ...others } = headers;
      if (scheme === 't-v1' && name === 'x-webhook-id') continue;
      refuses(() => receiver.verify(BODY, others), 'MISSING_HEADER', /header/);
      refuses(() => receiver.verify(BODY, { ...others, [name]: undefined }), 'MISSING_HEADER');
      // A header that does not begin as that of t-v1 does is not one, and needs another with the
      // timestamp.
      for (const wrong of ['', ' ', `${value}\n`, `${value}, ${'x'.repeat(5000)}`, [value, value], [], 5, null, {}])
        refuses(
          () => receiver.verify(BODY, { ...others, [name]: wrong }),
          scheme === 't-v1' && (wrong === '' || wrong === ' ') ? 'MISSING_HEADER' : 'MALFORMED_HEADER',
        );
      refuses(
        () => receiver.verify(BODY, { ...headers, [name.toUpperCase()]: value }),
        'MALFORMED_HEADER',
        /more than once/,
      );
    }
  });
}

test('headers come in many forms', () => {
  const receiver = receiverAt(NOW);
  for (const scheme of SCHEMES) {
    const signed = sign(BODY, { scheme });
    const entries = [['Host', 'x'], ['Set-Cookie', 'a'], ['set-cookie', 'b'], ...Object.entries(signed)];
    for (const headers of [
      signed,
      Object.assign(Object.create(null), signed),
      Object.fromEntries(entries.map(([name, value]) => [name.toUpperCase(), value])),
      Object.fromEntries(entries.map(([name, value]) => [name, [value]])),
      entries,
      entries.flat(),
      new Headers(entries),
      new Map(entries),
      vm.runInNewContext('Object.fromEntries(entries)', { entries }),
      (function* () {
        yield* entries;
      })(),
    ])
      assert.equal(receiver.verify(BODY, headers).id, ID, inspect(headers));
    for (const [name, value] of Object.entries(signed)) {
      const twice = [...entries, [name.toUpperCase(), value]];
      for (const headers of [twice, twice.flat(), new Map(twice)])
        refuses(() => receiver.verify(BODY, headers), 'MALFORMED_HEADER', /more than once/);
      // A fetch Headers joins them. Several signatures may stand in one header.
      if (!/signature/.test(name)) refuses(() => receiver.verify(BODY, new Headers(twice)), 'MALFORMED_HEADER');
    }
  }
  for (const headers of [undefined, null, 5, 'x-webhook-id: 1'])
    assert.throws(() => receiver.verify(BODY, headers), {
      code: 'INVALID_ARGUMENT',
      message: /^WebhookReceiver\.verify\(\): headers: expected/,
    });
  for (const headers of [{}, [], new Headers(), new Map()])
    refuses(() => receiver.verify(BODY, headers), 'MISSING_HEADER', /x-webhook-signature.*webhook-signature/);
});

test('the names of headers can be chosen', () => {
  const names = { signatureHeader: 'X-Signature', timestampHeader: 'X-Timestamp', idHeader: 'Webhook-Id' };
  const receiver = receiverAt(NOW, names);
  const signed = sign(BODY);
  const headers = {
    'x-signature': signed['x-webhook-signature'],
    'x-timestamp': signed['x-webhook-timestamp'],
    'webhook-id': ID,
  };
  assert.equal(receiver.verify(BODY, headers).id, ID);
  refuses(() => receiver.verify(BODY, signed), 'MISSING_HEADER', /x-signature/);
  assert.equal(receiver.verify(BODY, sign(BODY, { scheme: 'standard-webhooks' })).scheme, 'standard-webhooks');
});

test('with the signatures of two schemes, only Standard Webhooks counts', () => {
  const receiver = receiverAt(NOW);
  const standard = sign(BODY, { scheme: 'standard-webhooks' });
  const own = sign(BODY, { id: 'other' });
  assert.deepEqual(
    [receiver.verify(BODY, { ...own, ...standard }).scheme, receiver.verify(BODY, { ...own, ...standard }).id],
    ['standard-webhooks', ID],
  );
  const broken = { ...standard, 'webhook-signature': 'v1,AAAA' };
  refuses(() => receiver.verify(BODY, { ...own, ...broken }), 'MALFORMED_HEADER');
});

test('a body can be text or bytes', () => {
  const receiver = receiverAt(NOW);
  const bytes = new TextEncoder().encode(BODY);
  const inside = new Uint8Array(bytes.length + 10);
  inside.set(bytes, 5);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  const resizable = new Uint8Array(new ArrayBuffer(bytes.length, { maxByteLength: 10_000 }));
  resizable.set(bytes);
  for (const body of [
    BODY,
    Buffer.from(BODY),
    bytes,
    bytes.buffer,
    inside.subarray(5, -5),
    new DataView(inside.buffer, 5, bytes.length),
    shared,
    shared.buffer,
    resizable,
    vm.runInNewContext('new Uint8Array(values)', { values: [...bytes] }),
  ]) {
    assert.deepEqual(receiver.verify(body, sign(BODY)).event, EVENT);
    assert.deepEqual(sign(body), sign(BODY));
  }
});

test('a byte order mark is signed, and is not part of the event', () => {
  const receiver = receiverAt(NOW);
  // The third delivery has a shape that the engine knows by then; a body of a nameless shape is for
  // JSON.parse.
  const odd = JSON.stringify({ ...EVENT, payload: Object.fromEntries([['__proto__', 1]]) });
  for (const text of [BODY, BODY, BODY, ` ${BODY}`, odd]) {
    const body = `\ufeff${text}`;
    const { event } = receiver.verify(body, sign(body));
    assert.deepEqual(event, JSON.parse(text));
    assert.deepEqual(receiver.verify(Buffer.from(body), sign(body)).event, event);
    refuses(() => receiver.verify(text, sign(body)), 'SIGNATURE_MISMATCH');
  }
  const twice = `\ufeff\ufeff${BODY}`;
  refuses(() => receiver.verify(twice, sign(twice)), 'INVALID_JSON');
});

test('bytes that are not UTF-8 are verified as bytes', () => {
  const receiver = receiverAt(NOW);
  const body = (byte) => Buffer.from(BODY.replace('größer', 'X')).map((each) => (each === 0x58 ? byte : each));
  const headers = sign(body(0xff));
  assert.equal(receiver.verify(body(0xff), headers).event.payload.note, '\ufffd 🎉');
  // As text the two would be the same.
  assert.equal(body(0xff).toString(), body(0xfe).toString());
  refuses(() => receiver.verify(body(0xfe), headers), 'SIGNATURE_MISMATCH');
  refuses(() => receiver.verify(body(0xff).toString(), headers), 'SIGNATURE_MISMATCH');
});

test('what is not the raw body is refused with advice', () => {
  const receiver = receiverAt(NOW);
  const headers = sign(BODY);
  for (const body of [EVENT, [EVENT], undefined, null, 5, true, new Uint16Array(4), new Blob([BODY]), `${BODY}\ud800`])
    refuses(
      () => receiver.verify(body, headers),
      'BODY_NOT_RAW',
      /^The body is (undefined|null|true|an? \w+|an instance of \w+|a string with half a surrogate pair), not the text or bytes .*express\.raw.*express\.text.*Fastify/,
    );
  assert.throws(() => sign(EVENT), { code: 'INVALID_ARGUMENT', message: /^signWebhook\(\): rawBody: expected/ });
});

test('memory that was transferred is refused', () => {
  for (const make of [(buffer) => Buffer.from(buffer), (buffer) => new DataView(buffer), (buffer) => buffer]) {
    const { buffer } = new TextEncoder().encode(BODY);
    const body = make(buffer);
    structuredClone(buffer, { transfer: [buffer] });
    refuses(() => receiverAt(NOW).verify(body, sign(BODY)), 'SIGNATURE_MISMATCH');
  }
});

test('a large body is refused before it is looked at', () => {
  const size = Buffer.byteLength(BODY);
  assert.equal(receiverAt(NOW).maxBodyBytes, 1024 * 1024);
  assert.ok(receiverAt(NOW, { maxBodyBytes: size }).verify(BODY, sign(BODY)));
  const receiver = receiverAt(NOW, { maxBodyBytes: size - 1 });
  assert.equal(receiver.maxBodyBytes, size - 1);
  for (const body of [BODY, Buffer.from(BODY)])
    refuses(() => receiver.verify(body, {}), 'BODY_TOO_LARGE', /more than \d+ bytes/);
});

test('a signed body must be an event', () => {
  const receiver = receiverAt(NOW);
  const verify = (body) => receiver.verify(body, sign(body));
  for (const body of ['', ' ', '{', `${BODY}x`, 'undefined', '\0']) refuses(() => verify(body), 'INVALID_JSON');
  for (const body of ['null', '5', '"evt_1"', '[]', `[${BODY}]`, '{}']) refuses(() => verify(body), 'INVALID_EVENT');
  for (const name of ['id', 'topic', 'type', 'payload'])
    for (const wrong of [undefined, null, '', 5, true, []])
      refuses(() => verify(JSON.stringify({ ...EVENT, [name]: wrong })), 'INVALID_EVENT', new RegExp(name));
  assert.ok(verify(JSON.stringify({ id: '1', topic: 't', type: 'u', payload: {} })));
});

test('whatever is sent, only a WebhookVerificationError is thrown', () => {
  const receiver = receiverAt(NOW);
  const time = fc.constantFrom(String(NOW), String(NOW / 1000));
  const digest = fc.stringMatching(/^(sha256=|t=1767225600,v1=|v1,)?([0-9a-f]{64}|[\w+/]{43}=)$/);
  const value = fc.oneof(fc.string({ unit: 'binary' }), time, digest, fc.array(fc.string()), fc.anything());
  const names = SCHEMES.flatMap((scheme) => Object.keys(sign(BODY, { scheme })));
  const headers = fc.dictionary(fc.constantFrom(...names, 'X-Webhook-Id', 'x-webhook-attempt', '__proto__'), value);
  const body = fc.oneof(fc.constant(BODY), fc.uint8Array(), fc.string({ unit: 'binary' }), fc.anything());
  fc.assert(
    fc.property(body, headers, fc.boolean(), (rawBody, sent, asMap) => {
      const given = asMap ? new Map(Object.entries(sent)) : sent;
      assert.throws(() => receiver.verify(rawBody, given), WebhookVerificationError);
    }),
    { numRuns: 3000 },
  );
});

test('the attempt is a plain number, where there is one', () => {
  const receiver = receiverAt(NOW);
  const attempt = (text) => receiver.verify(BODY, { ...sign(BODY), 'x-webhook-attempt': text }).attempt;
  assert.equal(attempt('0'), 0);
  assert.equal('attempt' in receiver.verify(BODY, sign(BODY)), false);
  // It is not signed: a delivery is not refused for it.
  for (const text of ['', '-1', '1.5', '1e3', ' 1', '1234567890', '1, 2', ['1', '2'], 3, null])
    assert.equal(attempt(text), undefined, inspect(text));
  const twice = ['x-webhook-attempt', '1', 'X-Webhook-Attempt', '2'];
  assert.equal(receiver.verify(BODY, [...Object.entries(sign(BODY)).flat(), ...twice]).attempt, undefined);
});

test('t-v1 without an id: the id is that of the event', () => {
  const { 'x-webhook-signature': signature } = sign(BODY, { scheme: 't-v1' });
  assert.equal(receiverAt(NOW).verify(BODY, { 'x-webhook-signature': signature }).id, EVENT.id);
});

const wrongSecrets = [
  undefined,
  null,
  '',
  [],
  [''],
  ['good', ''],
  'whsec_',
  5,
  {},
  ['good', 5],
  'a\ud800',
  new Array(17).fill('a'),
  undefined,
  ['good', undefined],
  'whsec_test\n',
  'whsec_test\r\n',
  ['good', 'first line\rsecond'],
];
for (const secret of wrongSecrets) {
  test(`a secret is not ${inspect(secret)}`, () => {
    const expected = {
      name: 'RealtimeError',
      code: 'INVALID_ARGUMENT',
      message: /^(WebhookReceiver|signWebhook)\(\): secret(\[\d\])?: expected/,
    };
    assert.throws(() => new WebhookReceiver(secret), expected);
    assert.throws(() => verifyWebhook(BODY, {}, secret), expected);
    assert.throws(() => signWebhook(BODY, secret), expected);
  });
}

test('headers that are a request, or the signature alone, get advice', () => {
  const receiver = receiverAt(NOW);
  const headers = sign(BODY);
  const request = new Request('http://localhost/', { method: 'POST', headers });
  for (const given of [{ headers }, { headers: new Headers(headers) }, request])
    refuses(() => receiver.verify(BODY, given), 'MISSING_HEADER', /looks like a request: pass request\.headers\.$/);
  for (const given of [{}, { headers: 'a' }, { headers: ['a', 'b'] }, { headers: null }])
    refuses(() => receiver.verify(BODY, given), 'MISSING_HEADER', /Check that the platform sent the delivery/);
  assert.throws(() => receiver.verify(BODY, headers['x-webhook-signature'], SECRET), {
    code: 'INVALID_ARGUMENT',
    message:
      'WebhookReceiver.verify(): headers: expected all headers of the request, not the signature alone, got a string.',
  });
});

test('the error of a secret says what is wrong with it', () => {
  for (const [secret, message] of [
    [
      undefined,
      'WebhookReceiver(): secret: expected the secret of the endpoint (is its environment variable set?), got undefined.',
    ],
    [
      ['good', ''],
      'WebhookReceiver(): secret[1]: expected the secret of the endpoint (is its environment variable set?), got an empty string.',
    ],
    [
      'whsec_test\n',
      'WebhookReceiver(): secret: expected a secret without a line end (trim() removes it), got a string.',
    ],
  ])
    assert.throws(() => new WebhookReceiver(secret), { code: 'INVALID_ARGUMENT', message });
  assert.ok(new WebhookReceiver(' spaces stay '));
});

const wrongOptions = [
  ...[0, -1, Infinity, NaN, '5', null, false, 2 ** 31].map((toleranceMs) => ({ toleranceMs })),
  ...[0, 1.5, Infinity, '5', null].map((maxBodyBytes) => ({ maxBodyBytes })),
  ...['', 'a b', 5, 'x:y', 'Webhook-Signature'].map((signatureHeader) => ({ signatureHeader })),
  { idHeader: 'x-webhook-timestamp' },
  { timestampHeader: '' },
  { clock: 5 },
  { replayStore: {} },
  { replayStore: { claim() {} } },
  { replayStore: null },
];
for (const options of wrongOptions) {
  test(`options are not ${inspect(options)}`, () =>
    assert.throws(() => new WebhookReceiver(SECRET, options), {
      name: 'RealtimeError',
      code: 'INVALID_ARGUMENT',
      message: /^WebhookReceiver\(\): options/,
    }));
}

test('options are an object', () => {
  for (const options of [null, 5, 'whsec_other']) {
    const expected = {
      code: 'INVALID_ARGUMENT',
      message: /^WebhookReceiver\(\): options: expected an object, got (null|a number|a string)\./,
    };
    assert.throws(() => new WebhookReceiver(SECRET, options), expected);
  }
  const wrongs = [
    { timestamp: -1 },
    { timestamp: 1.5 },
    { timestamp: 1e15 },
    { id: '' },
    { id: 'a b' },
    { scheme: 'v2' },
  ];
  for (const wrong of wrongs)
    assert.throws(() => sign(BODY, wrong), {
      code: 'INVALID_ARGUMENT',
      message: /^signWebhook\(\): options\.(timestamp|id|scheme): expected/,
    });
});

test('signWebhook makes up what is not given', () => {
  const first = signWebhook(BODY, SECRET);
  const second = signWebhook(BODY, SECRET);
  assert.match(first['x-webhook-id'], /^msg_[0-9a-f-]{36}$/);
  assert.notEqual(first['x-webhook-id'], second['x-webhook-id']);
  const { timestamp } = verifyWebhook(BODY, first, SECRET);
  assert.ok(Math.abs(Date.now() - timestamp) < 60_000);
});

test('a receiver shows nothing of its secrets', () => {
  const receiver = receiverAt(NOW);
  for (const shown of [inspect(receiver, { showHidden: true, depth: 9 }), JSON.stringify(receiver), String(receiver)])
    assert.ok(!shown.includes(SECRET) && !shown.includes(SECRET.slice(6)), shown);
  assert.equal(inspect(receiver), 'WebhookReceiver { toleranceMs: 300000, maxBodyBytes: 1048576 }');
});

test('there is a sentence for each refusal of the engine', () => {
  const source = fs.readFileSync(path.join(import.meta.dirname, '..', '..', 'src', 'binding', 'webhook.rs'), 'utf8');
  const names = Array.from(source.matchAll(/Refusal::\w+ => "(\w+)"/g), ([, name]) => name);
  assert.ok(names.length > 0);
  assert.deepEqual(names.sort(), Object.keys(REFUSALS).sort());
});

test('a promise in the place of headers, body, secret or options is named as such', async () => {
  const body = '{}';
  const headers = signWebhook(body, 'secret');
  const late = async (value) => value;
  // biome-ignore lint/suspicious/noThenProperty: what promises of other libraries have
  const thenable = (value) => ({ then: (resolve) => resolve(value) });
  for (const promise of [late, thenable]) {
    const receiver = new WebhookReceiver('secret');
    const refused = { code: 'INVALID_ARGUMENT' };
    for (const verify of [(...args) => verifyWebhook(...args, 'secret'), (...args) => receiver.verify(...args)]) {
      assert.throws(() => verify(body, promise(headers)), {
        ...refused,
        message: /^WebhookReceiver\.verify\(\): headers is a Promise: await it\./,
      });
      assert.throws(() => verify(promise(body), headers), {
        ...refused,
        message: /^WebhookReceiver\.verify\(\): rawBody is a Promise: await it\./,
      });
    }
    await assert.rejects(receiver.verifyAsync(body, promise(headers)), {
      ...refused,
      message: /^WebhookReceiver\.verify\(\): headers is a Promise/,
    });
    assert.throws(() => signWebhook(promise(body), 's'), {
      ...refused,
      message: /^signWebhook\(\): rawBody is a Promise: await it\./,
    });
    assert.throws(() => signWebhook(body, 's', promise({})), {
      ...refused,
      message: /^signWebhook\(\): options is a Promise/,
    });
    assert.throws(() => new WebhookReceiver(promise('s')), { ...refused, message: /got a Promise: await it\./ });
    assert.throws(() => new WebhookReceiver('s', promise({})), {
      ...refused,
      message: /^WebhookReceiver\(\): options is a Promise/,
    });
  }
});
