/**
 * The verifier in JavaScript, on `node:crypto` and on `@noble/hashes`, held against the native one:
 * the same answer for any secrets, headers, bodies and times, and the same signatures.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import * as onNode from '../../lib/engines/javascript/webhooks.js';
import * as native from '../../lib/engines/native/webhooks.js';
import { importForWeb } from '../support/web-bundle.js';

const engines = { 'node:crypto': onNode, '@noble/hashes': await importForWeb('engines/javascript/webhooks.js') };

const SCHEMES = ['realtime', 'standard-webhooks', 't-v1'];
/** The most bytes of a signature header: 16 signatures. */
const MAX_SIGNATURE_HEADER = 16 * 80;
const TOLERANCE = 300_000;
/** In 2026, in milliseconds. */
const NOW = 1_790_000_000_123;

const anyBase64 = fc.tuple(fc.uint8Array({ maxLength: 70 }), fc.nat(3), fc.constantFrom('', '=', '==', 'B', '-', ' '));
const anySecret = fc
  .oneof(
    fc.string({ minLength: 1 }),
    fc.string({ minLength: 1, unit: 'grapheme' }),
    // With all, some or too much padding, or with something after it.
    anyBase64.map(([bytes, cut, end]) => {
      const text = Buffer.from(bytes).toString('base64');
      const unpadded = text.replace(/=*$/, '');
      return `whsec_${text.slice(0, Math.max(unpadded.length, text.length - cut)) + end}`;
    }),
    // The last digit may have bits left over.
    fc.stringMatching(/^whsec_[A-Za-z0-9+/]{1,8}={0,3}$/),
  )
  .filter((secret) => secret !== 'whsec_');
const anySecrets = fc.array(anySecret, { minLength: 1, maxLength: 4 });

const anyBody = fc.oneof(
  fc.json().map((text) => Buffer.from(text)),
  fc.json().map((text) => Buffer.from(`\ufeff${text}`)),
  fc.uint8Array({ maxLength: 200 }),
  fc.integer({ min: 0, max: 5000 }).map((length) => new Uint8Array(length).fill(32)),
);
const anyId = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[!-~]{1,40}$/) },
  { weight: 1, arbitrary: fc.constantFrom(undefined, '', ' ', 'é', 'a b', 'a\n', 'x'.repeat(256), 'x'.repeat(257)) },
);
const anyAge = fc.oneof(
  fc.integer({ min: -TOLERANCE, max: TOLERANCE }),
  fc.integer({ min: -TOLERANCE - 3000, max: -TOLERANCE + 3000 }),
  fc.integer({ min: TOLERANCE - 3000, max: TOLERANCE + 3000 }),
  fc.constantFrom(NOW, -NOW, NaN, 1e15),
);
const anyTimestamp = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('seconds', 'milliseconds') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(undefined, '', '0', '00', '01', '+1', '-1', '1.5', '1e9', ' 1', '1 ', '٣', 'é', '1\n'),
  },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 1e16 }).map(String) },
  // Around the first number that is milliseconds, and the most digits.
  { weight: 1, arbitrary: fc.constantFrom('99999999999', '100000000000', '999999999999999', '1000000000000000') },
);
/** A place in a text, what is put there, and how many characters are taken away. */
const anyDamage = fc.tuple(
  fc.nat(),
  fc.constantFrom(
    '',
    ' ',
    ',',
    ', ',
    '=',
    'a',
    'A',
    'g',
    '0',
    'é',
    '\0',
    't=',
    't=1,',
    'v1=',
    'v1,',
    'v2=x,',
    'sha256=',
  ),
  fc.nat(2),
);
/** What a header has besides the signature that holds. */
const anyExtras = fc.array(
  fc.oneof(
    fc.constantFrom('', ' ', 'v0=abc', 'v2,abc', 'v1=abc', 'v1', '=x', 'x=', 't=1', 'sha512=00', 'é'.repeat(700)),
    fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex')),
    fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => `v1=${Buffer.from(bytes).toString('hex')}`),
    fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => `v1,${Buffer.from(bytes).toString('base64')}`),
    fc.string({ maxLength: 90 }),
  ),
  { maxLength: 18 },
);
const anyHeader = fc.record({
  damages: fc.array(anyDamage, { maxLength: 2 }),
  extras: fc.oneof(fc.constant([]), anyExtras),
  separator: fc.constantFrom(',', ' ', ', ', ''),
  isOther: fc.boolean(),
  isLoose: fc.boolean(),
});

const anyDelivery = fc.record({
  scheme: fc.constantFrom(...SCHEMES),
  secrets: anySecrets,
  others: anySecrets,
  body: anyBody,
  id: anyId,
  age: anyAge,
  timestamp: anyTimestamp,
  header: anyHeader,
  identify: fc.boolean(),
});

function damage(text, [at, insert, remove]) {
  const start = at % (text.length + 1);
  return text.slice(0, start) + insert + text.slice(start + remove);
}

/** What a function returns or throws. */
function outcomeOf(call) {
  try {
    return { value: call() };
  } catch ({ code, message }) {
    return { code, message };
  }
}

function timestampOf({ timestamp, age }) {
  if (timestamp === 'seconds') return String(Math.floor((NOW - (age || 0)) / 1000));
  return timestamp === 'milliseconds' ? String(NOW - (age || 0)) : timestamp;
}

/** The headers of a delivery: signed, then damaged as generated. */
function headersOf({ scheme, secrets, others, body, id, header, ...delivery }) {
  const timestamp = timestampOf(delivery);
  const signed = { scheme, timestamp: timestamp ?? '1', id: id ?? 'id' };
  const { value = '' } = outcomeOf(() => native.signWebhook(header.isOther ? others : secrets, body, signed));
  // The last digit before the padding has two unused bits.
  const loose = value.replace(/.(?==)/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 1));
  const isLoose = header.isLoose && scheme === 'standard-webhooks';
  const whole = [isLoose ? loose : value, ...header.extras].join(header.separator);
  return { scheme, signature: header.damages.reduce(damage, whole), timestamp, id };
}

for (const [name, engine] of Object.entries(engines)) {
  test(`${name}: the same verdict as the native verifier`, () => {
    const seen = new Map();
    fc.assert(
      fc.property(anyDelivery, (delivery) => {
        const { secrets, body, identify, age } = delivery;
        const headers = headersOf(delivery);
        const now = Number.isNaN(age) ? NaN : NOW;
        const verify = ({ createVerifier }) => createVerifier(secrets, TOLERANCE).verify(body, headers, now, identify);
        const expected = verify(native);
        const found = verify(engine);
        // The native verifier reads a header that is too long up to its limit. Of two faults in
        // such a header it may name the other one.
        if (Buffer.byteLength(headers.signature) > MAX_SIGNATURE_HEADER && found === 'MalformedSignature')
          assert.match(expected, /^Malformed(Signature|Timestamp)$/);
        else assert.deepStrictEqual(found, expected);
        const verdict = typeof expected === 'string' ? expected : `accepted ${headers.scheme}`;
        seen.set(verdict, (seen.get(verdict) ?? 0) + 1);
      }),
      { numRuns: 6000 },
    );
    // Every verdict came about often enough to be compared.
    for (const verdict of [
      ...['MissingTimestamp', 'MissingId', 'MalformedTimestamp', 'MalformedId', 'MalformedSignature'],
      ...['Expired', 'InFuture', 'Mismatch', ...SCHEMES.map((scheme) => `accepted ${scheme}`)],
    ])
      assert.ok(seen.get(verdict) >= 20, `${verdict}: ${seen.get(verdict)} of ${JSON.stringify([...seen])}`);
  });

  test(`${name}: the same signatures, or the same refusal to sign`, () => {
    fc.assert(
      fc.property(anyDelivery, (delivery) => {
        const { scheme, secrets, body, id = 'id' } = delivery;
        const signed = { scheme, timestamp: timestampOf(delivery) ?? '1,2', id };
        const sign = ({ signWebhook }) => outcomeOf(() => signWebhook(secrets, body, signed));
        assert.deepStrictEqual(sign(engine), sign(native));
      }),
      { numRuns: 3000 },
    );
  });
}
