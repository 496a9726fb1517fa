// Guides whose examples are one program, with what each of them prints.

import { test } from 'node:test';

import { assertGuidePrints } from '../support/guide.js';

for (const path of [
  'docs/collections.md',
  'docs/messaging.md',
  'docs/documents.md',
  'docs/observability.md',
  'docs/schemas.md',
  'docs/topics.md',
  'docs/waiting.md',
]) {
  test(`the examples of ${path} print what it says they print`, () => assertGuidePrints(path));
}
