/** The smaller search for secrets of the build for the Web. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Secrets } from '../../lib/redaction/secrets/web.js';

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyLTEifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg';
const OLDER = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyLTIifQ.b3RoZXItc2lnbmF0dXJl';

test('hides a token, and any 8 characters of it', () => {
  const secrets = new Secrets({ token: TOKEN });
  assert.equal(secrets.hideIn(`jwt ${TOKEN} expired`, []), 'jwt [token] expired');
  for (let at = 0; at + 8 <= TOKEN.length; at += 1) {
    const piece = TOKEN.slice(at, at + 8);
    assert.equal(secrets.hideIn(`near '${piece}'`, []), "near '[token]'", piece);
  }
  assert.equal(secrets.hideIn(`${TOKEN}${TOKEN}`, []).includes(TOKEN.slice(0, 8)), false);
});

test('leaves shorter pieces and other words', () => {
  const secrets = new Secrets({ token: TOKEN });
  const text = `the server answered ${TOKEN.slice(3, 10)}: connection closed`;
  assert.equal(secrets.hideIn(text, []), text);
  assert.equal(secrets.hideIn('', []), '');
});

test('hides the recent tokens of the token function', () => {
  const secrets = new Secrets({});
  assert.equal(secrets.hideIn(`${OLDER} and ${TOKEN}`, [TOKEN, OLDER]), '[token] and [token]');
  assert.equal(secrets.hideIn(OLDER, []), OLDER);
});

test('hides the values of headers as a whole, except what describes the client', () => {
  const headers = { 'X-Api-Key': 'k3y!', Accept: 'application/json', 'x-flag': 'yes' };
  const secrets = new Secrets({ token: TOKEN, headers });
  assert.equal(secrets.hideIn('key k3y!, application/json, yes', []), 'key [header], application/json, yes');
});
