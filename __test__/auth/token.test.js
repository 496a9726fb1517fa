/** What a token says about itself, and that nothing else gets through or out. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';

import { decodeToken, getTokenExpiresIn, isTokenExpired, RealtimeError, shouldRefreshToken } from '../../lib/index.js';

const NOW = 1_700_000_000_000;
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const tokenOf = (claims, header = { alg: 'HS256' }) => `${encode(header)}.${encode(claims)}.c2ln`;

test('header and claims of a real token', async () => {
  const claims = { sub: 'user-7', aud: 'app', iss: 'platform', iat: 1, exp: 2, kid: 'k1', permissions: ['client'] };
  const token = await new SignJWT({ ...claims, name: 'Zoë' })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: 'k1' })
    .sign(Buffer.alloc(32, 1));
  assert.deepEqual(decodeToken(token), {
    header: { alg: 'HS256', typ: 'JWT', kid: 'k1' },
    claims: { ...claims, name: 'Zoë' },
  });
});

test('an unsigned token is decoded too, since nothing is verified', () => {
  const token = `${encode({ alg: 'none' })}.${encode({ sub: 'x' })}.`;
  assert.deepEqual(decodeToken(token).claims, { sub: 'x' });
});

test('a claim named __proto__ is a claim', () => {
  const payload = Buffer.from('{"__proto__":{"exp":1}}').toString('base64url');
  const { claims } = decodeToken(`${encode({})}.${payload}.c2ln`);
  assert.equal(claims.exp, undefined);
  assert.equal(Object.getPrototypeOf(claims), Object.prototype);
});

const part = encode({ exp: 1 });
const base64url = (text) => Buffer.from(text, 'latin1').toString('base64url');
const malformed = {
  'not a string': 42,
  nothing: undefined,
  'an empty string': '',
  'one part': part,
  'two parts': `${part}.${part}`,
  'four parts': `${part}.${part}.${part}.${part}`,
  'an encrypted token': `${part}.${part}.${part}.${part}.${part}`,
  'a Bearer prefix': `Bearer ${tokenOf({})}`,
  'a line end': `${tokenOf({})}\n`,
  padding: `${base64url('{"a":1}')}==.${part}.c2ln`,
  'the other base64': `${part}.${Buffer.from('{"a":"~~~???"}').toString('base64').replace(/=+$/, '')}.c2ln`,
  'a length no base64 has': `${part}.${part}.c2lnA`,
  'bits beyond the last byte': `${part}.${part}.c2h`,
  'a header that is not JSON': `${base64url('x')}.${part}.c2ln`,
  'a payload that is an array': `${part}.${encode([])}.c2ln`,
  'a payload that is null': `${part}.${encode(null)}.c2ln`,
  'a payload that is a string': `${part}.${encode('x')}.c2ln`,
  'a payload that is not UTF-8': `${part}.${base64url('{"a":"\xff"}')}.c2ln`,
  'a byte order mark': `${part}.${base64url('\xef\xbb\xbf{}')}.c2ln`,
  'an exp that is text': tokenOf({ exp: '1700000000' }),
  'an exp that is null': tokenOf({ exp: null }),
  'an exp beyond numbers': `${part}.${base64url('{"exp":1e999}')}.c2ln`,
  'an iat that is text': tokenOf({ iat: 'now' }),
  'an nbf that is an object': tokenOf({ nbf: {} }),
  'a huge token': tokenOf({ text: 'x'.repeat(16_384) }),
};

for (const [what, token] of Object.entries(malformed)) {
  test(`INVALID_TOKEN: ${what}`, () => {
    for (const look of [decodeToken, isTokenExpired, getTokenExpiresIn, shouldRefreshToken]) {
      assert.throws(
        () => look(token),
        (error) => error instanceof RealtimeError && error.code === 'INVALID_TOKEN' && error.cause === undefined,
      );
    }
  });
}

test('a token of the largest size', () => {
  const token = tokenOf({ text: 'x'.repeat(12_200) });
  assert.ok(token.length > 16_000 && token.length <= 16_384);
  assert.equal(decodeToken(token).claims.text.length, 12_200);
});

test('times, with the clock standing still', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: NOW });
  const expiring = (ms) => tokenOf({ exp: (NOW + ms) / 1000 });

  assert.equal(getTokenExpiresIn(expiring(5000)), 5000);
  assert.equal(getTokenExpiresIn(expiring(-5000)), -5000);
  assert.equal(getTokenExpiresIn(tokenOf({})), Infinity);

  assert.equal(isTokenExpired(expiring(1000)), false);
  assert.equal(isTokenExpired(expiring(0)), true, 'a token is valid before exp, not at it');
  assert.equal(isTokenExpired(expiring(-1000), 2000), false);
  assert.equal(isTokenExpired(expiring(-2000), 2000), true);
  assert.equal(isTokenExpired(tokenOf({})), false);

  assert.equal(shouldRefreshToken(expiring(61_000)), false);
  assert.equal(shouldRefreshToken(expiring(60_000)), true);
  assert.equal(shouldRefreshToken(expiring(-1)), true);
  assert.equal(shouldRefreshToken(expiring(2000), 1000), false);
  assert.equal(shouldRefreshToken(expiring(0), 0), true);
  assert.equal(shouldRefreshToken(tokenOf({})), false);
});

for (const value of [-1, NaN, Infinity, '5', null]) {
  test(`${value} is not a valid leeway or threshold`, () => {
    const token = tokenOf({ exp: 1 });
    assert.throws(() => isTokenExpired(token, value), {
      code: 'INVALID_ARGUMENT',
      message: /^isTokenExpired\(\): leewayMs: /,
    });
    assert.throws(() => shouldRefreshToken(token, value), {
      code: 'INVALID_ARGUMENT',
      message: /^shouldRefreshToken\(\): thresholdMs: /,
    });
  });
}

/** Near enough to a token that all checks are reached. */
const piece = fc.oneof(
  fc.object().map(encode),
  fc.json().map((text) => Buffer.from(text).toString('base64url')),
  fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64url')),
  fc.string(),
);
const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.tuple(fc.object(), fc.object()).map((both) => `${both.map(encode).join('.')}.c2ln`),
  fc.array(piece, { minLength: 2, maxLength: 4 }).map((pieces) => pieces.join('.')),
);

test('any string is decoded, as jose decodes it, or is INVALID_TOKEN; no part of it is in the error', () => {
  let decoded = 0;
  fc.assert(
    fc.property(anything, (token) => {
      let ours;
      try {
        ours = decodeToken(token);
      } catch (error) {
        assert.equal(error.code, 'INVALID_TOKEN');
        for (const secret of token.split('.').filter((text) => text.length > 12)) {
          assert.ok(!`${error.stack}`.includes(secret));
        }
        return;
      }
      decoded += 1;
      assert.deepEqual(ours.claims, decodeJwt(token));
      assert.deepEqual(ours.header, decodeProtectedHeader(token));
    }),
    { numRuns: 2000 },
  );
  assert.ok(decoded > 300, `only ${decoded} were tokens`);
});
