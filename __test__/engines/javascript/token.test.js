/** Tokens: what is read from the claims of a JWT. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseToken, renewAfter } from '../../../lib/engines/javascript/token.js';

/** A day in 2026. */
const NOW = 1_790_000_000;

/** @param {string} claims */
function read(claims) {
  return parseToken(`e30.${Buffer.from(claims).toString('base64url')}.c2ln`, NOW * 1000);
}

test('the lifetime is read from the claims', () => {
  const decade = 10 * 365 * 24 * 3_600_000;
  for (const [claims, left, renewal] of /** @type {const} */ ([
    [`{"exp":${NOW + 3600}}`, 3_600_000, 3_540_000],
    [`{"exp":${NOW + 100},"iat":${NOW}}`, 100_000, 90_000],
    [`{"exp":${NOW + 1}.5,"iat":${NOW}}`, 1500, 1350],
    // The user has kept the token for a while, which does not delay its renewal.
    [`{"exp":${NOW + 50},"iat":${NOW - 50}}`, 50_000, 40_000],
    // The token is due for renewal, and the token function returned it again.
    [`{"exp":${NOW + 30},"iat":${NOW - 3000}}`, 30_000, 15_000],
    [`{"exp":${NOW}.25}`, 250, 500],
    [`{"exp":${NOW}}`, 0, undefined],
    ['{"exp":1,"iat":0}', 0, undefined],
    ['{"exp":-1e300}', 0, undefined],
    ['{"exp":1e300}', decade, decade - 60_000],
    ['{"exp":"soon"}', undefined, undefined],
    ['{"sub":"me"}', undefined, undefined],
    ['[]', undefined, undefined],
    ['null', undefined, undefined],
    ['{', undefined, undefined],
  ])) {
    const token = read(claims);
    assert.deepEqual([token.left, renewAfter(token)], [left, renewal ?? Infinity], claims);
  }
});

test('padding is ignored and any text can be a token', () => {
  assert.notEqual(parseToken('e30.eyJleHAiOjF9.x', 0).left, undefined);
  assert.notEqual(parseToken('e30.eyJleHAiOjF9IA==.x', 0).left, undefined);
  for (const text of ['opaque', 'a.b', 'a.b.c', '..', 'e30.eyJleHAiOjF9'])
    assert.equal(parseToken(text, 0).left, undefined, text);
});

test('a text that a header cannot carry is refused and not shown', () => {
  for (const text of ['', 'a b', 'Bearer secret', 'secret\r\nX-Evil: 1', 'secret\n', 'secr\u{e9}t', 'secret\0'])
    assert.throws(
      () => parseToken(text, 0),
      (/** @type {any} */ error) => error.code === 'INVALID_ARGUMENT' && !error.message.includes('secr'),
      text,
    );
});
