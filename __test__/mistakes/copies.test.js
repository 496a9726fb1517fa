/** Errors of another copy of the package are errors of its classes. */

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import vm from 'node:vm';

import * as ours from '../../lib/index.js';

/** The published files: every class exists a second time. */
const theirs = createRequire(import.meta.url)('../../dist/index.js');
const { RealtimeError, WebhookVerificationError } = ours;

/** @param {typeof ours} copy */
const errorsOf = (copy) => ({
  general: new copy.RealtimeError('TIMEOUT', 'late'),
  webhook: new copy.WebhookVerificationError('SIGNATURE_MISMATCH', 'no'),
});

for (const [name, copy] of Object.entries({ ours, theirs })) {
  test(`instanceof and is() know errors of this class: ${name}`, () => {
    const { general, webhook } = errorsOf(copy);
    assert.ok(general instanceof RealtimeError && webhook instanceof RealtimeError);
    assert.ok(webhook instanceof WebhookVerificationError && !(general instanceof WebhookVerificationError));
    assert.deepEqual([general, webhook].map(RealtimeError.is), [true, true]);
    assert.deepEqual([general, webhook].map(WebhookVerificationError.is), [false, true]);
  });
}

test('the copies have different classes', () => {
  assert.notEqual(theirs.RealtimeError, RealtimeError);
  assert.notEqual(theirs.WebhookVerificationError, WebhookVerificationError);
});

test('nothing else is one', () => {
  for (const other of [undefined, null, 0, 'TIMEOUT', {}, new Error('x'), { code: 'TIMEOUT' }, RealtimeError, () => {}])
    for (const Class of [RealtimeError, WebhookVerificationError])
      assert.ok(!Class.is(other) && !(/** @type {any} */ (other instanceof Class)), String(other));
});

test('a class that a user derives has instances of its own only', () => {
  class Own extends RealtimeError {}
  class OwnWebhook extends WebhookVerificationError {}
  const own = new Own('TIMEOUT', 'late');
  assert.ok(own instanceof Own && own instanceof RealtimeError && !(own instanceof OwnWebhook));
  for (const error of [...Object.values(errorsOf(ours)), ...Object.values(errorsOf(theirs))])
    assert.ok(!(error instanceof Own) && !(error instanceof OwnWebhook));
});

test('an error of another realm is one', () => {
  const mark = vm.runInNewContext("Symbol.for('@smarterservices/realtime: error')");
  const foreign = vm.runInNewContext(
    '(mark) => { class E extends Error {} E.prototype[mark] = 1; return new E("x"); }',
  )(mark);
  assert.ok(!(foreign instanceof Error) && foreign instanceof RealtimeError);
});

test('the mark shows nowhere', () => {
  const { general } = errorsOf(ours);
  assert.deepEqual(
    Reflect.ownKeys(general).filter((key) => typeof key === 'symbol'),
    [],
  );
  const seen = [];
  for (const key in general) seen.push(key);
  assert.deepEqual(seen.sort(), ['code', 'retryable']);
});
