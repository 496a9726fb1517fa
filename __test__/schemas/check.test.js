/** One check, whatever the schema does, and the bounds of its issues. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { check } from '../../lib/schemas/check.js';
import { describeMisfit } from '../../lib/schemas/misfit.js';

const standard = (validate) => ({ '~standard': { version: 1, vendor: 'test', validate } });
const redaction = { text: (text) => text };

test('a value that fits is the output, at once or later', async () => {
  assert.deepEqual(
    check(
      standard((value) => ({ value: value + 1 })),
      1,
    ),
    { value: 2 },
  );
  assert.deepEqual(
    await check(
      standard(async (value) => ({ value: value + 1 })),
      1,
    ),
    { value: 2 },
  );
  assert.deepEqual(
    check(
      standard(() => ({ value: undefined, issues: undefined })),
      1,
    ),
    { value: undefined },
  );
});

test('a schema that never answers has failed when its time is up', async () => {
  const { misfit } = await check(
    standard(() => new Promise(() => {})),
    {},
    1,
  );
  assert.deepEqual(misfit, { issues: [], more: 0, reason: 'took longer than 1 ms', cause: undefined });
});

test('what is thrown may be anything', async () => {
  const unprintable = {
    toString() {
      throw new Error('no');
    },
  };
  for (const [thrown, cause] of [
    ['text', 'text'],
    [undefined, 'undefined'],
    [Symbol('s'), 'Symbol(s)'],
    [unprintable, 'an error without a text'],
    [Object.create(null), 'an error without a text'],
  ]) {
    const throwing = standard(() => {
      throw thrown;
    });
    assert.equal(check(throwing, {}).misfit.cause, cause);
    assert.equal(
      (
        await check(
          standard(() => Promise.reject(thrown)),
          {},
        )
      ).misfit.cause,
      cause,
    );
  }
});

test('issues that cannot be read are a failure of the schema', () => {
  for (const issues of [true, 5, [null], [{ message: Object.create(null) }], [{ message: 'x', path: 7 }]]) {
    const { misfit } = check(
      standard(() => ({ issues })),
      {},
    );
    // A value that cannot be iterated reads as an empty list.
    assert.ok(misfit !== undefined && misfit.issues.length === (issues[0]?.message === 'x' ? 1 : 0), `${issues}`);
  }
});

test('issues are bounded: how many, how long, how deep', () => {
  const issue = { message: 'm'.repeat(1000), path: Array.from({ length: 100 }, () => 'k'.repeat(1000)) };
  const { misfit } = check(
    standard(() => ({ issues: Array.from({ length: 1000 }, () => issue) })),
    {},
  );
  assert.deepEqual([misfit.issues.length, misfit.more], [20, 980]);
  const [{ message, path }] = misfit.issues;
  assert.deepEqual([message.length, path.length, path[0].length], [203, 32, 203]);
  const report = describeMisfit('Event', misfit, redaction);
  assert.match(report.message, / \(and 997 more\)$/);
});
