/** The examples of the guide print what it says they print. */

import { test } from 'node:test';
import { assertGuidePrints } from '../support/guide.js';
import { startPostgres, whyNoPostgres } from '../support/postgres.js';

test('the examples of docs/database.md print what it says they print', { skip: whyNoPostgres() }, async (t) => {
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  process.env.DATABASE_URL = postgres.url();
  assertGuidePrints('docs/database.md');
});
