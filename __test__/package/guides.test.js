'use strict';

// Guides whose examples are one program, with what each of them prints.

const { test } = require('node:test');

const { assertGuidePrints } = require('./support/guide.js');

for (const path of ['docs/messaging.md', 'docs/sync.md']) {
  test(`the examples of ${path} print what it says they print`, () => assertGuidePrints(path));
}
