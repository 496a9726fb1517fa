/** Refusals of CONNECT: the cases of the tests in `src/session/codec/refusal.rs`. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readRefusal } from '../../../lib/engines/javascript/session/codec/refusal.js';
import { words } from '../../../lib/engines/javascript/session/codec/wording.js';

const ABOUT_TOKEN = [
  'AUTH_FAILED',
  'auth-failed',
  'authFailed',
  'AUTHFAILED',
  'invalid_token',
  'InvalidToken',
  'invalidtoken',
  'token_expired',
  'TokenExpiredError',
  'JWTExpired',
  'ERR_JWT_EXPIRED',
  'Unauthorized',
  'UNAUTHORISED',
  'unauthenticated',
  'credentials_required',
  'CredentialsError',
  'Forbidden',
  'PERMISSION_DENIED',
  'access_denied',
  'JsonWebTokenError',
  'LOGIN_REQUIRED',
  'session-expired',
  'invalid_grant',
  'auth/id-token-expired',
  401,
  '401',
  403,
  '403',
  401.0,
  'HTTP_401',
  'E401',
  '401 Unauthorized',
];
const ABOUT_ANYTHING_ELSE = [
  'SERVER_BUSY',
  'TOO_MANY_CONNECTIONS',
  'AUTHOR_NOT_FOUND',
  'TOKENIZER_FAILED',
  'AUTH_SERVICE_UNAVAILABLE',
  'auth_timeout',
  'ECONNREFUSED',
  429,
  '429',
  503,
  500,
  404,
  'HTTP 503',
];
const MESSAGES_ABOUT_TOKEN = [
  'invalid token',
  'Token expired',
  'jwt expired',
  'jwt malformed',
  'Authentication error',
  'not authorized',
  'Not authorised!',
  'unauthorized',
  'forbidden',
  'Forbidden: read only',
  'access denied',
  'bad credentials',
  'permission denied',
  'you have no permissions',
  'invalid signature',
  'TokenExpiredError: jwt expired',
  'Please log in',
  'please sign in again',
  'not logged in',
  'wrong password',
  'auth failed',
  'OAuth error',
  'unauthorizedError',
  'No auth token',
  'invalid API key',
  'Request failed with status code 401',
];
const OTHER_MESSAGES = [
  'database is down',
  'author not found',
  'authority unknown',
  'the authors are asleep',
  'too many connections',
  'tokenizer failed',
  'cannot tokenise',
  'Unexpected token < in JSON at position 0',
  'server is full',
  '',
  'expired',
  'Connection rejected by server',
  'auth service is down',
  'token service unavailable',
  'authentication timed out',
  'getaddrinfo ENOTFOUND auth.example.com',
  'connect ECONNREFUSED auth:443',
  'rate limited: token bucket is empty',
  'tokens per minute exceeded',
  'Request failed with status code 503 (auth)',
  'room 401 is closed',
  'internal error',
  'Invalid namespace',
];

const check = (payload, expected) => assert.equal(readRefusal(payload).isAboutToken, expected, JSON.stringify(payload));

test('codes are compared without regard to case, separators and type', () => {
  const numbered = ['code', 'status', 'statusCode', 'STATUS_CODE', 'error_code'];
  for (const code of ABOUT_TOKEN) {
    // A name or type is a word, and no number.
    for (const name of [...numbered, 'type', 'name', 'reason', 'error'])
      if (typeof code === 'string' || numbered.includes(name))
        check({ message: 'please come in', data: { [name]: code } }, true);
    check({ message: 'no', data: code }, true);
    check({ message: 'no', code }, true);
    check({ message: 'no', data: { error: { code } } }, true);
  }
});

test('codes and statuses about something else are not about the token', () => {
  for (const code of ABOUT_ANYTHING_ELSE) check({ message: 'no token for you', data: { code } }, false);
  const coded = { code: 'invalid_token', status: 503 };
  for (const data of [{ status: 503 }, { statusCode: '503' }, 503, '503', coded, { type: 'ServiceUnavailableError' }])
    check({ message: 'invalid token', data }, false);
});

test('a status decides over a code, and a code over the message', () => {
  check({ message: 'database is down', data: { code: 'E_DB', status: 401 } }, true);
  check({ message: 'invalid', data: { status: 400, code: 'invalid_token' } }, true);
  check({ message: 'no', data: { code: 'E_REFUSED', type: 'UnauthorizedError' } }, true);
  check({ message: 'no token left', data: { code: 'QUEUE' } }, false);
  check({ message: 'jwt expired', data: { name: 'Error', code: 7 } }, true);
});

test('without a code the words of the message decide', () => {
  for (const message of MESSAGES_ABOUT_TOKEN)
    for (const payload of [{ message }, message, { message, data: {} }, { message, data: null }]) check(payload, true);
  for (const message of OTHER_MESSAGES) for (const payload of [{ message }, message]) check(payload, false);
  check({ message: 'Error', data: { message: 'jwt expired' } }, true);
  check(`${'words '.repeat(10_000)}invalid token`, false);
  const odd = [undefined, null, [], 7, {}, { message: 7 }, { message: null, data: [] }, { data: true }];
  for (const payload of odd) check(payload, false);
});

test('the text has the words and the code', () => {
  for (const [payload, text] of [
    [{ message: 'no', data: { code: 'E_NO' } }, 'no (E_NO)'],
    [{ message: 'no', data: { status: 503, name: 'Error' } }, 'no (503)'],
    [{ message: 'no', data: { code: '', name: 'E' } }, 'no (E)'],
    [{ message: 'no', data: 'invalid_token' }, 'no (invalid_token)'],
    ['no', 'no'],
    [{ message: 'no' }, 'no'],
    [{ message: { code: 4 } }, '{"code":4} (4)'],
    [{ message: null }, 'null'],
    [{ message: '' }, 'no reason given'],
    [{}, 'no reason given'],
    [undefined, 'no reason given'],
  ])
    assert.equal(readRefusal(payload).text, text, JSON.stringify(payload));
});

test('a wait is read in milliseconds, and bounded', () => {
  for (const [retryAfter, expected] of [
    [1500, 1500],
    [0.5, 0.5],
    [0, 0],
    [1e300, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [1e15, 0x7fff_ffff],
    [-1, undefined],
    ['soon', undefined],
    [null, undefined],
  ])
    assert.equal(readRefusal({ message: 'later', data: { code: 429, retryAfter } }).retryAfter, expected, retryAfter);
  assert.equal(readRefusal({ retry_after: 5, data: { retryAfter: 9 } }).retryAfter, 5);
});

test('words end where their case or kind changes', () => {
  for (const [text, expected] of [
    ['TokenExpiredError', 'token expired error'],
    ['token_expired', 'token expired'],
    ['JWTExpired', 'jwt expired'],
    ['HTTP401Error', 'http 401 error'],
    ['E401', 'e 401'],
    ['1a2b', '1 a 2 b'],
    ['ABc aBC', 'a bc a bc'],
    ['ÜberÄrger', 'über ärger'],
    [' ,.', ''],
    ['', ''],
  ])
    assert.equal(words(text).join(' '), expected, text);
});
