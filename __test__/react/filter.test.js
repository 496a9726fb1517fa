/** Components choose the events of their filter as a server does. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { matches } from '../../lib/filter.js';
import { compileFilter } from '../../local-platform/src/broker/filter.js';

const scalar = fc.constantFrom(null, true, 1, 12, '12', 'a');
const name = fc.constantFrom('a', 'b', 'a.b', 'b.a.b');
const condition = fc.oneof(scalar, fc.record({ eq: scalar }), fc.record({ in: fc.array(scalar, { maxLength: 3 }) }));
const filter = fc.dictionary(name, condition, { maxKeys: 2 });
const { payload } = fc.letrec((tie) => ({
  payload: fc.dictionary(name, tie('value'), { maxKeys: 3 }),
  value: fc.oneof({ maxDepth: 3 }, scalar, fc.array(scalar, { maxLength: 2 }), tie('payload')),
}));

test('a filter matches as the platform decides', () => {
  const seen = new Set();
  fc.assert(
    fc.property(filter, payload, fc.boolean(), (conditions, members, fits) => {
      const data = fits ? { ...members, ...fitting(conditions) } : members;
      const expected = compileFilter(conditions)(data);
      seen.add(`${expected} ${Object.keys(conditions).length}`);
      assert.equal(matches(conditions, data), expected);
    }),
    { numRuns: 5000 },
  );
  for (const outcome of ['true 1', 'true 2', 'false 1', 'false 2']) assert.ok(seen.has(outcome), outcome);
});

/** Members that the conditions accept, where they accept anything. */
function fitting(conditions) {
  const members = Object.entries(conditions).map(([key, condition]) => [
    key,
    condition?.in?.[0] ?? condition?.eq ?? condition,
  ]);
  return Object.fromEntries(members);
}

test('no filter matches everything', () => {
  assert.equal(matches(undefined, {}), true);
  assert.equal(matches({}, { a: 1 }), true);
});

test("a document's changes alone may lack what the server has compared", () => {
  const changes = { service: 'notes', id: 'n1', diff: [{ op: 'set', path: '/likes', value: 2 }] };
  assert.equal(matches({ 'data.campusId': 12 }, changes), true);
  assert.equal(matches({ id: 'n2' }, changes), false);
  assert.equal(matches({ 'data.campusId': 12 }, { service: 'notes', id: 'n1', data: {} }), false);
});
