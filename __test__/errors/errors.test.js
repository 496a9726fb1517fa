/** RealtimeError and its table of codes, which the engine, the types and the guide share. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { errorCodes } from '../../lib/errors/error-codes.js';
import { RealtimeError } from '../../lib/errors/errors.js';

const read = (name) => fs.readFileSync(path.join(import.meta.dirname, '..', '..', name), 'utf8');

test('an error says what happened and what to do', () => {
  const cause = new Error('the cause');
  const error = new RealtimeError('UPGRADE_REFUSED', 'HTTP 503', { status: 503, cause });
  assert.ok(error instanceof Error);
  assert.equal(error.name, 'RealtimeError');
  assert.equal(error.code, 'UPGRADE_REFUSED');
  assert.equal(error.retryable, true);
  assert.equal(error.status, 503);
  assert.equal(error.cause, cause);
  assert.equal(error.remediation, errorCodes.UPGRADE_REFUSED.remediation);
  assert.equal(error.message, `HTTP 503. ${error.remediation}`);
  assert.match(error.stack, /^RealtimeError: HTTP 503\./);
});

test('an error of a request knows the request', () => {
  const report = { code: 'RATE_LIMITED', message: 'x', status: 429, retryAfter: 5, uncertain: true };
  const error = RealtimeError.from(report, { method: 'GET', path: '/a', currentRevision: 0 });
  const { method, path, status, retryAfter, uncertain, currentRevision } = error;
  assert.deepEqual([method, path, status, retryAfter, uncertain, currentRevision], ['GET', '/a', 429, 5, true, 0]);
  assert.equal('document' in error, false);
});

test('what is not known is not there', () => {
  const error = new RealtimeError('TIMEOUT', 'no answer');
  assert.deepEqual(Object.keys(error), ['code', 'retryable']);
  assert.equal('cause' in error, false);
  const shown = inspect(error);
  assert.equal(shown.split(error.remediation).length, 2, 'the remediation is shown once');
});

test('a report of the engine becomes an error', () => {
  const error = RealtimeError.from({
    code: 'SUBSCRIBE_DENIED',
    message: 'not allowed!',
    subscriptionId: 'sub_3',
    cause: 'os error 111',
  });
  assert.equal(error.message, `Not allowed! ${error.remediation}`);
  assert.equal(error.subscriptionId, 'sub_3');
  assert.ok(error.cause instanceof Error);
  assert.equal(error.cause.message, 'os error 111');
  assert.equal('status' in error, false);
});

test('a report with an unknown code is a defect of this package', () => {
  assert.equal(RealtimeError.from({ code: 'toString', message: 'x' }).code, 'INTERNAL_ERROR');
  assert.equal(RealtimeError.from({ message: 'x' }).code, 'INTERNAL_ERROR');
});

test('the table knows every code of the engine', () => {
  const codes = Array.from(read('src/error/mod.rs').matchAll(/=> "([A-Z_]+)",/g), ([, code]) => code);
  const faceOnly = ['CLIENT_DESTROYED', 'ADDON_NOT_FOUND', 'ABORTED', 'INVALID_TOKEN', 'REPLAY_STORE_FULL'];
  faceOnly.push('ROSTER_FULL', 'TOKEN_PROVIDER_FAILED', 'PAYLOAD_INVALID');
  const webhook = [
    'MISSING_HEADER',
    'MALFORMED_HEADER',
    'TIMESTAMP_EXPIRED',
    'TIMESTAMP_IN_FUTURE',
    'SIGNATURE_MISMATCH',
  ];
  webhook.push('BODY_NOT_RAW', 'BODY_TOO_LARGE', 'INVALID_JSON', 'REPLAYED');
  assert.deepEqual([...codes, ...faceOnly, ...webhook].sort(), Object.keys(errorCodes).sort());
});
