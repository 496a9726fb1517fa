/** What a page knows of error codes: less than the table, and nothing that contradicts it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as table from '../../lib/errors/advice/node.js';
import * as web from '../../lib/errors/advice/web.js';
import { errorCodes } from '../../lib/errors/error-codes.js';

const codes = /** @type {(keyof typeof errorCodes)[]} */ (Object.keys(errorCodes));

test('a page knows which errors are retryable', () => {
  const retryable = codes.filter((code) => web.isRetryable(code));
  assert.ok(retryable.length > 10 && retryable.length < codes.length);
  assert.deepEqual(
    retryable,
    codes.filter((code) => table.isRetryable(code)),
  );
});

test('both take the codes of the table, and nothing that other errors carry', () => {
  for (const { isCode } of [table, web]) {
    assert.deepEqual(
      codes.filter((code) => !isCode(code)),
      [],
    );
    for (const other of ['', 'toString', /** @type {any} */ (undefined), /** @type {any} */ (20)])
      assert.equal(isCode(other), false, String(other));
  }
});

test('both lead to the page of a code, which the package contains', () => {
  for (const code of codes) {
    assert.match(web.remedy(code), new RegExp(`^See https://\\S+/docs/errors/${code}\\.md$`));
    assert.equal(web.remedy(code), `See ${web.docs(code)}`);
    assert.equal(table.docs(code), web.docs(code));
  }
});
