/**
 * The redaction of a client's texts, by itself: which secrets it knows, in which forms it finds
 * them, and what it keeps.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { printable } from '../../lib/redaction/printable.js';
import { Redaction } from '../../lib/redaction/redaction.js';

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const TOKEN = `${part({ alg: 'HS256' })}.${part({ sub: 'someone', exp: 4102444800 })}.c2lnbmF0dXJlIG9mIHRoZSB0ZXN0`;
const KEY = 'k3y/0f 7he+s3rvice="1"';
const PASSWORD = 'p@ss:wörd%20';
const basic = (pair) => `Basic ${Buffer.from(pair).toString('base64')}`;

const redactionOf = ({ recent = [], ...config } = {}) =>
  new Redaction({ url: 'http://localhost:3000/prefix', ...config }, () => recent);

const client = redactionOf({
  token: TOKEN,
  headers: { 'X-Api-Key': KEY, 'X-Code': 'a1b2', 'X-Auth': basic('user:pin') },
  proxy: { host: 'proxy.example', port: 3128, authorization: basic(`someone:${PASSWORD}`) },
});

const FORMS = {
  'as it is': (secret) => secret,
  'percent-encoded': encodeURIComponent,
  'percent-encoded, every character': (secret) =>
    Array.from(Buffer.from(secret), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  'as a value of a form': (secret) => new URLSearchParams({ '': secret }).toString().slice(1),
  'in JSON': (secret) => JSON.stringify(secret).slice(1, -1),
  'in JSON, every character': (secret) =>
    Array.from(secret, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  'in JSON within JSON': (secret) => JSON.stringify(JSON.stringify(secret)).slice(3, -3),
  'in HTML': (secret) => secret.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('+', '&#43;'),
  'in capitals': (secret) => secret.replace(/[a-zö]/g, (letter) => letter.toUpperCase()),
};

for (const [form, write] of Object.entries(FORMS)) {
  test(`a secret is hidden ${form}`, () => {
    const around = (secret) => `refused <${write(secret)}> by policy`;
    assert.equal(client.text(around(TOKEN)), 'refused <[token]> by policy');
    assert.equal(client.text(around(KEY)), 'refused <[header]> by policy');
    assert.equal(client.text(around(PASSWORD)), 'refused <[proxy password]> by policy');
  });
}

test('every piece of 8 characters is hidden, wherever a text was cut', () => {
  for (const [secret, label] of [
    [TOKEN, '[token]'],
    [KEY, '[header]'],
    [PASSWORD, '[proxy password]'],
  ]) {
    for (let start = 0; start + 8 <= secret.length; start += 1) {
      for (const end of new Set([start + 8, Math.min(start + 19, secret.length), secret.length])) {
        assert.equal(client.text(`<${secret.slice(start, end)}>`), `<${label}>`);
      }
    }
  }
});

test('base64 and base64url of a token are both hidden', () => {
  const token = '-_-_-_-_abc-_def';
  assert.equal(redactionOf({ token }).text('+/+/+/+/abc+/def'), '[token]');
});

test('credentials are hidden with and without their scheme, and decoded', () => {
  const value = basic('admin:correct horse');
  const redaction = redactionOf({ headers: { 'X-Upstream': value } });
  for (const text of [value, value.slice(6), 'correct horse', 'correct%20horse']) {
    assert.equal(redaction.text(`'${text}'`), "'[header]'");
  }
  assert.equal(redaction.text('no user admin'), 'no user admin');
  assert.equal(client.text('user:pin is wrong'), '[header] is wrong');
});

test('a short value is hidden as a whole word', () => {
  assert.equal(client.text('code a1b2, not a1b2c3'), 'code [header], not a1b2c3');
  assert.equal(redactionOf({ headers: { a: 'abc' }, token: 'token' }).text('abc token'), 'abc token');
});

test('the latest tokens of a function are hidden', () => {
  const recent = ['the-second-token', 'the-first-token'];
  let known = recent;
  const redaction = new Redaction({ url: 'http://localhost' }, () => known);
  assert.equal(redaction.text('the-first-token the-second-token'), '[token] [token]');
  known = ['another-one', recent[0]];
  assert.equal(redaction.text('another-one the-second-token'), '[token] [token]');
});

test('our own sentences stay readable', () => {
  const headers = {
    Accept: 'application/json, text/html',
    'accept-encoding': 'gzip, deflate, br',
    'User-Agent': 'a realtime server',
    Origin: 'http://app.example:3000',
    'X-Client': 'realtime-connection',
    'X-Forwarded-Host': 'localhost:3000',
  };
  const proxy = { host: 'proxy.example', port: 3128, authorization: basic('u:localhost') };
  const redaction = redactionOf({ headers, proxy });
  for (const text of [
    'no realtime server at localhost:3000: connected to a server that does not speak WebSocket',
    'the connection could not be read (application/json), connectivity is lost',
    'the proxy proxy.example:3128 answered HTTP 407, in gzip',
    'http://app.example:3000 is not allowed',
  ]) {
    const shown = redaction.text(text);
    assert.equal(shown, text.replace('localhost', '[proxy password]'), 'only a password is always hidden');
  }
  assert.equal(redaction.text('unknown client realtime-connection'), 'unknown client [header]');
});

test('a value is hidden also where it is a word, and a piece of it where it is not a plain one', () => {
  const headers = {
    'X-Key': 'websocket',
    Cookie: 'session=abcdefghijkl; theme=dark',
    'X-Id': 'tenant-ABCDEFGH-1a2b3c4d',
  };
  const redaction = redactionOf({ headers });
  for (const piece of ['websocket', 'abcdefghijkl', 'tenant-ABC', 'abcdefgh', '1a2b3c4d'])
    assert.equal(redaction.text(`no <${piece}>`), 'no <[header]>', piece);
});

test('a token is hidden even if it consists of plain words', () => {
  const redaction = redactionOf({ token: 'realtime-server-connection' });
  assert.equal(redaction.text('bad realtime-server-connection'), 'bad [token]');
  assert.equal(redaction.text('(server-connection)'), '([token])');
  assert.equal(redaction.text('no realtime server'), 'no [token]');
  assert.equal(redaction.text('<connection>'), '<[token]>');
});

test('invisible characters within a secret do not show it', () => {
  for (const invisible of ['\0', '\r\n', '\u001b', '\u200b', '\u00ad', '\u202e', '\ufeff']) {
    for (const secret of [TOKEN, KEY, PASSWORD]) {
      const split = Array.from(secret).join(invisible);
      for (const written of [split, JSON.stringify(split), encodeURIComponent(split)])
        assert.match(client.text(`<${written}>`), /^<"?\[[a-z ]+\]"?>$/, JSON.stringify(written));
    }
  }
});

test('a secret is hidden in Base64, wherever it begins', () => {
  for (const before of ['', 'a', 'ab', 'abc', '{"token":"']) {
    for (const after of ['', 'z', 'zy', '"}']) {
      const written = Buffer.from(`${before}${TOKEN}${after}`).toString('base64');
      const shown = client.text(written);
      assert.ok(shown.includes('[token]') && shown.length < 45, shown);
    }
  }
});

// With a search that grows with the product of the lengths this takes minutes: the time limit of
// the tests ends it.
test('the time to search grows with the sum of the lengths', () => {
  const repeating = (index) => 'a'.repeat(16_000 - index) + index;
  const headers = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`X-${index}`, repeating(index)]));
  const recent = Array.from({ length: 8 }, (_, index) => repeating(100 + index));
  const redaction = redactionOf({ headers, recent });
  for (let n = 0; n < 20; n += 1) assert.equal(redaction.text('a'.repeat(4000)), '[token]');
});

test('the texts of an item are cleaned in place, and its data stays', () => {
  const body = {
    error: { message: `no ${TOKEN}`, cause: `${TOKEN}\n`, code: 'X', subscriptionId: TOKEN, channel: 'a' },
  };
  client.clean(body);
  assert.deepEqual(body, {
    error: { message: 'no [token]', cause: '[token]\\n', code: 'X', subscriptionId: '[token]', channel: 'a' },
  });
  const change = { state: 'reconnecting', reason: `gone: ${KEY}\r` };
  client.clean(change);
  assert.deepEqual(change, { state: 'reconnecting', reason: 'gone: [header]\\r' });
  const answer = { id: 1, result: { message: TOKEN } };
  client.clean(answer);
  assert.deepEqual(answer, { id: 1, result: { message: TOKEN } });
});

test('a long text is cut', () => {
  const shown = client.text(`${TOKEN.slice(0, 40)} `.repeat(200_000));
  assert.ok(shown.length <= 4100 && !shown.includes(TOKEN.slice(0, 8)));
});

test('control characters and bidirectional marks are escaped, and nothing else', () => {
  assert.equal(
    printable('a\u001b[2J\r\n\tb\u0000\u007f\u009b\u2028'),
    'a\\u001b[2J\\r\\n\\tb\\u0000\\u007f\\u009b\\u2028',
  );
  assert.equal(
    printable('\u202egnp.exe\u2066\u200f\ufeff\ud800x\udc00'),
    '\\u202egnp.exe\\u2066\\u200f\\ufeff\\ud800x\\udc00',
  );
  const harmless = 'C:\\new\\u001b ü 漢字 👩‍👩‍👧 नमस्ते ~';
  assert.equal(printable(harmless), harmless);
});

const secretText = fc.string({ minLength: 8, maxLength: 80, unit: fc.constantFrom(...'BCXZ359-_.+/= "%\\&') });
const anyText = fc.string({ unit: 'binary', maxLength: 40 });

test('property: no 8 consecutive characters of a secret survive', () => {
  fc.assert(
    fc.property(
      fc.array(secretText, { minLength: 1, maxLength: 3 }),
      fc.array(fc.tuple(anyText, fc.nat(), fc.nat(), fc.nat(2)), { minLength: 1, maxLength: 4 }),
      (secrets, pieces) => {
        const [token, ...values] = secrets;
        const redaction = redactionOf({ token, headers: Object.fromEntries(values.entries()) });
        const text = pieces
          .map(([before, from, length, which]) => {
            const secret = secrets[which % secrets.length];
            const start = from % (secret.length - 7);
            return before + secret.slice(start, start + 8 + (length % secret.length));
          })
          .join('');
        const shown = redaction.text(text);
        const windows = secrets.flatMap((secret) =>
          Array.from({ length: secret.length - 7 }, (_, at) => secret.slice(at, at + 8)),
        );
        assert.deepEqual(
          windows.filter((window) => shown.includes(window)),
          [],
        );
        assert.doesNotMatch(shown, /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      },
    ),
    { numRuns: 2000 },
  );
});

test('property: a text without secrets changes only in its control characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      assert.equal(client.text(text), printable(text));
    }),
    { numRuns: 2000 },
  );
});
