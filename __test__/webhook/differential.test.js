/**
 * Our verification held against the packages `standardwebhooks`, `svix` and `stripe`, on generated
 * deliveries, whole and damaged.
 *
 * What we accept they must accept, with the same content. Where they accept more, the difference is
 * listed here by the damage that shows it, with our reason.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import standardwebhooks from 'standardwebhooks';
import stripe from 'stripe';
import svix from 'svix';

import { signWebhook, WebhookReceiver, WebhookVerificationError } from '../../lib/index.js';

const RUNS = { numRuns: 2000 };
const KEY = Buffer.from('differential-test-key-24');
const SECRET = `whsec_${KEY.toString('base64')}`;
const receiver = new WebhookReceiver(SECRET, { signatureHeader: 'stripe-signature' });
const seconds = () => Math.floor(Date.now() / 1000);

const ours = (body, headers) => receiver.verify(body, headers).event;

const standard = {
  sign: (peer) => (body, id, time) => ({
    'webhook-id': id,
    'webhook-timestamp': String(time),
    'webhook-signature': new peer.Webhook(SECRET).sign(id, new Date(time * 1000), body),
  }),
  verify: (peer) => (body, headers) => new peer.Webhook(SECRET).verify(body, headers),
};
const peers = {
  standardwebhooks: { sign: standard.sign(standardwebhooks), verify: standard.verify(standardwebhooks) },
  svix: { sign: standard.sign(svix), verify: standard.verify(svix) },
  stripe: {
    sign: (body, _id, timestamp) => ({
      'stripe-signature': stripe.webhooks.generateTestHeaderString({ payload: body, secret: SECRET, timestamp }),
    }),
    verify: (body, headers) => stripe.webhooks.constructEvent(body, headers['stripe-signature'], SECRET),
  },
};

const anyEvent = fc.record({
  id: fc.string({ minLength: 1, unit: 'grapheme' }),
  topic: fc.string({ minLength: 1 }),
  type: fc.string({ minLength: 1 }),
  payload: fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()),
});
const anyId = fc.stringMatching(/^[!-~]{1,40}$/);
const anyDrift = fc.integer({ min: -250, max: 250 });
const anyDelivery = fc.tuple(anyEvent, anyId, anyDrift, fc.boolean());

/** A place in a text, what is put there, and how many characters are taken away. */
const anyDamage = fc.tuple(
  fc.nat(),
  fc.constantFrom('', ' ', ',', '.', '0', '9', 'a', 'A', '=', '+', '/', '-', 'é', '\0', 't=', 'v1=', 'v1,', '{', '"'),
  fc.nat(2),
);
function damage(text, [at, insert, remove]) {
  const start = at % (text.length + 1);
  return text.slice(0, start) + insert + text.slice(start + remove);
}

/** @returns {{ event?: object, error?: Error }} */
function judge(verify, body, headers) {
  try {
    return { event: verify(body, headers) };
  } catch (error) {
    return { error };
  }
}

/** What we accept they must accept, with the same content. */
function compare(peer, body, headers) {
  const we = judge(ours, body, headers);
  const they = judge(peer.verify, body, headers);
  if (we.error) assert.ok(we.error instanceof WebhookVerificationError, we.error.stack);
  else assert.deepEqual(we.event, they.event, they.error?.message);
}

for (const [name, peer] of Object.entries(peers)) {
  test(`${name} and we accept each other's deliveries`, () => {
    fc.assert(
      fc.property(anyDelivery, ([event, id, drift, asBytes]) => {
        const text = JSON.stringify(event);
        const body = asBytes ? Buffer.from(text) : text;
        const timestamp = seconds() + drift;
        const theirs = peer.sign(text, id, timestamp);
        const scheme = name === 'stripe' ? 't-v1' : 'standard-webhooks';
        const mine = signWebhook(body, SECRET, { id, timestamp, scheme });
        if (name === 'stripe') assert.equal(mine['x-webhook-signature'], theirs['stripe-signature']);
        else assert.deepEqual(mine, theirs);
        assert.deepEqual(ours(body, theirs), JSON.parse(text));
        assert.deepEqual(peer.verify(body, theirs), JSON.parse(text));
      }),
      RUNS,
    );
  });

  test(`what we accept of damaged deliveries, ${name} accepts too`, () => {
    fc.assert(
      fc.property(anyDelivery, fc.nat(), anyDamage, ([event, id, drift, asBytes], part, how) => {
        const text = JSON.stringify(event);
        const headers = peer.sign(text, id, seconds() + drift);
        const parts = [...Object.keys(headers), 'body'];
        const damaged = parts[part % parts.length];
        const body = damaged === 'body' ? damage(text, how) : text;
        if (damaged !== 'body') headers[damaged] = damage(headers[damaged], how);
        compare(peer, asBytes ? Buffer.from(body) : body, headers);
      }),
      RUNS,
    );
  });
}

const EVENT = { id: 'evt_1', topic: 'a', type: 'b', payload: {} };
const BODY = JSON.stringify(EVENT);
const withByte = (byte) => Buffer.from(BODY.replace('{}', '{"x":"?"}')).map((each) => (each === 0x3f ? byte : each));
const notUtf8 = { body: withByte(0xff), sent: withByte(0xfe) };
const halfPair = { body: '{"a":"\ufffd"}', sent: '{"a":"\ud800"}' };
const notEvent = { body: '{"test": 1}' };
const timestamp = (change) => ({ header: 'webhook-timestamp', change });
const signature = (change) => ({ header: 'webhook-signature', change });
const inStripe = (change) => ({ header: 'stripe-signature', change });

/**
 * What they accept and we do not: the code of our refusal, and what is changed of a signed
 * delivery.
 */
const standardDifferences = [
  ['a timestamp with a plus sign', 'MALFORMED_HEADER', timestamp((text) => `+${text}`)],
  ['a timestamp with spaces', 'MALFORMED_HEADER', timestamp((text) => ` ${text} `)],
  ['a timestamp with zeros in front', 'MALFORMED_HEADER', timestamp((text) => `00${text}`)],
  ['a timestamp with a fraction', 'MALFORMED_HEADER', timestamp((text) => `${text}.9`)],
  ['a timestamp with anything behind it', 'MALFORMED_HEADER', timestamp((text) => `${text}e9, x`)],
  ['a signature with anything behind it', 'MALFORMED_HEADER', signature((text) => `${text},x`)],
  ['more than 16 signatures', 'MALFORMED_HEADER', signature((text) => 'v1,x '.repeat(16) + text)],
  ['a header twice, in different cases', 'MALFORMED_HEADER', { more: { 'WEBHOOK-ID': 'msg_1' } }],
  ['an id with spaces', 'MALFORMED_HEADER', { id: 'a b' }],
  ['bytes that were not signed, if they decode to the same text', 'SIGNATURE_MISMATCH', notUtf8],
  ['half a surrogate pair, in place of what was signed', 'BODY_NOT_RAW', halfPair],
  ['JSON that is not an event', 'INVALID_EVENT', notEvent],
];
const differences = {
  standardwebhooks: [...standardDifferences, ['an empty body', 'INVALID_JSON', { body: '' }]],
  svix: standardDifferences,
  stripe: [
    ['a timestamp in the future', 'TIMESTAMP_IN_FUTURE', { time: seconds() + 3600 }],
    ['a timestamp with anything behind it', 'MALFORMED_HEADER', inStripe((text) => text.replace(',', 'x,'))],
    ['a timestamp with zeros in front', 'MALFORMED_HEADER', inStripe((text) => text.replace('t=', 't=0'))],
    ['two timestamps', 'MALFORMED_HEADER', inStripe((text) => `t=1,${text}`)],
    ['a timestamp behind the signature', 'MISSING_HEADER', inStripe((text) => text.split(',').reverse().join())],
    ['a signature with anything behind it', 'MALFORMED_HEADER', inStripe((text) => `${text}=x`)],
    ['more than 16 items', 'MALFORMED_HEADER', inStripe((text) => text + ',v0=x'.repeat(16))],
    ['bytes that were not signed, if they decode to the same text', 'SIGNATURE_MISMATCH', notUtf8],
    ['JSON that is not an event', 'INVALID_EVENT', notEvent],
  ],
};

for (const [name, peer] of Object.entries(peers)) {
  for (const [what, code, changes] of differences[name]) {
    test(`${name} accepts ${what}; we do not: ${code}`, () => {
      const { body = BODY, sent = body, id = 'msg_1', time = seconds(), more, header, change } = changes;
      const headers = { ...peer.sign(body, id, time), ...more };
      if (header) headers[header] = change(headers[header]);
      assert.doesNotThrow(() => peer.verify(sent, headers));
      assert.throws(() => ours(sent, headers), { name: 'WebhookVerificationError', code });
    });
  }
}

test('the one thing we read differently: a secret without whsec_ is a text to us, and base64 to them', () => {
  const secret = KEY.toString('base64');
  const headers = signWebhook(BODY, secret, { scheme: 'standard-webhooks' });
  assert.throws(() => new standardwebhooks.Webhook(secret).verify(BODY, headers));
  assert.deepEqual(new standardwebhooks.Webhook(secret, { format: 'raw' }).verify(BODY, headers), EVENT);
});
